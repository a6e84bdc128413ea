import Ensembles
import Foundation
import NumericalMethods

/// Moments of a homogeneous unit (relu, leaky-relu) in at most three directions:
///
///     E[prod s(a_p.u)] = E[R^n] <prod s(a_p.w)>,   u = R w,
///
/// the radial part exact, the mean over directions w split where a pre-activation changes sign.
/// On the circle the pieces are trigonometric polynomials. On the sphere the polar angle is split
/// where great circles of kinks cross or touch a circle of latitude, and each piece is done by
/// tanh-sinh, which the square-root singularities at its ends do not disturb.
struct PolarQuadrature {
  let unit: any HiddenUnit
  let directions: GaussianDirections
  let order: Int

  func moments() -> UnitMoments {
    let fine = table(steps: 24, nodes: 16)
    // One direction is a sum of two terms, the circle exact: only the sphere has an error.
    let uncertainty: UnitMoments.Uncertainty =
      directions.count < 3 ? .none : .coarser(table(steps: 17, nodes: 12))
    return UnitMoments(
      values: fine, uncertainty: uncertainty,
      method: directions.count <= 1 ? .closedForm : .polar, directions: directions.count)
  }

  /// E[R^n] of the length of r independent standard normals.
  static func radialMoment(_ n: Int, directions r: Int) -> Double {
    guard r > 0 else { return 1 }
    return exp2(0.5 * Double(n)) * exp(lgamma(0.5 * Double(r + n)) - lgamma(0.5 * Double(r)))
  }

  private func table(steps: Int, nodes: Int) -> [[Double]] {
    let sums = MomentSums(points: directions.slopes.count, order: order)
    let a = directions.slopes
    let unit = unit
    let rule = GaussLegendre(count: nodes)
    switch directions.count {
    case 0: sums.add(weight: 1) { _ in unit.value(0, variance: 0) }
    case 1:
      for sign in [-1.0, 1.0] {
        sums.add(weight: 0.5) { unit.value(sign * a[$0][0], variance: 0) }
      }
    case 2:
      let kinks = a.filter { $0[0] != 0 || $0[1] != 0 }.flatMap { slope -> [Double] in
        let angle = atan2(slope[1], slope[0])
        return [angle + 0.5 * .pi, angle - 0.5 * .pi]
      }
      Self.circle(kinks, rule) { c, s, weight in
        sums.add(weight: weight / (2 * .pi)) { p in
          unit.value(a[p][0] * c + a[p][1] * s, variance: 0)
        }
      }
    default: sphere(sums, TanhSinh(steps: steps), rule)
    }
    return sums.table { Self.radialMoment($0, directions: directions.count) }
  }

  /// Integrates over the circle in pieces between the given angles, none longer than pi/2; the
  /// body gets cosine and sine.
  private static func circle(
    _ kinks: [Double], _ rule: GaussLegendre, _ body: (Double, Double, Double) -> Void
  ) {
    let turn = 2 * Double.pi
    let inside = kinks.map { $0 - turn * ($0 / turn).rounded(.down) }.sorted()
    let start = inside.first ?? 0
    let ends = inside.dropFirst() + [start + turn]
    var from = start
    for to in ends where to > from {
      let pieces = Int(((to - from) / (0.5 * .pi)).rounded(.up))
      let step = (to - from) / Double(pieces)
      for k in 0..<pieces {
        rule.forEach(from: from + Double(k) * step, to: from + Double(k + 1) * step) {
          body(cos($0), sin($0), $1)
        }
      }
      from = to
    }
  }

  private func sphere(_ sums: MomentSums, _ outer: TanhSinh, _ inner: GaussLegendre) {
    let a = directions.slopes.filter { $0.contains { $0 != 0 } }
    let level = a.map { ($0[0] * $0[0] + $0[1] * $0[1]).squareRoot() }
    // Polar angles where the picture changes: latitudes touched by a kink's great circle, and
    // crossings of two of them.
    var breaks: [Double] = [0, .pi]
    for (slope, flat) in zip(a, level) {
      let touching = atan2(abs(slope[2]), flat)
      breaks += [touching, .pi - touching]
    }
    for (i, p) in a.enumerated() {
      for q in a[..<i] {
        let x = p[1] * q[2] - p[2] * q[1]
        let y = p[2] * q[0] - p[0] * q[2]
        let z = p[0] * q[1] - p[1] * q[0]
        let across = (x * x + y * y).squareRoot()
        guard across > 0 || z != 0 else { continue }
        let crossing = atan2(across, z)
        breaks += [crossing, .pi - crossing]
      }
    }
    breaks.sort()
    let all = directions.slopes
    let unit = unit
    let stop = WorkBudget.current.stop
    for (from, to) in zip(breaks, breaks.dropFirst()) where to - from > 1e-15 && !stop.isStopped {
      outer.forEach(from: from, to: to) { theta, weight in
        let (up, side) = (cos(theta), sin(theta))
        guard side > 0 else { return }
        let kinks = zip(a, level).flatMap { slope, flat -> [Double] in
          let height = slope[2] * up
          guard flat * side > abs(height) else { return [] }
          let centre = atan2(slope[1], slope[0])
          let half = acos(-height / (flat * side))
          return [centre + half, centre - half]
        }
        Self.circle(kinks, inner) { c, s, w in
          sums.add(weight: weight * w * side / (4 * .pi)) { p in
            unit.value(side * (all[p][0] * c + all[p][1] * s) + all[p][2] * up, variance: 0)
          }
        }
      }
    }
  }
}
