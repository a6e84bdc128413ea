import Ensembles
import Foundation
import Kernels
import NumericalMethods

/// One-vertex integrals by rules of rising order on the cells of a `ShellRule`.
struct Cubature {
  private let propagator: Propagator
  private let points: Points
  private let integrands: [VertexIntegrals.Integrand]
  private let cutoffs: [Double]
  private let rule: ShellRule
  private let lines: CrossKernel

  /// - Precondition: cutoffs ascending and finite, d <= 3.
  init(
    _ propagator: Propagator, points: Points, integrands: [VertexIntegrals.Integrand],
    cutoffs: [Double]
  ) throws(IntegralUnavailable) {
    self.propagator = propagator
    self.points = points
    self.integrands = integrands
    self.cutoffs = cutoffs
    lines = try propagator.lines(from: points)
    rule = Self.rule(propagator, points: points, cutoffs: cutoffs)
    // Sums and sums of moduli of every integrand over every cell.
    if let refusal = WorkBudget.refusal(
      "\(integrands.count) integrals over \(rule.cells.count) cells",
      bytes: 16 * Double(integrands.count) * Double(rule.cells.count))
    {
      throw IntegralUnavailable(description: refusal)
    }
  }

  /// The cells over which a kernel is integrated: cut at its kinks, wider as r grows.
  static func rule(_ propagator: Propagator, points: Points, cutoffs: [Double]) -> ShellRule {
    if propagator.isHomogeneous {
      return ShellRule(
        dimensions: propagator.inputs, cutoffs: cutoffs, edges: [],
        rays: propagator.hasKinks ? points.coordinates : [], isSurface: true)
    }
    var edges: [Double] = []
    var r = 0.5 * propagator.length
    while r < cutoffs[cutoffs.count - 1], edges.count < 60 {
      edges.append(r)
      r *= 2
    }
    let radii = points.coordinates.map { x in x.map { abs($0) }.max() ?? 0 }
    if propagator.hasKinks { edges += radii.filter { $0 > 0 } }
    // Far from the origin a kernel may still change over its own length.
    for radius in radii where radius > 2 * propagator.length {
      edges += [-3, -1, 1, 3].map { radius + $0 * propagator.length }
    }
    var kept: [Double] = []
    for edge in edges.sorted() where edge - (kept.last ?? 0) > 1e-9 * edge { kept.append(edge) }
    return ShellRule(
      dimensions: propagator.inputs, cutoffs: cutoffs, edges: kept,
      rays: propagator.hasKinks ? points.coordinates : [])
  }

  static func tolerance(_ dimensions: Int) -> Double { [1e-12, 1e-10, 1e-8][dimensions - 1] }
  private static let orders = [
    [10, 16, 24, 40, 64, 96], [8, 12, 18, 27, 40, 60], [6, 9, 14, 20, 28],
  ]
  private static let nodeLimit = 6_000_000

  /// `values[cutoff][integrand]`.
  func values() throws(IntegralUnavailable) -> [[IntegralValue]] {
    var previous: (sums: [[Double]], sizes: [[Double]])?
    var result: [[IntegralValue]] = []
    for order in Self.orders[rule.dimensions - 1] {
      guard previous == nil || rule.cells.count * rule.count(order: order) <= Self.nodeLimit else {
        break
      }
      let (sums, sizes, kernelError) = try sum(order: order)
      if let coarse = previous {
        var worst = 0.0
        result = sums.indices.map { c in
          sums[c].indices.map { k in
            let error = abs(sums[c][k] - coarse.sums[c][k])
            if sizes[c][k] > 0 { worst = max(worst, error / sizes[c][k]) }
            let factors = Double(integrands[k].points.count + integrands[k].selfLoops)
            return IntegralValue(
              value: sums[c][k],
              error: max(error, (kernelError * factors + 4e-16) * sizes[c][k]))
          }
        }
        if worst < Self.tolerance(rule.dimensions) { break }
      }
      previous = (sums, sizes)
    }
    return result
  }

