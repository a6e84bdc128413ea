import CSampling
import Foundation

/// log(1 + exp(z)).
public struct Softplus: HiddenUnit {
  public static let name = "softplus"
  public static let vectorCode = Int32(FW_SOFTPLUS)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { max(z, 0) + log1p(exp(-abs(z))) }
}
