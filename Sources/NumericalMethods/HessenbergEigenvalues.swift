/// Eigenvalues of a general real matrix: balanced, reduced to Hessenberg form by reflections, then the shifted
/// QR iteration of Francis in the form of Martin, Peters and Wilkinson (Numer. Math. 14, 219).
///
/// Own code of fixed order, whose bits do not depend on the processor.
/// - Complexity: O(n^3).
struct HessenbergEigenvalues {
  private let n: Int
  private var a: [[Double]]
  private var found: [GeneralMatrix.Eigenvalue] = []

  /// nil where the iteration does not converge.
  static func find(_ matrix: GeneralMatrix) -> [GeneralMatrix.Eigenvalue]? {
    var own = HessenbergEigenvalues(matrix)
    own.balance()
    own.reduce()
    return own.iterate() ? own.found : nil
  }

  private init(_ matrix: GeneralMatrix) {
    n = matrix.count
    a = (0..<matrix.count).map { i in
      Array(matrix.elements[i * matrix.count..<(i + 1) * matrix.count])
    }
  }

  /// A diagonal similarity by powers of two that brings rows and columns to equal size.
  private mutating func balance() {
    var done = false
    while !done {
      done = true
      for i in 0..<n {
        var (row, column) = (0.0, 0.0)
        for j in 0..<n where j != i {
          row += abs(a[i][j])
          column += abs(a[j][i])
        }
        guard row > 0, column > 0, row.isFinite, column.isFinite else { continue }
        let sum = row + column
        var factor = 1.0
        while column < row / 2, factor < 1e100 {
          factor *= 2
          column *= 4
        }
        while column >= row * 2, factor > 1e-100 {
          factor /= 2
          column /= 4
        }
        guard (column + row) / factor < 0.95 * sum else { continue }
        done = false
        for j in 0..<n { a[i][j] /= factor }
        for j in 0..<n { a[j][i] *= factor }
      }
    }
  }

  private mutating func reduce() {
    for k in 0..<max(0, n - 2) {
      let size = (k + 1..<n).reduce(0) { max($0, abs(a[$1][k])) }
      guard size > 0, (k + 2..<n).contains(where: { a[$0][k] != 0 }) else { continue }
      var v = (k + 1..<n).map { a[$0][k] / size }
      let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let alpha = v[0] > 0 ? -norm : norm
      v[0] -= alpha
      let beta = 2 / v.reduce(0) { $0 + $1 * $1 }
      // Columns from the left, then rows from the right.
      for j in k..<n {
        var sum = 0.0
        for (i, x) in v.enumerated() { sum += x * a[k + 1 + i][j] }
        for (i, x) in v.enumerated() { a[k + 1 + i][j] -= beta * sum * x }
      }
      for i in 0..<n {
        var sum = 0.0
        for (j, x) in v.enumerated() { sum += x * a[i][k + 1 + j] }
        for (j, x) in v.enumerated() { a[i][k + 1 + j] -= beta * sum * x }
      }
      a[k + 1][k] = alpha * size
      for i in k + 2..<n { a[i][k] = 0 }
    }
  }

  /// Splits off eigenvalues at the lower end, one or two at a time.
  private mutating func iterate() -> Bool {
    var norm = 0.0
    for i in 0..<n { for j in max(0, i - 1)..<n { norm += abs(a[i][j]) } }
    var last = n - 1
    var shift = 0.0
    var steps = 0
    while last >= 0 {
      let first = start(of: last, norm)
      let x = a[last][last]
      if first == last {
        found.append(.init(real: x + shift, imaginary: 0))
        (last, steps) = (last - 1, 0)
        continue
      }
      let y = a[last - 1][last - 1]
      let w = a[last][last - 1] * a[last - 1][last]
      if first == last - 1 {
        pair(x, y, w, shift)
        (last, steps) = (last - 2, 0)
        continue
      }
      guard steps < 90 else { return false }
      var (sx, sy, sw) = (x, y, w)
      if steps > 0, steps % 10 == 0 {
        // A shift out of the ordinary breaks a cycle.
        shift += x
        for i in 0...last { a[i][i] -= x }
        let s = abs(a[last][last - 1]) + abs(a[last - 1][last - 2])
        (sx, sy, sw) = (0.75 * s, 0.75 * s, -0.4375 * s * s)
      }
      steps += 1
      sweep(first, last, sx, sy, sw)
    }
    return true
  }

