import Foundation
import NumericalMethods

/// A fixed point of the renormalization group with its exponents.
public struct FixedPoint: Sendable, Codable {
  /// u2, u4, ... (about zero), or kappa, l2, l3, ... (about the minimum).
  public var couplings: [String: Double]
  /// Eigenvalues of the stability matrix of k d_k, by real part: negative ones are relevant.
  public var eigenvalues: [GeneralMatrix.Eigenvalue]
  public var relevant: Int
  /// -1 / the most negative eigenvalue; nil where nothing is relevant.
  public var nu: Double?
  /// The smallest real part of the irrelevant eigenvalues, with its imaginary part where there is one.
  public var omega: Double?
  public var omega_imaginary: Double?
  /// 0 in the local potential approximation.
  public var eta: Double
  /// Numerical errors of nu, omega, eta and the couplings, by name; 0 where a number is exact.
  public var errors: [String: Double]
  /// What it is, in words.
  public var label: String

  init(
    couplings: [String: Double], eigenvalues: [GeneralMatrix.Eigenvalue], eta: Double = 0,
    errors: [String: Double], isGaussian: Bool = false
  ) {
    self.couplings = couplings
    self.eigenvalues = eigenvalues
    let small = 1e-9
    let relevant = eigenvalues.filter { $0.real < -small }
    self.relevant = relevant.count
    nu = relevant.first.map { -1 / $0.real }
    let next = eigenvalues.first { $0.real > small }
    omega = next?.real
    omega_imaginary = next.flatMap { abs($0.imaginary) > 1e-12 ? abs($0.imaginary) : nil }
    self.eta = eta
    self.errors = errors
    label =
      isGaussian
      ? "Gaussian"
      : relevant.count == 1
        ? "Wilson-Fisher: one relevant direction"
        : relevant.isEmpty
          ? "no relevant direction"
          : "\(relevant.count) relevant directions: multicritical, or an artefact of the truncation"
  }
}

extension FixedPoint {
  /// - Throws: `PolynomialFlow.Refused` up to M = -2, where no Wilson-Fisher point is left.
  static func check(components m: Double) throws(PolynomialFlow.Refused) {
    guard m > -2 else {
      throw PolynomialFlow.Refused(
        description:
          "fixed points are found for components above -2, found \(m)"
          + (m == -2 ? "; at -2 the exponents are the Gaussian ones, nu = 1/2 exactly" : ""))
    }
  }

  /// Errors of the exponents, four times their changes among spectra that differ by rounding or by a step; nil
  /// where the spectra do not have the same form.
  static func exponentErrors(_ spectra: [[GeneralMatrix.Eigenvalue]]) -> [String: Double]? {
    let points = spectra.map { FixedPoint(couplings: [:], eigenvalues: $0, errors: [:]) }
    guard let first = points.first, points.allSatisfy({ $0.relevant == first.relevant }) else {
      return nil
    }
    var errors: [String: Double] = [:]
    for (name, number) in [
      ("nu", \FixedPoint.nu), ("omega", \.omega), ("omega_imaginary", \.omega_imaginary),
    ] {
      guard let value = first[keyPath: number] else { continue }
      var change = 0.0
      for point in points {
        guard let other = point[keyPath: number] else { return nil }
        change = max(change, abs(other - value))
      }
      errors[name] = 4 * change + 1e-15 * abs(value)
    }
    return errors
  }
}

