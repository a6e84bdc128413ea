import Foundation
import NumericalMethods

/// The equation of the Wilson-Fisher point with the slope p = u'(rho) as the variable.
///
/// The slope of that potential rises from s = u'(0) < 0 at rho = 0 through 0 at the minimum without bound, and no
/// other fixed point has that form: multicritical ones have slopes that fall and rise. Its inverse
/// rho = V_d X(p) solves
///
///     0 = (2 - eta) p X' - (d - 2 + eta) X + (1 - eta/(d + 2)) [ (M - 1)/(1 + p)^2 + (3 - 2 X X''/X'^2)/(1 + p + 2 X/X')^2 ]
///
/// with X(s) = 0, where the equation itself selects the regular solution, and X ~ p^((d - 2 + eta)/(2 - eta)) far
/// outside. Everything else is smooth on a scale that is the same near two and near four dimensions in
/// xi = log(1 + (p - s)/c), c = |s| (1 + s).
struct SlopeCollocation: Sendable {
  let dimension: Double
  let components: Double
  let anomalous: Bool
  /// Of xi, from 0 to where p is `outer`; nodes descend.
  let grid: ChebyshevGrid
  /// c.
  let scale: Double
  /// d/dp and d^2/dp^2 at the nodes.
  let first: GeneralMatrix
  let second: GeneralMatrix

  /// Where a solution starts, what it is at the nodes, and eta.
  struct Solution: Sendable {
    var start: Double
    var values: [Double]
    var eta = 0.0
  }

  /// - Parameters:
  ///   - start: s, near that of the solution.
  ///   - outer: p at the last node.
  init(
    dimension: Double, components: Double, anomalous: Bool, start: Double, outer: Double, nodes: Int
  ) {
    self.dimension = dimension
    self.components = components
    self.anomalous = anomalous
    let c = abs(start) * (1 + start)
    scale = c
    let xi = ChebyshevGrid(count: nodes, from: 0, to: log1p((outer - start) / c))
    grid = xi
    let slope = GeneralMatrix(count: nodes) { i, j in
      xi.derivative[i, j] / (c * exp(xi.nodes[i]))
    }
    first = slope
    var square = GeneralMatrix(count: nodes)
    for i in 0..<nodes {
      for k in 0..<nodes {
        let factor = slope.elements[i * nodes + k]
        for j in 0..<nodes {
          square.elements[i * nodes + j] += factor * slope.elements[k * nodes + j]
        }
      }
    }
    second = square
  }

  var count: Int { grid.nodes.count }
  /// The node at p = s; the outermost one is the first.
  var inner: Int { count - 1 }

  func slopes(_ s: Double) -> [Double] { grid.nodes.map { s + scale * expm1($0) } }

  /// The power with which X grows.
  func power(_ eta: Double) -> Double { (dimension - 2 + eta) / (2 - eta) }

  func apply(_ matrix: GeneralMatrix, _ x: [Double]) -> [Double] {
    let n = count
    return (0..<n).map { i in
      var sum = 0.0
      for j in 0..<n { sum += matrix.elements[i * n + j] * x[j] }
      return sum
    }
  }

  /// The equation at one p and its derivatives in X, X', X'' and p. `share` switches the part of the radial mode
  /// on from its value at X = 0, where the equation is linear.
  struct Terms {
    var residual = 0.0
    var byValue = 0.0
    var byFirst = 0.0
    var bySecond = 0.0
    var bySlope = 0.0
    var byEta = 0.0
  }

