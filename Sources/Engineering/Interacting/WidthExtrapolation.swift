import Foundation
import NumericalMethods
import Statistics

/// The limit of infinite width of values at several widths, c0 + c1/N + c2/N^2 + ..., by weighted least
/// squares; the systematic error is what the limit changes by when the smallest width is left out, or one
/// power more is fitted.
public struct WidthExtrapolation: Sendable {
  public let limit: Estimate
  public let systematic: Double
  public let coefficients: [Double]
  public let chiSquare: Double
  public let degrees: Int

  /// Both errors together.
  public var total: Double { hypot(limit.error ?? 0, systematic) }

  /// - Parameter powers: the highest power of 1/N, at least 1; nil where there are fewer than `powers` + 2 widths, or the
  ///   fit is singular.
  public init?(widths: [Int], values: [Double], errors: [Double], powers: Int = 2) {
    guard powers >= 1, widths.count >= powers + 2, widths.count == values.count,
      errors.allSatisfy({ $0 > 0 })
    else { return nil }
    let order = widths.indices.sorted { widths[$0] < widths[$1] }
    let (n, y, e) = (
      order.map { Double(widths[$0]) }, order.map { values[$0] }, order.map { errors[$0] }
    )
    func fit(_ from: Int, _ powers: Int) -> (c: [Double], error: Double, chi: Double)? {
      let range = from..<n.count
      guard range.count > powers else { return nil }
      let columns = (0...powers).map { k in range.map { pow(n[$0], -Double(k)) } }
      let weights = range.map { 1 / (e[$0] * e[$0]) }
      guard
        let c = weightedLeastSquares(
          columns: columns, values: range.map { y[$0] }, weights: weights)
      else { return nil }
      // The response of c0 to each value.
      var variance = 0.0
      for k in 0..<range.count {
        let unit = (0..<range.count).map { $0 == k ? e[from + k] : 0 }
        guard let d = weightedLeastSquares(columns: columns, values: unit, weights: weights) else {
          return nil
        }
        variance += d[0] * d[0]
      }
      var chi = 0.0
      for (k, i) in range.enumerated() {
        let model = (0...powers).reduce(0) { $0 + c[$1] * columns[$1][k] }
        chi += (y[i] - model) * (y[i] - model) * weights[k]
      }
      return (c, variance.squareRoot(), chi)
    }
    guard let best = fit(0, powers) else { return nil }
    coefficients = best.c
    chiSquare = best.chi
    degrees = n.count - powers - 1
    limit = Estimate(value: best.c[0], error: best.error)
    let others = [fit(1, powers), fit(0, powers + 1)].compactMap { $0 }
    systematic = others.map { abs($0.c[0] - best.c[0]) }.max() ?? 0
  }
}
