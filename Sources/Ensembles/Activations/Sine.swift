import CSampling
import Foundation
import NumericalMethods

/// sin(z).
public struct Sine: HiddenUnit {
  public static let name = "sin"
  public static let vectorCode = Int32(FW_SIN)
  public static let isPeriodic = true

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { sin(z) }

  public func slope(_ z: Double, variance: Double) -> Double { cos(z) }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    z.sineAndCosine.sine
  }

  /// exp(-(c11 + c22)/2) sinh c12, as a difference where that overflows.
  public func gaussianPair(_ pair: PairCovariance) -> Double? {
    guard abs(pair.c12) > 1 else { return exp(-0.5 * (pair.c11 + pair.c22)) * sinh(pair.c12) }
    return 0.5 * (exp(-0.5 * pair.difference) - exp(-0.5 * pair.sum))
  }

  public func gaussianSlopePair(_ pair: PairCovariance) -> Double? { Cosine().gaussianPair(pair) }

  public func uniformPhasePair(_ pair: PairCovariance) -> Double? {
    0.5 * exp(-0.5 * pair.difference)
  }
}
