/// Input points: a list of vectors of equal length.
public struct Points: Sendable, Hashable, Codable {
  public let coordinates: [[Double]]

  /// - Throws: `InvalidEnsemble` where the list is empty, lengths differ, or a number is not finite.
  public init(_ coordinates: [[Double]], inputs: Int) throws(InvalidEnsemble) {
    guard !coordinates.isEmpty else {
      throw InvalidEnsemble("points", "must hold at least one point")
    }
    for (i, x) in coordinates.enumerated() {
      guard x.count == inputs else {
        throw InvalidEnsemble(
          "points.\(i)", "must have \(inputs) coordinates, as `inputs` says, found \(x.count)")
      }
      if let bad = x.first(where: { !($0.isFinite && abs($0) <= 1e15) }) {
        throw InvalidEnsemble(
          "points.\(i)", "must have finite coordinates of size up to 1e15, found \(bad)")
      }
    }
    self.coordinates = coordinates
  }

  /// Points known to be valid.
  public init(valid coordinates: [[Double]]) { self.coordinates = coordinates }

  public var count: Int { coordinates.count }
  public subscript(i: Int) -> [Double] { coordinates[i] }
}
