import NumericalMethods

/// One element of a symmetry group, as it acts on the components of the field or on the inputs.
///
///     outputs:  f'(x) = R f(x)
///     inputs:   f'(x) = s f(A x + c)
public struct GroupElement: Sendable, Hashable {
  /// R, or A, row by row.
  public let matrix: [[Double]]
  /// c; empty for outputs.
  public let shift: [Double]
  /// s, by which a dilatation of weight multiplies the field.
  public let factor: Double
  public let label: String

  public init(matrix: [[Double]], shift: [Double] = [], factor: Double = 1, label: String) {
    self.matrix = matrix
    self.shift = shift
    self.factor = factor
    self.label = label
  }

  /// A x + c.
  public func image(_ x: [Double]) -> [Double] {
    matrix.indices.map { i in
      var sum = shift.isEmpty ? 0 : shift[i]
      for (a, v) in zip(matrix[i], x) { sum += a * v }
      return sum
    }
  }
}
