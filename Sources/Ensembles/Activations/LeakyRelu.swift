import CSampling
import Foundation
import NumericalMethods

/// max(z, 0) + slope min(z, 0).
public struct LeakyRelu: HiddenUnit {
  public static let name = "leaky-relu"
  public static let vectorCode = Int32(FW_LEAKY_RELU)

  public let slope: Double

  public init(slope: Double) { self.slope = slope }

  public func value(_ z: Double, variance: Double) -> Double { max(z, 0) + slope * min(z, 0) }

  public var kinks: [Double] { slope == 1 ? [] : [0] }
  public var isHomogeneous: Bool { true }
  public var growth: Growth { .linear(below: abs(slope), above: 1) }

  public func slope(_ z: Double, variance: Double) -> Double { z > 0 ? 1 : slope }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    z.value > 0 ? z : slope * z
  }

  /// With r = relu: s(z) = (1 - slope) r(z) + slope z, and E[r(z1) z2] = c12 / 2.
  public func gaussianPair(_ pair: PairCovariance) -> Double? {
    guard let relu = Relu().gaussianPair(pair) else { return nil }
    return (1 - slope) * (1 - slope) * relu + slope * pair.c12
  }

  /// With E[r'(z1)] = 1/2.
  public func gaussianSlopePair(_ pair: PairCovariance) -> Double? {
    guard let relu = Relu().gaussianSlopePair(pair) else { return nil }
    return (1 - slope) * (1 - slope) * relu + slope
  }
}
