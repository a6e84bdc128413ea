/// A file that a study reads, with its content by hash: results are those of this content, not of a name.
public struct InputFile: Sendable, Hashable, Codable {
  /// Where the study names it, such as `sampling.outputs`.
  public var key: String
  public var path: String
  public var bytes: Int
  /// As `sha256sum` prints it.
  public var sha256: String

  public init(key: String, path: String, bytes: Int, sha256: String) {
    self.key = key
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
  }
}
