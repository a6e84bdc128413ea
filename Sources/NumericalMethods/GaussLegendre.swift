import Foundation

/// Gauss-Legendre quadrature: exact for polynomials of degree 2n - 1.
public struct GaussLegendre: Sendable {
  /// Nodes on (-1, 1), ascending, and weights that sum to 2.
  public let nodes: [Double]
  public let weights: [Double]

  /// Nodes by Newton's iteration on the Legendre polynomial; O(n^2).
  public init(count n: Int) {
    var nodes = [Double](repeating: 0, count: n)
    var weights = nodes
    for i in 0..<n {
      var x = -cos(Double.pi * (Double(i) + 0.75) / (Double(n) + 0.5))
      var slope = 1.0
      for _ in 0..<100 {
        var (p, previous) = (1.0, 0.0)
        for k in 0..<n {
          (p, previous) = (
            (Double(2 * k + 1) * x * p - Double(k) * previous) / Double(k + 1), p
          )
        }
        slope = Double(n) * (x * p - previous) / (x * x - 1)
        let step = p / slope
        x -= step
        if abs(step) < 1e-16 { break }
      }
      nodes[i] = x
      weights[i] = 2 / ((1 - x * x) * slope * slope)
    }
    self.nodes = nodes
    self.weights = weights
  }

  /// The rule moved to (a, b).
  @inlinable
  public func forEach(from a: Double, to b: Double, _ body: (_ x: Double, _ weight: Double) -> Void)
  {
    let half = 0.5 * (b - a)
    let middle = 0.5 * (a + b)
    for i in nodes.indices { body(middle + half * nodes[i], half * weights[i]) }
  }
}

/// Tanh-sinh quadrature, which is indifferent to singularities of any power at the ends of the
/// interval.
public struct TanhSinh: Sendable {
  /// Distance of each node from the nearer end of (0, 1), whether that is the upper end, weight.
  public let nodes: [(distance: Double, fromAbove: Bool, weight: Double)]

  /// `steps` nodes on either side of the middle.
  public init(steps: Int) {
    let reach = 3.2
    let h = reach / Double(steps)
    nodes = (-steps...steps).map { k in
      let t = h * Double(k)
      let u = 0.5 * Double.pi * sinh(t)
      // x = 1 / (1 + exp(-2u)), so that the distance from either end keeps its digits.
      let distance = 1 / (1 + exp(2 * abs(u)))
      let weight = h * 0.25 * Double.pi * cosh(t) / (cosh(u) * cosh(u))
      return (distance, k > 0, weight)
    }
  }

  public func forEach(from a: Double, to b: Double, _ body: (_ x: Double, _ weight: Double) -> Void)
  {
    let width = b - a
    for node in nodes {
      let x = node.fromAbove ? b - width * node.distance : a + width * node.distance
      body(x, width * node.weight)
    }
  }
}
