import Foundation

/// A file could not be written, and why the system says so.
public struct FileWriteError: Error, Sendable, Hashable, CustomStringConvertible {
  public let path: String
  /// errno.
  public let cause: Int32

  public init(path: String, cause: Int32) {
    self.path = path
    self.cause = cause
  }

  /// Whether there was no room: on the disk, in a quota, or below a limit on the size of files.
  public var isFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(cause) }

  /// Whether the place is not there, or is not ours to write to.
  public var isForbidden: Bool { [EACCES, EROFS, EPERM, ENOENT, ENOTDIR].contains(cause) }

  public var description: String {
    switch cause {
    case ENOSPC: "\(path): the disk is full"
    case EDQUOT: "\(path): the quota of the disk is used up"
    case EFBIG: "\(path): the file would grow beyond the size that is allowed (ulimit -f)"
    default: "\(path): cannot be written (\(String(cString: strerror(cause))))"
    }
  }
}

/// Files that appear whole or not at all: written beside the target, which they then replace.
public enum WholeFile {
  /// What a file is called until it is whole.
  public static func temporary(_ path: String) -> String { path + ".part" }

  /// - Throws: `FileWriteError` for the target; nothing is left behind.
  public static func write(_ data: Data, to path: String) throws(FileWriteError) {
    let temporary = temporary(path)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileWriteError(path: path, cause: errno) }
    let cause = write(data, to: descriptor) ?? (fsync(descriptor) != 0 ? errno : nil)
    close(descriptor)
    if let cause {
      unlink(temporary)
      throw FileWriteError(path: path, cause: cause)
    }
    try replace(path, by: temporary)
  }

  /// Appends to a descriptor; returns the system's reason where it fails.
  public static func write(_ data: Data, to descriptor: Int32) -> Int32? {
    data.withUnsafeBytes { bytes -> Int32? in
      var at = 0
      while at < bytes.count {
        let n = Foundation.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
        if n < 0 && errno == EINTR { continue }
        guard n > 0 else { return n < 0 ? errno : ENOSPC }
        at += n
      }
      return nil
    }
  }

  /// Renames what was written beside a file.
  /// - Throws: `FileWriteError`; what was written is then removed.
  public static func replace(_ path: String, by temporary: String) throws(FileWriteError) {
    guard Foundation.rename(temporary, path) == 0 else {
      let cause = errno
      unlink(temporary)
      throw FileWriteError(path: path, cause: cause)
    }
  }
}
