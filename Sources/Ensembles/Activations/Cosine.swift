import CSampling
import Foundation
import NumericalMethods

/// cos(z), by default with a bias uniform over a period (arXiv:2307.03223).
public struct Cosine: HiddenUnit {
  public static let name = "cos"
  public static let vectorCode = Int32(FW_COS)
  public static let isPeriodic = true

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { cos(z) }

  public func deviation(_ z: Double) -> Double {
    let half = sin(0.5 * z)
    return -2 * half * half
  }

  public func slope(_ z: Double, variance: Double) -> Double { -sin(z) }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    z.sineAndCosine.cosine
  }

  public func gaussianPair(_ pair: PairCovariance) -> Double? {
    0.5 * (exp(-0.5 * pair.difference) + exp(-0.5 * pair.sum))
  }

  public func gaussianSlopePair(_ pair: PairCovariance) -> Double? { Sine().gaussianPair(pair) }

  public func uniformPhasePair(_ pair: PairCovariance) -> Double? {
    0.5 * exp(-0.5 * pair.difference)
  }
}
