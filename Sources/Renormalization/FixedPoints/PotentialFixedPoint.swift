import Foundation
import NumericalMethods

/// The Wilson-Fisher fixed point of the whole potential u(rho), rho = phi^2/2, dimensionless:
///
///     0 = -d u + (d - 2 + eta) rho u' + V' [ (M - 1) / (1 + u') + 1 / (1 + u' + 2 rho u'') ]
///
/// Shooting from rho = 0 finds the one u'(0) whose solution does not end early (hep-th/9403340); a
/// Chebyshev collocation then polishes it to rounding, and the linearised flow on the same nodes gives the
/// exponents: eigenfunctions that are polynomials over the whole range are the physical ones. With
/// `anomalous` (LPA', one component) eta is part of the equations, and varies with the couplings in the
/// stability matrix.
public struct PotentialFixedPoint: Sendable {
  public let dimension: Double
  public let components: Double
  public let anomalous: Bool
  /// nu, omega, eta, and u2, u4, u6 (derivatives at phi = 0) and kappa (the minimum) as couplings.
  public let point: FixedPoint
  /// The potential at nodes of rho, ascending.
  public let rho: [Double]
  public let potential: [Double]
  /// Largest change of nu or omega when the number of nodes is lowered by a quarter.
  public let error: Double

  /// - Throws: `PolynomialFlow.Refused` where there is no such point: below two dimensions or from four on,
  ///   or where it is not resolved.
  /// - Complexity: 100 trajectories of 10^3 steps, and a few factorisations of 40 x 40 matrices.
  public init(dimension d: Double, components m: Double = 1, anomalous: Bool = false)
    throws(PolynomialFlow.Refused)
  {
    guard d > 2, d < 4 else {
      throw PolynomialFlow.Refused(
        description:
          "the full potential has a Wilson-Fisher point between 2 and 4 dimensions here, found \(d)"
      )
    }
    guard m.isFinite, m > -2, m <= 20 else {
      throw PolynomialFlow.Refused(
        description: "the components must be above -2 and up to 20, found \(m)")
    }
    guard !anomalous || m == 1 else {
      throw PolynomialFlow.Refused(
        description: "the anomalous dimension is that of one component, found \(m)")
    }
    dimension = d
    components = m
    self.anomalous = anomalous
    let equation = Equation(dimension: d, components: m, volume: thresholdVolume(d))
    guard let start = Shooting(equation).solution() else {
      throw PolynomialFlow.Refused(
        description: "no fixed point was found by shooting at d = \(d), M = \(m)")
    }
    var solutions: [(Collocation, [Double], Double, [GeneralMatrix.Eigenvalue])] = []
    var values: (Double) -> Double = start.potential
    for count in anomalous ? [18, 24] : [22, 30] {
      let grid = Collocation(
        equation, grid: ChebyshevGrid(count: count, from: 0, to: start.range),
        anomalous: anomalous)
      guard let (u, eta) = grid.solve(grid.grid.nodes.map(values)),
        let eigenvalues = grid.eigenvalues(u, eta)
      else {
        throw PolynomialFlow.Refused(
          description: "the fixed point at d = \(d), M = \(m) is not resolved")
      }
      solutions.append((grid, u, eta, eigenvalues))
      values = { grid.grid.value(u, at: $0) }
    }
    let (grid, u, eta, eigenvalues) = solutions[1]
    let couplings = grid.couplings(u)
    point = FixedPoint(couplings: couplings, eigenvalues: eigenvalues, eta: eta)
    let coarse = FixedPoint(couplings: [:], eigenvalues: solutions[0].3, eta: solutions[0].2)
    error = max(
      abs((point.nu ?? 0) - (coarse.nu ?? 0)), abs((point.omega ?? 0) - (coarse.omega ?? 0)),
      abs(eta - coarse.eta))
    rho = grid.grid.nodes.reversed()
    potential = u.reversed()
  }

