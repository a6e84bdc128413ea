import Foundation

/// An array in NumPy's .npy format: versions 1 to 3, real numbers of any size and byte order, C or Fortran order.
public struct NumPyFile: NumericArray {
  public let shape: [Int]
  public let bytes: FileBytes
  private let type: NumPyType
  private let offset: Int
  private let isFortran: Bool

  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

  /// Whether a file begins as .npy files do, whatever its name.
  public static func recognises(_ file: FileBytes) throws -> Bool {
    try file.bytes(at: 0, count: min(6, file.count)) == magic
  }

  /// - Throws: `DataFileError` for anything but a readable array of real numbers.
  public init(path: String) throws { try self.init(FileBytes(path: path)) }

  /// - Throws: `DataFileError` for anything but a readable array of real numbers.
  public init(_ file: FileBytes) throws {
    func refuse(_ reason: String) -> DataFileError {
      DataFileError(.content, "\(file.path) \(reason)")
    }
    let start = try file.bytes(at: 0, count: min(12, file.count))
    guard start.starts(with: Self.magic) else {
      let isArchive = start.starts(with: [0x50, 0x4b])
      throw refuse(
        isArchive
          ? "is a .npz archive: save one array with numpy.save" : "is not a .npy file")
    }
    guard start.count == 12 else { throw refuse("is cut short") }
    guard (1...3).contains(start[6]) else {
      throw refuse("has version \(start[6]).\(start[7]) of the .npy format; read are 1 to 3")
    }
    let lengthBytes = start[6] >= 2 ? 4 : 2
    let length = start[8..<8 + lengthBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= 1 << 20 else { throw refuse("has a header of \(length) bytes: it is damaged") }
    let header: NumPyHeader
    do {
      header = try NumPyHeader(file.bytes(at: 8 + lengthBytes, count: length))
    } catch let error as NumPyHeader.Unreadable {
      throw refuse("has a header that \(error.reason)")
    } catch let error as DataFileError where error.kind == .content {
      throw refuse("is cut short")
    }
    do { type = try NumPyType(header.type) } catch { throw refuse(error.reason) }
    guard !header.shape.isEmpty else { throw refuse("holds a single number, not an array") }
    guard !header.shape.contains(0) else { throw refuse("is empty: its shape is \(header.shape)") }
    var size = type.size
    for n in header.shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: n)
      guard !overflow else { throw refuse("is cut short: its shape is \(header.shape)") }
      size = product
    }
    offset = 8 + lengthBytes + length
    let present = file.count - offset
    guard present >= size else {
      throw refuse("is cut short: \(present) of the \(size) bytes of its array are there")
    }
    guard present == size else {
      throw refuse(
        "holds \(present - size) bytes behind its array: save one array in a file")
    }
    shape = header.shape
    isFortran = header.isFortran && header.shape.count > 1
    bytes = file
  }

  public func rows(from first: Int, count: Int) throws -> [Double] {
    precondition(first >= 0 && count >= 0 && first + count <= shape[0])
    let length = rowLength
    guard isFortran else {
      return try values(at: first * length, count: count * length)
    }
    // The first index runs fastest, then the second.
    var result = [Double](repeating: 0, count: count * length)
    for slot in 0..<length {
      var (rest, place, stride) = (slot, 0, 1)
      var indices: [Int] = []
      for n in shape.dropFirst().reversed() {
        indices.append(rest % n)
        rest /= n
      }
      for (n, index) in zip(shape.dropFirst(), indices.reversed()) {
        place += stride * index
        stride *= n
      }
      let column = try values(at: place * shape[0] + first, count: count)
      for i in 0..<count { result[i * length + slot] = column[i] }
    }
    return result
  }

  /// Numbers that stand one after the other in the file.
  private func values(at first: Int, count: Int) throws -> [Double] {
    do {
      return try bytes.withBytes(at: offset + first * type.size, count: count * type.size) { raw in
        try (0..<count).map { try type.value(raw, $0) }
      }
    } catch let error as NumPyType.Inexact {
      throw DataFileError(
        .content, "\(bytes.path): number \(first + error.index + 1) is \(error.reason)")
    }
  }
}
