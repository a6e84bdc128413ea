/// An array of numbers in a file that somebody names: `nets.npy`, `nets.h5:/dataset`, or `-`.
public enum RecordedArray {
  /// Whether a file of this name exists decides where a name with a colon ends.
  /// - Throws: `DataFileError` for what is neither a .npy file nor a dataset of an HDF5 file.
  public static func open(_ name: String) throws -> any NumericArray {
    let opened = Result { () throws(DataFileError) in try FileBytes(path: name) }
    if case .failure(let error) = opened, error.kind == .missing,
      let colon = name.lastIndex(of: ":"), colon != name.startIndex
    {
      return try HDF5Dataset(
        path: String(name[..<colon]), name: String(name[name.index(after: colon)...]))
    }
    let file = try opened.get()
    guard file.count > 0 else { throw DataFileError(.content, "\(file.path): the file is empty") }
    if try NumPyFile.recognises(file) || name.hasSuffix(".npy") || name.hasSuffix(".npz") {
      return try NumPyFile(file)
    }
    let start = try file.bytes(at: 0, count: min(4, file.count))
    guard start == [0x89, 0x48, 0x44, 0x46] else {
      throw DataFileError(
        .content, "\(file.path): expected a .npy file, or file.h5:/dataset for HDF5")
    }
    guard !file.isStream else { return try HDF5Dataset(path: name, name: "") }
    let known = try HDF5File(reading: name).datasets()
    throw DataFileError(
      .content,
      "\(file.path): name the dataset, as in \(file.path):\(known.first ?? "/outputs")"
        + (known.count > 1 ? "; there are \(known.joined(separator: ", "))" : ""))
  }

  /// The rows of a two-dimensional array, or of a table of text: whichever the file holds.
  /// - Throws: `DataFileError`, also for numbers that are not finite.
  public static func matrix(_ file: FileBytes) throws -> (rows: [[Double]], note: String?) {
    guard try NumPyFile.recognises(file) || file.path.hasSuffix(".npy") else {
      let table = try NumberTable(file)
      return (table.rows, table.note(on: file.path))
    }
    let array = try NumPyFile(file)
    guard array.shape.count <= 2 else {
      throw DataFileError(
        .content, "\(file.path): expected rows of numbers, found the shape \(array.shape)")
    }
    let values = try array.rows(from: 0, count: array.shape[0])
    try file.verifyUnchanged()
    let length = array.rowLength
    if let wrong = values.firstIndex(where: { !$0.isFinite }) {
      throw DataFileError(
        .content,
        "\(file.path): numbers must be finite, found \(values[wrong]) in row \(wrong / length), column \(wrong % length)"
      )
    }
    return ((0..<array.shape[0]).map { Array(values[$0 * length..<($0 + 1) * length]) }, nil)
  }
}
