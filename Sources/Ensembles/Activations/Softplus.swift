import CSampling
import Foundation
import NumericalMethods

/// log(1 + exp(z)).
public struct Softplus: HiddenUnit {
  public static let name = "softplus"
  public static let vectorCode = Int32(FW_SOFTPLUS)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { max(z, 0) + log1p(exp(-abs(z))) }

  public var growth: Growth { .linear(below: 0, above: 1) }

  public func slope(_ z: Double, variance: Double) -> Double { 0.5 * (1 + tanh(0.5 * z)) }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries { z.softplus }
}
