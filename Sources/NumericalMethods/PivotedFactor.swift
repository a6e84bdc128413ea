import CLAPACK

/// A = P^T L L^T P of a positive semi-definite matrix, L of as many columns as A has rank, by LAPACK's
/// Cholesky factorisation with complete pivoting: pivots below n x 1.1e-16 of the largest diagonal element
/// are rounding, and what they would add is left out.
public struct PivotedFactor: Sendable {
  public let count: Int
  public let rank: Int
  /// Row by row; what stands above the diagonal has no meaning.
  private let factor: [Double]
  /// `order[i]` is the row of A that became row i of L.
  private let order: [Int]

  /// nil where an element is not finite. Cost O(n^3 / 3).
  public init?(_ matrix: SymmetricMatrix) {
    guard matrix.elements.allSatisfy(\.isFinite) else { return nil }
    fw_single_threaded_blas()
    let n = matrix.count
    var a = matrix.elements
    var (size, rank, info) = (Int32(n), Int32(0), Int32(0))
    var pivots = [Int32](repeating: 0, count: n)
    var work = [Double](repeating: 0, count: 2 * n)
    // Below zero: the tolerance of LAPACK itself.
    var tolerance = -1.0
    if n > 0 { dpstrf_("U", &size, &a, &size, &pivots, &rank, &tolerance, &work, &info) }
    guard info >= 0 else { return nil }
    count = n
    self.rank = Int(rank)
    factor = a
    order = pivots.map { Int($0) - 1 }
  }

  /// P^T L u for each u of `columns` columns and `count` rows, of which the first `rank` matter.
  public func times(_ u: [Double], columns: Int) -> [Double] {
    precondition(u.count == count * columns)
    var result = [Double](repeating: 0, count: count * columns)
    for i in 0..<count {
      let row = order[i] * columns
      for k in 0..<min(i + 1, rank) {
        let l = factor[i * count + k]
        for c in 0..<columns { result[row + c] += l * u[k * columns + c] }
      }
    }
    return result
  }
}
