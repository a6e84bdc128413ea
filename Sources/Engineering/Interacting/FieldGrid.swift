import Foundation

/// Where an interaction lives: points with weights, S_int = sum_x w_x V(phi(x)).
public struct FieldGrid: Sendable {
  public let points: [[Double]]
  public let weights: [Double]
  /// Sites along each axis of a torus, whose translations average measurements; nil for a box.
  public let torus: Int?

  public init(points: [[Double]], weights: [Double], torus: Int?) {
    precondition(points.count == weights.count)
    self.points = points
    self.weights = weights
    self.torus = torus
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
    return FieldGrid(points: points, weights: weights, torus: nil)
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
      points: points, weights: [Double](repeating: 1, count: total), torus: size)
  }
}

/// A local interaction, V(phi) = quadratic phi^2/2 + quartic phi^4/24 + sextic phi^6/720.
public struct LocalInteraction: Sendable, Hashable {
  public var quadratic: Double
  public var quartic: Double
  public var sextic: Double

  public init(quadratic: Double = 0, quartic: Double = 0, sextic: Double = 0) {
    self.quadratic = quadratic
    self.quartic = quartic
    self.sextic = sextic
  }

  @inlinable
  public func callAsFunction(_ phi: Double) -> Double {
    let g = phi * phi
    return g * (0.5 * quadratic + g * (quartic / 24 + g * (sextic / 720)))
  }
}
