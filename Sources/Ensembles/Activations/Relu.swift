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
  public func gaussianPair(_ pair: PairCovariance) -> Double? {
    let scale = pair.c11.squareRoot() * pair.c22.squareRoot()
    guard scale > 0 else { return 0 }
    if pair.c12 > 0 {
      return (pair.determinant.squareRoot() + pair.complement * pair.c12) / (2 * Double.pi)
    }
    return scale * Self.wedge(pair.complement) / (2 * Double.pi)
  }

  /// sin u - u cos u = sum_k (-1)^(k+1) 2k/(2k+1)! u^(2k+1), which is u^3/3 for variables nearly opposite.
  private static func wedge(_ u: Double) -> Double {
    guard u < 0.7 else { return sin(u) - u * cos(u) }
    var term = u * u * u / 6
    var sum = 0.0
    for k in 1...12 {
      sum += 2 * Double(k) * term
      term *= -u * u / Double((2 * k + 2) * (2 * k + 3))
    }
    return sum
  }

  public func gaussianPairs(
    _ c11: Double, _ c12: UnsafePointer<Double>, _ c22: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>, count: Int
  ) -> Bool {
    fw_arccosine_pairs(InstructionSet.chosen.level, c11, c12, c22, out, Int64(count))
    return true
  }

  public func gaussianSlopePair(_ pair: PairCovariance) -> Double? {
    // A unit that sees nothing but zero has no slope there: half of it, by symmetry.
    guard pair.c11 > 0, pair.c22 > 0 else { return 0.25 }
    return pair.complement / (2 * Double.pi)
  }
}
