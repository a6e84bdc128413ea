import Ensembles
import Foundation
import NumericalMethods

/// First and second derivatives of F = <s(z_a) s(z_b)> with respect to the covariances
/// (K_aa, K_ab, K_bb), in this order; K_ab is one variable.
///
/// By Price's theorem dF/dK_ab = <s'_a s'_b> and dF/dK_aa = <s''_a s_b> / 2; Stein's identity
/// replaces the second derivative by E[z_a s'_a s_b] = K_aa <s''_a s_b> + K_ab <s'_a s'_b>, so that
/// kinks do not matter.
public struct PairDerivatives: Sendable {
  /// dF/dK_aa, dF/dK_ab, dF/dK_bb.
  public internal(set) var first: SIMD3<Double>
  /// Second derivatives, rows and columns in the same order; nil unless asked for.
  public internal(set) var second: [SIMD3<Double>]?
  public internal(set) var error: Double

  /// Derivatives at covariances (a, c, b), second ones included.
  /// - Throws: `Unavailable` where a derivative does not exist.
  public static func at(
    _ unit: any HiddenUnit, _ a: Double, _ c: Double, _ b: Double
  ) throws(InfiniteWidthKernel.Unavailable) -> PairDerivatives {
    try PairDerivatives(unit, uniformPhase: false, a, c, b, second: true)
  }

  /// - Throws: `Unavailable` where a derivative does not exist.
  init(
    _ unit: any HiddenUnit, uniformPhase: Bool, _ a: Double, _ c: Double, _ b: Double,
    second wanted: Bool
  ) throws(InfiniteWidthKernel.Unavailable) {
    if uniformPhase {
      // F = exp(c - (a + b)/2) / 2.
      let f = 0.5 * exp(c - 0.5 * (a + b))
      let direction = SIMD3(-0.5, 1, -0.5)
      self.init(
        first: f * direction, second: wanted ? (0..<3).map { f * direction[$0] * direction } : nil)
      return
    }
    if let slopes = Self.slopes(of: unit) {
      self.init(slopes: slopes, a, c, b, second: wanted)
      return
    }
    guard !unit.hasJumps else {
      throw InfiniteWidthKernel.Unavailable(
        description: "the unit jumps: the derivatives of its kernel do not exist")
    }
    self.init(quadrature: unit, a, c, b)
    guard first.x.isFinite, first.y.isFinite, first.z.isFinite else {
      throw InfiniteWidthKernel.Unavailable(
        description: String(
          format:
            "the derivatives of the kernel are not resolved where pre-activations spread by %.3g",
          max(a, b).squareRoot()))
    }
    guard wanted else { return }
    if unit.isSmooth {
      try addSmoothSecond(unit, a, c, b)
    } else {
      try addWeakSecond(unit, a, c, b)
    }
  }

  private init(first: SIMD3<Double>, second: [SIMD3<Double>]?, error: Double = 0) {
    self.first = first
    self.second = second
    self.error = error
  }

  /// The slopes below and above zero of a unit made of two half-lines.
  static func slopes(of unit: any HiddenUnit) -> (below: Double, above: Double)? {
    switch unit {
    case is Relu: (0, 1)
    case let unit as LeakyRelu: (unit.slope, 1)
    case is Linear: (1, 1)
    default: nil
    }
  }

  /// s = p z + q |z|:  F = p^2 c + q^2 <|z_a||z_b|>,
  /// <|z_a||z_b|> = (2/pi) sqrt(ab) [sqrt(1 - r^2) + r asin r].
  private init(
    slopes: (below: Double, above: Double), _ a: Double, _ c: Double, _ b: Double, second: Bool
  ) {
    let p = 0.5 * (slopes.above + slopes.below)
    let q = 0.5 * (slopes.above - slopes.below)
    let scale = (a * b).squareRoot()
    guard scale > 0, q != 0 else {
      self.init(
        first: [0, p * p, 0], second: second ? [SIMD3](repeating: .zero, count: 3) : nil)
      return
    }
    let pair = PairCovariance(a, c, b)
    // sqrt(ab - c^2); 0 for collinear inputs.
    let area = pair.determinant.squareRoot()
    let factor = q * q / Double.pi
    // p^2 + q^2 (2/pi) asin(c / scale), from the angle to opposite inputs, where relu vanishes.
    let slope = (p - q) * (p + q) + 2 * factor * pair.complement
    self.init(
      first: [factor * area / a, slope, factor * area / b],
      // Collinear inputs stay collinear in every network, where F is linear: the singular
      // curvature is orthogonal to their fluctuations.
      second: second ? [SIMD3](repeating: .zero, count: 3) : nil)
    guard second, area > 1e-7 * scale else { return }
    let cc = 2 * factor / area
    let ac = -factor * c / (a * area)
    let bc = -factor * c / (b * area)
    let aa = factor * (0.5 * b / (a * area) - area / (a * a))
    let bb = factor * (0.5 * a / (b * area) - area / (b * b))
    let ab = 0.5 * factor / area
    self.second = [[aa, ac, ab], [ac, cc, bc], [ab, bc, bb]]
  }

