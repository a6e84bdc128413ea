import Ensembles
import Foundation
import NumericalMethods

/// Moments of a unit with kinks anywhere, in at most three directions: iterated Gauss-Legendre,
/// each integral split where what is inside it is not smooth.
///
/// The kinks are planes a_p.u = k. Inside out: the innermost integral is split at the planes, the
/// next one at the lines where two planes meet (and at planes parallel to the innermost axis), the
/// outermost at the points where two such lines meet.
struct PiecewiseQuadrature {
  let unit: any HiddenUnit
  let directions: GaussianDirections
  let order: Int

  /// Nodes beyond which the moments are left to another method.
  static let limit = 4e7

  /// Where the inner variable sits when the outer ones are split at a plane that cuts both.
  static let strip = [-9.5, -6, -4, -2.5, -1.2, 0, 1.2, 2.5, 4, 6, 9.5]

  /// slope.u = level, in the first `slope.count` directions.
  private struct Plane {
    var slope: [Double]
    var level: Double
  }

  /// nil where too many nodes would be needed.
  func moments() -> UnitMoments? {
    let r = directions.count
    guard r > 0 else {
      let sums = MomentSums(points: directions.slopes.count, order: order)
      sums.add(weight: 1) { _ in unit.value(0, variance: 0) }
      return UnitMoments(values: sums.table(), method: .piecewise, directions: 0)
    }
    // planes[k]: where the integrand over directions 0 ... k is not smooth in direction k.
    var planes = [[Plane]](repeating: [], count: r)
    planes[r - 1] = distinct(
      directions.slopes.flatMap { slope in unit.kinks.map { Plane(slope: slope, level: $0) } })
    for k in stride(from: r - 1, to: 0, by: -1) {
      let own = planes[k]
      guard own.count <= 400 else { return nil }
      var next: [Plane] = []
      for (i, p) in own.enumerated() {
        if abs(p.slope[k]) < 1e-12 {
          next.append(Plane(slope: Array(p.slope[..<k]), level: p.level))
          continue
        }
        // A plane nearly parallel to the axis sweeps the inner range within a narrow strip.
        let outer = Array(p.slope[..<k])
        let steep = outer.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if abs(p.slope[k]) < (r == 2 ? 0.7 : 0.1) * steep {
          for reach in Self.strip {
            next.append(Plane(slope: outer, level: p.level + reach * p.slope[k]))
          }
        }
        for q in own[..<i] where abs(q.slope[k]) >= 1e-12 {
          // Eliminates u_k.
          next.append(
            Plane(
              slope: (0..<k).map { q.slope[k] * p.slope[$0] - p.slope[k] * q.slope[$0] },
              level: q.slope[k] * p.level - p.slope[k] * q.level))
        }
      }
      planes[k - 1] = distinct(next)
    }
    let piece = 1.5 / max(1, directions.spread)
    let estimate = planes.enumerated().reduce(1.0) { nodes, entry in
      let inside = Double(min(entry.element.count, 40)) + 2 * GaussianRule.reach / piece
      return nodes * inside * 10
    }
    guard estimate < Self.limit else { return nil }
    let fine = table(planes, piece, GaussLegendre(count: 10))
    let coarse = table(planes, piece, GaussLegendre(count: 8))
    guard MomentSums.change(fine, coarse) < 1e-6 else { return nil }
    return UnitMoments(
      values: fine, uncertainty: .coarser(coarse), method: .piecewise, directions: r)
  }

  private func distinct(_ planes: [Plane]) -> [Plane] {
    var kept: [Plane] = []
    var seen = Set<[Int64]>()
    for plane in planes {
      let norm = plane.slope.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // A plane without a slope, or beyond the reach of the rule, cuts nothing.
      guard norm > 1e-12, abs(plane.level) <= norm * GaussianRule.reach else { continue }
      let lead = plane.slope.first { abs($0) > 1e-9 * norm } ?? 1
      let scale = (lead < 0 ? -1 : 1) / norm
      let unitPlane = Plane(slope: plane.slope.map { $0 * scale }, level: plane.level * scale)
      let key = (unitPlane.slope + [unitPlane.level]).map { Int64(($0 * 1e10).rounded()) }
      if seen.insert(key).inserted { kept.append(unitPlane) }
    }
    return kept
  }

  private func table(_ planes: [[Plane]], _ piece: Double, _ rule: GaussLegendre) -> [[Double]] {
    let points = directions.slopes.count
    let sums = MomentSums(points: points, order: order)
    let slopes = directions.slopes
    let variances = directions.variances
    let unit = unit
    let stop = WorkBudget.current.stop
    let normal = 1 / (2 * Double.pi).squareRoot()
    var u = [Double](repeating: 0, count: directions.count)

    func visit(_ k: Int, _ weight: Double, _ radius: Double) {
      guard k < directions.count else {
        sums.add(weight: weight) { p in
          var z = 0.0
          for d in u.indices { z += slopes[p][d] * u[d] }
          return unit.value(z, variance: variances[p])
        }
        return
      }
      let room = GaussianRule.reach * GaussianRule.reach - radius
      guard room > 0 else { return }
      let reach = room.squareRoot()
      var cuts = planes[k].compactMap { plane -> Double? in
        guard abs(plane.slope[k]) >= 1e-12 else { return nil }
        var rest = plane.level
        for d in 0..<k { rest -= plane.slope[d] * u[d] }
        let cut = rest / plane.slope[k]
        return abs(cut) < reach ? cut : nil
      }
      cuts.sort()
      var from = -reach
      for to in cuts + [reach] where to > from {
        let pieces = Int(((to - from) / piece).rounded(.up))
        let step = (to - from) / Double(pieces)
        for j in 0..<pieces where !stop.isStopped {
          rule.forEach(from: from + Double(j) * step, to: from + Double(j + 1) * step) { x, w in
            u[k] = x
            visit(k + 1, weight * w * normal * exp(-0.5 * x * x), radius + x * x)
          }
        }
        from = to
      }
    }

    visit(0, 1, 0)
    return sums.table()
  }
}
