import Foundation
import NumericalMethods

/// Gaussian variables in terms of independent standard normals: z_p = sum_k slopes[p][k] u_k, one
/// direction for each eigenvalue of the covariance that is not rounding, the largest first.
struct GaussianDirections {
  let slopes: [[Double]]
  let count: Int
  let variances: [Double]

  init(_ covariance: SymmetricMatrix) {
    variances = (0..<covariance.count).map { max(0, covariance[$0, $0]) }
    let modes = covariance.leadingModes(tolerance: 1e-14)
    count = modes.count
    slopes = (0..<covariance.count).map { p in
      modes.map { $0.value.squareRoot() * $0.vector[p] }
    }
  }

  /// The largest standard deviation.
  var spread: Double { (variances.max() ?? 0).squareRoot() }
}
