import Foundation
import NumericalMethods

/// The flow of the potential expanded about its minimum kappa in rho = phi^2/2, dimensionless,
///
///     U = sum_{j>=2} l_j (rho - kappa)^j / j!,     V' = V_d (1 - eta / (d + 2))
///     k d_k U = -d U + (d - 2 + eta) rho U' + V' [ (M - 1) / (1 + U') + 1 / (1 + U' + 2 rho U'') ],
///
/// with U'(kappa) = 0 at all scales, and, for one component, the anomalous dimension of LPA'
///
///     eta = 2 V_d kappa w'^2 / (1 + w)^4,   w = 2 kappa l2,  w' = 3 l2 + 2 kappa l3
///
/// (Litim regulator; hep-th/0203006, arXiv:1010.2144).
public struct MinimumFlow: Sendable {
  public let dimension: Double
  public let components: Double
  /// Highest power of rho - kappa, 2 to 12.
  public let order: Int
  public let anomalous: Bool
  private let volume: Double

  /// - Throws: `PolynomialFlow.Refused` for numbers out of range, or LPA' with other than one component.
  public init(dimension: Double, order: Int, components: Double = 1, anomalous: Bool = false)
    throws(PolynomialFlow.Refused)
  {
    guard dimension.isFinite, (0...20).contains(dimension) else {
      throw PolynomialFlow.Refused(
        description: "the dimension must be from 0 to 20, found \(dimension)")
    }
    guard (2...12).contains(order) else {
      throw PolynomialFlow.Refused(
        description: "the order about the minimum must be from 2 to 12 in rho, found \(order)")
    }
    guard components.isFinite, components <= 1e6 else {
      throw PolynomialFlow.Refused(
        description: "the components must be up to 1e6, found \(components)")
    }
    try FixedPoint.check(components: components)
    guard !anomalous || components == 1 else {
      throw PolynomialFlow.Refused(
        description: "the anomalous dimension is that of one component, found \(components)")
    }
    self.dimension = dimension
    self.order = order
    self.components = components
    self.anomalous = anomalous
    volume = thresholdVolume(dimension)
  }

  /// kappa, l2, ..., l_order.
  public var count: Int { order }

  public func anomalousDimension(_ x: [Double]) -> Double {
    guard anomalous else { return 0 }
    let (kappa, l2) = (x[0], x[1])
    let l3 = order > 2 ? x[2] : 0
    let slope = 3 * l2 + 2 * kappa * l3
    return 2 * volume * kappa * slope * slope / pow(1 + 2 * kappa * l2, 4)
  }

  /// k d_k of kappa, l2, ...; nil where a denominator is not positive.
  public func beta(_ x: [Double]) -> [Double]? {
    let kappa = x[0]
    let n = order
    let eta = anomalousDimension(x)
    // Taylor coefficients in t = rho - kappa, through t^n: c[j] of U (c0 = c1 = 0).
    var c = [Double](repeating: 0, count: n + 1)
    var factorial = 1.0
    for j in 2...n {
      factorial *= Double(j)
      c[j] = x[j - 1] / factorial
    }
    func coefficient(_ j: Int) -> Double { j <= n ? c[j] : 0 }
    let first = (0...n).map { Double($0 + 1) * coefficient($0 + 1) }
    let second = (0...n).map { Double(($0 + 1) * ($0 + 2)) * coefficient($0 + 2) }
    func inverse(_ p: [Double]) -> [Double]? {
      guard p[0] > 0 else { return nil }
      var q = [Double](repeating: 0, count: n + 1)
      q[0] = 1 / p[0]
      for k in 1...n {
        var sum = 0.0
        for j in 1...k { sum += p[j] * q[k - j] }
        q[k] = -sum / p[0]
      }
      return q
    }
    // 1 + U' + 2 (kappa + t) U''.
    let radial = (0...n).map { j in
      (j == 0 ? 1 : 0) + first[j] + 2 * kappa * second[j] + (j > 0 ? 2 * second[j - 1] : 0)
    }
    guard var f = inverse(radial) else { return nil }
    if components != 1 {
      guard let g = inverse((0...n).map { ($0 == 0 ? 1 : 0) + first[$0] }) else { return nil }
      f = zip(f, g).map { $0 + (components - 1) * $1 }
    }
    let strength = volume * (1 - eta / (dimension + 2))
    let scale = dimension - 2 + eta
    // d_t U at fixed rho.
    let fixed = (0...n).map { j -> Double in
      -dimension * c[j] + scale * (kappa * first[j] + (j > 0 ? first[j - 1] : 0))
        + strength * f[j]
    }
    guard c[2] != 0 else { return nil }
    // U'(kappa) = 0: (d_t U')(kappa) + U'' d_t kappa = 0.
    let move = -fixed[1] / (2 * c[2])
    var result = [move]
    factorial = 1
    for j in 2...n {
      factorial *= Double(j)
      result.append(factorial * (fixed[j] + Double(j + 1) * coefficient(j + 1) * move))
    }
    return result
  }

