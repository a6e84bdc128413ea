import Combinatorics
import Ensembles
import Foundation
import Sampling

/// Sums weight x product of units over the nodes of a rule, for every tuple through an order, in
/// batches through the vectorised sums of products.
///
/// A radial factor that depends on the order alone (polar coordinates) is applied at the end.
final class MomentSums {
  private let points: Int
  private let sets: [Multisets]
  private let plan: MomentPlan
  private let arrays: UnsafeMutablePointer<Double>
  private var sums: [Double]
  private var filled = 0

  init(points: Int, order: Int) {
    self.points = points
    // Slot p is the unit at point p; slot points + p is the same times the weight of the node.
    sets = (0...order).map { Multisets(slots: points, order: $0) }
    let monomials = sets.dropFirst().flatMap { set in
      set.tuples.map { tuple in Array(tuple.dropFirst()) + [points + tuple[0]] }
    }
    plan = MomentPlan(slots: 2 * points, monomials: monomials)
    sums = [Double](repeating: 0, count: monomials.count)
    let bytes = max(1, plan.arrays) * batchSize * MemoryLayout<Double>.stride
    arrays = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .bindMemory(to: Double.self, capacity: max(1, plan.arrays) * batchSize)
    arrays.initialize(repeating: 0, count: max(1, plan.arrays) * batchSize)
  }

  deinit { UnsafeMutableRawPointer(arrays).deallocate() }

  /// Adds a node; `unit(p)` is s at point p.
  @inline(__always)
  func add(weight: Double, _ unit: (Int) -> Double) {
    for p in 0..<points {
      let s = unit(p)
      arrays[p * batchSize + filled] = s
      arrays[(points + p) * batchSize + filled] = s * weight
    }
    filled += 1
    if filled == batchSize { flush() }
  }

  private func flush() {
    for s in 0..<2 * points {
      for i in filled..<batchSize { arrays[s * batchSize + i] = 0 }
    }
    sums.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress {
        plan.accumulate(level: .chosen, arrays: arrays, sums: base)
      }
    }
    filled = 0
  }

  /// The sums so far, order by order, times a factor for each.
  func table(factor: (Int) -> Double = { _ in 1 }) -> [[Double]] {
    if filled > 0 { flush() }
    var result: [[Double]] = [[1]]
    var next = 0
    for set in sets.dropFirst() {
      let scale = factor(set.order)
      result.append(set.tuples.indices.map { scale * sums[plan.position[next + $0]] })
      next += set.tuples.count
    }
    return result
  }

  /// Largest change between two tables relative to the largest moment of its order (or to what
  /// the variance makes of it: odd moments may vanish).
  static func change(_ a: [[Double]], _ b: [[Double]]) -> Double {
    let variance = a.count > 2 ? a[2].reduce(0) { max($0, abs($1)) } : 0
    return zip(a, b).enumerated().map { n, pair -> Double in
      let size = max(pair.0.reduce(0) { max($0, abs($1)) }, pow(variance, Double(n) / 2))
      let gap = zip(pair.0, pair.1).reduce(0) { max($0, abs($1.0 - $1.1)) }
      return gap == 0 ? 0 : size > 0 ? gap / size : .infinity
    }.max() ?? 0
  }
}
