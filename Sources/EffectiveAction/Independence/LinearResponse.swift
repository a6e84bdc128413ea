import Combinatorics
import Ensembles
import Foundation
import Kernels
import Statistics

/// How the connected four-point function responds to the strength alpha of correlations among output
/// weights: a joint cumulant with the score (arXiv:2307.03223),
///
///     d Gc^(r) / d alpha = kappa( d_alpha log P; f(x1), ..., f(xr) ),
///
/// so that sampling the networks at one alpha gives the slope there.
public struct LinearResponse: Sendable {
  private let transform: CumulantTransform
  /// (d c_k / d alpha) / c_k, k = 0, 1, 2.
  private let slopes: [Double]

  /// - Parameter transform: over points, through order four at least.
  public init(_ ensemble: Ensemble, transform: CumulantTransform) {
    self.transform = transform
    slopes = (0...2).map { ensemble.momentRatioSlope($0) / ensemble.momentRatio($0) }
  }

  /// The slope of Gc4 = m4 - sum_3 m2 m2 from the slopes of the moments.
  private func fourPoint(m2: [Double], slope2: [Double], slope4: [Double]) -> [Double] {
    let pairs = transform.multisets[2]
    let matchings = pairings(of: 4)
    return transform.multisets[4].tuples.enumerated().map { i, x in
      matchings.reduce(slope4[i]) { sum, m in
        let a = pairs.index(of: [x[m[0].0], x[m[0].1]])
        let b = pairs.index(of: [x[m[1].0], x[m[1].1]])
        return sum - slope2[a] * m2[b] - m2[a] * slope2[b]
      }
    }
  }

  /// From exact connected correlators: every moment of order 2k is proportional to c_k.
  public func exact(_ connected: [[Double]]) -> [Double] {
    let moments = transform.moments(ofCumulants: connected)
    return fourPoint(
      m2: moments[2], slope2: moments[2].map { slopes[1] * $0 },
      slope4: moments[4].map { slopes[2] * $0 })
  }

  /// Products to be sampled: those of two and of four outputs, the score, and its products with them.
  /// The score is the slot after those of the points.
  public static func monomials(points: Int) -> [[Int]] {
    let plain = [2, 4].flatMap { Multisets(slots: points, order: $0).tuples }
    return plain + [[points]] + plain.map { $0 + [points] }
  }

  /// From sums of those products over networks, with jackknife errors.
  public func sampled(_ sums: ReplicatedSums, points: Int) -> [Estimate] {
    let two = transform.multisets[2].tuples.count
    let four = transform.multisets[4].tuples.count
    func response(_ means: [Double]) -> [Double] {
      let plain = two + four
      let score = means[plain]
      // Cov(score, f ... f).
      let slopes = (0..<plain).map { means[plain + 1 + $0] - score * means[$0] }
      return fourPoint(
        m2: Array(means[0..<two]), slope2: Array(slopes[0..<two]), slope4: Array(slopes[two...]))
    }
    return sums.estimates(.block, response)
  }
}
