import Foundation

/// An array in NumPy's .npy format: little-endian float32 or float64, C order.
public struct NumPyFile: NumericArray {
  public let shape: [Int]
  private let data: Data
  private let offset: Int
  private let itemSize: Int

  /// Maps the file into memory.
  /// - Throws: `DataFileError` for anything but a readable array of real numbers.
  public init(path: String) throws {
    func refuse(_ reason: String) -> DataFileError { DataFileError("\(path) \(reason)") }
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    } catch { throw refuse("cannot be read") }
    guard data.count >= 12, data.prefix(6).elementsEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59])
    else { throw refuse("is not a .npy file") }
    let major = data[data.startIndex + 6]
    let lengthBytes = major >= 2 ? 4 : 2
    var headerLength = 0
    for k in (0..<lengthBytes).reversed() {
      headerLength = headerLength << 8 | Int(data[data.startIndex + 8 + k])
    }
    let start = 8 + lengthBytes
    guard start + headerLength <= data.count,
      let header = String(data: data.dropFirst(start).prefix(headerLength), encoding: .isoLatin1)
    else { throw refuse("is cut short") }
    if header.contains("'<f8'") {
      itemSize = 8
    } else if header.contains("'<f4'") {
      itemSize = 4
    } else {
      throw refuse("must hold little-endian float32 or float64 numbers")
    }
    guard header.contains("'fortran_order': False") else {
      throw refuse("must be in C order: save numpy.ascontiguousarray(a)")
    }
    guard let open = header.firstIndex(of: "("), let close = header.firstIndex(of: ")"),
      open < close
    else { throw refuse("has no shape") }
    let texts = header[header.index(after: open)..<close].split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let shape = texts.compactMap { Int($0) }
    guard shape.count == texts.count, !shape.isEmpty, shape.allSatisfy({ $0 >= 0 && $0 < 1 << 48 })
    else { throw refuse("has a shape that cannot be read") }
    var size = itemSize
    for n in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: n)
      guard !overflow else { throw refuse("is cut short") }
      size = product
    }
    offset = start + headerLength
    guard data.count - offset >= size else { throw refuse("is cut short") }
    self.shape = shape
    self.data = data
  }

  public func rows(from first: Int, count: Int) throws -> [Double] {
    let length = rowLength
    var result = [Double](repeating: 0, count: count * length)
    data.withUnsafeBytes { bytes in
      for i in result.indices {
        let at = offset + (first * length + i) * itemSize
        result[i] =
          itemSize == 8
          ? bytes.loadUnaligned(fromByteOffset: at, as: Double.self)
          : Double(bytes.loadUnaligned(fromByteOffset: at, as: Float.self))
      }
    }
    return result
  }
}