  /// The first row of the block that ends at `last`; the element before it is negligible.
  private mutating func start(of last: Int, _ norm: Double) -> Int {
    for l in stride(from: last, to: 0, by: -1) {
      var s = abs(a[l - 1][l - 1]) + abs(a[l][l])
      if s == 0 { s = norm }
      if abs(a[l][l - 1]) + s == s {
        a[l][l - 1] = 0
        return l
      }
    }
    return 0
  }

  /// The two eigenvalues of a block ((y, .), (., x)) whose off-diagonal elements have the product w.
  private mutating func pair(_ x: Double, _ y: Double, _ w: Double, _ shift: Double) {
    let p = 0.5 * (y - x)
    let q = p * p + w
    let root = abs(q).squareRoot()
    if q >= 0 {
      let z = p + (p < 0 ? -root : root)
      found.append(.init(real: x + shift + z, imaginary: 0))
      found.append(.init(real: z != 0 ? x + shift - w / z : x + shift + z, imaginary: 0))
    } else {
      found.append(.init(real: x + shift + p, imaginary: root))
      found.append(.init(real: x + shift + p, imaginary: -root))
    }
  }

  /// One double QR step on the block first ... last.
  private mutating func sweep(_ first: Int, _ last: Int, _ x: Double, _ y: Double, _ w: Double) {
    var (p, q, r) = (0.0, 0.0, 0.0)
    var m = last - 2
    while true {
      let z = a[m][m]
      let (dx, dy) = (x - z, y - z)
      p = (dx * dy - w) / a[m + 1][m] + a[m][m + 1]
      q = a[m + 1][m + 1] - z - dx - dy
      r = a[m + 2][m + 1]
      let size = abs(p) + abs(q) + abs(r)
      (p, q, r) = (p / size, q / size, r / size)
      if m == first { break }
      let u = abs(a[m][m - 1]) * (abs(q) + abs(r))
      let v = abs(p) * (abs(a[m - 1][m - 1]) + abs(z) + abs(a[m + 1][m + 1]))
      if u + v == v { break }
      m -= 1
    }
    for i in m + 2...last {
      a[i][i - 2] = 0
      if i != m + 2 { a[i][i - 3] = 0 }
    }
    for k in m..<last {
      var size = 1.0
      if k != m {
        (p, q, r) = (a[k][k - 1], a[k + 1][k - 1], k != last - 1 ? a[k + 2][k - 1] : 0)
        size = abs(p) + abs(q) + abs(r)
        if size != 0 { (p, q, r) = (p / size, q / size, r / size) }
      }
      let root = (p * p + q * q + r * r).squareRoot()
      let s = p < 0 ? -root : root
      guard s != 0 else { continue }
      if k == m {
        if first != m { a[k][k - 1] = -a[k][k - 1] }
      } else {
        a[k][k - 1] = -s * size
      }
      p += s
      reflect(k, first, last, (p / s, q / s, r / s), (q / p, r / p))
    }
  }

  /// A reflection of the rows, then the columns, k ... k + 2.
  private mutating func reflect(
    _ k: Int, _ first: Int, _ last: Int, _ v: (x: Double, y: Double, z: Double),
    _ ratio: (q: Double, r: Double)
  ) {
    let three = k != last - 1
    for j in k...last {
      var p = a[k][j] + ratio.q * a[k + 1][j]
      if three {
        p += ratio.r * a[k + 2][j]
        a[k + 2][j] -= p * v.z
      }
      a[k + 1][j] -= p * v.y
      a[k][j] -= p * v.x
    }
    for i in first...min(last, k + 3) {
      var p = v.x * a[i][k] + v.y * a[i][k + 1]
      if three {
        p += v.z * a[i][k + 2]
        a[i][k + 2] -= p * ratio.r
      }
      a[i][k + 1] -= p * ratio.q
      a[i][k] -= p
    }
  }
}
