import Duality
import Statistics

/// The `locality` measurement of one channel: a connected correlator as two groups of points move apart.
public struct LocalityResult: Sendable, Codable {
  public struct Decay: Sendable, Codable {
    public var kind: DecayFit.Kind
    public var length: Estimate?
    /// alpha of r^-alpha.
    public var exponent: Estimate?
    /// At infinite distance, where that is not 0.
    public var limit: Estimate?
    public var grows: Bool
    /// Akaike weights of the forms.
    public var weights: [String: Double]
    public var verdict: DecayFit.Verdict
    public var reason: String

    init(_ fit: DecayFit) {
      kind = fit.kind
      length = fit.length
      exponent = fit.exponent
      limit = fit.limit
      grows = fit.grows
      weights = fit.weights
      verdict = fit.verdict
      reason = fit.reason
    }
  }

  public struct Point: Sendable, Codable {
    public var distance: Double
    public var value: Double?
    public var error: Double?
    public var exact: Double?
  }

  public var order: Int
  /// The groups by the positions of their points, 0 1|2 3.
  public var channel: String
  /// Their sizes: 1|3, 2|2.
  public var kind: String
  public var direction: [Double]
  /// That of the exact curve where it is known, else of the sampled one.
  public var verdict: DecayFit.Verdict
  public var reason: String
  /// Of the curve that decides.
  public var decay: Decay
  /// Of the sampled curve, where the exact one decides.
  public var sampled: Decay?
  public var curve: [Point]
}