  /// nu and omega of the limit of many components, where the equation is of first order:
  /// 1 / (d - 2) and 4 - d.
  public static func manyComponents(_ dimension: Double) -> (nu: Double, omega: Double) {
    (1 / (dimension - 2), 4 - dimension)
  }

  struct Equation: Sendable {
    let dimension: Double
    let components: Double
    let volume: Double
  }
}

/// Shooting from rho = 0 in the local potential approximation.
private struct Shooting {
  let e: PotentialFixedPoint.Equation

  init(_ equation: PotentialFixedPoint.Equation) { e = equation }

  /// The scale of the minimum.
  private var unit: Double { e.volume * (e.components + 2) / (2 * (e.dimension - 2)) * 0.7 }

  private struct Path {
    var rho: [Double] = []
    var u: [Double] = []
    var slope: [Double] = []
    var end = 0.0
  }

  /// The solution with u'(0) = s, until a denominator vanishes.
  private func path(_ s: Double, keep: Bool) -> Path {
    let (d, m, v) = (e.dimension, e.components, e.volume)
    let curvature = -2 * s * (1 + s) * (1 + s) / (v * (m + 2))
    var r = 1e-6 * unit
    var u = v * m / (d * (1 + s)) + s * r
    var p = s + curvature * r
    func second(_ r: Double, _ u: Double, _ p: Double) -> Double? {
      let denominator = d * u - (d - 2) * r * p - v * (m - 1) / (1 + p)
      guard denominator > 0, 1 + p > 0 else { return nil }
      return (v / denominator - 1 - p) / (2 * r)
    }
    var path = Path()
    var h = r
    let (range, largest) = (14 * unit, unit / 60)
    while r < range {
      if keep {
        path.rho.append(r)
        path.u.append(u)
        path.slope.append(p)
      }
      h = min(largest, h * 1.05)
      guard let a = second(r, u, p),
        let b = second(r + h / 2, u + h / 2 * p, p + h / 2 * a),
        let c = second(r + h / 2, u + h / 2 * (p + h / 2 * a), p + h / 2 * b),
        let f = second(r + h, u + h * (p + h / 2 * b), p + h * c), abs(a) < 1e4 / unit
      else { break }
      u += h * p + h * h / 6 * (a + b + c)
      p += h / 6 * (a + 2 * b + 2 * c + f)
      r += h
    }
    path.end = r
    return path
  }

  /// The potential and the range over which it is known, extended by u ~ rho^(d/(d-2)).
  func solution() -> (potential: (Double) -> Double, range: Double)? {
    // From above the solutions reach far; the first that ends early brackets the fixed point.
    let slopes = (0...80).map { -0.01 - 0.97 * Double($0) / 80 }
    let reach = 9 * unit
    var above: Double?
    var below: Double?
    for s in slopes {
      if path(s, keep: false).end > reach {
        above = s
      } else if above != nil {
        below = s
        break
      }
    }
    guard var high = above, var low = below else { return nil }
    for _ in 0..<52 {
      let middle = 0.5 * (low + high)
      if path(middle, keep: false).end > reach { high = middle } else { low = middle }
    }
    let (a, b) = (path(low, keep: true), path(high, keep: true))
    var last = 0
    for i in 0..<min(a.u.count, b.u.count) {
      guard abs(a.slope[i] - b.slope[i]) < 1e-3 * (1 + abs(b.slope[i])) else { break }
      last = i
    }
    guard last > 10 else { return nil }
    let (edge, top) = (b.rho[last], b.u[last])
    let power = e.dimension / (e.dimension - 2)
    func potential(_ r: Double) -> Double {
      guard r < edge else { return top * pow(r / edge, power) }
      guard r > b.rho[0] else { return b.u[0] + b.slope[0] * (r - b.rho[0]) }
      var i = 0
      var j = last
      while j - i > 1 {
        let k = (i + j) / 2
        if b.rho[k] <= r { i = k } else { j = k }
      }
      // Cubic Hermite between the steps.
      let h = b.rho[j] - b.rho[i]
      let t = (r - b.rho[i]) / h
      let (s, w) = (1 - t, t)
      let values: Double = b.u[i] * (1 + 2 * t) * s * s + b.u[j] * w * w * (3 - 2 * t)
      return values + h * t * s * (b.slope[i] * s - b.slope[j] * w)
    }
    return (potential, min(max(edge, 2 * unit), 12 * unit))
  }
}

