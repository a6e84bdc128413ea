import Combinatorics
import Ensembles
import Foundation
import NumericalMethods
import Sampling

extension UnitMoments {
  /// Moments of a smooth unit by the equally spaced rule over the hidden parameters themselves:
  /// (b, w_1, ..., w_d), as many directions as have a spread, at most three.
  ///
  /// Nodes double (in three directions grow) until two rules agree to 1e-13 of the largest moment
  /// of their order, both fine enough for the spread of z; `coarser` holds the last but one.
  static func quadrature(_ ensemble: Ensemble, points: Points, order: Int) throws(Unavailable)
    -> UnitMoments
  {
    let unit = ensemble.hidden[0].activation.unit
    let name = ensemble.hidden[0].activation.name
    let biased = ensemble.biases[0].sigma > 0
    let directions = (ensemble.weights[0].sigma > 0 ? ensemble.inputs : 0) + (biased ? 1 : 0)
    let scale = ensemble.weights[0].sigma / Double(ensemble.inputs).squareRoot()
    // z at point p is sum over directions of slope[p][k] u_k.
    let slopes = points.coordinates.map { x in
      (biased ? [ensemble.biases[0].sigma] : [])
        + (ensemble.weights[0].sigma > 0 ? x.map { $0 * scale } : [])
    }
    let variances = slopes.map { $0.reduce(0) { $0 + $1 * $1 } }
    let value: @Sendable (Double, Int) -> Double = { unit.value($0, variance: variances[$1]) }
    let sizes = directions <= 2 ? [96, 192, 384, 768] : [64, 96, 144, 192]
    let spread = (variances.max() ?? 0).squareRoot()
    var last: [[Double]]?
    for count in sizes where GaussianRule(count: count).resolves(spread: spread) {
      let next = moments(
        rule: GaussianRule(count: count), directions: directions, slopes: slopes, order: order,
        unit: value)
      if let last {
        let variance = next.count > 2 ? next[2].reduce(0) { max($0, abs($1)) } : 0
        let change =
          zip(next, last).enumerated().map { n, pair -> Double in
            let (a, b) = pair
            // Odd moments may vanish: the scale of an order is also that of the variance.
            let size = max(a.reduce(0) { max($0, abs($1)) }, pow(variance, Double(n) / 2))
            let gap = zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
            return size > 0 ? gap / size : 0
          }.max() ?? 0
        if change <= 1e-13 || count == sizes.last && change < 1e-7 {
          return UnitMoments(values: next, coarser: last)
        }
      }
      last = next
    }
    throw Unavailable(
      description: "the quadrature of \(name) does not converge at these points and variances")
  }

  /// One rule: the product grid, nodes beyond the reach of the rule left out.
  private static func moments(
    rule: GaussianRule, directions: Int, slopes: [[Double]], order: Int,
    unit: (Double, Int) -> Double
  ) -> [[Double]] {
    // Slot p is the unit at point p; slot points + p is the same times the weight of the node.
    let points = slopes.count
    let sets = (0...order).map { Multisets(slots: points, order: $0) }
    let monomials = sets.dropFirst().flatMap { set in
      set.tuples.map { tuple in
        tuple.dropFirst().map { $0 } + [points + tuple[0]]
      }
    }
    let plan = MomentPlan(slots: 2 * points, monomials: monomials)
    var sums = [Double](repeating: 0, count: monomials.count)
    let arrays = UnsafeMutablePointer<Double>(
      OpaquePointer(
        UnsafeMutableRawPointer.allocate(
          byteCount: max(1, plan.arrays) * batchSize * 8, alignment: 64)))
    defer { UnsafeMutableRawPointer(arrays).deallocate() }
    arrays.initialize(repeating: 0, count: plan.arrays * batchSize)
    var filled = 0

    func flush() {
      for s in 0..<2 * points {
        for i in filled..<batchSize { arrays[s * batchSize + i] = 0 }
      }
      sums.withUnsafeMutableBufferPointer {
        plan.accumulate(level: .chosen, arrays: arrays, sums: $0.baseAddress!)
      }
      filled = 0
    }

    func visit(_ direction: Int, _ z: [Double], _ weight: Double, _ radius: Double) {
      guard radius <= GaussianRule.reach * GaussianRule.reach else { return }
      guard direction < directions else {
        for p in 0..<points {
          let s = unit(z[p], p)
          arrays[p * batchSize + filled] = s
          arrays[(points + p) * batchSize + filled] = s * weight
        }
        filled += 1
        if filled == batchSize { flush() }
        return
      }
      var moved = z
      for (u, w) in zip(rule.nodes, rule.weights) {
        for p in 0..<points { moved[p] = z[p] + slopes[p][direction] * u }
        visit(direction + 1, moved, weight * w, radius + u * u)
      }
    }

    visit(0, [Double](repeating: 0, count: points), 1, 0)
    if filled > 0 { flush() }
    var result: [[Double]] = [[1]]
    var next = 0
    for set in sets.dropFirst() {
      result.append(set.tuples.indices.map { sums[plan.position[next + $0]] })
      next += set.tuples.count
    }
    return result
  }
}
