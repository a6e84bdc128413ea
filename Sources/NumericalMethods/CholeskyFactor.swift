import CLAPACK
import Foundation

/// A = L L^T of a positive definite matrix, by LAPACK.
///
/// A matrix that is singular to rounding gets a jitter, a multiple of the mean diagonal element added
/// to the diagonal: 0 first, then 1e-14, 1e-13, ... until the factor exists.
public struct CholeskyFactor: Sendable {
  public let count: Int
  /// L row by row; what stands above the diagonal has no meaning.
  private let factor: [Double]
  /// What was added to the diagonal.
  public let jitter: Double

  /// nil where a jitter of 1e-6 of the mean diagonal element does not suffice. Cost O(n^3 / 3).
  public init?(_ matrix: SymmetricMatrix) {
    guard matrix.elements.allSatisfy(\.isFinite) else { return nil }
    fw_single_threaded_blas()
    let n = matrix.count
    let scale = (0..<n).reduce(0) { $0 + matrix[$1, $1] } / Double(max(1, n))
    for jitter in [0] + (6...14).reversed().map({ scale * pow(10, -Double($0)) }) {
      var a = matrix.elements
      for i in 0..<n { a[i * n + i] += jitter }
      var (size, info) = (Int32(n), Int32(0))
      // Column by column the rows of L are the columns of an upper factor.
      dpotrf_("U", &size, &a, &size, &info)
      if info == 0 {
        count = n
        factor = a
        self.jitter = jitter
        return
      }
    }
    return nil
  }

  /// Solves L X = B in place; B has `columns` columns, row by row.
  public func solveLower(_ b: inout [Double], columns: Int) { solve(&b, columns, "N") }

  /// Solves A X = B in place.
  public func solve(_ b: inout [Double], columns: Int) {
    solve(&b, columns, "N")
    solve(&b, columns, "T")
  }

  private func solve(_ b: inout [Double], _ columns: Int, _ transposed: String) {
    precondition(b.count == count * columns)
    guard count > 0, columns > 0 else { return }
    var (m, n, one) = (Int32(columns), Int32(count), 1.0)
    dtrsm_("R", "U", transposed, "N", &m, &n, &one, factor, &n, &b, &m)
  }

  /// L u for each u of `columns` columns.
  public func times(_ u: [Double], columns: Int) -> [Double] {
    var result = [Double](repeating: 0, count: count * columns)
    for i in 0..<count {
      for k in 0...i {
        let l = factor[i * count + k]
        for c in 0..<columns { result[i * columns + c] += l * u[k * columns + c] }
      }
    }
    return result
  }

  /// ln det A.
  public var logDeterminant: Double {
    (0..<count).reduce(0) { $0 + 2 * log(factor[$1 * count + $1]) }
  }
}

/// The product of an m x k matrix with a k x n one, both row by row, by BLAS.
public func product(_ a: [Double], _ b: [Double], rows m: Int, inner k: Int, columns n: Int)
  -> [Double]
{
  guard m > 0, n > 0 else { return [] }
  var c = [Double](repeating: 0, count: m * n)
  guard k > 0 else { return c }
  fw_single_threaded_blas()
  // Column by column everything is transposed: C^T = B^T A^T.
  var (rows, columns, inner) = (Int32(n), Int32(m), Int32(k))
  var (one, zero) = (1.0, 0.0)
  dgemm_("N", "N", &rows, &columns, &inner, &one, b, &rows, a, &inner, &zero, &c, &rows)
  return c
}
