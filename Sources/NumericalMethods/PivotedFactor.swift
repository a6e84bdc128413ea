import CVectorMath

/// A = P^T L L^T P of a positive semi-definite matrix, L of as many columns as A has rank, by Cholesky's
/// factorisation with complete pivoting: pivots below n x 1.1e-16 of the largest diagonal element are rounding,
/// and what they would add is left out.
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
    let n = matrix.count
    var a = matrix.elements
    var order = Array(0..<n)
    var column = [Double](repeating: 0, count: n)
    let least =
      Double(n) * 0.5 * Double.ulpOfOne * ((0..<n).map { abs(a[$0 * n + $0]) }.max() ?? 0)
    var rank = 0
    while rank < n {
      let k = rank
      let pivot = (k..<n).max { a[$0 * n + $0] < a[$1 * n + $1] } ?? k
      guard a[pivot * n + pivot] > least else { break }
      Self.exchange(&a, n, k, pivot)
      order.swapAt(k, pivot)
      let root = a[k * n + k].squareRoot()
      a[k * n + k] = root
      for i in k + 1..<max(n, k + 1) {
        a[i * n + k] /= root
        column[i] = a[i * n + k]
      }
      a.withUnsafeMutableBufferPointer { a in
        column.withUnsafeBufferPointer { column in
          guard let a = a.baseAddress, let column = column.baseAddress else { return }
          for i in k + 1..<max(n, k + 1) {
            fw_dense_add(
              InstructionSet.chosen.level, -column[i], column + k + 1, a + i * n + k + 1,
              Int64(i - k))
          }
        }
      }
      rank += 1
    }
    count = n
    self.rank = rank
    factor = a
    self.order = order
  }

  /// Exchanges rows and columns k <= p of a symmetric matrix that is kept below its diagonal.
  private static func exchange(_ a: inout [Double], _ n: Int, _ k: Int, _ p: Int) {
    guard k != p else { return }
    for j in 0..<k { a.swapAt(k * n + j, p * n + j) }
    a.swapAt(k * n + k, p * n + p)
    for i in k + 1..<p { a.swapAt(i * n + k, p * n + i) }
    for i in p + 1..<max(n, p + 1) { a.swapAt(i * n + k, i * n + p) }
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
