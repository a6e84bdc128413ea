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
  /// What it is, in words.
  public var label: String

  init(
    couplings: [String: Double], eigenvalues: [GeneralMatrix.Eigenvalue], eta: Double = 0,
    isGaussian: Bool = false
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

extension PolynomialFlow {
  /// All real fixed points of the truncation with k^2 + u2 > 0: u2 fixes all higher couplings, and what
  /// remains is one equation in u2, whose roots are bracketed on a fine scan and polished by Newton's
  /// iteration on all couplings.
  ///
  /// Truncations have roots that are no fixed points of the full equation; those with one relevant
  /// direction that persist from order to order are physical.
  /// - Complexity: 40 000 evaluations of O(order^2).
  public func fixedPoints() -> [FixedPoint] {
    precondition(kernel == .deepInfrared)
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

  /// The fixed point with one relevant direction and the most negative... nil where there is none.
  public func wilsonFisher() -> FixedPoint? {
    fixedPoints().first { $0.relevant == 1 && $0.label.hasPrefix("Wilson") }
  }

  private func gaussian() -> FixedPoint {
    let zero = [Double](repeating: 0, count: count)
    return FixedPoint(
      couplings: named(zero), eigenvalues: dimensionless(zero)?.matrix.eigenvalues() ?? [],
      isGaussian: true)
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
    for _ in 0..<30 {
      guard let (beta, matrix) = dimensionless(u) else { return nil }
      // Scaled, since couplings grow like factorials.
      let scaled = GeneralMatrix(count: count) { matrix[$0, $1] * unit[$1] / unit[$0] }
      guard let step = scaled.solve(zip(beta, unit).map { -$0 / $1 }) else { return nil }
      u = u.indices.map { u[$0] + unit[$0] * step[$0] }
      if step.map({ abs($0) }).max() ?? 0 < 1e-14 { break }
    }
    guard let (beta, matrix) = dimensionless(u), abs(u[0] - start[0]) < 1e-4 * (1 + abs(start[0])),
      zip(beta, unit).allSatisfy({ abs($0) < 1e-8 * $1 })
    else { return nil }
    let scaled = GeneralMatrix(count: count) { matrix[$0, $1] * unit[$1] / unit[$0] }
    guard let eigenvalues = scaled.eigenvalues() else { return nil }
    return FixedPoint(couplings: named(u), eigenvalues: eigenvalues)
  }
}
