import Duality

/// Of many quantities that should vanish, the one farthest from zero in units of its error.
public struct LargestComponent: Sendable, Codable {
  public var value: Double
  public var error: Double
  /// value / error.
  public var sigma: Double
  /// Student's t, multiplied by the number of components.
  public var p_value: Double
  /// Group element, points and outputs, or fields.
  public var `where`: String
  /// What it is exactly, where that is known.
  public var exact: Double?
}

/// One test of the `symmetry` measurement at one order.
public struct SymmetryResult: Sendable, Codable {
  /// The exact change of the correlators.
  public struct Exact: Sendable, Codable {
    /// The largest one, relative to the scale of its correlator.
    public var largest: Double
    public var `where`: String
    /// Below this, relative, it is zero within the numerical error.
    public var error: Double
  }

  /// The same test on the first part of the networks.
  public struct Part: Sendable, Codable {
    public var networks: Double
    public var p_value: Double?
    public var sigma: Double?
    public var detectable: Double?
  }

  public enum Verdict: String, Sendable, Codable {
    case broken
    case holds
    /// By exact correlators or network by network.
    case holdsExactly = "holds exactly"
    case brokenExactly = "broken exactly"
    /// The test had nothing to decide from.
    case undecided
  }

  public var group: String
  public var side: SymmetryGroup.Side
  public var of: SymmetryOptions.Field
  public var order: Int
  public var elements: Int
  public var components: Int
  /// Of Hotelling's T^2; null where nothing was drawn, or nothing can be decided.
  public var p_value: Double?
  public var modes: Int?
  public var blocks: Int?
  /// Of both tests together, corrected for all tests of the case (Holm).
  public var p_adjusted: Double?
  public var largest: LargestComponent?
  /// The smallest breaking of one component, relative to its scale, that would have been seen with 90%
  /// probability.
  public var detectable: Double?
  /// Largest excess kurtosis of the modes over blocks.
  public var kurtosis: Double?
  public var exact: Exact?
  public var verdict: Verdict
  /// Why the sample decides nothing, where it does not.
  public var undecided: String?
  public var parts: [Part]?
  public var published: PublishedProcedure?

  enum CodingKeys: String, CodingKey {
    case group, side, of, order, elements, components, p_value, modes, blocks, p_adjusted, largest
    case detectable, kurtosis, exact, verdict, undecided, parts, published
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(group, forKey: .group)
    try container.encode(side, forKey: .side)
    try container.encode(of, forKey: .of)
    try container.encode(order, forKey: .order)
    try container.encode(elements, forKey: .elements)
    try container.encode(components, forKey: .components)
    try container.encode(p_value, forKey: .p_value)
    try container.encodeIfPresent(modes, forKey: .modes)
    try container.encodeIfPresent(blocks, forKey: .blocks)
    try container.encodeIfPresent(p_adjusted, forKey: .p_adjusted)
    try container.encodeIfPresent(largest, forKey: .largest)
    try container.encodeIfPresent(detectable, forKey: .detectable)
    try container.encodeIfPresent(kurtosis, forKey: .kurtosis)
    try container.encodeIfPresent(exact, forKey: .exact)
    try container.encode(verdict, forKey: .verdict)
    try container.encodeIfPresent(undecided, forKey: .undecided)
    try container.encodeIfPresent(parts, forKey: .parts)
    try container.encodeIfPresent(published, forKey: .published)
  }
}

/// The `symmetry` measurement of one case: what must hold, and the tests.
public struct SymmetryPredictionResult: Sendable, Codable {
  public var summary: String
  public var statements: [SymmetryPrediction.Statement]
}
