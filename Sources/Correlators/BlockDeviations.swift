import Foundation
import NumericalMethods
import Statistics

/// Deviations of several estimates with one block left out at a time, scaled so that their products
/// summed over blocks are the covariance of the estimates.
public struct BlockDeviations {
  /// `deviations[i][b]` of estimate i and block b.
  private let deviations: [[Double]]
  private let blocks: Int

  /// nil with fewer than two blocks.
  init?(_ knife: Jackknife, full: [Double], leftOut: [[Double]]) {
    guard knife.replicates > 1 else { return nil }
    blocks = knife.replicates
    deviations = full.indices.map { i in knife.deviations(full: full[i]) { leftOut[$0][i] } }
  }

  /// Covariance of the estimates. Cost: estimates^2 x blocks.
  public var covariance: SymmetricMatrix {
    SymmetricMatrix(count: deviations.count) { i, j in
      var sum = 0.0
      for b in 0..<blocks { sum += deviations[i][b] * deviations[j][b] }
      return sum
    }
  }

  /// How far the estimates are from known values, given the differences: T^2 on the eigenmodes of
  /// the covariance above 1e-6 of the largest, at most half as many as there are blocks.
  ///
  /// The modes come from the matrix over blocks, which has the same non-zero eigenvalues as the
  /// covariance and stays small when there are many estimates.
  func chiSquare(_ differences: [Double]) -> ChiSquare? {
    var sums = [Double](repeating: 0, count: blocks * blocks)
    var right = [Double](repeating: 0, count: blocks)
    for (row, difference) in zip(deviations, differences) {
      for b in 0..<blocks {
        right[b] += row[b] * difference
        let factor = row[b]
        for c in b..<blocks { sums[b * blocks + c] += factor * row[c] }
      }
    }
    let gram = SymmetricMatrix(count: blocks) { sums[$0 * blocks + $1] }
    // A mode v = D u / sqrt(lambda) has the projection v.d = u.(D^T d) / sqrt(lambda).
    let modes = gram.leadingModes().prefix(blocks / 2)
    guard !modes.isEmpty else { return nil }
    var value = 0.0
    for mode in modes {
      let projection = zip(mode.vector, right).reduce(0) { $0 + $1.0 * $1.1 }
      value += projection * projection / (mode.value * mode.value)
    }
    return ChiSquare(value, modes: modes.count, blocks: blocks)
  }
}
