import Ensembles
import Foundation
import Kernels
import NumericalMethods

/// Integrals over the places of two vertices,
///
///     I(L) = int d^dy int d^dz  A(y) K_W(y, z)^m B(z),   A(y) = prod_i K_W(x_i, y) K_W(y, y)^t,
///
/// in boxes [-L, L]^d. Gaussian kernels over all space in closed form; otherwise the nodes of one-vertex
/// integrals for both vertices, with two rules whose difference is the error. The kernel on the line
/// between the vertices has a kink at y = z for relu, which limits its accuracy to about 1e-6.
public struct PairIntegrals: Sendable {
  public struct Integrand: Sendable, Hashable {
    public let left: VertexIntegrals.Integrand
    public let right: VertexIntegrals.Integrand
    /// m, the lines between the vertices, at least one.
    public let lines: Int

    public init(
      _ left: VertexIntegrals.Integrand, _ right: VertexIntegrals.Integrand, lines: Int
    ) {
      // The two vertices can be exchanged.
      let swapped = (right.points + [-1, right.selfLoops])
        .lexicographicallyPrecedes(left.points + [-1, left.selfLoops])
      self.left = swapped ? right : left
      self.right = swapped ? left : right
      self.lines = lines
    }

    /// The power of L for homogeneous kernels.
    func power(_ dimensions: Int) -> Double {
      [left, right].reduce(0) {
        $0 + Double(dimensions + $1.points.count + 2 * $1.selfLoops + lines)
      }
    }
  }

  private let place: [Integrand: Int]
  private let values: [[IntegralValue]]

  /// - Throws: `IntegralUnavailable`, as one-vertex integrals.
  /// - Complexity: nodes^2 evaluations of the kernel and as many operations for each distinct left
  ///   product and m; nodes up to 2 x 10^3 in d = 1, 8 x 10^3 in d = 2 and 3.
  public init(
    _ propagator: Propagator, points: Points, integrands: [Integrand], cutoffs: [Double]
  ) throws(IntegralUnavailable) {
    try VertexIntegrals.check(propagator, cutoffs)
    // The order of a set does not reach the values: each integral is summed by itself.
    let unique = Array(Set(integrands))
    place = Dictionary(uniqueKeysWithValues: zip(unique, unique.indices))
    var rows: [[IntegralValue]] = []
    if propagator.isHomogeneous, !unique.isEmpty {
      // One box is all: the others follow by powers of L.
      let one = try PairCubature(propagator, points: points, integrands: unique, cutoff: 1).values()
      values = cutoffs.map { cutoff in
        zip(unique, one).map { integrand, value in
          let scale = pow(cutoff, integrand.power(propagator.inputs))
          return IntegralValue(value: scale * value.value, error: scale * value.error)
        }
      }
      return
    }
    for cutoff in cutoffs {
      if cutoff == .infinity, let gaussian = propagator.gaussian {
        var own: [IntegralValue] = []
        for integrand in unique {
          own.append(
            try GaussianDiagram(gaussian, dimensions: propagator.inputs).integral(
              lines: Self.lines(integrand), vertices: 2, points: points))
        }
        rows.append(own)
      } else if unique.isEmpty {
        rows.append([])
      } else {
        rows.append(
          try PairCubature(propagator, points: points, integrands: unique, cutoff: cutoff).values())
      }
    }
    values = rows
  }

  public func value(_ integrand: Integrand, cutoff: Int) -> IntegralValue {
    guard let k = place[integrand] else {
      preconditionFailure("an integral that was not asked for: \(integrand)")
    }
    return values[cutoff][k]
  }

  /// Lines of the diagram: external points by index, vertices as -1 and -2.
  private static func lines(_ i: Integrand) -> [(Int, Int)] {
    i.left.points.map { ($0, -1) } + i.right.points.map { ($0, -2) }
      + [(Int, Int)](repeating: (-1, -2), count: i.lines)
      + [(Int, Int)](repeating: (-1, -1), count: i.left.selfLoops)
      + [(Int, Int)](repeating: (-2, -2), count: i.right.selfLoops)
  }
}

/// Any number of vertices integrated over all space, for the propagator A exp(-a |x - y|^2).
struct GaussianDiagram {
  let gaussian: (amplitude: Double, rate: Double)
  let dimensions: Int