  /// - Parameter asymptotic: whether X X''/X'^2 has its value far outside.
  /// - Returns: nil where a denominator is not positive.
  func terms(
    _ p: Double, _ x: Double, _ x1: Double, _ x2: Double, eta: Double, asymptotic: Bool = false,
    share: Double = 1
  ) -> Terms? {
    let (d, m) = (dimension, components)
    let a = 1 + p
    let b = a + 2 * x / x1
    guard a > 0, b > 0, x1 > 0 else { return nil }
    let power = power(eta)
    let q = asymptotic ? (power - 1) / power : x * x2 / (x1 * x1)
    let on = asymptotic ? 0.0 : 1.0
    let front = 1 - eta / (d + 2)
    let radial = (3 - 2 * q) / (b * b)
    let bracket = (m - 1) / (a * a) + share * radial + (1 - share) * 3 / (a * a)
    var t = Terms()
    t.residual = (2 - eta) * p * x1 - (d - 2 + eta) * x + front * bracket
    let byB = -2 * radial / b
    let byQ = -2 * on / (b * b)
    let weight = front * share
    t.byValue = weight * (byQ * x2 / (x1 * x1) + byB * 2 / x1) - (d - 2 + eta)
    t.byFirst = weight * (-2 * byQ * q / x1 - byB * 2 * x / (x1 * x1)) + (2 - eta) * p
    t.bySecond = weight * byQ * x / (x1 * x1)
    let outside = (m - 1) + (1 - share) * 3
    t.bySlope = (2 - eta) * x1 + front * (share * byB - 2 * outside / (a * a * a))
    t.byEta = -p * x1 - x - bracket / (d + 2)
    return t
  }

  /// The solution without fluctuations of the radial mode in the denominators: linear in X, and s from X(s) = 0.
  func linear(_ start: Double) -> Solution? {
    let (d, m) = (dimension, components)
    var s = start
    for _ in 0..<60 {
      let p = slopes(s)
      let matrix = GeneralMatrix(count: count) { i, j in
        2 * p[i] * first[i, j] - (i == j ? d - 2 : 0)
      }
      guard let x = matrix.solve(p.map { -(m + 2) / (($0 + 1) * ($0 + 1)) }) else { return nil }
      let slope = (m + 2) / ((1 + s) * (1 + s)) / (-2 * s)
      let move = min(max(-x[inner] / slope, -0.3 * abs(s), -0.5 * (1 + s)), 0.3 * abs(s))
      s += move
      if abs(move) < 1e-12 * abs(s) {
        var values = x
        values[inner] = 0
        return Solution(start: s, values: values)
      }
    }
    return nil
  }

  /// Newton's iteration at fixed eta, in X and s; nil where it does not settle.
  func newton(_ guess: Solution, share: Double = 1) -> Solution? {
    let n = count
    var now = guess
    now.values[inner] = 0
    var last = Double.infinity
    for _ in 0..<60 {
      let p = slopes(now.start)
      let x1 = apply(first, now.values)
      let x2 = apply(second, now.values)
      var matrix = GeneralMatrix(count: n)
      var residual = [Double](repeating: 0, count: n)
      for i in 0..<n {
        guard
          let t = terms(
            p[i], now.values[i], x1[i], x2[i], eta: now.eta, asymptotic: i == 0, share: share)
        else { return nil }
        residual[i] = -t.residual
        for j in 0..<n {
          let k = i * n + j
          matrix.elements[k] = t.byFirst * first.elements[k] + t.bySecond * second.elements[k]
        }
        matrix.elements[i * n + i] += t.byValue
        // X stays 0 at the inner node; its column is that of s.
        matrix.elements[i * n + inner] = t.bySlope
      }
      guard let step = matrix.solve(residual) else { return nil }
      guard let next = damped(now, step) else { return nil }
      let unit = abs(now.start) * x1[inner]
      var size = abs(step[inner] / now.start)
      for i in 0..<inner { size = max(size, abs(step[i]) / (abs(now.values[i]) + unit)) }
      now = next.solution
      // Until rounding: steps that are small and shrink no further.
      if next.damping == 1, size < 1e-12 || (size < 1e-6 && size > 0.1 * last) { return now }
      last = size
    }
    return nil
  }

  /// A step that moves s by a third of its room at most and keeps the denominators positive.
  private func damped(_ now: Solution, _ step: [Double]) -> (solution: Solution, damping: Double)? {
    let room = 0.3 * min(abs(now.start), 1 + now.start)
    var damping = abs(step[inner]) > room ? room / abs(step[inner]) : 1
    while damping > 1e-4 {
      var next = now
      next.start += damping * step[inner]
      for i in 0..<inner { next.values[i] += damping * step[i] }
      let x1 = apply(first, next.values)
      let p = slopes(next.start)
      if (0..<count).allSatisfy({ x1[$0] > 0 && 1 + p[$0] + 2 * next.values[$0] / x1[$0] > 0 }) {
        return (next, damping)
      }
      damping /= 2
    }
    return nil
  }

