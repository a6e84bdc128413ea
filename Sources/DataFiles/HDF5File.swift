import CHDF5
import CHDF5Driver
import Foundation
import Synchronization

/// A thin face on HDF5 files: named datasets of numbers, text attributes. The library is not
/// thread-safe, so every call holds one lock.
///
/// Files are written through a driver of our own, behind which the library never sees a write fail: it would
/// crash when the process ends. The bytes depend on what is written alone; no times are kept.
public final class HDF5File: Sendable {
  public let path: String
  let handle: hid_t
  private let isOpen = Mutex(true)
  /// Where the driver leaves the first failure; looked at under the lock alone.
  private nonisolated(unsafe) let sink: UnsafeMutablePointer<fw_h5_sink>
  static let lock = Mutex(())

  /// Creates a file, or empties it.
  /// - Parameter userBlock: bytes before the data of HDF5 that the caller fills: 0, 512, 1024, ...
  /// - Throws: `FileWriteError`.
  public init(creating path: String, userBlock: Int = 0) throws {
    self.path = path
    let sink = UnsafeMutablePointer<fw_h5_sink>.allocate(capacity: 1)
    sink.initialize(to: fw_h5_sink(failure: 0))
    self.sink = sink
    handle = Self.lock.withLock { _ in
      fw_h5_quiet()
      let access = fw_h5_sink_access(sink)
      let creation = H5Pcreate(fw_h5_file_create())
      H5Pset_userblock(creation, hsize_t(userBlock))
      defer {
        H5Pclose(access)
        H5Pclose(creation)
      }
      return H5Fcreate(path, fw_h5_truncate(), creation, access)
    }
    guard handle >= 0, sink.pointee.failure == 0 else {
      throw FileWriteError(path: path, cause: sink.pointee.failure)
    }
  }

  /// - Throws: `DataFileError` for what is not HDF5, or is locked by another program.
  public init(reading path: String) throws {
    self.path = path
    sink = UnsafeMutablePointer<fw_h5_sink>.allocate(capacity: 1)
    sink.initialize(to: fw_h5_sink(failure: 0))
    handle = Self.lock.withLock { _ in
      fw_h5_quiet()
      return H5Fopen(path, fw_h5_read_only(), fw_h5_default())
    }
    guard handle >= 0 else {
      throw DataFileError(.content, "\(path) \(Self.whyUnreadable(path))")
    }
  }

