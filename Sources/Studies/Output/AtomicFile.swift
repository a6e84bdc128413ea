import DataFiles
import Foundation

/// Files of a run that appear whole or not at all, with their failures as a user is told of them.
enum AtomicFile {
  /// Writes beside the target and renames.
  /// - Throws: `StudyError` 74 (no space, input/output) or 73 (not allowed), naming the file.
  static func write(_ data: Data, to path: String) throws(StudyError) {
    do {
      try WholeFile.write(data, to: path)
    } catch { throw StudyError(error) }
  }

  static func write(_ text: String, to path: String) throws(StudyError) {
    try write(Data(text.utf8), to: path)
  }

  static func makeDirectory(_ path: String) throws(StudyError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
    } catch {
      throw StudyError(
        .cannotWrite, "\(path): the directory cannot be made; give another with --output")
    }
    guard access(path, W_OK) == 0 else {
      throw StudyError(
        .cannotWrite, "\(path): the directory cannot be written; give another with --output")
    }
  }

  /// The sentence for the last system error.
  static func failure(_ path: String, _ cause: Int32 = errno) -> StudyError {
    StudyError(FileWriteError(path: path, cause: cause))
  }
}
