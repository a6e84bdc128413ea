import Combinatorics
import NumericalMethods
import Statistics

/// Reflection positivity of the Osterwalder-Schrader axioms: over operators F at positive times, with Theta the
/// reflection of the time axis, the matrix
///
///     M_ij = < Theta F_i F_j >
///
/// has no negative eigenvalue. Operators are products of one field, or of one and three fields, at given
/// times (arXiv:2307.03223).
public struct ReflectionPositivity: Sendable {
  public let times: [Double]
  /// Places of the times of each operator, sorted.
  public let operators: [[Int]]

  /// - Parameter fields: how many fields the operators have: [1], [3] or [1, 3].
  public init(times: [Double], fields: [Int]) {
    self.times = times
    operators = fields.flatMap { Multisets(slots: times.count, order: $0).tuples }
  }

  /// Products of slots whose means are needed: slot k is the field at -times[k], slot `times.count` + k that
  /// at times[k].
  public var monomials: [[Int]] {
    operators.indices.flatMap { i in
      operators[i...].map { b in operators[i] + b.map { $0 + times.count } }
    }.map { $0.sorted() }
  }

  /// The matrix from the means of `monomials`; it is symmetric since reflections leave the law alone.
  public func matrix(_ means: [Double]) -> SymmetricMatrix {
    var next = 0
    return SymmetricMatrix(count: operators.count) { _, _ in
      defer { next += 1 }
      return means[next]
    }
  }

  public struct Found: Sendable {
    /// Ascending, of the mean matrix; the smallest of a noisy matrix is biased downwards.
    public let eigenvalues: [Double]
    /// v.M v on one half of the blocks with the lowest eigenvector v of the other half, averaged over both
    /// choices: it has no such bias, and is at or above the lowest eigenvalue.
    public let lowest: Estimate
  }

  /// From means of `monomials` over blocks.
  public func test(_ sums: ReplicatedSums) -> Found? {
    guard let (eigenvalues, _) = matrix(sums.means).eigen() else { return nil }
    let count = sums.blockCounts.count
    guard count >= 8 else { return nil }
    // Alternating blocks: both halves hold all runs.
    func mean(_ parity: Int) -> [Double] {
      var sum = [Double](repeating: 0, count: monomials.count)
      var n = 0.0
      for b in stride(from: parity, to: count, by: 2) {
        for k in sum.indices { sum[k] += sums.blockSums[b][k] }
        n += sums.blockCounts[b]
      }
      return sum.map { $0 / n }
    }
    var values: [Double] = []
    var weights: [Double] = []
    for parity in 0..<2 {
      guard let vector = matrix(mean(1 - parity)).eigen()?.vectors.first else { return nil }
      for b in stride(from: parity, to: count, by: 2) {
        let m = matrix(sums.blockSums[b].map { $0 / sums.blockCounts[b] })
        var form = 0.0
        for i in vector.indices {
          for j in vector.indices { form += vector[i] * vector[j] * m[i, j] }
        }
        values.append(form)
        weights.append(sums.blockCounts[b])
      }
    }
    let total = weights.reduce(0, +)
    let average = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
    var spread = 0.0
    for (v, w) in zip(values, weights) { spread += w * w * (v - average) * (v - average) }
    return Found(
      eigenvalues: eigenvalues,
      lowest: Estimate(
        value: average, error: spread.squareRoot() / total, degrees: Double(count - 1)))
  }
}