  private init(quadrature unit: any HiddenUnit, _ a: Double, _ c: Double, _ b: Double) {
    let rule = PairQuadrature(unit, a, c, b)
    let tiny = 1e-12 * max(a, b, 1e-12)
    // Stein's identity divides by the variances: small ones take the derivatives of a smooth unit.
    if a > tiny, b > tiny, !unit.isSmooth || min(a, b) > 0.01 {
      let (values, error) = rule.mean(
        3,
        payload: { z, variance in
          let (s, slope) = unit.valueAndSlope(z, variance: variance)
          return SIMD3(z, s, slope)
        },
        combine: { x, y, w, out in
          out[0] += w * x[0] * x[2] * y[1]
          out[1] += w * x[2] * y[2]
          out[2] += w * y[0] * y[2] * x[1]
        })
      self.init(
        first: [
          0.5 * (values[0] - c * values[1]) / a, values[1], 0.5 * (values[2] - c * values[1]) / b,
        ], second: nil, error: error / min(a, b, 1))
      return
    }
    let (values, error) = rule.mean(
      3, payload: { unit.series(TaylorSeries(variable: $0), variance: $1) },
      combine: { fa, fb, w, out in
        out[0] += w * 0.5 * fa.derivative(2) * fb.value
        out[1] += w * fa.derivative(1) * fb.derivative(1)
        out[2] += w * 0.5 * fa.value * fb.derivative(2)
      })
    self.init(first: [values[0], values[1], values[2]], second: nil, error: error)
  }

  private mutating func addSmoothSecond(
    _ unit: any HiddenUnit, _ a: Double, _ c: Double, _ b: Double
  ) throws(InfiniteWidthKernel.Unavailable) {
    let (m, error) = PairQuadrature(unit, a, c, b).mean(
      5, payload: { unit.series(TaylorSeries(variable: $0), variance: $1) },
      combine: { fa, fb, w, out in
        out[0] += w * fa.derivative(4) * fb.value
        out[1] += w * fa.derivative(3) * fb.derivative(1)
        out[2] += w * fa.derivative(2) * fb.derivative(2)
        out[3] += w * fa.derivative(1) * fb.derivative(3)
        out[4] += w * fa.value * fb.derivative(4)
      })
    guard m.allSatisfy(\.isFinite) else {
      throw InfiniteWidthKernel.Unavailable(
        description: "the fourth derivative of the unit cannot be integrated")
    }
    second = [
      [0.25 * m[0], 0.5 * m[1], 0.25 * m[2]], [0.5 * m[1], m[2], 0.5 * m[3]],
      [0.25 * m[2], 0.5 * m[3], 0.25 * m[4]],
    ]
    self.error = max(self.error, error)
  }

  /// <F H> with the Hermite tensors of the inverse covariance, for units without a second
  /// derivative.
  private mutating func addWeakSecond(
    _ unit: any HiddenUnit, _ a: Double, _ c: Double, _ b: Double
  ) throws(InfiniteWidthKernel.Unavailable) {
    let determinant = a * b - c * c
    guard determinant > 1e-8 * a * b else {
      throw InfiniteWidthKernel.Unavailable(
        description:
          "the order 1/width of a formula with kinks needs inputs that are not collinear")
    }
    let (paa, pab, pbb) = (b / determinant, -c / determinant, a / determinant)
    let (m, error) = PairQuadrature(unit, a, c, b).mean(
      5, payload: { SIMD2($0, unit.value($0, variance: $1)) }
    ) { first, second, w, out in
      let f = w * first[1] * second[1]
      let (za, zb) = (first[0], second[0])
      let (y, x) = (paa * za + pab * zb, pab * za + pbb * zb)
      out[0] += f * (y * y * y * y - 6 * paa * y * y + 3 * paa * paa)
      out[1] += f * (y * y * y * x - 3 * pab * y * y - 3 * paa * x * y + 3 * paa * pab)
      out[2] +=
        f
        * (y * y * x * x - paa * x * x - pbb * y * y - 4 * pab * x * y + paa * pbb
          + 2 * pab * pab)
      out[3] += f * (y * x * x * x - 3 * pab * x * x - 3 * pbb * x * y + 3 * pbb * pab)
      out[4] += f * (x * x * x * x - 6 * pbb * x * x + 3 * pbb * pbb)
    }
    second = [
      [0.25 * m[0], 0.5 * m[1], 0.25 * m[2]], [0.5 * m[1], m[2], 0.5 * m[3]],
      [0.25 * m[2], 0.5 * m[3], 0.25 * m[4]],
    ]
    self.error = max(self.error, error)
  }
}
