import Foundation
import NumericalMethods

/// Gaussian variables in terms of independent standard normals: z_p = sum_k slopes[p][k] u_k, one
/// direction for each eigenvalue of the correlation matrix that is not rounding, the largest first.
///
/// Of the correlations, not the covariance: a variable that is much smaller than another would be rounded
/// relative to the larger one, and lost below 1e-7 of it.
struct GaussianDirections {
  let slopes: [[Double]]
  let count: Int
  let variances: [Double]

  init(_ covariance: SymmetricMatrix) {
    variances = (0..<covariance.count).map { max(0, covariance[$0, $0]) }
    let sigmas = variances.map { $0.squareRoot() }
    let correlation = SymmetricMatrix(count: covariance.count) { p, q in
      let scale = sigmas[p] * sigmas[q]
      guard scale > 0 else { return 0 }
      return p == q ? 1 : covariance[p, q] / scale
    }
    let modes = correlation.leadingModes(tolerance: 1e-14)
    count = modes.count
    slopes = sigmas.indices.map { p in
      modes.map { sigmas[p] * $0.value.squareRoot() * $0.vector[p] }
    }
  }

  /// The largest standard deviation.
  var spread: Double { (variances.max() ?? 0).squareRoot() }
}
