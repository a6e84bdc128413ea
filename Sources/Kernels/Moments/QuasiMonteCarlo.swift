import Combinatorics
import Ensembles
import Foundation
import NumericalMethods

/// Moments in any number of directions by a randomly shifted lattice rule, its error measured by
/// independent shifts; for homogeneous units the radial part is exact.
struct QuasiMonteCarlo {
  let unit: any HiddenUnit
  let directions: GaussianDirections
  let order: Int

  static let shifts = 16
  /// Error, relative to the largest moment of each order, at which doubling ends.
  static let tolerance = 5e-6
  static let sizes = (12...20).map { 1 << $0 }
  /// Products beyond which doubling ends, whatever the error.
  static let budget = 3e10

  /// - Throws: `Unavailable` where a sum is not finite.
  func moments() throws(UnitMoments.Unavailable) -> UnitMoments {
    var result: UnitMoments?
    let points = directions.slopes.count
    let tuples = (1...max(1, order)).reduce(0.0) {
      $0 + Double(Multisets.count(slots: points, order: $1) ?? .max)
    }
    for size in Self.sizes {
      if result != nil, tuples * Double(size * Self.shifts) > Self.budget { break }
      let tables = replicates(size)
      guard !WorkBudget.isStopped else {
        throw UnitMoments.Unavailable(description: WorkBudget.stopped)
      }
      let all = UnitMoments(
        values: mean(tables, without: nil),
        uncertainty: .shiftsLeftOut(tables.indices.map { mean(tables, without: $0) }),
        method: .quasiMonteCarlo, directions: directions.count)
      result = all
      let errors = all.map { $0 }.errors
      let variance = all.values.count > 2 ? all.values[2].reduce(0) { max($0, abs($1)) } : 0
      let worst =
        zip(all.values, errors).enumerated().map { n, pair in
          let size = max(pair.0.reduce(0) { max($0, abs($1)) }, pow(variance, Double(n) / 2))
          return (pair.1.max() ?? 0) / max(size, 1e-300)
        }.max() ?? 0
      guard worst.isFinite else { break }
      if worst <= Self.tolerance { break }
    }
    guard let result, result.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw UnitMoments.Unavailable(description: "the moments overflow at these points")
    }
    return result
  }

  private func mean(_ tables: [[[Double]]], without left: Int?) -> [[Double]] {
    var sum = tables[0].map { [Double](repeating: 0, count: $0.count) }
    for (k, table) in tables.enumerated() where k != left {
      for n in sum.indices { for i in sum[n].indices { sum[n][i] += table[n][i] } }
    }
    let count = Double(tables.count - (left == nil ? 0 : 1))
    return sum.map { $0.map { $0 / count } }
  }

  private func replicates(_ size: Int) -> [[[Double]]] {
    concurrentMap(Self.shifts) { replicate($0, size) }
  }

  private func replicate(_ k: Int, _ size: Int) -> [[Double]] {
    let r = directions.count
    let points = directions.slopes.count
    let slopes = directions.slopes
    let variances = directions.variances
    let rule = LatticeRule(dimensions: r, count: size, replicate: k)
    let sums = MomentSums(points: points, order: order)
    let unit = unit
    let homogeneous = unit.isHomogeneous
    let stop = WorkBudget.current.stop
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, r)) { u in
      for i in 0..<size where !stop.isStopped {
        rule.normals(i, into: u.baseAddress!)
        if homogeneous {
          var length = 0.0
          for d in 0..<r { length += u[d] * u[d] }
          let scale = length > 0 ? 1 / length.squareRoot() : 0
          for d in 0..<r { u[d] *= scale }
        }
        sums.add(weight: 1) { p in
          var z = 0.0
          for d in 0..<r { z += slopes[p][d] * u[d] }
          return unit.value(z, variance: variances[p])
        }
      }
    }
    return sums.table { n in
      (homogeneous ? PolarQuadrature.radialMoment(n, directions: r) : 1) / Double(size)
    }
  }
}