  /// L dI/dL for the values found: powers of L for homogeneous integrands, else the integral over the
  /// faces of each box, L^d times that over the faces of the unit cube at y = L s.
  func slopes(_ values: [[IntegralValue]]) throws(IntegralUnavailable) -> [[IntegralValue]] {
    let d = rule.dimensions
    guard !rule.isSurface else {
      return values.map { row in
        zip(row, integrands).map { value, i in
          let power = Double(d + i.points.count + 2 * i.selfLoops + 2 * i.moment)
          return IntegralValue(value: power * value.value, error: power * value.error)
        }
      }
    }
    let faces = ShellRule(
      dimensions: d, cutoffs: [1], edges: [],
      rays: propagator.hasKinks ? points.coordinates : [], isSurface: true)
    var result: [[IntegralValue]] = []
    for cutoff in cutoffs {
      var previous: [Double]?
      var row: [IntegralValue] = []
      for order in d == 1 ? [1, 1] : Self.orders[d - 1] {
        let legendre = GaussLegendre(count: order)
        var sums = [Double](repeating: 0, count: integrands.count)
        var sizes = sums
        for cell in faces.cells {
          let part = try cellSums(cell, legendre, rule: faces, radius: cutoff)
          for k in sums.indices {
            sums[k] += part.sums[k]
            sizes[k] += part.sizes[k]
          }
        }
        let scale = pow(cutoff, Double(d))
        if let coarse = previous {
          row = sums.indices.map {
            IntegralValue(
              value: scale * sums[$0],
              error: scale * max(abs(sums[$0] - coarse[$0]), 4e-16 * sizes[$0]))
          }
          let worst =
            sums.indices.map { k in
              sizes[k] > 0 ? abs(sums[k] - coarse[k]) / sizes[k] : 0
            }.max() ?? 0
          if worst < Self.tolerance(d) { break }
        }
        previous = sums
      }
      result.append(row)
    }
    return result
  }

  /// Sums over the boxes of all cutoffs, and of the modulus.
  private func sum(order: Int) throws(IntegralUnavailable) -> (
    sums: [[Double]], sizes: [[Double]], kernelError: Double
  ) {
    let legendre = GaussLegendre(count: order)
    // Cells in groups, so that one call of the kernel serves enough nodes.
    let perCell = rule.count(order: order)
    let group = max(1, 512 / perCell)
    let groups = (rule.cells.count + group - 1) / group
    // Added in the order of the cells, whichever thread did them.
    let all = try concurrentMap(groups) { g throws(IntegralUnavailable) in
      var own: [(Int, CellSums)] = []
      for cell in rule.cells[g * group..<min(rule.cells.count, (g + 1) * group)] {
        own.append((cell.shell, try cellSums(cell, legendre)))
      }
      return own
    }
    let empty = [Double](repeating: 0, count: integrands.count)
    var sums = [[Double]](repeating: empty, count: rule.isSurface ? 1 : cutoffs.count)
    var sizes = sums
    var kernelError = 0.0
    for g in 0..<groups {
      for (shell, part) in all[g] {
        for k in integrands.indices {
          sums[shell][k] += part.sums[k]
          sizes[shell][k] += part.sizes[k]
        }
        kernelError = max(kernelError, part.kernelError)
      }
    }
    if rule.isSurface {
      func scaled(_ row: [Double]) -> [[Double]] {
        cutoffs.map { cutoff in
          integrands.indices.map { k in
            let i = integrands[k]
            let power = Double(rule.dimensions + i.points.count + 2 * i.selfLoops + 2 * i.moment)
            return row[k] * pow(cutoff, power) / power
          }
        }
      }
      return (scaled(sums[0]), scaled(sizes[0]), kernelError)
    }
    for c in 1..<max(1, cutoffs.count) {
      for k in integrands.indices {
        sums[c][k] += sums[c - 1][k]
        sizes[c][k] += sizes[c - 1][k]
      }
    }
    return (sums, sizes, kernelError)
  }

