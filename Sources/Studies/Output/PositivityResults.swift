import Statistics

/// The `reflection-positivity` measurement.
public struct PositivityResult: Sendable, Codable {
  public enum Verdict: String, Sendable, Codable {
    /// No negative eigenvalue, or none beyond four errors.
    case holds
    case violated
    /// No matrix is known, or its errors are as large as its eigenvalues.
    case undecided
  }

  public var times: [Double]
  public var operators: Int
  /// Exact eigenvalues, ascending; absent where they are not known.
  public var exact: [Double]?
  /// Of the sampled matrix; the lowest is biased downwards.
  public var eigenvalues: [Double]?
  /// The lowest one without that bias: its vector from one half of the blocks, its value from the other.
  public var lowest: Estimate?
  public var verdict: Verdict
}
