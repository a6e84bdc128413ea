import Foundation
import NumericalMethods

/// The exponents at a solution of `SlopeCollocation`.
///
/// A perturbation h of X obeys lambda h = A2 h'' + A1 h' + A0 h, which is self-adjoint with the weight
/// w = -mu/A2, mu = exp int A1/A2: by Ritz's method in polynomials of xi that are orthonormal with w the eigenvalues
/// come from above, to twice the digits of the eigenfunctions, and none is spurious. On the nodes themselves the
/// same matrix is far from normal and loses half of the digits near two dimensions and at many components. With eta
/// that varies a matrix of rank one is added.
struct SlopeSpectrum {
  private let collocation: SlopeCollocation
  private let solution: SlopeCollocation.Solution
  private let first: [Double]
  private let second: [Double]
  private let slopes: [Double]

  init(_ collocation: SlopeCollocation, _ solution: SlopeCollocation.Solution) {
    self.collocation = collocation
    self.solution = solution
    first = collocation.apply(collocation.first, solution.values)
    second = collocation.apply(collocation.second, solution.values)
    slopes = collocation.slopes(solution.start)
  }

  /// (M + 2)/2: mu ~ (p - s)^singular.
  private var singular: Double { 0.5 * (collocation.components + 2) }

  /// X/(p - s).
  private var quotient: [Double] {
    zip(solution.values, slopes).enumerated().map { i, pair in
      i == collocation.inner ? first[i] : pair.0 / (pair.1 - solution.start)
    }
  }

  /// The integral over xi of (A1/A2) dp/dxi - `singular` dp/dxi / (p - s), which is regular, at the nodes.
  private func regularWeight(_ quotient: [Double]) -> [Double]? {
    let n = collocation.count
    var g = [Double](repeating: singular, count: n)
    for i in 0..<n {
      guard
        let t = collocation.terms(
          slopes[i], solution.values[i], first[i], second[i], eta: solution.eta)
      else { return nil }
      let b = 1 + slopes[i] + 2 * solution.values[i] / first[i]
      let front = 1 - solution.eta / (collocation.dimension + 2)
      // A1 (p - s)/A2 with A2 = -2 front X/(X'^2 b^2).
      g[i] = -t.byFirst * first[i] * first[i] * b * b / (2 * front * quotient[i])
    }
    let derivative = collocation.apply(collocation.first, g)
    let c = collocation.scale
    let slope = (0..<n).map { i -> Double in
      guard i < collocation.inner else { return derivative[i] * c }
      let distance = slopes[i] - solution.start
      return (g[i] - singular) / distance * (c + distance)
    }
    // The primitive that vanishes at the inner node.
    let inner = collocation.inner
    let matrix = GeneralMatrix(count: n) { i, j in
      i == inner ? (j == inner ? 1 : 0) : collocation.grid.derivative[i, j]
    }
    return matrix.solve(slope.enumerated().map { $0 == inner ? 0 : $1 })
  }

  /// Nodes in p with the weights of both integrals, and what the equation has there.
  private struct Node {
    var xi: Double
    var step: Double
    var p: Double
    var mu: Double
    var w: Double
    var potential: Double
    var byEta: Double
  }

  /// Gauss-Legendre panels over the part of the range where the weight is not beyond rounding, in a root of xi, in
  /// which the weight xi^(M/2) is smooth at its inner end.
  private func nodes(_ quotient: [Double], _ regular: [Double], panels: Int) -> [Node]? {
    let grid = collocation.grid
    let (c, length) = (collocation.scale, grid.nodes[0])
    let root = max(4, 2 / singular)
    func logarithm(_ xi: Double) -> Double {
      singular * log(c * expm1(xi)) + grid.value(regular, at: xi)
    }
    let samples = (1...400).map { k -> (t: Double, log: Double) in
      let t = pow(length, 1 / root) * Double(k) / 400
      return (t, logarithm(pow(t, root)))
    }
    let top = samples.map(\.log).max() ?? 0
    let inside = samples.indices.filter { samples[$0].log > top - 44 }
    let low = inside.first.map { $0 == 0 ? 0 : samples[$0 - 1].t } ?? 0
    let high = samples[min((inside.last ?? 0) + 1, samples.count - 1)].t
    let rule = GaussLegendre(count: 16)
    let half = 0.5 * (high - low) / Double(panels)
    var result: [Node] = []
    for panel in 0..<panels {
      for (x, weight) in zip(rule.nodes, rule.weights) {
        let t = low + half * (2 * Double(panel) + 1 + x)
        let xi = pow(t, root)
        let row = grid.row(at: xi)
        func value(_ f: [Double]) -> Double { zip(row, f).reduce(0) { $0 + $1.0 * $1.1 } }
        let distance = c * expm1(xi)
        let p = solution.start + distance
        guard
          let terms = collocation.terms(
            p, distance * value(quotient), value(first), value(second), eta: solution.eta)
        else { return nil }
        let mu = exp(singular * log(distance) + value(regular) - top)
        let measure = c * exp(xi) * half * weight * root * pow(t, root - 1)
        result.append(
          Node(
            xi: xi, step: c * exp(xi), p: p, mu: mu * measure,
            w: -mu / terms.bySecond * measure, potential: terms.byValue, byEta: terms.byEta))
      }
    }
    return result
  }

