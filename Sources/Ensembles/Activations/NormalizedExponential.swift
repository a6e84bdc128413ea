import CSampling
import Foundation
import NumericalMethods

/// exp(z - Var z): the exponential with the input-dependent normaliser that makes its two-point
/// function exp(-Var(z1 - z2) / 2), translation invariant (arXiv:2008.08601).
public struct NormalizedExponential: HiddenUnit {
  public static let name = "gauss"
  public static let vectorCode = Int32(FW_GAUSS)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { exp(z - variance) }

  public var growth: Growth { .faster }

  public func slope(_ z: Double, variance: Double) -> Double { exp(z - variance) }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    (z - TaylorSeries(constant: variance)).exponential
  }

  public func gaussianPair(_ pair: PairCovariance) -> Double? { exp(-0.5 * pair.difference) }

  public func gaussianSlopePair(_ pair: PairCovariance) -> Double? { gaussianPair(pair) }
}
