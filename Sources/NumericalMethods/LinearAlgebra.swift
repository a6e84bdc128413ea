/// A symmetric matrix in full storage, row by row.
public struct SymmetricMatrix: Sendable, Equatable {
  public let count: Int
  public private(set) var elements: [Double]

  /// The zero matrix.
  public init(count: Int) {
    self.count = count
    elements = [Double](repeating: 0, count: count * count)
  }

  /// offset + scale x the given elements, row by row, of which the upper triangle counts.
  public init(
    count: Int, upper elements: consuming [Double], scale: Double = 1, offset: Double = 0
  ) {
    precondition(elements.count == count * count)
    self.count = count
    var all = elements
    all.withUnsafeMutableBufferPointer { a in
      // In tiles: a transpose walks along the rows of one of the two at a time.
      for top in stride(from: 0, to: count, by: 32) {
        for left in stride(from: top, to: count, by: 32) {
          for i in top..<min(count, top + 32) {
            for j in max(left, i)..<max(i, min(count, left + 32)) {
              let value = offset + scale * a[i * count + j]
              a[i * count + j] = value
              a[j * count + i] = value
            }
          }
        }
      }
    }
    self.elements = all
  }

  /// The matrix of a symmetric function of two indices; called for i <= j only.
  public init(count: Int, _ element: (Int, Int) throws -> Double) rethrows {
    self.init(count: count)
    for i in 0..<count { for j in i..<count { self[i, j] = try element(i, j) } }
  }

  public subscript(i: Int, j: Int) -> Double {
    get { elements[i * count + j] }
    set {
      elements[i * count + j] = newValue
      elements[j * count + i] = newValue
    }
  }

  public var rows: [[Double]] {
    (0..<count).map { i in Array(elements[i * count..<(i + 1) * count]) }
  }

  /// The lower Cholesky factor of a positive semi-definite matrix, row by row (i (i + 1) / 2 + j); a
  /// pivot below `tolerance` of its diagonal element counts as zero, with its column.
  public func semidefiniteFactor(tolerance: Double = 1e-14) -> [Double] {
    var factor = [Double](repeating: 0, count: count * (count + 1) / 2)
    func at(_ i: Int, _ j: Int) -> Int { i * (i + 1) / 2 + j }
    for j in 0..<count {
      var pivot = self[j, j]
      for k in 0..<j { pivot -= factor[at(j, k)] * factor[at(j, k)] }
      guard pivot > tolerance * self[j, j] else { continue }
      let root = pivot.squareRoot()
      factor[at(j, j)] = root
      for i in j + 1..<max(count, j + 1) {
        var sum = self[i, j]
        for k in 0..<j { sum -= factor[at(i, k)] * factor[at(j, k)] }
        factor[at(i, j)] = sum / root
      }
    }
    return factor
  }

  /// Eigenvalues in ascending order and the orthonormal eigenvectors, `vectors[k]` for
  /// `values[k]`; nil where the iteration does not converge or an element is not
  /// finite. Bits: `SymmetricEigensolver`. Cost O(n^3).
  public func eigen() -> (values: [Double], vectors: [[Double]])? {
    guard count > 0 else { return ([], []) }
    guard elements.allSatisfy(\.isFinite) else { return nil }
    return SymmetricEigensolver.solve(elements, count: count)
  }

  /// Eigenmodes whose eigenvalue exceeds `tolerance` times the largest.
  public func leadingModes(tolerance: Double = 1e-6) -> [(value: Double, vector: [Double])] {
    guard let (values, vectors) = eigen(), let top = values.last, top > 0 else { return [] }
    return zip(values, vectors).filter { $0.0 > tolerance * top }.map { ($0.0, $0.1) }.reversed()
  }
}

/// Weighted linear least squares: minimises sum_i w_i (y_i - sum_k c_k a_k(i))^2.
///
/// `columns[k][i]` is the design matrix. Columns are scaled to unit norm before the normal
/// matrix is inverted through its eigenmodes. Returns nil where two columns cannot be told apart.
public func weightedLeastSquares(columns: [[Double]], values: [Double], weights: [Double])
  -> [Double]?
{
  let norms = columns.map { column in
    zip(column, weights).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }.squareRoot()
  }
  guard norms.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
  func product(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] * weights[i] }
    return sum
  }
  let normal = SymmetricMatrix(count: columns.count) {
    product(columns[$0], columns[$1]) / (norms[$0] * norms[$1])
  }
  guard let (eigenvalues, vectors) = normal.eigen(), let low = eigenvalues.first,
    let high = eigenvalues.last, low > 1e-12 * high
  else { return nil }
  let right = columns.indices.map { product(columns[$0], values) / norms[$0] }
  var solution = [Double](repeating: 0, count: columns.count)
  for (lambda, v) in zip(eigenvalues, vectors) {
    let projection = zip(v, right).reduce(0) { $0 + $1.0 * $1.1 } / lambda
    for k in solution.indices { solution[k] += projection * v[k] }
  }
  return solution.indices.map { solution[$0] / norms[$0] }
}