  /// The lowest eigenvalues, with bases of two sizes.
  /// - Parameter panels: of the quadrature.
  func eigenvalues(_ sizes: [Int] = [12, 16], panels: Int) -> [[GeneralMatrix.Eigenvalue]]? {
    let quotient = quotient
    guard let regular = regularWeight(quotient),
      let nodes = nodes(quotient, regular, panels: panels)
    else {
      return nil
    }
    let largest = sizes.max() ?? 0
    guard let basis = Basis(nodes.map { ($0.xi, $0.step, $0.w) }, count: largest, extra: minimum)
    else { return nil }
    var matrix = GeneralMatrix(count: largest)
    for i in 0..<largest {
      for j in 0...i {
        var sum = 0.0
        for (k, node) in nodes.enumerated() {
          sum +=
            node.mu * basis.slopes[i][k] * basis.slopes[j][k]
            + node.potential * node.w * basis.values[i][k] * basis.values[j][k]
        }
        matrix[i, j] = sum
        matrix[j, i] = sum
      }
    }
    if collocation.anomalous {
      let gradient = collocation.anomalousDimension(collocation.atMinimum(solution)).gradient
      for i in 0..<largest {
        let source = zip(nodes, basis.values[i]).reduce(0) { $0 + $1.0.w * $1.0.byEta * $1.1 }
        for j in 0..<largest {
          matrix[i, j] += source * zip(gradient, basis.minimum[j]).reduce(0) { $0 + $1.0 * $1.1 }
        }
      }
    }
    var result: [[GeneralMatrix.Eigenvalue]] = []
    for size in sizes {
      guard let found = GeneralMatrix(count: size, { matrix[$0, $1] }).eigenvalues() else {
        return nil
      }
      result.append(found)
    }
    return result
  }

  /// xi and its first two derivatives in p at the minimum.
  private var minimum: (xi: Double, first: Double, second: Double) {
    let e = collocation.scale - solution.start
    return (log(e / collocation.scale), 1 / e, -1 / (e * e))
  }

  /// Polynomials in xi, orthonormal with a weight, and their derivatives in p.
  private struct Basis {
    var values: [[Double]] = []
    var slopes: [[Double]] = []
    /// The value and two derivatives at one more place.
    var minimum: [[Double]] = []

    init?(
      _ nodes: [(xi: Double, step: Double, weight: Double)], count: Int,
      extra: (xi: Double, first: Double, second: Double)
    ) {
      let weights = nodes.map(\.weight)
      let total = weights.reduce(0, +)
      guard total > 0, total.isFinite else { return nil }
      let mean = nodes.reduce(0) { $0 + $1.weight * $1.xi } / total
      let spread = (nodes.reduce(0) { $0 + $1.weight * ($1.xi - mean) * ($1.xi - mean) } / total)
        .squareRoot()
      guard spread > 0 else { return nil }
      let z = nodes.map { ($0.xi - mean) / spread }
      let dz = nodes.map { 1 / ($0.step * spread) }
      let (y, y1, y2) = ((extra.xi - mean) / spread, extra.first / spread, extra.second / spread)
      values = [[Double](repeating: 1 / total.squareRoot(), count: z.count)]
      slopes = [[Double](repeating: 0, count: z.count)]
      minimum = [[1 / total.squareRoot(), 0, 0]]
      for n in 0..<count - 1 {
        let (h, h1, e) = (values[n], slopes[n], minimum[n])
        var next = z.indices.map { z[$0] * h[$0] }
        var slope = z.indices.map { dz[$0] * h[$0] + z[$0] * h1[$0] }
        var place = [y * e[0], y1 * e[0] + y * e[1], y2 * e[0] + 2 * y1 * e[1] + y * e[2]]
        // Twice, for orthogonality to rounding.
        for _ in 0..<2 {
          for k in 0...n {
            var overlap = 0.0
            for i in z.indices { overlap += weights[i] * values[k][i] * next[i] }
            for i in z.indices {
              next[i] -= overlap * values[k][i]
              slope[i] -= overlap * slopes[k][i]
            }
            for i in 0..<3 { place[i] -= overlap * minimum[k][i] }
          }
        }
        let norm = z.indices.reduce(0) { $0 + weights[$1] * next[$1] * next[$1] }.squareRoot()
        guard norm > 0, norm.isFinite else { return nil }
        values.append(next.map { $0 / norm })
        slopes.append(slope.map { $0 / norm })
        minimum.append(place.map { $0 / norm })
      }
    }
  }
}
