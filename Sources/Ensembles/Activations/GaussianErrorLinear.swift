import CSampling
import Foundation

/// z Phi(z), Phi the distribution function of the standard normal (the exact GELU).
public struct GaussianErrorLinear: HiddenUnit {
  public static let name = "gelu"
  public static let vectorCode = Int32(FW_GELU)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double {
    0.5 * z * erfc(-z * 0.5.squareRoot())
  }
}
