import Ensembles
import Foundation
import NumericalMethods

/// Expectations of one pre-activation of variance K, and their derivatives with respect to K:
///
///     d<f>/dK = <f He2(u)> / 2K,   d^2<f>/dK^2 = <f He4(u)> / 4K^2,   z = sqrt(K) u
public struct SingleInput: Sendable {
  /// <s^2>, d<s^2>/dK, d^2<s^2>/dK^2.
  public let square: SIMD3<Double>
  /// <s^4> and d<s^4>/dK.
  public let fourth: SIMD2<Double>
  /// <s^6>.
  public let sixth: Double
  /// <s'^2>.
  public let slopeSquare: Double
  /// Variance of s^2, its derivative in K, and the third cumulant of s^2: of s^2 - s(0)^2, lest they cancel.
  public let squareCumulants: SIMD3<Double>

  /// Standard deviations up to which the rules resolve a unit; beyond, expectations of units that do not scale
  /// are not a number.
  static let widest = 1e4

  /// Cost: a few thousand evaluations of the unit, proportional to its standard deviation.
  public init(_ unit: any HiddenUnit, variance k: Double, uniformPhase: Bool = false) {
    if uniformPhase {
      // Means over a period: nothing depends on K.
      square = [0.5, 0, 0]
      fourth = [0.375, 0]
      sixth = 0.3125
      slopeSquare = 0.5
      squareCumulants = [0.125, 0, 0]
      return
    }
    // Derivatives of a smooth unit, where those of the density would cancel to a power of K.
    if unit.isSmooth, k > 1e-14, k < 1, !(unit is NormalizedExponential) {
      let (sums, rise) = Self.smooth(unit, variance: k)
      square = [sums[0], sums[1], sums[2]]
      fourth = [sums[3], sums[4]]
      sixth = sums[5]
      slopeSquare = sums[6]
      squareCumulants = Self.cumulants(rise, meanSlope: sums[1])
      return
    }
    guard k > 1e-14 else {
      let s = unit.series(TaylorSeries(variable: 0), variance: 0)
      let squared = s * s
      let (f, f2, f4) = (squared.value, squared.derivative(2), squared.derivative(4))
      let quartic = squared * squared
      square = [f, 0.5 * f2, 0.25 * f4]
      fourth = [f * f, 0.5 * quartic.derivative(2)]
      sixth = f * f * f
      // One-sided slopes count half each.
      let below = unit.slope(-1e-12, variance: 0)
      let above = unit.slope(1e-12, variance: 0)
      slopeSquare = 0.5 * (below * below + above * above)
      squareCumulants = [0, squared.derivative(1) * squared.derivative(1), 0]
      return
    }
    if unit.isHomogeneous, k != 1 {
      let one = SingleInput(unit, variance: 1)
      square = [k * one.square[0], one.square[1], one.square[2] / k]
      fourth = [k * k * one.fourth[0], k * one.fourth[1]]
      sixth = k * k * k * one.sixth
      slopeSquare = one.slopeSquare
      let own = one.squareCumulants
      squareCumulants = [k * k * own[0], k * own[1], k * k * k * own[2]]
      return
    }
    guard k <= Self.widest * Self.widest else {
      (square, fourth) = ([.nan, .nan, .nan], [.nan, .nan])
      (sixth, slopeSquare, squareCumulants) = (.nan, .nan, [.nan, .nan, .nan])
      return
    }
    var sums = SIMD8<Double>()
    var rises = SIMD4<Double>()
    // Hermite polynomials have no mean: s^2 at zero is left out of them, lest it cancel.
    let base = unit.value(0, variance: k)
    let still = base.isFinite ? base * base : 0
    Self.visit(unit, sigma: k.squareRoot()) { u, z, w in
      let s = unit.value(z, variance: k)
      let d = unit.slope(z, variance: k)
      let s2 = s * s
      let (he2, he4) = (u * u - 1, u * u * u * u - 6 * u * u + 3)
      let (rise, rise4) = (s2 - still, s2 * s2 - still * still)
      sums +=
        w
        * SIMD8(
          s2, rise * he2, rise * he4, s2 * s2, rise4 * he2, s2 * s2 * s2, d * d, 0)
      rises += w * SIMD4(rise, rise * rise, rise * rise * rise, rise * rise * he2 / (2 * k))
    }
    square = [sums[0], sums[1] / (2 * k), sums[2] / (4 * k * k)]
    fourth = [sums[3], sums[4] / (2 * k)]
    sixth = sums[5]
    slopeSquare = sums[6]
    squareCumulants = Self.cumulants(rises, meanSlope: square[1])
  }

  /// From <y>, <y^2>, <y^3> and d<y^2>/dK of y = s^2 - s(0)^2.
  private static func cumulants(_ rise: SIMD4<Double>, meanSlope: Double) -> SIMD3<Double> {
    let (m1, m2, m3) = (rise[0], rise[1], rise[2])
    return [m2 - m1 * m1, rise[3] - 2 * m1 * meanSlope, m3 - 3 * m2 * m1 + 2 * m1 * m1 * m1]
  }

  /// By Price's theorem: d<f>/dK = <D^2 f>/2, d^2<f>/dK^2 = <D^4 f>/4.
  private static func smooth(_ unit: any HiddenUnit, variance k: Double) -> (
    SIMD8<Double>, rise: SIMD4<Double>
  ) {
    var sums = SIMD8<Double>()
    var rises = SIMD4<Double>()
    let base = unit.value(0, variance: 0)
    visit(unit, sigma: k.squareRoot()) { _, z, w in
      let s = unit.series(TaylorSeries(variable: z), variance: k)
      let s2 = s * s
      let s4 = s2 * s2
      let d = s.derivative(1)
      sums +=
        w
        * SIMD8(
          s2.value, 0.5 * s2.derivative(2), 0.25 * s2.derivative(4), s4.value,
          0.5 * s4.derivative(2), s2.value * s4.value, d * d, 0)
      let t = unit.deviation(z)
      let y = t * (2 * base + t)
      let slope = s2.derivative(1) * s2.derivative(1) + y * s2.derivative(2)
      rises += w * SIMD4(y, y * y, y * y * y, slope)
    }
    return (sums, rises)
  }

  /// The equally spaced rule, fine enough for any spread; between kinks, Gauss-Legendre.
  private static func visit(
    _ unit: any HiddenUnit, sigma: Double, _ body: (Double, Double, Double) -> Void
  ) {
    let reach = 11.0
    let normal = 1 / (2 * Double.pi).squareRoot()
    if unit.isSmooth {
      let count = Int((2 * reach / (4 / (23 * sigma + 26))).rounded(.up))
      let step = 2 * reach / Double(count)
      for i in 0...count {
        let u = -reach + step * Double(i)
        body(u, sigma * u, step * normal * exp(-0.5 * u * u))
      }
      return
    }
    let cuts = unit.kinks.map { $0 / sigma }.filter { abs($0) < reach }
    let rule = GaussLegendre(count: 16)
    var from = -reach
    for to in cuts + [reach] where to > from {
      let pieces = Int(((to - from) * max(1, sigma)).rounded(.up))
      let step = (to - from) / Double(pieces)
      for j in 0..<pieces {
        rule.forEach(from: from + Double(j) * step, to: from + Double(j + 1) * step) { u, w in
          body(u, sigma * u, w * normal * exp(-0.5 * u * u))
        }
      }
      from = to
    }
  }
}
