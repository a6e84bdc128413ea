import CSampling
import Foundation
import NumericalMethods

/// z Phi(z), Phi the distribution function of the standard normal (the exact GELU).
public struct GaussianErrorLinear: HiddenUnit {
  public static let name = "gelu"
  public static let vectorCode = Int32(FW_GELU)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double {
    0.5 * z * erfc(-z * 0.5.squareRoot())
  }

  public var growth: Growth { .linear(below: 0, above: 1) }

  public func slope(_ z: Double, variance: Double) -> Double {
    0.5 * erfc(-z * 0.5.squareRoot()) + z * exp(-0.5 * z * z) / (2 * Double.pi).squareRoot()
  }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries { z.gelu }
}
