/// Why an ensemble, a density or a set of points is refused: one sentence, and the key (relative
/// to the ensemble) that it is about.
public struct InvalidEnsemble: Error, Sendable, Equatable, CustomStringConvertible {
  public let key: String
  public let reason: String

  public init(_ key: String, _ reason: String) {
    self.key = key
    self.reason = reason
  }

  public var description: String { "\(key): \(reason)" }
}
