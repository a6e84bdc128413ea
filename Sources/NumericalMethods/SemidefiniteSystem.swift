import Foundation

/// A x = b for a positive semi-definite matrix that is known up to an error, solved in the directions that
/// the error leaves:
///
///     A = sum_k l_k v_k v_k^T,    A^+ b = sum over l_k > e of v_k (v_k.b) / l_k,
///
/// with e a bound on the norm of the error of A. Where all l_k lie far above e this is the solution by
/// Cholesky factorisation; otherwise it is the least-squares solution of least norm, `rank` says how many
/// directions it has, and `residual` what of b lies outside of them.
public struct SemidefiniteSystem: Sendable {
  private enum Form: Sendable {
    case factor(CholeskyFactor)
    /// Eigenvectors above the error, with their eigenvalues.
    case modes([(value: Double, vector: [Double])])
  }

  private let form: Form
  public let count: Int
  /// Directions in which the matrix is not zero up to its error.
  public let rank: Int
  /// Bound on the norm of the error of A: rounding, and the error of its elements.
  public let uncertainty: Double
  /// Largest over smallest eigenvalue among those directions.
  public let conditionNumber: Double
  /// The smallest of their eigenvalues.
  public let smallest: Double

  /// Rows beyond which a matrix that is singular to its error is not taken apart into eigenvectors.
  public static let modeLimit = 3000

  /// - Parameter elementError: bound on the errors of the elements of A beside their rounding.
  /// - Returns: nil where an element is not finite, or more than `modeLimit` rows are singular.
  /// - Complexity: O(n^3 / 3) where the condition allows it, else O(9 n^3).
  public init?(_ matrix: SymmetricMatrix, elementError: Double = 0) {
    guard matrix.elements.allSatisfy(\.isFinite) else { return nil }
    count = matrix.count
    // Errors of the elements are taken as independent; the decomposition adds a few roundings of the norm.
    let uncertainty =
      Double(matrix.count).squareRoot() * elementError
      + 4 * 0x1p-53 * CholeskyFactor.norm(matrix)
    self.uncertainty = uncertainty
    if let factor = CholeskyFactor(matrix),
      factor.reciprocalCondition * factor.norm > 100 * uncertainty
    {
      form = .factor(factor)
      rank = matrix.count
      conditionNumber = 1 / factor.reciprocalCondition
      smallest = factor.norm * factor.reciprocalCondition
      return
    }
    guard matrix.count <= Self.modeLimit, let (values, vectors) = matrix.eigen() else {
      return nil
    }
    let kept = zip(values, vectors).filter { $0.0 > uncertainty }.map { ($0.0, $0.1) }
    form = .modes(kept)
    rank = kept.count
    smallest = kept.first?.0 ?? 0
    conditionNumber = kept.isEmpty ? .infinity : kept[kept.count - 1].0 / kept[0].0
  }

  /// Solves A X = B in place; B has `columns` columns, row by row.
  public func solve(_ b: inout [Double], columns: Int) {
    switch form {
    case .factor(let factor): factor.solve(&b, columns: columns)
    case .modes(let modes):
      var result = [Double](repeating: 0, count: b.count)
      for (value, vector) in modes {
        let along = product(vector, b, rows: 1, inner: count, columns: columns)
        for i in 0..<count {
          let scale = vector[i] / value
          for c in 0..<columns { result[i * columns + c] += scale * along[c] }
        }
      }
      b = result
    }
  }

  /// What of a vector lies outside the directions of the matrix: zero at full rank.
  public func residual(_ b: [Double]) -> [Double] {
    guard case .modes(let modes) = form else { return [Double](repeating: 0, count: count) }
    var rest = b
    // Twice, so that rounding of the first projection does not stay.
    for _ in 0..<2 {
      for (_, vector) in modes {
        let along = zip(vector, rest).reduce(0) { $0 + $1.0 * $1.1 }
        for i in rest.indices { rest[i] -= along * vector[i] }
      }
    }
    return rest
  }

  /// ln det A; nil where A is singular to its error.
  public var logDeterminant: Double? {
    switch form {
    case .factor(let factor): factor.logDeterminant
    case .modes(let modes): rank < count ? nil : modes.reduce(0) { $0 + log($1.value) }
    }
  }
}
