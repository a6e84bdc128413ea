import Ensembles

/// The change of the mean tangent kernel under transformations,
///
///     outputs:  R E[Theta(x, x')] R^T - E[Theta(x, x')]        (E Theta_ij = delta_ij theta under O(D))
///     inputs:   E[Theta(g x, g x')] - E[Theta(x, x')].
public struct TangentTransformation: Sendable {
  public let side: SymmetryGroup.Side
  public let elements: [GroupElement]
  /// The points, and behind them their images under transformations of the inputs.
  public let points: Points
  /// Slots over `points` whose means are needed, each a product of one factor.
  public let monomials: [[Int]]
  /// Pair of base points and outputs of each component of one element.
  public let entries: [(a: Int, b: Int, i: Int, j: Int)]
  private let outputs: Int
  private let pairs: Int

  public init(
    points base: Points, outputs: Int, side: SymmetryGroup.Side, elements: [GroupElement]
  ) {
    self.side = side
    self.elements = elements
    self.outputs = outputs
    let images = side == .input ? elements.flatMap { e in base.coordinates.map(e.image) } : []
    let points = Points(valid: base.coordinates + images)
    self.points = points
    let n = base.count
    var entries: [(Int, Int, Int, Int)] = []
    var monomials: [[Int]] = []
    for image in 0...(side == .input ? elements.count : 0) {
      for a in 0..<n {
        for b in a..<n {
          let (p, q) = (image * n + a, image * n + b)
          let pair = p * points.count - p * (p - 1) / 2 + q - p
          for i in 0..<outputs {
            for j in 0..<outputs {
              monomials.append([(pair * outputs + i) * outputs + j])
              if image == 0, a < b || i <= j { entries.append((a, b, i, j)) }
            }
          }
        }
      }
    }
    self.entries = entries
    self.monomials = monomials
    pairs = n * (n + 1) / 2
  }

  public var components: Int { entries.count * elements.count }

  public func place(_ component: Int) -> (element: Int, entry: Int) {
    (component / entries.count, component % entries.count)
  }

  private func pair(_ a: Int, _ b: Int, _ count: Int) -> Int {
    a * count - a * (a - 1) / 2 + b - a
  }

  /// The mean of Theta_ij(x_a, x_b) at an image (0: the points themselves).
  private func value(
    _ means: [Double], _ image: Int, _ a: Int, _ b: Int, _ i: Int, _ j: Int, _ count: Int
  ) -> Double {
    means[((image * pairs + pair(a, b, count)) * outputs + i) * outputs + j]
  }

  /// The differences from the means of `monomials`.
  public func differences(_ means: [Double]) -> [Double] {
    let count = points.count / (side == .input ? elements.count + 1 : 1)
    return elements.enumerated().flatMap { e, element -> [Double] in
      entries.map { a, b, i, j in
        let before = value(means, 0, a, b, i, j, count)
        if side == .input { return value(means, e + 1, a, b, i, j, count) - before }
        var after = 0.0
        for k in 0..<outputs {
          for l in 0..<outputs {
            after +=
              element.matrix[i][k] * element.matrix[j][l] * value(means, 0, a, b, k, l, count)
          }
        }
        return after - before
      }
    }
  }

  /// The size of each entry, sqrt(theta(a, a) theta(b, b)).
  public func scales(_ means: [Double]) -> [Double] {
    let count = points.count / (side == .input ? elements.count + 1 : 1)
    let sizes = (0..<count).map { a in
      (0..<outputs).reduce(0) { $0 + abs(value(means, 0, a, a, $1, $1, count)) } / Double(outputs)
    }
    return elements.flatMap { _ in entries.map { (sizes[$0.a] * sizes[$0.b]).squareRoot() } }
  }
}