  /// Why the library did not open a file.
  private static func whyUnreadable(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      return "cannot be read (\(String(cString: strerror(errno))))"
    }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK {
      return "is locked by another program, which may be writing it: wait until it is closed"
    }
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    var found = [UInt8](repeating: 0, count: 8)
    // It may stand behind a block of the user's own.
    for place in [0] + (9..<30).map({ 1 << $0 }) {
      if pread(descriptor, &found, 8, off_t(place)) == 8, found == signature {
        return "is damaged, or a program that wrote it did not close it"
      }
    }
    return "is not an HDF5 file"
  }

  deinit {
    closeFile()
    sink.deallocate()
  }

  private func closeFile() {
    isOpen.withLock { isOpen in
      if isOpen, handle >= 0 { Self.lock.withLock { _ in _ = H5Fclose(handle) } }
      isOpen = false
    }
  }

  /// Closes a file that was written; nothing else may be called afterwards.
  /// - Throws: `FileWriteError` where anything did not reach the file.
  public func finish() throws {
    closeFile()
    try check(0, "")
  }

  private func link() -> hid_t {
    let list = H5Pcreate(fw_h5_link_create())
    H5Pset_create_intermediate_group(list, 1)
    return list
  }

  private func check(_ status: Int32, _ name: String) throws {
    guard sink.pointee.failure == 0 else {
      throw FileWriteError(path: path, cause: sink.pointee.failure)
    }
    guard status >= 0 else { throw DataFileError("\(path):/\(name) cannot be written") }
  }

  /// Makes a dataset, with the groups on the way, and hands it over; the lock must be held.
  private func makeDataset(
    _ name: String, shape: [Int], type: hid_t, _ body: (hid_t) throws -> Void
  )
    throws
  {
    var dimensions = shape.map { hsize_t($0) }
    let space = H5Screate_simple(Int32(shape.count), &dimensions, nil)
    let links = link()
    let creation = H5Pcreate(fw_h5_dataset_create())
    // Two equal runs leave equal bytes.
    H5Pset_obj_track_times(creation, false)
    let set = H5Dcreate2(handle, name, type, space, links, creation, fw_h5_default())
    defer {
      H5Sclose(space)
      H5Pclose(links)
      H5Pclose(creation)
      if set >= 0 { H5Dclose(set) }
    }
    try check(set < 0 ? -1 : 0, name)
    try body(set)
  }

  /// Writes a float64 dataset.
  public func write(_ name: String, _ values: [Double], shape: [Int]) throws {
    precondition(shape.reduce(1, *) == values.count)
    try Self.lock.withLock { _ in
      try makeDataset(name, shape: shape, type: fw_h5_double_file()) { set in
        guard !values.isEmpty else { return }
        try check(
          H5Dwrite(set, fw_h5_double(), fw_h5_all(), fw_h5_all(), fw_h5_default(), values), name)
      }
    }
  }

  /// Makes an empty float32 dataset that is filled by `write(rows:)`.
  public func create(_ name: String, shape: [Int]) throws {
    try Self.lock.withLock { _ in
      try makeDataset(name, shape: shape, type: fw_h5_float_file()) { _ in }
    }
  }

  /// Writes rows `from ..< from + count` of a dataset of the given shape.
  public func write(rows values: [Double], of name: String, from: Int, count: Int, shape: [Int])
    throws
  {
    try Self.lock.withLock { _ in
      let set = H5Dopen2(handle, name, fw_h5_default())
      guard set >= 0 else { throw DataFileError("\(path):/\(name) cannot be written") }
      let space = H5Dget_space(set)
      var start = [hsize_t](repeating: 0, count: shape.count)
      var size = shape.map { hsize_t($0) }
      start[0] = hsize_t(from)
      size[0] = hsize_t(count)
      H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nil, &size, nil)
      let memory = H5Screate_simple(Int32(size.count), &size, nil)
      defer {
        H5Sclose(memory)
        H5Sclose(space)
        H5Dclose(set)
      }
      try check(H5Dwrite(set, fw_h5_double(), memory, space, fw_h5_default(), values), name)
    }
  }

  /// A text attribute of the file.
  public func writeAttribute(_ name: String, _ text: String) throws {
    try Self.lock.withLock { _ in
      let type = H5Tcopy(fw_h5_string())
      H5Tset_size(type, max(1, text.utf8.count))
      let space = H5Screate(H5S_SCALAR)
      let attribute = H5Acreate2(handle, name, type, space, fw_h5_default(), fw_h5_default())
      defer {
        H5Tclose(type)
        H5Sclose(space)
        if attribute >= 0 { H5Aclose(attribute) }
      }
      guard attribute >= 0 else {
        throw DataFileError("\(path): attribute \(name) cannot be written")
      }
      let bytes = text.isEmpty ? [UInt8(0)] : Array(text.utf8)
      try check(H5Awrite(attribute, type, bytes), name)
    }
  }

  /// A second name for a dataset.
  public func alias(_ name: String, as other: String) throws {
    try Self.lock.withLock { _ in
      let links = link()
      defer { H5Pclose(links) }
      try check(
        H5Lcreate_hard(handle, name, handle, other, links, fw_h5_default()), other)
    }
  }

  /// A text attribute of the file; nil where there is none.
  public func attribute(_ name: String) -> String? {
    Self.lock.withLock { _ in
      guard H5Aexists(handle, name) > 0 else { return nil }
      let attribute = H5Aopen(handle, name, fw_h5_default())
      guard attribute >= 0 else { return nil }
      let type = H5Aget_type(attribute)
      defer {
        H5Tclose(type)
        H5Aclose(attribute)
      }
      let size = H5Tget_size(type)
      guard H5Tget_class(type) == H5T_STRING, H5Tis_variable_str(type) == 0,
        (1...(1 << 20)).contains(size)
      else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard H5Aread(attribute, type, &bytes) >= 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Whether a dataset or group exists (every group on the way must).
  public func contains(_ name: String) -> Bool {
    Self.lock.withLock { _ in
      var path = ""
      for part in name.split(separator: "/") {
        path += "/" + part
        if H5Lexists(handle, path, fw_h5_default()) <= 0 { return false }
      }
      return true
    }
  }

  /// Dimensions of a dataset.
  public func shape(of name: String) throws -> [Int] {
    try Self.lock.withLock { _ in
      let set = H5Dopen2(handle, name, fw_h5_default())
      guard set >= 0 else { throw DataFileError("\(path) has no dataset \(name)") }
      let space = H5Dget_space(set)
      defer {
        H5Sclose(space)
        H5Dclose(set)
      }
      let rank = H5Sget_simple_extent_ndims(space)
      guard rank >= 0 else { throw DataFileError("\(path):\(name) is not an array") }
      var dimensions = [hsize_t](repeating: 0, count: Int(max(1, rank)))
      H5Sget_simple_extent_dims(space, &dimensions, nil)
      return rank == 0 ? [] : dimensions.map { Int($0) }
    }
  }

  /// A whole dataset as float64.
  public func read(_ name: String) throws -> [Double] {
    let shape = try shape(of: name)
    return try rows(of: name, from: 0, count: shape.first ?? 1, shape: shape)
  }

  /// Rows of a dataset as float64.
  public func rows(of name: String, from: Int, count: Int, shape: [Int]) throws -> [Double] {
    try Self.lock.withLock { _ in
      let set = H5Dopen2(handle, name, fw_h5_default())
      guard set >= 0 else { throw DataFileError("\(path) has no dataset \(name)") }
      let space = H5Dget_space(set)
      var size = shape.map { hsize_t($0) }
      if !shape.isEmpty {
        var start = [hsize_t](repeating: 0, count: shape.count)
        start[0] = hsize_t(from)
        size[0] = hsize_t(count)
        H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nil, &size, nil)
      }
      let memory =
        shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(size.count), &size, nil)
      defer {
        H5Sclose(memory)
        H5Sclose(space)
        H5Dclose(set)
      }
      var values = [Double](repeating: 0, count: size.reduce(1) { $0 * Int($1) })
      guard
        values.isEmpty
          || H5Dread(set, fw_h5_double(), memory, space, fw_h5_default(), &values) >= 0
      else { throw DataFileError("\(path):\(name) cannot be read as numbers") }
      return values
    }
  }
}
