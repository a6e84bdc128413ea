import DataFiles
import Foundation
import Sampling

/// The first 512 bytes of `data.h5`, which HDF5 leaves to its users: versions, and a checksum over all that
/// follows, so that a file that is cut short or changed is known before the HDF5 library sees it.
enum DataSeal {
  /// Bytes before the HDF5 file.
  static let size = 512
  private static let first = "FIELDWORK data\n"

  private struct Stamp: Codable {
    var version = fieldworkVersion
    var format = StorageHeader.format
    var law = StorageHeader.law
    var bytes: Int
    var checksum: String
  }

  /// Fills in the block of a file that was closed.
  /// - Returns: the checksum.
  static func seal(_ path: String) throws(StudyError) -> String {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw AtomicFile.failure(path) }
    defer { close(descriptor) }
    guard let (bytes, sum) = sum(descriptor) else { throw AtomicFile.failure(path) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let json = try? encoder.encode(Stamp(bytes: bytes, checksum: sum)) else {
      throw StudyError(.internalError, "a header cannot be encoded")
    }
    var block = Data(first.utf8) + json + Data("\n".utf8)
    block.append(Data(count: size - block.count))
    let written = block.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, size, 0) }
    guard written == size, fsync(descriptor) == 0 else { throw AtomicFile.failure(path) }
    return sum
  }

  /// The checksum of a whole file.
  /// - Throws: `StudyError`: 74 where it is missing, cut short or changed; 65 where it is of another format.
  @discardableResult
  static func check(_ path: String) throws(StudyError) -> String {
    func damaged(_ what: String) -> StudyError {
      StudyError(
        .inputOutput, "\(path): the file is damaged: \(what); give --overwrite to start again")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw damaged(errno == ENOENT ? "it is missing" : String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var block = Data(count: size)
    let got = block.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, size, 0) }
    guard got > 0 else { throw damaged("it is empty") }
    guard got == size, block.prefix(first.utf8.count) == Data(first.utf8) else {
      if block.prefix(4) == Data([0x89, 0x48, 0x44, 0x46]) {
        throw StudyError(
          .badStudy,
          "\(path): written before format 1; this is fieldwork \(fieldworkVersion), which reads format \(StorageHeader.format); give another --output or --overwrite"
        )
      }
      throw damaged("it does not begin as such a file does")
    }
    let line = block.dropFirst(first.utf8.count).prefix { $0 != 10 }
    guard let header = try? JSONDecoder().decode(StorageHeader.self, from: line) else {
      throw damaged("its header cannot be read")
    }
    if let why = header.whyUnreadable {
      throw StudyError(.badStudy, "\(path): \(why); give another --output or --overwrite")
    }
    guard let stamp = try? JSONDecoder().decode(Stamp.self, from: line) else {
      throw damaged("its header cannot be read")
    }
    guard let (bytes, sum) = sum(descriptor) else { throw damaged("it cannot be read") }
    guard bytes == stamp.bytes else {
      throw damaged("it has \(bytes) bytes behind its header instead of \(stamp.bytes)")
    }
    guard sum == stamp.checksum else { throw damaged("its checksum does not fit") }
    return sum
  }

  /// The bytes behind the block, and their checksum.
  private static func sum(_ descriptor: Int32) -> (bytes: Int, checksum: String)? {
    var sum = Checksum()
    var at = size
    let piece = 1 << 22
    while true {
      var data = Data(count: piece)
      var filled = 0
      while filled < piece {
        let got = data.withUnsafeMutableBytes {
          pread(descriptor, $0.baseAddress! + filled, piece - filled, off_t(at + filled))
        }
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else { return nil }
        if got == 0 { break }
        filled += got
      }
      sum.update(data.prefix(filled))
      at += filled
      if filled < piece { return (at - size, String(sum.value, radix: 16)) }
    }
  }
}
