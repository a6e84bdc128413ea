import CVectorMath

/// A square matrix of no particular symmetry, row by row.
public struct GeneralMatrix: Sendable {
  public let count: Int
  public var elements: [Double]

  public init(count: Int, _ element: (Int, Int) -> Double = { _, _ in 0 }) {
    self.count = count
    elements = (0..<count * count).map { element($0 / count, $0 % count) }
  }

  public subscript(i: Int, j: Int) -> Double {
    get { elements[i * count + j] }
    set { elements[i * count + j] = newValue }
  }

  /// x with A x = b, by elimination with partial pivots; nil where A is singular. Cost O(n^3).
  ///
  /// Own code of fixed order, whose bits do not depend on the processor.
  public func solve(_ b: [Double]) -> [Double]? {
    precondition(b.count == count)
    let n = count
    guard n > 0 else { return [] }
    var x = b
    var all = elements
    let solved = all.withUnsafeMutableBufferPointer { all -> Bool in
      let a = all.baseAddress!
      for k in 0..<n {
        var pivot = k
        for i in k + 1..<max(n, k + 1) where abs(a[i * n + k]) > abs(a[pivot * n + k]) {
          pivot = i
        }
        guard a[pivot * n + k] != 0 else { return false }
        if pivot != k {
          for j in k..<n { all.swapAt(k * n + j, pivot * n + j) }
          x.swapAt(k, pivot)
        }
        for i in k + 1..<max(n, k + 1) {
          let factor = a[i * n + k] / a[k * n + k]
          guard factor != 0 else { continue }
          fw_dense_add(
            InstructionSet.chosen.level, -factor, a + k * n + k, a + i * n + k, Int64(n - k))
          x[i] -= factor * x[k]
        }
      }
      for i in (0..<n).reversed() {
        var sum = x[i]
        for j in i + 1..<max(n, i + 1) { sum -= a[i * n + j] * x[j] }
        x[i] = sum / a[i * n + i]
      }
      return true
    }
    return solved && x.allSatisfy(\.isFinite) ? x : nil
  }

  /// An eigenvalue, real or one of a conjugate pair.
  public struct Eigenvalue: Sendable, Hashable, Codable {
    public var real: Double
    public var imaginary: Double
  }

  /// All eigenvalues, by real part; nil where the iteration does not converge. Cost O(n^3).
  public func eigenvalues() -> [Eigenvalue]? {
    guard elements.allSatisfy(\.isFinite) else { return nil }
    return HessenbergEigenvalues.find(self)?
      .sorted { ($0.real, $0.imaginary) < ($1.real, $1.imaginary) }
  }
}
