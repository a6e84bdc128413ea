import CSampling
import Foundation

/// tanh(z).
public struct HyperbolicTangent: HiddenUnit {
  public static let name = "tanh"
  public static let vectorCode = Int32(FW_TANH)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { tanh(z) }
}
