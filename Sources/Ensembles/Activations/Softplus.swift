import CSampling
import Foundation
import NumericalMethods

/// log(1 + exp(z)).
public struct Softplus: HiddenUnit {
  public static let name = "softplus"
  public static let vectorCode = Int32(FW_SOFTPLUS)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { max(z, 0) + log1p(exp(-abs(z))) }

  /// log((1 + exp z)/2).
  public func deviation(_ z: Double) -> Double {
    abs(z) < 1 ? log1p(0.5 * expm1(z)) : value(z, variance: 0) - log(2)
  }

  public var growth: Growth { .linear(below: 0, above: 1) }

  public func slope(_ z: Double, variance: Double) -> Double { 0.5 * (1 + tanh(0.5 * z)) }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries { z.softplus }
}
