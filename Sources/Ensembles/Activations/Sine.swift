import CSampling
import Foundation
import NumericalMethods

/// sin(z).
public struct Sine: HiddenUnit {
  public static let name = "sin"
  public static let vectorCode = Int32(FW_SIN)
  public static let isPeriodic = true

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { sin(z) }

  public func slope(_ z: Double, variance: Double) -> Double { cos(z) }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    z.sineAndCosine.sine
  }

  public func gaussianPair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    0.5 * (exp(c12 - 0.5 * (c11 + c22)) - exp(-c12 - 0.5 * (c11 + c22)))
  }

  public func gaussianSlopePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    Cosine().gaussianPair(c11, c12, c22)
  }

  public func uniformPhasePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    0.5 * exp(c12 - 0.5 * (c11 + c22))
  }
}
