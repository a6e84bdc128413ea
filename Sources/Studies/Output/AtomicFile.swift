import Foundation

/// Files that appear whole or not at all.
enum AtomicFile {
  /// Writes beside the target and renames.
  /// - Throws: `StudyError` 74 (no space, input/output) or 73 (not allowed), naming the file.
  static func write(_ data: Data, to path: String) throws(StudyError) {
    let temporary = path + ".part"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0 else { throw failure(path) }
    var failed = false
    data.withUnsafeBytes { bytes in
      var at = 0
      while at < bytes.count {
        let n = Foundation.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
        if n < 0 && errno == EINTR { continue }
        guard n > 0 else {
          failed = true
          return
        }
        at += n
      }
    }
    if !failed && fsync(descriptor) != 0 { failed = true }
    let cause = errno
    close(descriptor)
    if failed {
      unlink(temporary)
      throw failure(path, cause)
    }
    try rename(temporary, to: path)
  }

  static func write(_ text: String, to path: String) throws(StudyError) {
    try write(Data(text.utf8), to: path)
  }

  static func rename(_ from: String, to path: String) throws(StudyError) {
    guard Foundation.rename(from, path) == 0 else {
      let cause = errno
      unlink(from)
      throw failure(path, cause)
    }
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
    switch cause {
    case ENOSPC, EDQUOT, EFBIG:
      StudyError(.inputOutput, "\(path): the disk is full; make room and go on with --resume")
    case EACCES, EROFS, EPERM, ENOENT, ENOTDIR:
      StudyError(.cannotWrite, "\(path): cannot be written (\(String(cString: strerror(cause))))")
    default:
      StudyError(.inputOutput, "\(path): cannot be written (\(String(cString: strerror(cause))))")
    }
  }
}