/// The equation on Chebyshev nodes.
private struct Collocation {
  let e: PotentialFixedPoint.Equation
  let grid: ChebyshevGrid
  let anomalous: Bool
  /// eta is switched on in steps: this share of it.
  private var share = 1.0
  private let second: GeneralMatrix

  init(_ equation: PotentialFixedPoint.Equation, grid: ChebyshevGrid, anomalous: Bool) {
    e = equation
    self.grid = grid
    self.anomalous = anomalous
    let n = grid.nodes.count
    let d = grid.derivative
    second = GeneralMatrix(count: n) { i, j in
      (0..<n).reduce(0) { $0 + d[i, $1] * d[$1, j] }
    }
  }

  private func apply(_ matrix: GeneralMatrix, _ u: [Double]) -> [Double] {
    let n = u.count
    return (0..<n).map { i in (0..<n).reduce(0) { $0 + matrix[i, $1] * u[$1] } }
  }

  /// The residual, its derivatives in u at fixed eta and in eta; nil where a denominator vanishes.
  private func evaluate(_ u: [Double], _ eta: Double) -> (
    residual: [Double], matrix: GeneralMatrix, byEta: [Double]
  )? {
    let n = u.count
    let (d, m) = (e.dimension, e.components)
    let first = apply(grid.derivative, u)
    let curvature = apply(second, u)
    let strength = e.volume * (1 - eta / (d + 2))
    var residual = [Double](repeating: 0, count: n)
    var byEta = residual
    var angular = residual
    var radial = residual
    for i in 0..<n {
      let r = grid.nodes[i]
      let a = 1 + first[i]
      let b = a + 2 * r * curvature[i]
      guard a > 0, b > 0 else { return nil }
      let bracket = (m - 1) / a + 1 / b
      residual[i] = -d * u[i] + (d - 2 + eta) * r * first[i] + strength * bracket
      byEta[i] = r * first[i] - e.volume / (d + 2) * bracket
      angular[i] = strength * (m - 1) / (a * a)
      radial[i] = strength / (b * b)
    }
    let matrix = GeneralMatrix(count: n) { i, j in
      let r = grid.nodes[i]
      let slope = grid.derivative[i, j]
      var value = ((d - 2 + eta) * r - angular[i] - radial[i]) * slope
      value -= 2 * r * radial[i] * second[i, j]
      return i == j ? value - d : value
    }
    return (residual, matrix, byEta)
  }

