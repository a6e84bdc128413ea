/// The conservation law of `PotentialFlow` on its grid: dm_i/dt = -(sum over edges of coefficient x flux)/h, with the
/// flux at an edge from the slopes around it, and its derivative.
///
/// m is odd in phi, so that points below 0 are mirrored; the flux is even.
final class FluxStencil: Sendable {
  private let points: Int
  /// Four points with their coefficients for the gradient at each of the edges 0 ... n, and four edges for the
  /// change at each of the points 1 ... n; what is not needed has the coefficient 0.
  private let gradientPoints: [Int]
  private let gradientWeights: [Double]
  private let changeEdges: [Int]
  private let changeWeights: [Double]
  /// Side diagonals of the derivative.
  let band: Int

  init(points n: Int, spacing h: Double, wide: Bool) {
    points = n
    band = wide ? 4 : 2
    var (places, weights) = ([Int](), [Double]())
    for edge in 0...n {
      let stencil: [(Int, Double)]
      if edge >= n {
        stencil = [(n, 1), (n - 1, -1)]
      } else if wide, edge < n - 1 {
        stencil = [
          (edge + 1, 27.0 / 24), (edge, -27.0 / 24), (edge + 2, -1.0 / 24), (edge - 1, 1.0 / 24),
        ]
      } else {
        stencil = [(edge + 1, 1), (edge, -1)]
      }
      for k in 0..<4 {
        let (point, weight) = k < stencil.count ? stencil[k] : (0, 0)
        places.append(max(abs(point) - 1, 0))
        weights.append(point == 0 ? 0 : (point < 0 ? -weight : weight) / h)
      }
    }
    (gradientPoints, gradientWeights) = (places, weights)
    (places, weights) = ([], [])
    for i in 1...n {
      let stencil: [(Int, Double)]
      if i == n {
        // Extrapolated: the flux of free cells is constant there to second order.
        stencil = [(n - 1, 1), (n - 2, -1)]
      } else if wide, i < n - 1 {
        // Edge -1 mirrors edge 0.
        stencil = [
          (i, 27.0 / 24), (i - 1, -27.0 / 24), (i + 1, -1.0 / 24), (max(i - 2, 0), 1.0 / 24),
        ]
      } else {
        stencil = [(i, 1), (i - 1, -1)]
      }
      for k in 0..<4 {
        let (edge, weight) = k < stencil.count ? stencil[k] : (0, 0)
        places.append(edge)
        weights.append(-weight / h)
      }
    }
    (changeEdges, changeWeights) = (places, weights)
  }

  /// The fluxes front/(base + gradient), or their derivatives in the gradient; nil where one has no meaning.
  private func fluxes(
    _ base: Double, _ front: Double, _ m: UnsafePointer<Double>, derivative: Bool
  ) -> [Double]? {
    var result = [Double](repeating: 0, count: points + 1)
    for edge in 0...points {
      var denominator = base
      for k in 4 * edge..<4 * edge + 4 {
        denominator += gradientWeights[k] * m[gradientPoints[k]]
      }
      guard denominator > 0 else { return nil }
      result[edge] = derivative ? -front / (denominator * denominator) : front / denominator
    }
    return result
  }

  func slope(
    _ base: Double, _ front: Double, _ m: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) -> Bool {
    guard let flux = fluxes(base, front, m, derivative: false) else { return false }
    for i in 0..<points {
      var sum = 0.0
      for k in 4 * i..<4 * i + 4 { sum += changeWeights[k] * flux[changeEdges[k]] }
      out[i] = sum
    }
    return true
  }

  /// Element (i, j) at j (2 band + 1) + i - j + band.
  func jacobian(
    _ base: Double, _ front: Double, _ m: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>
  ) -> Bool {
    guard let byGradient = fluxes(base, front, m, derivative: true) else { return false }
    for i in 0..<points * (2 * band + 1) { out[i] = 0 }
    for i in 0..<points {
      for k in 4 * i..<4 * i + 4 where changeWeights[k] != 0 {
        let edge = changeEdges[k]
        for l in 4 * edge..<4 * edge + 4 where gradientWeights[l] != 0 {
          let j = gradientPoints[l]
          out[j * (2 * band + 1) + i - j + band] +=
            changeWeights[k] * byGradient[edge] * gradientWeights[l]
        }
      }
    }
    return true
  }
}
