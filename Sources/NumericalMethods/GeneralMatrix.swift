import CLAPACK

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

  /// The columns one after the other, as LAPACK has them.
  private var columns: [Double] {
    var result = elements
    for i in 0..<count { for j in 0..<count { result[j * count + i] = elements[i * count + j] } }
    return result
  }

  /// x with A x = b; nil where A is singular. Cost O(n^3).
  public func solve(_ b: [Double]) -> [Double]? {
    precondition(b.count == count)
    guard count > 0 else { return [] }
    fw_single_threaded_blas()
    var (n, one, info) = (Int32(count), Int32(1), Int32(0))
    var a = columns
    var x = b
    var pivots = [Int32](repeating: 0, count: count)
    dgesv_(&n, &one, &a, &n, &pivots, &x, &n, &info)
    return info == 0 && x.allSatisfy(\.isFinite) ? x : nil
  }

  /// An eigenvalue, real or one of a conjugate pair.
  public struct Eigenvalue: Sendable, Hashable, Codable {
    public var real: Double
    public var imaginary: Double
  }

  /// All eigenvalues, by real part; nil where LAPACK does not converge. Cost O(n^3).
  public func eigenvalues() -> [Eigenvalue]? {
    guard elements.allSatisfy(\.isFinite) else { return nil }
    guard count > 0 else { return [] }
    fw_single_threaded_blas()
    var (n, one, info) = (Int32(count), Int32(1), Int32(0))
    var a = columns
    var real = [Double](repeating: 0, count: count)
    var imaginary = real
    var none = [0.0]
    var lwork = Int32(20 * count)
    var work = [Double](repeating: 0, count: Int(lwork))
    var other = none
    dgeev_(
      "N", "N", &n, &a, &n, &real, &imaginary, &none, &one, &other, &one, &work, &lwork, &info)
    guard info == 0 else { return nil }
    return zip(real, imaginary).map { Eigenvalue(real: $0, imaginary: $1) }
      .sorted { ($0.real, $0.imaginary) < ($1.real, $1.imaginary) }
  }
}
