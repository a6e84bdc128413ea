import CSampling
import Foundation

/// z itself.
public struct Linear: HiddenUnit {
  public static let name = "linear"
  public static let vectorCode = Int32(FW_LINEAR)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { z }

  public func gaussianPair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? { c12 }
}