  /// The stability matrix by central differences of the sixth order; eta varies with the couplings.
  /// - Parameter width: of the steps, relative to the couplings.
  func stability(_ x: [Double], width: Double = 2e-3) -> GeneralMatrix? {
    var matrix = GeneralMatrix(count: count)
    for j in 0..<count {
      // A coupling that is still zero has the size that kappa and l2 suggest.
      let natural = j < 2 ? 1e-3 : 1e-2 * abs(x[1]) * pow(0.3 / max(abs(x[0]), 1e-6), Double(j - 1))
      let h = width * max(abs(x[j]), natural)
      func shifted(_ steps: Double) -> [Double]? {
        var y = x
        y[j] += steps * h
        return beta(y)
      }
      guard let a = shifted(2), let b = shifted(1), let c = shifted(-1), let d = shifted(-2),
        let e = shifted(3), let f = shifted(-3)
      else { return nil }
      for i in 0..<count {
        let near: Double = 45 * (b[i] - c[i]) - 9 * (a[i] - d[i])
        matrix[i, j] = (near + e[i] - f[i]) / (60 * h)
      }
    }
    return matrix
  }

  /// The Wilson-Fisher fixed point, by Newton's iteration from that of the next lower order.
  public func wilsonFisher() -> FixedPoint? {
    guard let x = solve(), let matrix = stability(x), let other = stability(x, width: 1.3e-3),
      let rest = beta(x), let step = matrix.solve(rest)
    else { return nil }
    let unit = x.map { max(abs($0), 1e-12) }
    let spectra = [matrix, other].compactMap { m in
      GeneralMatrix(count: count) { m[$0, $1] * unit[$1] / unit[$0] }.eigenvalues()
    }
    guard spectra.count == 2, var errors = FixedPoint.exponentErrors(spectra) else { return nil }
    var couplings: [String: Double] = [:]
    for j in 1...order {
      let name = j == 1 ? "kappa" : "l\(j)"
      couplings[name] = x[j - 1]
      errors[name] = 4 * abs(step[j - 1]) + 1e-15 * abs(x[j - 1])
    }
    let eta = anomalousDimension(x)
    let shifted = anomalousDimension(zip(x, step).map { $0 + 4 * abs($1) })
    errors["eta"] = anomalous ? abs(shifted - eta) + 1e-14 * eta : 0
    return FixedPoint(couplings: couplings, eigenvalues: spectra[0], eta: eta, errors: errors)
  }

  private func solve() -> [Double]? {
    let plain = try? MinimumFlow(
      dimension: dimension, order: order, components: components, anomalous: false)
    if anomalous {
      // Switched on from the local potential approximation.
      return plain?.solve().flatMap { newton($0) }
    }
    guard order > 2 else {
      // kappa = V (M + 2 ...)/(d - 2) for w -> 0; a scan of w = 2 kappa l2 brackets the root.
      return scan()
    }
    guard
      let lower = try? MinimumFlow(
        dimension: dimension, order: order - 1, components: components, anomalous: false),
      let start = lower.solve()
    else { return nil }
    return newton(start + [0])
  }

  /// At order two both equations can be solved for kappa and l2 given w; one remains.
  private func scan() -> [Double]? {
    guard dimension > 2 || dimension < 2 else { return nil }
    var best: [Double]?
    for w in stride(from: 0.02, through: 3, by: 0.01) {
      let kappa =
        volume * ((components - 1) + 3 / ((1 + w) * (1 + w))) / (dimension - 2)
      guard kappa > 0, let x = newton([kappa, w / (2 * kappa)]) else { continue }
      if x[0] > 0, x[1] > 1e-6 {
        best = x
        break
      }
    }
    return best
  }

  private func newton(_ start: [Double]) -> [Double]? {
    var x = start
    for _ in 0..<100 {
      guard let f = beta(x), let matrix = stability(x),
        let step = matrix.solve(f.map { -$0 })
      else { return nil }
      // Not more than a third of kappa and l2 at a time.
      var damping = 1.0
      for j in 0..<2 where abs(step[j]) > 0.3 * abs(x[j]) {
        damping = min(damping, 0.3 * abs(x[j]) / abs(step[j]))
      }
      x = zip(x, step).map { $0 + damping * $1 }
      if damping == 1,
        zip(step, x).allSatisfy({ abs($0) < 1e-13 * max(abs($1), 1e-6) })
      {
        break
      }
    }
    guard let f = beta(x), zip(f, x).allSatisfy({ abs($0) < 1e-8 * max(abs($1), 1e-3) }) else {
      return nil
    }
    return x
  }

  /// Follows the dimensionless couplings in t = log k.
  public func follow(_ x: [Double], through times: [Double]) -> PolynomialFlow.Trajectory {
    let problem = StiffIntegrator.Problem { _, y, out in
      guard let f = beta((0..<count).map { y[$0] }) else { return false }
      for (i, v) in f.enumerated() { out[i] = v }
      return true
    }
    let (states, end) = StiffIntegrator.integrate(
      problem, from: 0, x, at: times, relative: 1e-11,
      absolute: x.map { 1e-13 * max(abs($0), 1e-3) },
      stop: { _, y in y[0] <= 0 })
    var path = PolynomialFlow.Trajectory(
      scales: times.prefix(states.count).map { exp($0) }, couplings: states)
    switch end {
    case .finished: break
    case .stopped(let t): path.pole = exp(t)
    case .exhausted(let t): path.abandoned = exp(t)
    }
    return path
  }
}
