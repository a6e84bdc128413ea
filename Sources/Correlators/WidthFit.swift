import Foundation
import NumericalMethods
import Statistics

/// A deviation at one width, with its values when one run is left out.
public struct WidthPoint: Sendable {
  public let width: Double
  public let estimate: Estimate
  public let withoutRun: [Double]

  public init(width: Double, estimate: Estimate, withoutRun: [Double]) {
    self.width = width
    self.estimate = estimate
    self.withoutRun = withoutRun
  }
}

/// The fall-off of a deviation with width.
///
/// - `power`: log10 deviation = intercept + slope log10 N.
/// - `A/N + B/N^2`: linear least squares; exact in N where all elements keep one sign.
///
/// Each point is weighted by its jackknife error; the errors of the parameters come from deleting
/// run r at all widths together, and so hold whatever correlation the widths have.
public struct WidthFit: Sendable, Codable, Hashable {
  public let order: Int
  /// "deviation" or "connected_deviation".
  public let quantity: String
  public let model: String
  public let slope: Estimate?
  public let intercept: Estimate?
  public let A: Estimate?
  public let B: Estimate?
  /// Values of the other swept parameters, where there are any.
  public let parameters: [String: String]?

  /// Parameters of both models by column: value and error; nil where the fit fails.
  private static func solve(
    _ points: [WidthPoint], columns: [[Double]], values: (Int?) -> [Double]?, weights: [Double]
  ) -> [Estimate]? {
    guard let all = values(nil),
      let best = weightedLeastSquares(columns: columns, values: all, weights: weights)
    else { return nil }
    let runs = points.map(\.withoutRun.count).min() ?? 0
    guard runs > 1 else { return best.map { Estimate(value: $0, error: 0) } }
    let leftOut = (0..<runs).compactMap { r in
      values(r).flatMap { weightedLeastSquares(columns: columns, values: $0, weights: weights) }
    }
    guard leftOut.count == runs else { return nil }
    let knife = Jackknife(counts: [Double](repeating: 1, count: runs))
    return best.indices.map { k in
      Estimate(
        value: knife.corrected(full: best[k]) { leftOut[$0][k] },
        error: knife.error(full: best[k]) { leftOut[$0][k] })
    }
  }

  private static func usable(_ points: [WidthPoint]) -> [WidthPoint] {
    points.filter { p in
      (p.estimate.value ?? 0) > 0 && p.withoutRun.allSatisfy { $0 > 0 && $0.isFinite }
    }
  }

  /// Straight line in log-log; nil with fewer than two usable widths.
  public static func power(
    _ points: [WidthPoint], order: Int, quantity: String, parameters: [String: String]? = nil
  ) -> WidthFit? {
    let points = usable(points)
    guard Set(points.map(\.width)).count >= 2 else { return nil }
    let x = points.map { log10($0.width) }
    let weights = points.map { p -> Double in
      let relative = (p.estimate.error ?? 0) / (p.estimate.value ?? 1)
      return relative > 0 ? 1 / (relative * relative) : 1
    }
    guard
      let solution = solve(
        points, columns: [[Double](repeating: 1, count: x.count), x],
        values: { r in
          // The delete-one values scatter about the plug-in, so their mean stands in for it.
          points.map { p in
            log10(r.map { p.withoutRun[$0] } ?? Self.plugIn(p))
          }
        }, weights: weights)
    else { return nil }
    return WidthFit(
      order: order, quantity: quantity, model: "power", slope: solution[1], intercept: solution[0],
      A: nil, B: nil, parameters: parameters)
  }

  /// A/N + B/N^2; nil with fewer than three usable widths.
  public static func expansion(
    _ points: [WidthPoint], order: Int, quantity: String, parameters: [String: String]? = nil
  ) -> WidthFit? {
    let points = usable(points)
    guard Set(points.map(\.width)).count >= 3 else { return nil }
    let weights = points.map { p -> Double in
      let error = p.estimate.error ?? 0
      return error > 0 ? 1 / (error * error) : p.width * p.width
    }
    guard
      let solution = solve(
        points, columns: [points.map { 1 / $0.width }, points.map { 1 / ($0.width * $0.width) }],
        values: { r in points.map { p in r.map { p.withoutRun[$0] } ?? Self.plugIn(p) } },
        weights: weights)
    else { return nil }
    return WidthFit(
      order: order, quantity: quantity, model: "A/N + B/N^2", slope: nil, intercept: nil,
      A: solution[0], B: solution[1], parameters: parameters)
  }

  /// The uncorrected estimate, recovered from the corrected one and the delete-one values:
  /// corrected = B plug - (B - 1) mean.
  private static func plugIn(_ p: WidthPoint) -> Double {
    let value = p.estimate.value ?? .nan
    let runs = Double(p.withoutRun.count)
    guard runs > 1 else { return value }
    let mean = p.withoutRun.reduce(0, +) / runs
    return (value + (runs - 1) * mean) / runs
  }
}
