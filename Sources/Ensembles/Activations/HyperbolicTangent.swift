import CSampling
import Foundation
import NumericalMethods

/// tanh(z).
public struct HyperbolicTangent: HiddenUnit {
  public static let name = "tanh"
  public static let vectorCode = Int32(FW_TANH)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { tanh(z) }

  public func slope(_ z: Double, variance: Double) -> Double {
    let t = tanh(z)
    return 1 - t * t
  }

  public func valueAndSlope(_ z: Double, variance: Double) -> (Double, Double) {
    let t = tanh(z)
    return (t, 1 - t * t)
  }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries { z.hyperbolicTangent }
}
