import CVectorMath
import Ensembles
import Foundation
import NumericalMethods
import Sampling

/// A unit at Gaussian pre-activations in orthonormal Hermite polynomials h_k, for several variances:
///
///     a_k(v) = E[s(sqrt(v) u) h_k(u)],   E[s(z1) s(z2)] = sum_k a_k(v1) a_k(v2) rho^k
///
/// (Mehler). By Cauchy's inequality what is left out is below sqrt(tail1 tail2), with tail = E[s^2] -
/// sum a_k^2: an error bound that needs no second evaluation.
struct HermiteExpansion {
  /// `coefficients[k * count + p]` for variance p.
  let coefficients: [Double]
  let terms: Int
  let count: Int
  let variances: [Double]
  /// E[s^2] at each variance, by the same rule.
  let squares: [Double]
  /// Largest tail relative to E[s^2].
  let tail: Double

  /// Relative tail at which terms end, and the largest with which an expansion is used.
  static let tolerance = 4e-15
  static let limit = 1e-10

  /// Products of terms, nodes and variances that an expansion may take.
  private static let budget = 4e9

  /// Nodes on either side of zero. The polynomials oscillate with wave number sqrt(k), the unit with about 23
  /// sigma to 1e-16.
  private static func grid(_ terms: Int, _ variances: [Double]) -> (step: Double, half: Double) {
    let step = 4 / (Double(terms).squareRoot() + 23 * (variances.max() ?? 0).squareRoot() + 12)
    return (step, (13 / step).rounded(.up))
  }

  /// nil where 2048 terms, or as many as the budget allows, do not bring the tail below `limit`.
  init?(_ unit: any HiddenUnit, variances: [Double]) {
    var best: HermiteExpansion?
    for terms in [32, 64, 128, 256, 512, 1024, 2048] {
      let nodes = 2 * Self.grid(terms, variances).half
      guard nodes * Double(terms) * Double(variances.count) <= Self.budget else { break }
      let expansion = HermiteExpansion(unit, variances: variances, terms: terms)
      // At the level of rounding more terms do not help.
      let settled = (best?.tail ?? .infinity) < 1e-12 && expansion.tail > 0.25 * (best?.tail ?? 0)
      if expansion.tail < (best?.tail ?? .infinity) { best = expansion }
      if settled || expansion.tail <= Self.tolerance { break }
    }
    guard let best, best.tail <= Self.limit else { return nil }
    self = best
  }

  private init(_ unit: any HiddenUnit, variances: [Double], terms: Int) {
    let count = variances.count
    let grid = Self.grid(terms, variances)
    let (step, half) = (grid.step, Int(grid.half))
    let nodes = (-half...half).map { step * Double($0) }
    // Orthonormal polynomials times the square root of the weight: no overflow.
    var current = nodes.map {
      (step / (2 * Double.pi).squareRoot()).squareRoot() * exp(-0.25 * $0 * $0)
    }
    let root = current
    var previous = [Double](repeating: 0, count: nodes.count)
    // units[node * count + p], with the other square root of the weight.
    var units = [Double](repeating: 0, count: nodes.count * count)
    var squares = [Double](repeating: 0, count: count)
    for (p, v) in variances.enumerated() {
      let sigma = v.squareRoot()
      for (i, u) in nodes.enumerated() {
        let s = unit.value(sigma * u, variance: v) * root[i]
        units[i * count + p] = s
        squares[p] += s * s
      }
    }
    var coefficients = [Double](repeating: 0, count: terms * count)
    let stop = WorkBudget.current.stop
    for k in 0..<terms where !stop.isStopped {
      coefficients.withUnsafeMutableBufferPointer { out in
        units.withUnsafeBufferPointer { units in
          for i in nodes.indices {
            let h = current[i]
            for p in 0..<count { out[k * count + p] += h * units[i * count + p] }
          }
        }
      }
      let (up, down) = (1 / Double(k + 1).squareRoot(), (Double(k) / Double(k + 1)).squareRoot())
      for i in nodes.indices {
        let next = up * nodes[i] * current[i] - down * previous[i]
        previous[i] = current[i]
        current[i] = next
      }
    }
    var tail = 0.0
    for p in 0..<count where squares[p] > 0 {
      var sum = 0.0
      for k in 0..<terms { sum += coefficients[k * count + p] * coefficients[k * count + p] }
      tail = max(tail, abs(squares[p] - sum) / squares[p])
    }
    self.coefficients = coefficients
    self.terms = terms
    self.count = count
    self.variances = variances
    self.squares = squares
    self.tail = tail.isNaN ? .infinity : tail
  }

  /// Bound on the error of any E[s s].
  var error: Double { max(tail, 1e-16) * (squares.max() ?? 0) }

  /// out[q] = sum_k a_k(p) a_k(q) rho[q]^k for q >= p, or its derivative with respect to rho.
  func row(
    _ p: Int, derivative: Bool, rho: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>
  ) {
    let skipped = derivative ? 1 : 0
    let factors = (skipped..<terms).map { k in
      coefficients[k * count + p] * (derivative ? Double(k) : 1)
    }
    coefficients.withUnsafeBufferPointer { a in
      fw_power_rows(
        InstructionSet.chosen.level, factors, Int64(factors.count),
        a.baseAddress! + skipped * count + p, Int64(count), rho + p, out + p, Int64(count - p))
    }
  }

  /// E[s'] at variance p, by Stein's identity.
  func meanSlope(_ p: Int, _ unit: any HiddenUnit) -> Double {
    variances[p] > 0
      ? coefficients[count + p] / variances[p].squareRoot() : unit.slope(0, variance: 0)
  }
}
