import Foundation
import Synchronization

/// The bytes of a file that somebody else may write to while it is read.
///
/// A regular file is read at given places through one descriptor, never mapped: a file that is cut in the
/// meantime is a short read, not a signal. What has no size (pipes, `/dev/stdin`, `-` for standard input) is
/// read once, into memory.
public final class FileBytes: Sendable {
  /// The name for messages.
  public let path: String
  public let count: Int
  /// Whether the bytes came from a pipe, a terminal or a device: they cannot be read a second time.
  public let isStream: Bool
  private let descriptor: Int32
  private let memory: [UInt8]
  private let stamp: Stamp
  private let hash = Mutex<String?>(nil)

  /// Streams longer than this are refused.
  public static let maximumStream = 4 << 30

  private struct Stamp: Equatable {
    var size: Int64
    var seconds: Int
    var nanoseconds: Int

    init(_ status: stat) {
      size = Int64(status.st_size)
      #if canImport(Darwin)
        let time = status.st_mtimespec
      #else
        let time = status.st_mtim
      #endif
      (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec)
    }
  }

  /// - Throws: `DataFileError`: missing for what is not there or is a folder, system for a stream that fails
  ///   or has no end.
  public init(path name: String) throws(DataFileError) {
    let isInput = name == "-" || name == "/dev/stdin"
    path = name == "-" ? "standard input" : name
    let file = isInput ? dup(0) : open(name, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      let reason = errno == ENOENT ? "does not exist" : "cannot be read (\(Self.reason()))"
      throw DataFileError(.missing, "\(path): the file \(reason)")
    }
    var status = stat()
    guard fstat(file, &status) == 0 else {
      close(file)
      throw DataFileError(.missing, "\(path): the file cannot be read (\(Self.reason()))")
    }
    stamp = Stamp(status)
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else {
      close(file)
      throw DataFileError(.missing, "\(path): is a folder, not a file")
    }
    // Files of /proc tell no size either.
    isStream = kind != S_IFREG || status.st_size == 0
    if isStream {
      defer { close(file) }
      memory = try Self.all(of: file, path)
      descriptor = -1
      count = memory.count
    } else {
      memory = []
      descriptor = file
      count = Int(status.st_size)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func reason() -> String { String(cString: strerror(errno)) }

  private static func all(of file: Int32, _ path: String) throws(DataFileError) -> [UInt8] {
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let n = Foundation.read(file, &piece, piece.count)
      if n < 0, errno == EINTR { continue }
      guard n >= 0 else {
        throw DataFileError(.system, "\(path): cannot be read (\(Self.reason()))")
      }
      if n == 0 { return result }
      result += piece[..<n]
      guard result.count <= maximumStream else {
        throw DataFileError(
          .system,
          "\(path): a pipe of more than \(maximumStream >> 30) GiB is not read into memory: write a file"
        )
      }
    }
  }

  /// Hands over the bytes `offset ..< offset + count`.
  /// - Throws: `DataFileError` where the file has become shorter, or the disk fails.
  public func withBytes<T>(
    at offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) throws -> T
  ) throws -> T {
    guard offset >= 0, count >= 0, offset <= self.count - count else {
      throw DataFileError(.content, "\(path): is cut short")
    }
    if descriptor < 0 {
      return try memory.withUnsafeBytes {
        try body(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
      }
    }
    return try withUnsafeTemporaryAllocation(byteCount: max(1, count), alignment: 16) { buffer in
      var done = 0
      while done < count {
        let n = pread(descriptor, buffer.baseAddress! + done, count - done, off_t(offset + done))
        if n < 0, errno == EINTR { continue }
        guard n >= 0 else {
          throw DataFileError(.system, "\(path): cannot be read (\(Self.reason()))")
        }
        guard n > 0 else { throw changed("it became shorter") }
        done += n
      }
      return try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// The bytes `offset ..< offset + count`.
  public func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    try withBytes(at: offset, count: count) { [UInt8]($0) }
  }

  /// Everything, which must not change while it is read.
  public func all() throws -> [UInt8] {
    let result = descriptor < 0 ? memory : try bytes(at: 0, count: count)
    try verifyUnchanged()
    return result
  }

  private func changed(_ how: String) -> DataFileError {
    DataFileError(.system, "\(path): the file changed while it was read (\(how)): run again")
  }

  /// The SHA-256 of the file, read once.
  public func sha256() throws -> String {
    if let known = hash.withLock({ $0 }) { return known }
    let result = try digest()
    try verifyUnchanged()
    hash.withLock { $0 = result }
    return result
  }

  private func digest() throws -> String {
    var digest = SHA256()
    let piece = 1 << 20
    for start in stride(from: 0, to: count, by: piece) {
      try withBytes(at: start, count: min(piece, count - start)) { digest.update($0) }
    }
    return digest.finalized()
  }

  /// - Throws: `DataFileError` where the file was written to since it was opened. A new file under the same
  ///   name does not matter: the old one is still what is read.
  public func verifyUnchanged() throws(DataFileError) {
    guard descriptor >= 0 else { return }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw DataFileError(.system, "\(path): cannot be read (\(Self.reason()))")
    }
    let now = Stamp(status)
    guard now.size == stamp.size else {
      throw changed("\(stamp.size) bytes became \(now.size)")
    }
    guard now == stamp else { throw changed("it was written to") }
  }

  /// Whether another path leads to the same file.
  func isSameFile(as other: String) -> Bool {
    var (mine, its) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(other, &its) == 0 && mine.st_ino == its.st_ino
      && mine.st_dev == its.st_dev
  }
}