  /// Rows that give the derivatives of a function at x.
  private func rows(at x: Double) -> [[Double]] {
    var result = [grid.row(at: x)]
    let n = grid.nodes.count
    for _ in 0..<4 {
      let last = result[result.count - 1]
      result.append(
        (0..<n).map { j in (0..<n).reduce(0) { $0 + last[$1] * grid.derivative[$1, j] } })
    }
    return result
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func minimum(_ u: [Double]) -> Double? {
    let first = apply(grid.derivative, u)
    // Nodes descend: from a positive slope outside to a negative one inside.
    guard let i = (0..<u.count - 1).first(where: { first[$0] > 0 && first[$0 + 1] <= 0 }) else {
      return nil
    }
    var (low, high) = (grid.nodes[i + 1], grid.nodes[i])
    for _ in 0..<100 {
      let middle = 0.5 * (low + high)
      if dot(grid.row(at: middle), first) < 0 { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }

  /// eta of LPA' as a function of the potential, and its derivative.
  private func anomalousDimension(_ u: [Double]) -> (eta: Double, gradient: [Double])? {
    guard let kappa = minimum(u) else { return nil }
    let rows = rows(at: kappa)
    let (l, l3, l4) = (dot(rows[2], u), dot(rows[3], u), dot(rows[4], u))
    let w = 2 * kappa * l
    let slope = 3 * l + 2 * kappa * l3
    let front = share * 2 * e.volume / pow(1 + w, 4)
    let eta = front * kappa * slope * slope
    // By kappa, l and l3, which move with u.
    let byKappa =
      front * slope * slope + front * kappa * 2 * slope * 2 * l3 - 4 * eta * 2 * l / (1 + w)
    let byL = front * kappa * 2 * slope * 3 - 4 * eta * 2 * kappa / (1 + w)
    let byL3 = front * kappa * 2 * slope * 2 * kappa
    let gradient = u.indices.map { j -> Double in
      let move = -rows[1][j] / l
      let change = byL * (rows[2][j] + l3 * move) + byL3 * (rows[3][j] + l4 * move)
      return byKappa * move + change
    }
    return (eta, gradient)
  }

  /// The derivative of the flow with eta varied.
  private func full(_ u: [Double], _ eta: Double) -> (residual: [Double], matrix: GeneralMatrix)? {
    guard let (residual, plain, byEta) = evaluate(u, eta) else { return nil }
    guard anomalous, let (_, gradient) = anomalousDimension(u) else { return (residual, plain) }
    var matrix = plain
    for i in u.indices { for j in u.indices { matrix[i, j] += byEta[i] * gradient[j] } }
    return (residual, matrix)
  }

  /// The solution near a start; eta, where there is one, is switched on in eight steps.
  func solve(_ start: [Double]) -> (u: [Double], eta: Double)? {
    if let direct = newton(start) { return direct }
    guard anomalous else { return nil }
    var u = start
    for k in 0...8 {
      var part = self
      part.share = Double(k) / 8
      guard let next = part.newton(u) else { return nil }
      if k == 8 { return next }
      u = next.u
    }
    return nil
  }

  /// Newton's iteration with a step that keeps the denominators positive.
  private func newton(_ start: [Double]) -> (u: [Double], eta: Double)? {
    var u = start
    func eta(_ u: [Double]) -> Double { anomalous ? anomalousDimension(u)?.eta ?? 0 : 0 }
    func size(_ u: [Double]) -> Double? {
      evaluate(u, eta(u)).map { $0.residual.reduce(0) { max($0, abs($1)) } }
    }
    guard var norm = size(u) else { return nil }
    for _ in 0..<100 {
      guard let (residual, matrix) = full(u, eta(u)),
        let step = matrix.solve(residual.map { -$0 })
      else { return nil }
      var damping = 1.0
      while damping > 1e-6 {
        let next = zip(u, step).map { $0 + damping * $1 }
        if let other = size(next), other < norm || norm < 1e-12 {
          u = next
          norm = other
          break
        }
        damping /= 2
      }
      let change = step.map { abs($0) }.max() ?? 0
      if damping <= 1e-6 || change < 1e-14 * (1 + (u.map { abs($0) }.max() ?? 0)) { break }
    }
    return norm < 1e-9 ? (u, eta(u)) : nil
  }

  /// Exponents: the constant mode, of eigenvalue -d, is no coupling.
  func eigenvalues(_ u: [Double], _ eta: Double) -> [GeneralMatrix.Eigenvalue]? {
    guard let (_, matrix) = full(u, eta), let all = matrix.eigenvalues() else { return nil }
    let constant = all.min { abs($0.real + e.dimension) < abs($1.real + e.dimension) }
    return all.filter { $0 != constant && abs($0.real) < 40 }
  }

  /// u2, u4, u6 at phi = 0 and the minimum.
  func couplings(_ u: [Double]) -> [String: Double] {
    let rows = rows(at: 0)
    // U(phi) = u(phi^2 / 2): u2 = u', u4 = 3 u'', u6 = 15 u'''.
    var result = ["u2": dot(rows[1], u), "u4": 3 * dot(rows[2], u), "u6": 15 * dot(rows[3], u)]
    result["kappa"] = minimum(u)
    return result
  }
}
