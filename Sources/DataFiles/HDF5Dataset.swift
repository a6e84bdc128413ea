import CHDF5
import Foundation

/// A dataset of somebody's HDF5 file, read in pieces: real numbers of any size and byte order, compressed or
/// not, which stand in this one file.
public final class HDF5Dataset: NumericArray {
  public let shape: [Int]
  public let bytes: FileBytes
  private let file: HDF5File
  private let name: String
  private let set: hid_t
  /// Whether float64 may not hold its whole numbers.
  private let isLong: Bool

  /// - Throws: `DataFileError` for a file that is locked or no HDF5, a name that is missing or a group, and
  ///   anything but an array of real numbers.
  public init(path: String, name: String) throws {
    bytes = try FileBytes(path: path)
    guard !bytes.isStream else {
      throw DataFileError(
        .content, "\(bytes.path): HDF5 cannot be read from a pipe, or is empty: give a file")
    }
    let file = try HDF5File(reading: path)
    guard bytes.isSameFile(as: path) else {
      throw DataFileError("\(path): the file changed while it was read: run again")
    }
    guard file.contains(name), !name.split(separator: "/").isEmpty else {
      let known = file.datasets()
      throw DataFileError(
        .missing,
        "\(path) has no dataset \(DataFileError.shown(name)); \(known.isEmpty ? "there is none" : "there are \(known.joined(separator: ", "))")"
      )
    }
    (set, shape, isLong) = try HDF5File.lock.withLock { _ in
      let set = H5Dopen2(file.handle, name, fw_h5_default())
      do {
        let (shape, isLong) = try Self.examine(set, of: file, name)
        return (set, shape, isLong)
      } catch {
        if set >= 0 { H5Dclose(set) }
        throw error
      }
    }
    self.file = file
    self.name = name
  }

  deinit { HDF5File.lock.withLock { _ in _ = H5Dclose(set) } }

  /// The shape of a dataset that can be read; the lock must be held.
  private static func examine(
    _ set: hid_t, of file: HDF5File, _ name: String
  ) throws -> (shape: [Int], isLong: Bool) {
    func refuse(_ reason: String) -> DataFileError {
      DataFileError(.content, "\(file.path):\(name) \(reason)")
    }
    guard set >= 0 else { throw refuse("is not a dataset (a group?): name the dataset in it") }
    guard fileName(set) == fileName(file.handle), !standsElsewhere(set) else {
      throw refuse("keeps its numbers in another file: copy them into one with h5repack")
    }
    let type = H5Dget_type(set)
    let space = H5Dget_space(set)
    defer {
      H5Tclose(type)
      H5Sclose(space)
    }
    let kind = H5Tget_class(type)
    let size = H5Tget_size(type)
    guard kind == H5T_FLOAT || kind == H5T_INTEGER, size <= 8 else {
      throw refuse(why(kind, size))
    }
    guard H5Sget_simple_extent_type(space) != H5S_NULL else { throw refuse("is empty") }
    let rank = H5Sget_simple_extent_ndims(space)
    guard rank > 0 else { throw refuse("holds a single number, not an array") }
    var dimensions = [hsize_t](repeating: 0, count: Int(rank))
    H5Sget_simple_extent_dims(space, &dimensions, nil)
    guard !dimensions.contains(0) else { throw refuse("is empty: its shape is \(dimensions)") }
    var total = 8
    for n in dimensions {
      let (product, overflow) = total.multipliedReportingOverflow(by: Int(clamping: n))
      guard !overflow else { throw refuse("has a shape that is too large: \(dimensions)") }
      total = product
    }
    return (dimensions.map { Int($0) }, kind == H5T_INTEGER && size == 8)
  }

  private static func why(_ kind: H5T_class_t, _ size: Int) -> String {
    switch kind {
    case H5T_COMPOUND:
      "holds records, or complex numbers: save real and imaginary part as two outputs"
    case H5T_ENUM: "holds truth values or other names: save numbers"
    case H5T_STRING: "holds text: save numbers"
    case H5T_FLOAT, H5T_INTEGER: "holds numbers of \(size) bytes: save them as float64"
    default: "holds no numbers"
    }
  }

  private static func fileName(_ object: hid_t) -> String {
    let length = H5Fget_name(object, nil, 0)
    guard length > 0 else { return "" }
    var name = [CChar](repeating: 0, count: length + 1)
    H5Fget_name(object, &name, name.count)
    return String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether the numbers of a dataset are those of other datasets, or of a file without structure.
  private static func standsElsewhere(_ set: hid_t) -> Bool {
    let list = H5Dget_create_plist(set)
    defer { H5Pclose(list) }
    return H5Pget_layout(list) == H5D_VIRTUAL || H5Pget_external_count(list) > 0
  }

  public func rows(from first: Int, count: Int) throws -> [Double] {
    let values = try HDF5File.lock.withLock { _ in try read(from: first, count: count) }
    // Whole numbers are rounded by the library without a word.
    if isLong, let i = values.firstIndex(where: { abs($0) >= 0x1p53 }) {
      throw DataFileError(
        .content,
        "\(file.path):\(name): number \(first * rowLength + i + 1) is about \(values[i]), a whole number that float64 may not hold"
      )
    }
    return values
  }

  /// Rows as float64; the lock must be held.
  private func read(from first: Int, count: Int) throws -> [Double] {
    precondition(first >= 0 && count >= 0 && first + count <= shape[0])
    let space = H5Dget_space(set)
    var start = [hsize_t](repeating: 0, count: shape.count)
    var size = shape.map { hsize_t($0) }
    start[0] = hsize_t(first)
    size[0] = hsize_t(count)
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nil, &size, nil)
    let memory = H5Screate_simple(Int32(size.count), &size, nil)
    defer {
      H5Sclose(memory)
      H5Sclose(space)
    }
    var values = [Double](repeating: 0, count: count * rowLength)
    guard
      values.isEmpty
        || H5Dread(set, fw_h5_double(), memory, space, fw_h5_default(), &values) >= 0
    else {
      try bytes.verifyUnchanged()
      throw DataFileError(
        "\(file.path):\(name) cannot be read: it is damaged, or packed by a filter that is not installed here"
      )
    }
    return values
  }
}

extension HDF5File {
  /// Names of the datasets, at most twenty, some levels deep.
  public func datasets() -> [String] {
    Self.lock.withLock { _ in
      var found: [String] = []
      var budget = 1000
      Self.visit(handle, "", depth: 0, &budget, &found)
      return found
    }
  }

  private static func visit(
    _ group: hid_t, _ path: String, depth: Int, _ budget: inout Int, _ found: inout [String]
  ) {
    var information = H5G_info_t()
    guard depth < 6, H5Gget_info(group, &information) >= 0 else { return }
    for k in 0..<information.nlinks {
      budget -= 1
      guard budget > 0, found.count < 20 else { return }
      var buffer = [CChar](repeating: 0, count: 256)
      let length = H5Lget_name_by_idx(
        group, ".", H5_INDEX_NAME, H5_ITER_INC, k, &buffer, buffer.count, fw_h5_default())
      guard length > 0, length < buffer.count else { continue }
      let name = String(
        decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let object = H5Oopen(group, name, fw_h5_default())
      guard object >= 0 else { continue }
      defer { H5Oclose(object) }
      let full = "\(path)/\(name)"
      switch H5Iget_type(object) {
      case H5I_DATASET: found.append(full)
      case H5I_GROUP: visit(object, full, depth: depth + 1, &budget, &found)
      default: break
      }
    }
  }
}