  init(_ gaussian: (amplitude: Double, rate: Double), dimensions: Int) {
    self.gaussian = gaussian
    self.dimensions = dimensions
  }

  /// - Parameter lines: between external points (indices) and vertices (-1, -2, ...).
  func integral(lines: [(Int, Int)], vertices: Int, points: Points) throws(IntegralUnavailable)
    -> IntegralValue
  {
    // exp(-a (y M y - 2 b.y + c)) for each coordinate.
    var matrix = SymmetricMatrix(count: vertices)
    for (u, v) in lines where u != v {
      switch (u < 0, v < 0) {
      case (true, true):
        matrix[-u - 1, -u - 1] += 1
        matrix[-v - 1, -v - 1] += 1
        matrix[-u - 1, -v - 1] -= 1
      case (true, false): matrix[-u - 1, -u - 1] += 1
      case (false, true): matrix[-v - 1, -v - 1] += 1
      default: break
      }
    }
    guard let (eigenvalues, vectors) = matrix.eigen(), (eigenvalues.first ?? 1) > 1e-12 else {
      throw IntegralUnavailable(
        description: "a vacuum part integrated over all space is proportional to its volume")
    }
    var exponent = 0.0
    let outer = lines.flatMap { [$0.0, $0.1] }.filter { $0 >= 0 }
    for axis in 0..<dimensions {
      // From the middle of the external points: only differences matter, and far from zero they would cancel.
      let middle = outer.reduce(0) { $0 + points[$1][axis] } / Double(max(1, outer.count))
      var b = [Double](repeating: 0, count: vertices)
      for (u, v) in lines where (u < 0) != (v < 0) {
        let x = points[max(u, v)][axis] - middle
        b[-min(u, v) - 1] += x
        exponent -= gaussian.rate * x * x
      }
      for (lambda, vector) in zip(eigenvalues, vectors) {
        let projection = zip(b, vector).reduce(0) { $0 + $1.0 * $1.1 }
        exponent += gaussian.rate * projection * projection / lambda
      }
    }
    let determinant = eigenvalues.reduce(1, *)
    let volume = pow(
      pow(Double.pi / gaussian.rate, Double(vertices)) / determinant, 0.5 * Double(dimensions))
    return IntegralValue(
      value: pow(gaussian.amplitude, Double(lines.count)) * volume * exp(exponent))
  }
}

/// Two-vertex integrals in one box.
private struct PairCubature {
  let propagator: Propagator
  let points: Points
  let integrands: [PairIntegrals.Integrand]
  let cutoff: Double
  let rule: ShellRule

  init(
    _ propagator: Propagator, points: Points, integrands: [PairIntegrals.Integrand],
    cutoff: Double
  ) throws(IntegralUnavailable) {
    self.propagator = propagator
    self.points = points
    self.integrands = integrands
    self.cutoff = cutoff
    if let gaussian = propagator.gaussian {
      // A box that the Gaussians do not fill: a few of their lengths around the points.
      let length = (1 / gaussian.rate).squareRoot()
      let far = points.coordinates.flatMap { $0 }.map { abs($0) }.max() ?? 0
      rule = ShellRule(
        dimensions: propagator.inputs, cutoffs: [min(cutoff, far + 7 * length)],
        edges: stride(from: length, to: far + 7 * length, by: 2 * length).map { $0 }, rays: [])
    } else {
      rule = Cubature.rule(propagator, points: points, cutoffs: [cutoff])
    }
  }

  func values() throws(IntegralUnavailable) -> [IntegralValue] {
    // The largest order that the number of nodes allows, and a coarser one.
    let limit = propagator.inputs == 1 ? 2500 : 8000
    var order = 4
    while order < 40, rule.cells.count * rule.count(order: order + 2) <= limit { order += 2 }
    guard rule.cells.count * rule.count(order: 4) <= 4 * limit else {
      throw IntegralUnavailable(
        description:
          "two-vertex integrals of this kernel would need \(rule.cells.count * rule.count(order: 4)) nodes a vertex: give fewer points or a smaller cutoff"
      )
    }
    let fine = try sum(order: order)
    let coarse = try sum(order: max(3, order * 2 / 3))
    return zip(fine, coarse).map { IntegralValue(value: $0, error: abs($0 - $1)) }
  }