  /// The weights with which values at the nodes give X and X' at the minimum p = 0.
  private func minimumRows(_ s: Double) -> [[Double]] {
    let n = count
    let row = grid.row(at: log1p(-s / scale))
    var slope = [Double](repeating: 0, count: n)
    for i in 0..<n {
      for j in 0..<n { slope[j] += row[i] * first.elements[i * n + j] }
    }
    return [row, slope]
  }

  /// X, X' and X'' at the minimum, where the equation gives X'' without a second difference:
  /// (d - 2 + eta) X = (1 - eta/(d + 2)) [ M - 1 + (3 - 2 X X''/X'^2)/(1 + 2 X/X')^2 ].
  func atMinimum(_ solution: Solution) -> [Double] {
    let rows = minimumRows(solution.start)
    func value(_ row: [Double]) -> Double {
      zip(row, solution.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let (x, x1) = (value(rows[0]), value(rows[1]))
    let front = 1 - solution.eta / (dimension + 2)
    let b = 1 + 2 * x / x1
    let radial = (dimension - 2 + solution.eta) * x / front - (components - 1)
    let q = 0.5 * (3 - radial * b * b)
    return [x, x1, q * x1 * x1 / x]
  }

  /// eta of LPA', 2 kappa w'^2/(1 + w)^4 with w = 2 kappa l, w' = 3 l + 2 kappa l3, and its derivatives in X, X' and
  /// X'' at the minimum, where kappa = X, l = 1/X', l3 = -X''/X'^3.
  func anomalousDimension(_ x: [Double]) -> (eta: Double, gradient: [Double]) {
    let (kappa, x1, x2) = (x[0], x[1], x[2])
    let l = 1 / x1
    let w = 2 * kappa * l
    let slope = 3 * l - 2 * kappa * x2 * l * l * l
    let base = pow(1 + w, -4)
    let eta = 2 * kappa * slope * slope * base
    let bySlope = 4 * kappa * slope * base
    let byW = -4 * eta / (1 + w)
    let byKappa = eta / kappa + bySlope * (-2 * x2 * l * l * l) + byW * 2 * l
    let byFirst = bySlope * (-3 * l * l + 6 * kappa * x2 * l * l * l * l) - byW * 2 * kappa * l * l
    return (eta, [byKappa, byFirst, bySlope * (-2 * kappa * l * l * l)])
  }

  /// The solution, with eta of its own where there is one, found by the secant method.
  func solution(_ guess: Solution) -> Solution? {
    guard anomalous else { return newton(guess) }
    func excess(_ s: Solution) -> Double { anomalousDimension(atMinimum(s)).eta - s.eta }
    guard var old = newton(guess) else { return nil }
    var oldExcess = excess(old)
    var next = old
    next.eta += 0.5 * oldExcess
    for _ in 0..<40 {
      guard next.eta.isFinite, next.eta > -0.5, next.eta < 1, let now = newton(next) else {
        return nil
      }
      let miss = excess(now)
      if abs(miss) < 1e-12 { return now }
      guard miss != oldExcess else { return abs(miss) < 1e-9 ? now : nil }
      next = now
      next.eta -= miss * (now.eta - old.eta) / (miss - oldExcess)
      (old, oldExcess) = (now, miss)
    }
    return nil
  }

  /// A solution on other nodes: interpolated, and by its power further out.
  func transfer(_ solution: Solution, to other: SlopeCollocation) -> Solution {
    let edge = slopes(solution.start)[0]
    let values = other.slopes(solution.start).map { p -> Double in
      p >= edge
        ? solution.values[0] * pow(p / edge, power(solution.eta))
        : grid.value(solution.values, at: log1p((p - solution.start) / scale))
    }
    return Solution(start: solution.start, values: values, eta: solution.eta)
  }
}
