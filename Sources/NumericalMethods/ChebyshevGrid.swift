import Foundation

/// Chebyshev-Lobatto nodes on [low, high]: the polynomial through values at them, and its derivatives.
public struct ChebyshevGrid: Sendable {
  /// Descending from `high` to `low`.
  public let nodes: [Double]
  /// Differentiation matrix.
  public let derivative: GeneralMatrix
  private let barycentric: [Double]

  public init(count: Int, from low: Double, to high: Double) {
    let n = count - 1
    let x = (0...n).map { cos(Double.pi * Double($0) / Double(n)) }
    nodes = x.map { low + 0.5 * (high - low) * (1 + $0) }
    barycentric = (0...n).map { ($0 % 2 == 0 ? 1 : -1) * ($0 == 0 || $0 == n ? 0.5 : 1) }
    let scale = 2 / (high - low)
    let c = (0...n).map { ($0 % 2 == 0 ? 1.0 : -1.0) * ($0 == 0 || $0 == n ? 2 : 1) }
    var matrix = GeneralMatrix(count: count)
    for i in 0...n {
      var sum = 0.0
      for j in 0...n where i != j {
        // x_i - x_j without cancellation.
        let gap =
          2 * sin(0.5 * Double.pi * Double(i + j) / Double(n))
          * sin(0.5 * Double.pi * Double(j - i) / Double(n))
        let value = scale * c[i] / (c[j] * gap)
        matrix[i, j] = value
        sum += value
      }
      matrix[i, i] = -sum
    }
    derivative = matrix
  }

  /// The weights with which values at the nodes give the value at x.
  public func row(at x: Double) -> [Double] {
    if let hit = nodes.firstIndex(of: x) { return nodes.indices.map { $0 == hit ? 1 : 0 } }
    let terms = zip(barycentric, nodes).map { $0 / (x - $1) }
    let sum = terms.reduce(0, +)
    return terms.map { $0 / sum }
  }

  public func value(_ values: [Double], at x: Double) -> Double {
    zip(row(at: x), values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Derivative at the nodes.
  public func differentiate(_ values: [Double]) -> [Double] {
    let n = nodes.count
    return (0..<n).map { i in (0..<n).reduce(0) { $0 + derivative[i, $1] * values[$1] } }
  }
}
