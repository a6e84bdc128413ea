import CVectorMath

/// Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to tridiagonal form, then the
/// implicit QL iteration (Bowdler, Martin, Reinsch and Wilkinson, Numer. Math. 11, 293).
///
/// Own code of fixed order, whose bits do not depend on the processor (`DenseProduct`); errors are of the size
/// of the rounding of the largest eigenvalue, as LAPACK's are.
/// - Complexity: O(n^3), about 9 n^3 operations.
struct SymmetricEigensolver {
  private let n: Int
  private let level = InstructionSet.chosen.level
  /// The matrix, scaled so that its largest element is about 1; then the vectors, one a row.
  private var a: [Double]
  private var diagonal: [Double]
  /// `side[k]` between k and k + 1.
  private var side: [Double]

  /// Ascending, with `vectors[k]` for `values[k]`; nil where the iteration does not converge.
  static func solve(_ elements: [Double], count n: Int) -> (
    values: [Double], vectors: [[Double]]
  )? {
    let largest = elements.reduce(0) { max($0, abs($1)) }
    guard largest > 0 else {
      let vectors = (0..<n).map { k in (0..<n).map { $0 == k ? 1.0 : 0 } }
      return ([Double](repeating: 0, count: n), vectors)
    }
    // A power of two: nothing is rounded, nothing overflows in squares.
    let unit = Double(sign: .plus, exponent: largest.exponent, significand: 1)
    var solver = SymmetricEigensolver(elements.map { $0 / unit }, n)
    solver.reduce()
    guard solver.iterate() else { return nil }
    let order = (0..<n).sorted { solver.diagonal[$0] < solver.diagonal[$1] }
    return (
      order.map { solver.diagonal[$0] * unit },
      order.map { Array(solver.a[$0 * n..<($0 + 1) * n]) }
    )
  }

  private init(_ a: [Double], _ n: Int) {
    self.a = a
    self.n = n
    diagonal = [Double](repeating: 0, count: n)
    side = [Double](repeating: 0, count: n)
  }

  /// A = Q T Q^T; leaves Q^T in `a`.
  ///
  /// Step k reflects row k onto its element k + 1 with H = 1 - beta v v^T, and takes H A H of the rest.
  private mutating func reduce() {
    var betas = [Double](repeating: 0, count: n)
    var product = [Double](repeating: 0, count: n)
    let n = n
    let level = level
    a.withUnsafeMutableBufferPointer { a in
      product.withUnsafeMutableBufferPointer { product in
        let (a, p) = (a.baseAddress!, product.baseAddress!)
        for k in 0..<n {
          diagonal[k] = a[k * n + k]
          guard k + 1 < n else { break }
          let v = a + k * n
          (side[k], betas[k]) = Self.reflect(v, from: k + 1, to: n)
          let beta = betas[k]
          guard beta != 0 else { continue }
          let (first, count) = (k + 1, Int64(n - k - 1))
          for i in first..<n { p[i] = 0 }
          for j in first..<n {
            fw_dense_add(level, beta * v[j], a + j * n + first, p + first, count)
          }
          var overlap = 0.0
          for i in first..<n { overlap += v[i] * p[i] }
          for i in first..<n { p[i] -= 0.5 * beta * overlap * v[i] }
          for i in first..<n {
            fw_dense_add_two(
              level, -v[i], p + first, -p[i], v + first, a + i * n + first, count)
          }
        }
      }
    }
    a = transposedProduct(betas)
  }

  /// v = x - alpha e_1 in place of x, with H x = alpha e_1; beta is 0 where x is of that form already.
  private static func reflect(_ x: UnsafeMutablePointer<Double>, from first: Int, to n: Int) -> (
    alpha: Double, beta: Double
  ) {
    var rest = 0.0
    for i in first + 1..<max(n, first + 1) { rest += x[i] * x[i] }
    guard rest > 0 else { return (x[first], 0) }
    let norm = (x[first] * x[first] + rest).squareRoot()
    let alpha = x[first] > 0 ? -norm : norm
    x[first] -= alpha
    return (alpha, 2 / (x[first] * x[first] + rest))
  }