extension PolynomialFlow {
  /// All real fixed points of the truncation with k^2 + u2 > 0: u2 fixes all higher couplings, and what
  /// remains is one equation in u2, whose roots are bracketed on a fine scan and polished by Newton's
  /// iteration on all couplings.
  ///
  /// Truncations have roots that are no fixed points of the full equation; those with one relevant
  /// direction that persist from order to order are physical.
  /// - Throws: `Refused` up to M = -2.
  /// - Complexity: 40 000 evaluations of O(order^2).
  public func fixedPoints() throws(Refused) -> [FixedPoint] {
    precondition(kernel == .deepInfrared)
    try FixedPoint.check(components: components)
    var roots: [Double] = []
    // Dense near the singularity at u2 = -1 and around zero; large u2 are far from any root.
    let low = (1...8000).map { -1 + pow(10, -4 + 4 * Double($0) / 8000) }
    let fine = (1..<16000).map { -1 + Double($0) / 16000 }
    let high = (1...8000).map { pow(10, -4 + 6 * Double($0) / 8000) }
    let scan = Set(low + fine + high).sorted().filter { $0 > -1 && abs($0) > 1e-9 }
    var previous: (u: Double, f: Double)?
    for u in scan {
      let f = beyond(u).rest
      if let last = previous, last.f.isFinite, f.isFinite, (last.f < 0) != (f < 0),
        !(last.u < 0 && u > 0)
      {
        roots.append(bisect(last.u, last.f, u))
      }
      previous = (u, f)
    }
    var found: [FixedPoint] = [gaussian()]
    for root in roots {
      guard let point = polished(beyond(root).couplings) else { continue }
      // The zeros of high multiplicity at the Gaussian point scatter.
      guard let u2 = point.couplings["u2"], abs(u2) > 1e-7,
        !found.contains(where: { abs(($0.couplings["u2"] ?? 0) - u2) < 1e-9 * (1 + abs(u2)) })
      else { continue }
      found.append(point)
    }
    return found.sorted {
      ($0.relevant, -abs($0.couplings["u2"] ?? 0)) < ($1.relevant, -abs($1.couplings["u2"] ?? 0))
    }
  }

  /// The fixed point with one relevant direction and the largest |u2|; nil where there is none.
  /// - Throws: `Refused` up to M = -2.
  public func wilsonFisher() throws(Refused) -> FixedPoint? {
    try fixedPoints().first { $0.relevant == 1 && $0.label.hasPrefix("Wilson") }
  }

  private func gaussian() -> FixedPoint {
    let zero = [Double](repeating: 0, count: count)
    return FixedPoint(
      couplings: named(zero), eigenvalues: dimensionless(zero)?.matrix.eigenvalues() ?? [],
      // The canonical dimensions.
      errors: ["nu": 0, "omega": 0, "eta": 0], isGaussian: true)
  }

  private func named(_ u: [Double]) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: u.enumerated().map { ("u\(2 * $0 + 2)", $1) })
  }

  private func bisect(_ a: Double, _ fa: Double, _ b: Double) -> Double {
    var (low, high) = (a, b)
    for _ in 0..<200 {
      let middle = 0.5 * (low + high)
      if middle == low || middle == high { break }
      if (beyond(middle).rest < 0) == (fa < 0) { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }

  /// Newton's iteration; nil where it does not settle near its start.
  private func polished(_ start: [Double]) -> FixedPoint? {
    var u = start
    let unit = start.map { max(abs($0), 1e-12) }
    // Scaled, since couplings grow like factorials.
    func evaluated(_ u: [Double]) -> (beta: [Double], matrix: GeneralMatrix)? {
      dimensionless(u).map { beta, matrix in
        (
          zip(beta, unit).map { $0 / $1 },
          GeneralMatrix(count: count) { matrix[$0, $1] * unit[$1] / unit[$0] }
        )
      }
    }
    var last = [Double](repeating: 0, count: count)
    for _ in 0..<30 {
      guard let (beta, matrix) = evaluated(u), let step = matrix.solve(beta.map { -$0 }) else {
        return nil
      }
      u = u.indices.map { u[$0] + unit[$0] * step[$0] }
      last = step
      if step.map({ abs($0) }).max() ?? 0 < 1e-14 { break }
    }
    // The steps that rounding still makes, at least a few units of the last place.
    let noise = u.indices.map { 4 * unit[$0] * abs(last[$0]) + 1e-15 * abs(u[$0]) }
    let shifted = u.indices.map { u[$0] + ($0 % 2 == 0 ? noise[$0] : -noise[$0]) }
    guard let (beta, matrix) = evaluated(u), let other = evaluated(shifted)?.matrix,
      abs(u[0] - start[0]) < 1e-4 * (1 + abs(start[0])),
      beta.allSatisfy({ abs($0) < 1e-8 }), let eigenvalues = matrix.eigenvalues(),
      let transposed = GeneralMatrix(count: count, { matrix[$1, $0] }).eigenvalues(),
      let moved = other.eigenvalues(),
      var errors = FixedPoint.exponentErrors([eigenvalues, transposed, moved])
    else { return nil }
    for (name, error) in named(noise) { errors[name] = error }
    errors["eta"] = 0
    return FixedPoint(couplings: named(u), eigenvalues: eigenvalues, errors: errors)
  }
}
