import Foundation
import NumericalMethods

/// The gap between the lowest even and the lowest odd state of a `QuarticWell` without a difference of energies:
///
///     E1 - E0 = psi_e(0) psi_o'(0) / (2 int_0^inf psi_e psi_o dx),
///
/// exactly, from both Schrodinger equations (Landau and Lifshitz, Quantum Mechanics, section 50). The solutions
/// from x = 0, where they are smallest, and from far outside inwards grow, so that they are found to rounding however
/// high the barrier is; energies enter with a relative error that is not amplified.
struct Tunnelling {
  let gap: Double
  let error: Double

  /// - Parameters:
  ///   - ground: E0 above the bottom.
  ///   - difference: of the energies, which counts where the gap is wide.
  init(_ well: QuarticWell, _ ground: Double, difference: Double) {
    let rounding = 2e-13
    guard well.offset > 0, difference < 1e-2 else {
      (gap, error) = (difference, rounding)
      return
    }
    // The action of an instanton; its prefactor is of the order of the root of it.
    let action = (well.coupling / 12).squareRoot() * 4 / 3 * pow(well.offset, 3)
    guard action < 650 else {
      (gap, error) = (0, max(exp(30 - action), 1e-300))
      return
    }
    let best = Self.gap(well, ground, ground + difference, join: 0, relative: 1e-13)
    let other = Self.gap(
      well, ground + rounding, ground + difference + rounding, join: 0.4, relative: 1e-11)
    guard let best, let other else {
      (gap, error) = difference > 10 * rounding ? (difference, rounding) : (0, rounding)
      return
    }
    gap = best
    error = 4 * abs(best - other) + 1e-12 * best
  }

  /// - Parameter join: how far from the bottom both parts of the solutions meet.
  private static func gap(
    _ well: QuarticWell, _ even: Double, _ odd: Double, join: Double, relative: Double
  ) -> Double? {
    // psi'' = 2 (V - E) psi for both, and the integral of their product.
    func integrate(from start: Double, to end: Double, _ state: [Double]) -> [Double]? {
      let (states, finish) = ExplicitIntegrator.integrate(
        from: start, state, at: [end], relative: relative,
        absolute: state.map { max(abs($0), 1e-3) * 1e-3 * relative }, steps: 200_000
      ) { y, u, out in
        let v = well(y)
        out[0] = u[1]
        out[1] = 2 * (v - even) * u[0]
        out[2] = u[3]
        out[3] = 2 * (v - odd) * u[2]
        out[4] = u[0] * u[2]
        return true
      }
      guard finish == .finished else { return nil }
      return states.last
    }
    var far = 1.0
    while well(far) < 150 { far *= 1.05 }
    func decay(_ energy: Double) -> Double { -(2 * (well(far) - energy)).squareRoot() }
    guard let inner = integrate(from: -well.offset, to: join, [1, 0, 0, 1, 0]),
      let outer = integrate(from: far, to: join, [1, decay(even), 1, decay(odd), 0]),
      outer[0] != 0, outer[2] != 0
    else { return nil }
    let (a, b) = (inner[0] / outer[0], inner[2] / outer[2])
    // Inwards the integral counts negative.
    let norm = inner[4] - a * b * outer[4]
    guard norm.isFinite, norm > 0 else { return nil }
    return 1 / (2 * norm)
  }
}
