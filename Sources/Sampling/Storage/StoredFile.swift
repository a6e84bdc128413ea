import DataFiles
import Foundation

/// A checkpoint cannot be used; one sentence that names the file.
public struct StorageError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Reason: Sendable, Hashable {
    /// Missing, cut short, or changed.
    case damaged
    /// Whole, but of another version or another run.
    case foreign
  }

  public let reason: Reason
  public let description: String

  public init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }

  static func damaged(_ path: String, _ what: String) -> StorageError {
    StorageError(.damaged, "\(path): the checkpoint is damaged: \(what)")
  }
}

/// A checkpoint in one file: a line that names its kind, the header and a description as lines of JSON, numbers,
/// and a checksum over all of it.
public struct StoredFile<Content: Codable & Sendable>: Sendable {
  public var header: StorageHeader
  public var content: Content
  /// What stands behind the description.
  public var body: Data

  public init(_ header: StorageHeader, _ content: Content, body: Data = Data()) {
    self.header = header
    self.content = content
    self.body = body
  }

  private static func firstLine(_ kind: String) -> Data { Data("FIELDWORK \(kind)\n".utf8) }

  /// The bytes of the file.
  public func data(kind: String) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var data = Self.firstLine(kind)
    data.append(try encoder.encode(header))
    data.append(10)
    data.append(try encoder.encode(content))
    data.append(10)
    data.append(body)
    withUnsafeBytes(of: Checksum(data).value.littleEndian) { data.append(contentsOf: $0) }
    return data
  }

  /// - Throws: `FileWriteError`.
  public func write(to path: String, kind: String) throws {
    try WholeFile.write(try data(kind: kind), to: path)
  }

  /// - Throws: `StorageError` for a file that is missing, empty, cut short or changed, or of another version.
  public static func read(_ path: String, kind: String) throws(StorageError) -> StoredFile {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .damaged(path, "the file is missing")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .damaged(path, "the file cannot be read")
    }
    return try read(data, path: path, kind: kind)
  }

  /// The same from its bytes.
  public static func read(_ data: Data, path: String, kind: String) throws(StorageError)
    -> StoredFile
  {
    guard !data.isEmpty else { throw .damaged(path, "the file is empty") }
    let first = firstLine(kind)
    guard data.prefix(first.count) == first else {
      // The cells and the lattice chains of versions without a format.
      if data.prefix(10) == Data("FIELDWORK-".utf8) || data.prefix(2) == Data("{\"".utf8) {
        throw StorageError(
          .foreign,
          "\(path): written before format 1; this is fieldwork \(fieldworkVersion), which reads format \(StorageHeader.format)"
        )
      }
      throw .damaged(path, "it does not begin as such a file does")
    }
    let start = data.startIndex + first.count
    guard let end = data[start...].firstIndex(of: 10),
      let header = try? JSONDecoder().decode(StorageHeader.self, from: data[start..<end])
    else { throw .damaged(path, "its header cannot be read") }
    if let why = header.whyUnreadable { throw StorageError(.foreign, "\(path): \(why)") }
    guard let next = data[(end + 1)...].firstIndex(of: 10), data.endIndex - next > 8 else {
      throw .damaged(path, "it is cut short")
    }
    var sum: UInt64 = 0
    _ = withUnsafeMutableBytes(of: &sum) { data.suffix(8).copyBytes(to: $0) }
    guard Checksum(Data(data.dropLast(8))).value == UInt64(littleEndian: sum) else {
      throw .damaged(path, "its checksum does not fit")
    }
    guard
      let content = try? JSONDecoder().decode(Content.self, from: data[(end + 1)..<next])
    else { throw .damaged(path, "its description cannot be read") }
    return StoredFile(header, content, body: Data(data[(next + 1)...].dropLast(8)))
  }
}

/// Reads numbers one after the other; nil where there are not as many.
public struct NumberReader: Sendable {
  private let data: Data
  private var at: Int

  public init(_ data: Data) {
    self.data = data
    at = 0
  }

  public var isAtEnd: Bool { at == data.count }

  public mutating func integer() -> Int? {
    guard data.count - at >= 8 else { return nil }
    defer { at += 8 }
    return data.withUnsafeBytes {
      Int(Int64(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: Int64.self)))
    }
  }

  public mutating func doubles(_ count: Int) -> [Double]? {
    guard count >= 0, count <= (data.count - at) / 8 else { return nil }
    defer { at += 8 * count }
    return data.withUnsafeBytes { bytes in
      [Double](unsafeUninitializedCapacity: count) { buffer, filled in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[at..<at + 8 * count]))
        filled = count
      }
    }
  }
}
