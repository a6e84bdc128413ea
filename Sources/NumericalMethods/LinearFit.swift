import Foundation

/// Linear least squares y = sum_k c_k a_k, prepared for many right-hand sides: columns scaled to unit
/// norm, then singular values, which do not square the condition number as normal equations do.
public struct LinearFit: Sendable {
  /// Largest over smallest singular value of the scaled columns; infinite where it is rounding.
  public let conditionNumber: Double
  /// c = inverse y, `inverse[k][i]`; for columns that cannot be told apart, of least norm.
  public let inverse: [[Double]]
  /// Directions in the space of scaled coefficients c_k |a_k| that the data cannot see: each an
  /// orthonormal vector over the columns.
  public let unseen: [[Double]]
  /// |a_k|.
  public let norms: [Double]

  /// Singular values below this times the largest are rounding.
  public static let tolerance = 1e-13

  /// - Parameter columns: `columns[k][i]`, at least as many rows as columns.
  /// - Returns: nil where a column vanishes or is not finite, or there are too few rows.
  /// - Complexity: O(rows x columns^2).
  public init?(columns: [[Double]]) {
    let n = columns.count
    guard n > 0, let m = columns.first?.count, m >= n else { return nil }
    let norms = columns.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    guard norms.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    guard
      let parts = SingularValues(
        columns: zip(columns, norms).map { column, norm in column.map { $0 / norm } }),
      parts.values[0] > 0
    else { return nil }
    let s = parts.values
    self.norms = norms
    let seen = s.indices.filter { s[$0] > Self.tolerance * s[0] }
    conditionNumber = seen.count == n ? s[0] / s[n - 1] : .infinity
    unseen = s.indices.filter { !seen.contains($0) }.map { parts.right[$0] }
    inverse = (0..<n).map { k in
      (0..<m).map { i in
        var sum = 0.0
        for j in seen { sum += parts.right[j][k] * parts.left[j][i] / s[j] }
        return sum / norms[k]
      }
    }
  }

  /// The coefficients for values y.
  public func solve(_ y: [Double]) -> [Double] {
    inverse.map { row in zip(row, y).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}
