import Foundation
import NumericalMethods

/// The Wilson-Fisher fixed point of the whole potential u(rho), rho = phi^2/2, dimensionless, 2 < d < 4:
///
///     0 = -d u + (d - 2 + eta) rho u' + V' [ (M - 1) / (1 + u') + 1 / (1 + u' + 2 rho u'') ]
///
/// with the slope u' as the variable (`SlopeCollocation`), in which no other fixed point can be met: by continuation
/// in the dimension from d = 3, on grids of four resolutions, whose exponents (`SlopeSpectrum`) must agree among
/// each other and with the expansion about the minimum where that converges. With `anomalous` (LPA', one component)
/// eta is part of the equations, and varies with the couplings in the stability matrix. (hep-th/9403340,
/// hep-th/0203006.)
public struct PotentialFixedPoint: Sendable {
  public let dimension: Double
  /// Infinity for the limit of many components, which is exact.
  public let components: Double
  public let anomalous: Bool
  /// nu, omega, eta, and u2, u4, u6 (derivatives at phi = 0) and kappa (the minimum) as couplings, with their errors;
  /// of the eigenvalues those that are known to six digits.
  public let point: FixedPoint
  /// The potential at nodes of rho, ascending; empty for infinitely many components.
  public let rho: [Double]
  public let potential: [Double]
  /// The larger one of the errors of nu and omega: four times the largest change among the resolutions.
  public var error: Double { max(point.errors["nu"] ?? 0, point.errors["omega"] ?? 0) }

  /// Up to which number of components, infinity apart.
  public static let mostComponents = 1000.0

  /// - Throws: `PolynomialFlow.Refused` where there is no such point: up to two dimensions or from four on, up to
  ///   M = -2; or where it is not resolved, within some thousandths of these limits.
  /// - Complexity: 50 to 500 factorisations of matrices of 48 to 80 rows.
  public init(dimension d: Double, components m: Double = 1, anomalous: Bool = false)
    throws(PolynomialFlow.Refused)
  {
    guard d > 2, d < 4 else {
      throw PolynomialFlow.Refused(
        description:
          "the full potential has a Wilson-Fisher point between 2 and 4 dimensions here, found \(d)"
      )
    }
    try FixedPoint.check(components: m)
    guard m <= Self.mostComponents || m == .infinity else {
      throw PolynomialFlow.Refused(
        description:
          "the components must be up to \(Int(Self.mostComponents)), or inf, found \(m)")
    }
    guard !anomalous || m == 1 else {
      throw PolynomialFlow.Refused(
        description: "the anomalous dimension is that of one component, found \(m)")
    }
    dimension = d
    components = m
    self.anomalous = anomalous
    guard m.isFinite else {
      point = Self.limit(d)
      (rho, potential) = ([], [])
      return
    }
    guard let near = Self.continuation(to: d, m, anomalous) else {
      throw Self.unresolved(d, m, "the continuation from d = 3 does not reach it")
    }
    // Few nodes where they are enough: they round less.
    var levels: [Level]
    var found: FixedPoint
    do {
      levels = try Self.levels(near, Self.few)
      found = try Self.summary(levels, d, m, accuracy: 1e-8)
      guard (found.errors["omega"] ?? 0) < 1e-7 else {
        throw Self.unresolved(d, m, "omega is better known with more nodes")
      }
    } catch {
      levels = try Self.levels(near, Self.many)
      found = try Self.summary(levels, d, m, accuracy: 1e-4)
    }
    try Self.compare(found, d, m, anomalous)
    point = found
    (rho, potential) = levels[levels.count - 1].potential()
  }

  /// nu and omega of the limit of many components, where the equation is of first order:
  /// 1 / (d - 2) and 4 - d.
  public static func manyComponents(_ dimension: Double) -> (nu: Double, omega: Double) {
    (1 / (dimension - 2), 4 - dimension)
  }

  private static func limit(_ d: Double) -> FixedPoint {
    // Powers of p about the minimum.
    let diagonal = GeneralMatrix(count: 6) { $0 == $1 ? 2 - d + 2 * Double($0) : 0 }
    return FixedPoint(
      couplings: [:], eigenvalues: diagonal.eigenvalues() ?? [],
      errors: ["nu": 0, "omega": 0, "eta": 0])
  }