  /// Q^T from the reflections that stand in the rows of `a`.
  private func transposedProduct(_ betas: [Double]) -> [Double] {
    var q = [Double](repeating: 0, count: n * n)
    for k in 0..<n { q[k * n + k] = 1 }
    var row = [Double](repeating: 0, count: n)
    q.withUnsafeMutableBufferPointer { q in
      a.withUnsafeBufferPointer { a in
        row.withUnsafeMutableBufferPointer { row in
          let (q, a, p) = (q.baseAddress!, a.baseAddress!, row.baseAddress!)
          for k in (0..<max(0, n - 1)).reversed() where betas[k] != 0 {
            let (v, first, count) = (a + k * n, k + 1, Int64(n - k - 1))
            for i in first..<n { p[i] = 0 }
            for i in first..<n { fw_dense_add(level, v[i], q + i * n + first, p + first, count) }
            for i in first..<n {
              fw_dense_add(level, -betas[k] * v[i], p + first, q + i * n + first, count)
            }
          }
          for i in 0..<n {
            for j in 0..<i { (q[i * n + j], q[j * n + i]) = (q[j * n + i], q[i * n + j]) }
          }
        }
      }
    }
    return q
  }

  /// QL: T becomes diagonal, and the rows of `a` its vectors. False where it does not converge.
  private mutating func iterate() -> Bool {
    var shift = 0.0
    var size = 0.0
    for l in 0..<n {
      size = max(size, abs(diagonal[l]) + abs(side[l]))
      var m = l
      while m < n - 1, abs(side[m]) > 0x1p-52 * size { m += 1 }
      guard m > l else {
        diagonal[l] += shift
        continue
      }
      var steps = 0
      repeat {
        steps += 1
        guard steps <= 60 else { return false }
        sweep(l, m, &shift)
      } while abs(side[l]) > 0x1p-52 * size
      diagonal[l] += shift
      side[l] = 0
    }
    return true
  }

  /// One implicit QL step on the block l ... m.
  private mutating func sweep(_ l: Int, _ m: Int, _ shift: inout Double) {
    var g = diagonal[l]
    var p = (diagonal[l + 1] - g) / (2 * side[l])
    var r = (p * p + 1).squareRoot()
    if p < 0 { r = -r }
    diagonal[l] = side[l] / (p + r)
    diagonal[l + 1] = side[l] * (p + r)
    let next = diagonal[l + 1]
    var h = g - diagonal[l]
    for i in l + 2..<max(n, l + 2) { diagonal[i] -= h }
    shift += h
    p = diagonal[m]
    var (c, c2, c3) = (1.0, 1.0, 1.0)
    var (s, s2) = (0.0, 0.0)
    let sideNext = side[l + 1]
    var turns: [(cosine: Double, sine: Double)] = []
    turns.reserveCapacity(m - l)
    for i in (l..<m).reversed() {
      (c3, c2, s2) = (c2, c, s)
      g = c * side[i]
      h = c * p
      r = (p * p + side[i] * side[i]).squareRoot()
      side[i + 1] = s * r
      s = side[i] / r
      c = p / r
      p = c * diagonal[i] - s * g
      diagonal[i + 1] = h + s * (c * g + s * diagonal[i])
      turns.append((c, s))
    }
    p = -s * s2 * c3 * sideNext * side[l] / next
    side[l] = s * p
    diagonal[l] = c * p
    rotate(turns, m)
  }

  /// Turns the rows m - 1 and m, then m - 2 and m - 1, ..., a stretch of columns that fits the cache at a time.
  private mutating func rotate(_ turns: [(cosine: Double, sine: Double)], _ m: Int) {
    let (n, level) = (n, level)
    a.withUnsafeMutableBufferPointer { a in
      for first in stride(from: 0, to: n, by: 128) {
        let count = Int64(min(128, n - first))
        for (k, turn) in turns.enumerated() {
          let row = a.baseAddress! + (m - 1 - k) * n + first
          fw_dense_rotate(level, turn.cosine, turn.sine, row, row + n, count)
        }
      }
    }
  }
}
