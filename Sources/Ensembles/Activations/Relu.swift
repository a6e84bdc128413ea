import CSampling
import CVectorMath
import Foundation
import NumericalMethods

/// The rectified linear unit, max(0, z).
public struct Relu: HiddenUnit {
  public static let name = "relu"
  public static let vectorCode = Int32(FW_RELU)

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { max(0, z) }

  public var kinks: [Double] { [0] }
  public var isHomogeneous: Bool { true }
  public var growth: Growth { .linear(below: 0, above: 1) }

  public func slope(_ z: Double, variance: Double) -> Double { z > 0 ? 1 : 0 }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    z.value > 0 ? z : TaylorSeries(constant: 0)
  }

  /// The arc-cosine kernel of degree one (Cho and Saul, 2009).
  public func gaussianPair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    let scale = (c11 * c22).squareRoot()
    guard scale > 0 else { return 0 }
    let cosine = min(1, max(-1, c12 / scale))
    let angle = acos(cosine)
    return scale * (sin(angle) + (Double.pi - angle) * cosine) / (2 * Double.pi)
  }

  public func gaussianPairs(
    _ c11: Double, _ c12: UnsafePointer<Double>, _ c22: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>, count: Int
  ) -> Bool {
    fw_arccosine_pairs(InstructionSet.chosen.level, c11, c12, c22, out, Int64(count))
    return true
  }

  public func gaussianSlopePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    let scale = (c11 * c22).squareRoot()
    // A unit that sees nothing but zero has no slope there: half of it, by symmetry.
    guard scale > 0 else { return 0.25 }
    return (Double.pi - acos(min(1, max(-1, c12 / scale)))) / (2 * Double.pi)
  }
}