  private static func unresolved(_ d: Double, _ m: Double, _ why: String) -> PolynomialFlow.Refused
  {
    PolynomialFlow.Refused(
      description: "the fixed point at d = \(d), M = \(m) is not resolved: \(why)")
  }

  /// The point on one grid.
  private struct Level {
    var collocation: SlopeCollocation
    var solution: SlopeCollocation.Solution
    /// With two bases.
    var eigenvalues: [[GeneralMatrix.Eigenvalue]]

    init?(_ collocation: SlopeCollocation, _ solution: SlopeCollocation.Solution, panels: Int) {
      guard let found = SlopeSpectrum(collocation, solution).eigenvalues(panels: panels) else {
        return nil
      }
      self.collocation = collocation
      self.solution = solution
      eigenvalues = found
    }

    /// nu, omega, eta and the couplings.
    func numbers(_ eigenvalues: [GeneralMatrix.Eigenvalue]) -> [String: Double] {
      let c = collocation
      let volume = thresholdVolume(c.dimension)
      let x1 = c.apply(c.first, solution.values)[c.inner]
      let x2 = c.apply(c.second, solution.values)[c.inner]
      // U(phi) = u(phi^2/2): u2 = u', u4 = 3 u'', u6 = 15 u'''.
      let fourth: Double = 3 / (volume * x1)
      let sixth: Double = -15 * x2 / (x1 * x1 * x1 * volume * volume)
      let nu: Double = -1 / eigenvalues[0].real
      return [
        "nu": nu, "omega": eigenvalues[1].real, "eta": solution.eta, "u2": solution.start,
        "u4": fourth, "u6": sixth, "kappa": volume * c.atMinimum(solution)[0],
      ]
    }

    /// u from the equation itself.
    func potential() -> (rho: [Double], potential: [Double]) {
      let c = collocation
      let (d, eta) = (c.dimension, solution.eta)
      let volume = thresholdVolume(d)
      let x1 = c.apply(c.first, solution.values)
      let front = 1 - eta / (d + 2)
      let values = c.slopes(solution.start).enumerated().map { i, p -> Double in
        let x = solution.values[i]
        let loops = (c.components - 1) / (1 + p) + 1 / (1 + p + 2 * x / x1[i])
        return volume * ((d - 2 + eta) * x * p + front * loops) / d
      }
      return (solution.values.reversed().map { volume * $0 }, values.reversed())
    }
  }

  /// Nodes and outermost slopes of the continuation; and of the levels, with the panels of their quadrature.
  private static let path = (nodes: 48, outer: 8.0)
  private static let few = [(42, 12.0, 24), (48, 12.0, 18), (48, 8.0, 30), (52, 15.0, 24)]
  private static let many = [(48, 8.0, 24), (64, 8.0, 18), (64, 4.0, 30), (80, 6.0, 24)]

  private static func levels(
    _ near: (collocation: SlopeCollocation, solution: SlopeCollocation.Solution),
    _ resolutions: [(nodes: Int, outer: Double, panels: Int)]
  ) throws(PolynomialFlow.Refused) -> [Level] {
    let (d, m) = (near.collocation.dimension, near.collocation.components)
    var levels: [Level] = []
    for (nodes, outer, panels) in resolutions {
      let grid = SlopeCollocation(
        dimension: d, components: m, anomalous: near.collocation.anomalous,
        start: near.solution.start, outer: outer, nodes: nodes)
      guard let solution = grid.solution(near.collocation.transfer(near.solution, to: grid)),
        let level = Level(grid, solution, panels: panels)
      else { throw unresolved(d, m, "no solution on \(nodes) nodes") }
      levels.append(level)
    }
    return levels
  }

