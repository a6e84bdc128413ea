import CLAPACK
import Foundation

/// A = L L^T of a positive definite matrix, by LAPACK.
public struct CholeskyFactor: Sendable {
  public let count: Int
  /// L row by row; what stands above the diagonal has no meaning.
  private let factor: [Double]
  /// The largest sum of moduli of a row of A, which its eigenvalues do not exceed.
  public let norm: Double
  /// 1 / (|A| |A^-1|) in this norm, as LAPACK estimates it: about the smallest eigenvalue over the largest.
  public let reciprocalCondition: Double

  /// nil where the matrix is not positive definite in double precision. Cost O(n^3 / 3).
  public init?(_ matrix: SymmetricMatrix) {
    guard matrix.elements.allSatisfy(\.isFinite) else { return nil }
    fw_single_threaded_blas()
    let n = matrix.count
    var a = matrix.elements
    var (size, info) = (Int32(n), Int32(0))
    // Column by column the rows of L are the columns of an upper factor.
    dpotrf_("U", &size, &a, &size, &info)
    guard info == 0 else { return nil }
    var norm = Self.norm(matrix)
    var reciprocal = n == 0 ? 1.0 : 0
    var work = [Double](repeating: 0, count: 3 * n)
    var integers = [Int32](repeating: 0, count: n)
    if n > 0 { dpocon_("U", &size, a, &size, &norm, &reciprocal, &work, &integers, &info) }
    count = n
    factor = a
    self.norm = norm
    reciprocalCondition = reciprocal
  }

  static func norm(_ matrix: SymmetricMatrix) -> Double {
    let n = matrix.count
    return (0..<n).map { i in
      matrix.elements[i * n..<(i + 1) * n].reduce(0) { $0 + abs($1) }
    }.max() ?? 0
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