  private struct CellSums: Sendable {
    var sums: [Double]
    var sizes: [Double]
    var kernelError: Double
  }

  /// - Parameters:
  ///   - other: another rule than that of the boxes.
  ///   - radius: by which its nodes are multiplied.
  private func cellSums(
    _ cell: ShellRule.Cell, _ legendre: GaussLegendre, rule other: ShellRule? = nil,
    radius: Double = 1
  ) throws(IntegralUnavailable) -> CellSums {
    guard !WorkBudget.isStopped else {
      throw IntegralUnavailable(description: WorkBudget.stopped)
    }
    var (coordinates, weights) = (other ?? rule).nodes(cell, rule: legendre)
    if radius != 1 { coordinates = coordinates.map { radius * $0 } }
    let values: CrossKernel.Values
    do { values = try lines.values(at: coordinates) } catch {
      throw IntegralUnavailable(description: error.description)
    }
    let d = rule.dimensions
    let squares = weights.indices.map { q in
      (0..<d).reduce(0.0) { $0 + coordinates[q * d + $1] * coordinates[q * d + $1] }
    }
    // Factors by number: points, then K(y, y), then |y|^2.
    let factors = values.cross + [values.diagonal, squares]
    let p = points.count
    let lists = integrands.map {
      $0.points + [Int](repeating: p, count: $0.selfLoops)
        + [Int](repeating: p + 1, count: $0.moment)
    }
    let (sums, sizes) = NodeProducts(factors: factors, weights: weights).sums(lists)
    return CellSums(sums: sums, sizes: sizes, kernelError: values.error)
  }
}

/// Sums over nodes of products of tabulated functions; products of common leading factors are formed
/// once for lists that follow one another.
struct NodeProducts {
  private let width: Int
  private let factors: [[SIMD4<Double>]]
  private let weights: [SIMD4<Double>]

  init(factors: [[Double]], weights: [Double]) {
    width = (weights.count + 3) / 4
    func packed(_ values: [Double]) -> [SIMD4<Double>] {
      var result = [SIMD4<Double>](repeating: .zero, count: (values.count + 3) / 4)
      for (i, v) in values.enumerated() { result[i / 4][i % 4] = v }
      return result
    }
    self.factors = factors.map(packed)
    self.weights = packed(weights)
  }

  /// sum_q w_q prod f(q), and the same of the modulus.
  func sums(_ lists: [[Int]]) -> (sums: [Double], sizes: [Double]) {
    var stack = [weights]
    var known: [Int] = []
    var sums: [Double] = []
    var sizes: [Double] = []
    for list in lists {
      var common = 0
      while common < known.count, common < list.count, known[common] == list[common] { common += 1 }
      known = list
      stack.removeSubrange(common + 1..<stack.count)
      for factor in list[common...] {
        var next = stack[stack.count - 1]
        factors[factor].withUnsafeBufferPointer { f in
          next.withUnsafeMutableBufferPointer { n in for q in 0..<width { n[q] *= f[q] } }
        }
        stack.append(next)
      }
      var sum = SIMD4<Double>.zero
      var size = sum
      stack[stack.count - 1].withUnsafeBufferPointer { product in
        for q in 0..<width {
          sum += product[q]
          size += pointwiseMax(product[q], -product[q])
        }
      }
      sums.append(sum.sum())
      sizes.append(size.sum())
    }
    return (sums, sizes)
  }

  /// The products themselves, one list after the other.
  func products(_ lists: [[Int]], count: Int) -> [[Double]] {
    lists.map { list in
      var product = weights
      for factor in list { for q in 0..<width { product[q] *= factors[factor][q] } }
      return (0..<count).map { product[$0 / 4][$0 % 4] }
    }
  }
}

func pointwiseMax(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> {
  a.replacing(with: b, where: b .> a)
}