  /// From the equation without fluctuations of the radial mode to the whole one at d = 3, and from there in steps
  /// that shrink with the distance from two or four dimensions.
  private static func continuation(to target: Double, _ m: Double, _ anomalous: Bool) -> (
    collocation: SlopeCollocation, solution: SlopeCollocation.Solution
  )? {
    func grid(_ d: Double, _ start: Double, _ anomalous: Bool) -> SlopeCollocation {
      SlopeCollocation(
        dimension: d, components: m, anomalous: anomalous, start: start, outer: path.outer,
        nodes: path.nodes)
    }
    let first = grid(3, -0.2, false)
    guard var solution = first.linear(-0.2) else { return nil }
    for share in [0.1, 0.2, 0.4, 0.6, 0.8, 1] {
      guard let next = first.newton(solution, share: share) else { return nil }
      solution = next
    }
    var collocation = grid(3, solution.start, anomalous)
    guard let whole = collocation.solution(first.transfer(solution, to: collocation)) else {
      return nil
    }
    solution = whole
    let edge: Double = target < 3 ? 2 : 4
    var d = 3.0
    var step = 0.1
    while d != target {
      let next = abs(target - d) <= step ? target : target < d ? d - step : d + step
      let candidate = grid(next, solution.start, anomalous)
      if let found = candidate.solution(collocation.transfer(solution, to: candidate)) {
        (d, collocation, solution) = (next, candidate, found)
        step = min(1.3 * step, 0.25 * abs(d - edge))
      } else {
        step /= 2
        guard step > 1e-3 * abs(d - edge) else { return nil }
      }
    }
    return (collocation, solution)
  }

  /// The numbers of the finest level, with the changes among all as their errors.
  /// - Parameter accuracy: what nu must be known to, and omega to a hundred times that.
  private static func summary(_ levels: [Level], _ d: Double, _ m: Double, accuracy: Double)
    throws(PolynomialFlow.Refused) -> FixedPoint
  {
    let all = levels.flatMap { level in level.eigenvalues.map { level.numbers($0) } }
    for spectrum in levels.flatMap(\.eigenvalues) {
      guard spectrum[0].real < 0, spectrum[1].real > 0 else {
        throw unresolved(
          d, m, "\(spectrum.filter { $0.real < 0 }.count) relevant directions instead of one")
      }
    }
    let last = all[all.count - 1]
    var errors: [String: Double] = [:]
    for (name, value) in last {
      let change = all.compactMap { $0[name].map { abs($0 - value) } }.max() ?? 0
      // Not below rounding.
      errors[name] = name == "eta" && value == 0 ? 0 : 4 * change + 1e-14 * abs(value)
    }
    for (name, limit) in [("nu", accuracy), ("omega", min(100 * accuracy, 1e-4))] {
      guard let value = last[name], let error = errors[name], error < limit * value else {
        throw unresolved(d, m, "\(name) has an error of \(errors[name] ?? .nan)")
      }
    }
    let spectra = levels.flatMap(\.eigenvalues)
    let finest = spectra[spectra.count - 1]
    let known = finest.indices.prefix { k in
      spectra.allSatisfy {
        k < $0.count && abs($0[k].real - finest[k].real) < 1e-6 * max(1, abs(finest[k].real))
      }
    }
    var couplings = last
    for name in ["nu", "omega", "eta"] { couplings[name] = nil }
    return FixedPoint(
      couplings: couplings, eigenvalues: Array(finest.prefix(max(2, known.count))),
      eta: last["eta"] ?? 0, errors: errors)
  }

  /// The expansion about the minimum, where two orders of it agree to a thousandth, must give the same nu.
  private static func compare(
    _ point: FixedPoint, _ d: Double, _ m: Double, _ anomalous: Bool
  ) throws(PolynomialFlow.Refused) {
    let orders = [7, 8].map { order in
      (try? MinimumFlow(dimension: d, order: order, components: m, anomalous: anomalous))?
        .wilsonFisher()?.nu
    }
    guard let nu = point.nu, let low = orders[0], let high = orders[1] else { return }
    let change = abs(high - low)
    guard change < 1e-3 * nu else { return }
    guard abs(nu - high) < 30 * change + 1e-6 * nu + (point.errors["nu"] ?? 0) else {
      throw unresolved(d, m, "nu = \(nu), but \(high) by the expansion about the minimum")
    }
  }
}