  private func sum(order: Int) throws(IntegralUnavailable) -> [Double] {
    let legendre = GaussLegendre(count: order)
    let d = rule.dimensions
    var coordinates: [Double] = []
    var weights: [Double] = []
    for cell in rule.cells {
      let own = rule.nodes(cell, rule: legendre)
      coordinates += own.coordinates
      weights += own.weights
    }
    let count = weights.count
    // The products of either side, what the line between them makes of one of them, and its rows.
    if let refusal = WorkBudget.refusal(
      "\(integrands.count) two-vertex integrals at \(count) nodes a vertex",
      bytes: 8 * Double(count) * (3 * Double(integrands.count) + Double(min(count, 3000))))
    {
      throw IntegralUnavailable(description: refusal)
    }
    let external: CrossKernel.Values
    let mutual: CrossKernel
    do {
      external = try propagator.lines(from: points).values(at: coordinates)
      mutual = try CrossKernel(
        propagator.ensemble,
        points: Points(
          valid: (0..<count).map { Array(coordinates[$0 * d..<($0 + 1) * d]) }),
        outputBias: propagator.vertexLines == .full)
    } catch let error as IntegralUnavailable {
      throw error
    } catch {
      throw IntegralUnavailable(description: "\(error)")
    }
    let products = NodeProducts(factors: external.cross + [external.diagonal], weights: weights)
    func factors(_ i: VertexIntegrals.Integrand) -> [Int] {
      i.points + [Int](repeating: points.count, count: i.selfLoops)
    }
    let rights = Array(Set(integrands.map { Line(right: $0.right, lines: $0.lines) }))
    let rightPlace = Dictionary(uniqueKeysWithValues: zip(rights, rights.indices))
    // K(y, z)^m applied to the right products, a block of rows of K at a time.
    var applied = [[Double]](
      repeating: [Double](repeating: 0, count: count), count: rights.count)
    let vectors = products.products(rights.map { factors($0.right) }, count: count)
    let values: CrossKernel.Values
    if count <= 3000 {
      do { values = try mutual.values(at: coordinates) } catch {
        throw IntegralUnavailable(description: error.description)
      }
      for q in 0..<count where !WorkBudget.isStopped {
        Self.apply(values.cross[q], q, rights, vectors, &applied)
      }
    } else {
      let block = 256
      for start in stride(from: 0, to: count, by: block) where !WorkBudget.isStopped {
        let own = (start..<min(count, start + block)).map {
          Array(coordinates[$0 * d..<($0 + 1) * d])
        }
        do {
          let part = try CrossKernel(
            propagator.ensemble, points: Points(valid: own),
            outputBias: propagator.vertexLines == .full
          ).values(at: coordinates)
          for k in own.indices { Self.apply(part.cross[k], start + k, rights, vectors, &applied) }
        } catch {
          throw IntegralUnavailable(description: error.description)
        }
      }
    }
    guard !WorkBudget.isStopped else {
      throw IntegralUnavailable(description: WorkBudget.stopped)
    }
    let lefts = products.products(integrands.map { factors($0.left) }, count: count)
    return integrands.indices.map { k in
      let i = integrands[k]
      let right = applied[rightPlace[Line(right: i.right, lines: i.lines)]!]
      let sum = zip(lefts[k], right).reduce(0) { $0 + $1.0 * $1.1 }
      guard rule.isSurface else { return sum }
      // int r^(d-1) r^power dr for both vertices, up to the cutoff.
      return [i.left, i.right].reduce(sum) { value, v in
        let power = Double(d + v.points.count + 2 * v.selfLoops + i.lines)
        return value * pow(cutoff, power) / power
      }
    }
  }

  private struct Line: Hashable {
    let right: VertexIntegrals.Integrand
    let lines: Int
  }

  private static func apply(
    _ row: [Double], _ q: Int, _ rights: [Line], _ vectors: [[Double]], _ applied: inout [[Double]]
  ) {
    var power: [Int: [Double]] = [1: row]
    for (k, right) in rights.enumerated() {
      if power[right.lines] == nil {
        power[right.lines] = row.map { pow($0, Double(right.lines)) }
      }
      let own = power[right.lines]!
      var sum = 0.0
      vectors[k].withUnsafeBufferPointer { v in
        own.withUnsafeBufferPointer { r in for z in 0..<r.count { sum += r[z] * v[z] } }
      }
      applied[k][q] = sum
    }
  }
}
