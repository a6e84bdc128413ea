import CSampling
import CVectorMath
import Foundation
import NumericalMethods

/// The error function, erf(z).
public struct ErrorFunction: HiddenUnit {
  public static let name = "erf"
  public static let vectorCode = Int32(FW_ERF)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { erf(z) }

  public func slope(_ z: Double, variance: Double) -> Double {
    2 / Double.pi.squareRoot() * exp(-z * z)
  }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries { z.errorFunction }

  /// The arcsine kernel (Williams, 1997).
  public func gaussianPair(_ pair: PairCovariance) -> Double? {
    2 / Double.pi * atan2(2 * pair.c12, Self.rest(pair).squareRoot())
  }

  /// (1 + 2 c11)(1 + 2 c22) - 4 c12^2.
  private static func rest(_ pair: PairCovariance) -> Double {
    1 + 2 * (pair.c11 + pair.c22) + 4 * pair.determinant
  }

  public func gaussianPairs(
    _ c11: Double, _ c12: UnsafePointer<Double>, _ c22: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>, count: Int
  ) -> Bool {
    fw_arcsine_pairs(InstructionSet.chosen.level, c11, c12, c22, out, Int64(count))
    return true
  }

  public func gaussianSlopePair(_ pair: PairCovariance) -> Double? {
    4 / Double.pi / Self.rest(pair).squareRoot()
  }
}
