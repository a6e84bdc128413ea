import Foundation

/// Nonlinear least squares by Levenberg and Marquardt, for a few parameters.
public enum NonlinearLeastSquares {
  public struct Solution: Sendable {
    public var parameters: [Double]
    /// The sum of squares of the residuals.
    public var value: Double
    /// (J^T J)^-1 at the minimum; nil where it is singular.
    public var covariance: SymmetricMatrix?
  }

  /// Minimises the sum of squares from a start.
  ///
  /// - Parameter residuals: nil or not finite where the parameters have no meaning.
  /// - Complexity: up to 200 steps of `parameters + 1` evaluations.
  public static func minimise(
    from start: [Double], _ residuals: ([Double]) -> [Double]
  ) -> Solution? {
    let n = start.count
    var p = start
    var r = residuals(p)
    func square(_ r: [Double]) -> Double { r.reduce(0) { $0 + $1 * $1 } }
    var value = square(r)
    guard value.isFinite else { return nil }
    var damping = 1e-3
    var normal = SymmetricMatrix(count: n)
    func jacobian() -> [[Double]]? {
      var columns: [[Double]] = []
      for k in 0..<n {
        let h = 1e-6 * max(abs(p[k]), 1e-3)
        var (up, down) = (p, p)
        up[k] += h
        down[k] -= h
        let column = zip(residuals(up), residuals(down)).map { ($0 - $1) / (2 * h) }
        guard column.allSatisfy(\.isFinite) else { return nil }
        columns.append(column)
      }
      return columns
    }
    for _ in 0..<200 {
      guard let j = jacobian() else { break }
      normal = SymmetricMatrix(count: n) { a, b in zip(j[a], j[b]).reduce(0) { $0 + $1.0 * $1.1 } }
      let gradient = j.map { zip($0, r).reduce(0) { $0 + $1.0 * $1.1 } }
      var improved = false
      var step: [Double] = []
      while damping < 1e12 {
        let system = GeneralMatrix(count: n) { a, b in
          normal[a, b] * (a == b ? 1 + damping : 1) + (a == b ? 1e-300 : 0)
        }
        if let found = system.solve(gradient.map { -$0 }) {
          let trial = zip(p, found).map { $0 + $1 }
          let next = residuals(trial)
          let better = square(next)
          if better.isFinite, better <= value {
            improved = better < value * (1 - 1e-12)
            (p, r, value, step) = (trial, next, better, found)
            damping = max(damping / 10, 1e-12)
            break
          }
        }
        damping *= 10
      }
      let small = zip(step, p).allSatisfy { abs($0) < 1e-10 * (abs($1) + 1e-10) }
      if !improved || small { break }
    }
    var covariance: SymmetricMatrix?
    if let (values, vectors) = normal.eigen(), let low = values.first, let high = values.last,
      low > 1e-14 * high, low > 0
    {
      covariance = SymmetricMatrix(count: n) { a, b in
        zip(values, vectors).reduce(0) { $0 + $1.1[a] * $1.1[b] / $1.0 }
      }
    }
    return Solution(parameters: p, value: value, covariance: covariance)
  }
}
