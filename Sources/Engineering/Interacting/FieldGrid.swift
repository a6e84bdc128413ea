import Foundation
import NumericalMethods

/// Where an interaction lives: points with weights, S_int = sum_x w_x V(phi(x)).
public struct FieldGrid: Sendable {
  public let points: [[Double]]
  public let weights: [Double]
  /// Sites along each axis of a torus, whose translations average measurements; nil for a box.
  public let torus: Int?
  /// Points along each axis of a box, and their spacing.
  let ramp: (count: Int, spacing: Double)?

  /// Any points.
  public init(points: [[Double]], weights: [Double]) {
    self.init(points: points, weights: weights, torus: nil, ramp: nil)
  }

  private init(
    points: [[Double]], weights: [Double], torus: Int?, ramp: (count: Int, spacing: Double)?
  ) {
    precondition(points.count == weights.count)
    self.points = points
    self.weights = weights
    self.torus = torus
    self.ramp = ramp
  }

  /// No points: nothing interacts.
  public static let none = FieldGrid(points: [], weights: [])

  /// Names it in the names of random streams.
  var streamText: String {
    let numbers = "\(StreamText.rows(points)) \(StreamText.numbers(weights))"
    return "grid=\(torus.map { "torus \($0)" } ?? "points") \(streamHash(numbers))"
  }

  /// A box [0, L]^d with the trapezoidal rule.
  public static func box(dimension: Int, length: Double, spacing: Double) -> FieldGrid {
    let count = max(2, Int((length / spacing).rounded()) + 1)
    let h = length / Double(count - 1)
    var points: [[Double]] = []
    var weights: [Double] = []
    let total = (0..<dimension).reduce(1) { n, _ in n * count }
    for index in 0..<total {
      var rest = index
      var x: [Double] = []
      var w = 1.0
      for _ in 0..<dimension {
        let i = rest % count
        rest /= count
        x.append(h * Double(i))
        w *= i == 0 || i == count - 1 ? 0.5 * h : h
      }
      points.append(x)
      weights.append(w)
    }
    return FieldGrid(points: points, weights: weights, torus: nil, ramp: (count, h))
  }

  /// The sites of a periodic lattice of unit spacing, the first axis fastest.
  public static func torus(dimension: Int, size: Int) -> FieldGrid {
    let total = (0..<dimension).reduce(1) { n, _ in n * size }
    let points = (0..<total).map { index -> [Double] in
      var rest = index
      return (0..<dimension).map { _ in
        defer { rest /= size }
        return Double(rest % size)
      }
    }
    return FieldGrid(
      points: points, weights: [Double](repeating: 1, count: total), torus: size, ramp: nil)
  }
}
