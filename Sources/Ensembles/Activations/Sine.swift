import CSampling
import Foundation

/// sin(z).
public struct Sine: HiddenUnit {
  public static let name = "sin"
  public static let vectorCode = Int32(FW_SIN)
  public static let isPeriodic = true

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { sin(z) }

  public func gaussianPair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    0.5 * (exp(c12 - 0.5 * (c11 + c22)) - exp(-c12 - 0.5 * (c11 + c22)))
  }

  public func uniformPhasePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    0.5 * exp(c12 - 0.5 * (c11 + c22))
  }
}
