import CSampling
import Foundation
import NumericalMethods

/// cos(z), by default with a bias uniform over a period (arXiv:2307.03223).
public struct Cosine: HiddenUnit {
  public static let name = "cos"
  public static let vectorCode = Int32(FW_COS)
  public static let isPeriodic = true

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { cos(z) }

  public func slope(_ z: Double, variance: Double) -> Double { -sin(z) }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    z.sineAndCosine.cosine
  }

  public func gaussianPair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    0.5 * (exp(c12 - 0.5 * (c11 + c22)) + exp(-c12 - 0.5 * (c11 + c22)))
  }

  public func gaussianSlopePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    Sine().gaussianPair(c11, c12, c22)
  }

  public func uniformPhasePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    0.5 * exp(c12 - 0.5 * (c11 + c22))
  }
}
