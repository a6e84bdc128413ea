import Foundation
import NumericalMethods
import Statistics

/// A deviation at one width, with its values when one replicate is left out.
public struct WidthPoint: Sendable {
  public let width: Double
  public let estimate: Estimate
  public let replicated: Replicated

  public init(width: Double, estimate: Estimate, replicated: Replicated) {
    self.width = width
    self.estimate = estimate
    self.replicated = replicated
  }
}

/// The fall-off of a deviation with width.
///
/// - `power`: log10 deviation = intercept + slope log10 N.
/// - `A/N + B/N^2`: linear least squares; exact in N where all elements keep one sign.
///
/// Each point is weighted by its jackknife error; the errors of the parameters come from deleting
/// block b at all widths together, and so hold whatever correlation the widths have.
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
    _ points: [WidthPoint], columns: [[Double]], weights: [Double],
    values: @escaping (Double) -> Double
  ) -> [Estimate]? {
    Replicated.estimates(points.map(\.replicated)) { deviations in
      weightedLeastSquares(columns: columns, values: deviations.map(values), weights: weights)
    }
  }

  private static func usable(_ points: [WidthPoint]) -> [WidthPoint] {
    points.filter { p in
      (p.estimate.value ?? 0) > 0 && p.replicated.full > 0
        && p.replicated.leftOut.allSatisfy { $0 > 0 && $0.isFinite }
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
        points, columns: [[Double](repeating: 1, count: x.count), x], weights: weights,
        values: log10)
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
        weights: weights, values: { $0 })
    else { return nil }
    return WidthFit(
      order: order, quantity: quantity, model: "A/N + B/N^2", slope: nil, intercept: nil,
      A: solution[0], B: solution[1], parameters: parameters)
  }
}
