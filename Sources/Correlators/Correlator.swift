import NumericalMethods
import Statistics

/// One element of a measured correlator.
public struct CorrelatorElement: Sendable, Codable, Hashable {
  /// Point of each factor.
  public let indices: [Int]
  /// Output of each factor; absent with a single output.
  public let outputs: [Int]?
  public var full: Estimate
  /// The Wick value.
  public let gaussian: Double?
  /// The joint cumulant.
  public var connected: Estimate
}

/// How far the two-point function is from its exact value, on the well-conditioned eigenmodes of
/// its covariance.
public struct ChiSquare: Sendable, Codable, Hashable {
  public let value: Double
  public let modes: Int
  /// From Hotelling's T^2 with as many degrees of freedom as there are blocks.
  public let p_value: Double

  /// - Parameters:
  ///   - value: the sum of squares over whitened modes.
  ///   - blocks: sets of samples from which their covariance is known.
  /// - Returns: nil where there are not more blocks than modes.
  public init?(_ value: Double, modes: Int, blocks: Int) {
    let (p, n) = (Double(modes), Double(blocks))
    guard modes > 0, n > p, value.isFinite else { return nil }
    self.value = value
    self.modes = modes
    p_value = UpperTail.fisher(value * (n - p) / (p * (n - 1)), p, n - p)
  }
}

/// Mean over elements of the error of G^(n), relative to G_GP: the level below which a deviation is noise.
public struct Background: Sendable, Codable, Hashable {
  /// Of the mean of all runs.
  public let mean: Double?
  /// Of a single run, as plotted in arXiv:2008.08601: larger by the square root of the runs.
  public let single_run: Double?

  enum CodingKeys: String, CodingKey { case mean, single_run }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mean, forKey: .mean)
    try container.encode(single_run, forKey: .single_run)
  }
}

/// The correlator of one order: elements, deviations from the free theory, backgrounds.
public struct Correlator: Sendable {
  public let order: Int
  public var elements: [CorrelatorElement]
  /// Mean over elements of |m_n|, m_n = (G - G_GP) / G_GP.
  public let deviation: Estimate
  /// Mean over elements of |Gc_n| / |G_GP|.
  public let connectedDeviation: Estimate
  /// Elements left out of the means, because G_GP vanishes or, where it is measured, lies within five
  /// sigmas of zero.
  public let excluded: Int
  public let background: Background
  public let chiSquare: ChiSquare?
  /// Elements whose |m_n| is below five sigma: the mean of |m_n| is then biased upward.
  public let faint: Int
  /// Covariance of the connected elements, from the blocks; up to 1000 elements.
  public let covariance: SymmetricMatrix?
  /// Both deviations with one replicate left out.
  public let replicated: (deviation: Replicated, connected: Replicated)
}
