import Ensembles
import NumericalMethods

/// Gaussian pre-activations as z_p = sum_k sqrt(w_k) x_pk g_k over independent standard normals:
/// of the first layer w = (sb^2, sw^2/d, ...), x_p = (1, inputs of point p).
///
/// From it the variance of a signed sum is sum_k w_k (sum_p e_p x_pk)^2, which keeps its digits where
/// points nearly coincide, while sums over the covariance cancel. Without coordinates the covariance
/// is all there is.
struct PreactivationForm: Sendable {
  let covariance: SymmetricMatrix
  let weights: [Double]
  /// `coordinates[p][k]`; empty where only the covariance is known.
  let coordinates: [[Double]]

  init(covariance: SymmetricMatrix) {
    self.covariance = covariance
    weights = []
    coordinates = []
  }

  /// - Parameter covariance: of these points, where it is at hand.
  init(_ ensemble: Ensemble, points: Points, covariance known: SymmetricMatrix? = nil) {
    covariance =
      known
      ?? SymmetricMatrix(count: points.count) {
        ensemble.preactivationCovariance(points[$0], points[$1])
      }
    let scale = ensemble.weights[0].sigma * ensemble.weights[0].sigma / Double(ensemble.inputs)
    weights =
      [ensemble.biasVariance(layer: 0)] + [Double](repeating: scale, count: ensemble.inputs)
    coordinates = points.coordinates.map { [1] + $0 }
  }

  /// Var(sum_i e_i z_i) over some points, and a bound on its rounding error.
  func variance(_ points: [Int], _ signs: [Double]) -> (value: Double, error: Double) {
    var sum = 0.0
    var error = 0.0
    let eps = Double.ulpOfOne
    guard !coordinates.isEmpty else {
      for (i, a) in points.enumerated() {
        for (j, b) in points.enumerated() {
          sum += signs[i] * signs[j] * covariance[a, b]
          error += 2 * eps * abs(covariance[a, b])
        }
      }
      return (max(0, sum), error)
    }
    for (k, w) in weights.enumerated() where w > 0 {
      var (total, size) = (0.0, 0.0)
      for (i, p) in points.enumerated() {
        total += signs[i] * coordinates[p][k]
        size += abs(coordinates[p][k])
      }
      sum += w * total * total
      // A sum of two numbers is rounded once, relative to itself.
      error += eps * w * abs(total) * (points.count <= 2 ? 3 * abs(total) : 2 * size)
    }
    return (sum, error)
  }

  /// c11, c12, c22, with what cancels in them.
  func pair(_ i: Int, _ j: Int) -> PairCovariance {
    let (a, c, b) = (covariance[i, i], covariance[i, j], covariance[j, j])
    guard !coordinates.isEmpty else { return PairCovariance(a, c, b) }
    return PairCovariance(
      a, c, b, difference: variance([i, j], [1, -1]).value, sum: variance([i, j], [1, 1]).value,
      determinant: i == j ? 0 : determinant(i, j))
  }

  /// c11 c22 - c12^2 as a sum of squares: of all minors (Lagrange's identity) in few dimensions, of the
  /// part of one vector orthogonal to the other in many.
  private func determinant(_ i: Int, _ j: Int) -> Double {
    let (x, y) = (coordinates[i], coordinates[j])
    var sum = 0.0
    if weights.count <= 4 {
      for k in weights.indices where weights[k] > 0 {
        for l in 0..<k where weights[l] > 0 {
          let minor = x[k] * y[l] - x[l] * y[k]
          sum += weights[k] * weights[l] * minor * minor
        }
      }
      return sum
    }
    guard covariance[i, i] > 0 else { return 0 }
    let slope = covariance[i, j] / covariance[i, i]
    for (k, w) in weights.enumerated() where w > 0 {
      let rest = y[k] - slope * x[k]
      sum += w * rest * rest
    }
    return covariance[i, i] * sum
  }
}
