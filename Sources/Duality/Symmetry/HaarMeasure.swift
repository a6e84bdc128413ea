import Foundation
import NumericalMethods

/// Uniformly distributed group elements: a Gaussian matrix orthonormalised, which is its QR decomposition
/// with a positive diagonal of R (F. Mezzadri, math-ph/0609050).
public enum HaarMeasure {
  /// An element of O(n).
  public static func orthogonal(_ n: Int, _ random: inout SeededGenerator) -> [[Double]] {
    var rows: [[Double]] = []
    for _ in 0..<n {
      var row = (0..<n).map { _ in random.normal() }
      // Twice, against rounding.
      for _ in 0..<2 {
        for other in rows {
          let overlap = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
          for k in row.indices { row[k] -= overlap * other[k] }
        }
      }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      rows.append(row.map { $0 / norm })
    }
    return rows
  }

  /// An element of SO(n).
  public static func specialOrthogonal(_ n: Int, _ random: inout SeededGenerator) -> [[Double]] {
    var rows = orthogonal(n, &random)
    if determinant(rows) < 0 { rows[0] = rows[0].map { -$0 } }
    return rows
  }

  /// An element of U(n) (or SU(n)) as a real matrix over (Re f_1, Im f_1, Re f_2, ...).
  public static func unitary(_ n: Int, special: Bool, _ random: inout SeededGenerator)
    -> [[Double]]
  {
    var rows: [[(re: Double, im: Double)]] = []
    for _ in 0..<n {
      var row = (0..<n).map { _ in (re: random.normal(), im: random.normal()) }
      for _ in 0..<2 {
        for other in rows {
          // <other, row>
          var (re, im) = (0.0, 0.0)
          for (a, b) in zip(other, row) {
            re += a.re * b.re + a.im * b.im
            im += a.re * b.im - a.im * b.re
          }
          for k in row.indices {
            row[k].re -= re * other[k].re - im * other[k].im
            row[k].im -= re * other[k].im + im * other[k].re
          }
        }
      }
      let norm = row.reduce(0) { $0 + $1.re * $1.re + $1.im * $1.im }.squareRoot()
      rows.append(row.map { ($0.re / norm, $0.im / norm) })
    }
    if special {
      let phase = -complexPhase(rows)
      let (c, s) = (cos(phase), sin(phase))
      rows[0] = rows[0].map { (c * $0.re - s * $0.im, c * $0.im + s * $0.re) }
    }
    var real = [[Double]](repeating: [Double](repeating: 0, count: 2 * n), count: 2 * n)
    for i in 0..<n {
      for j in 0..<n {
        let u = rows[i][j]
        real[2 * i][2 * j] = u.re
        real[2 * i][2 * j + 1] = -u.im
        real[2 * i + 1][2 * j] = u.im
        real[2 * i + 1][2 * j + 1] = u.re
      }
    }
    return real
  }

  /// By elimination with pivots.
  static func determinant(_ rows: [[Double]]) -> Double {
    var a = rows
    var value = 1.0
    for k in a.indices {
      guard let pivot = (k..<a.count).max(by: { abs(a[$0][k]) < abs(a[$1][k]) }), a[pivot][k] != 0
      else { return 0 }
      if pivot != k {
        a.swapAt(pivot, k)
        value = -value
      }
      value *= a[k][k]
      for i in k + 1..<max(a.count, k + 1) {
        let factor = a[i][k] / a[k][k]
        for j in k..<a.count { a[i][j] -= factor * a[k][j] }
      }
    }
    return value
  }

  /// The phase of the determinant of a unitary matrix, by elimination with pivots.
  private static func complexPhase(_ rows: [[(re: Double, im: Double)]]) -> Double {
    var a = rows
    var phase = 0.0
    for k in a.indices {
      let pivot =
        (k..<a.count).max {
          hypot(a[$0][k].re, a[$0][k].im) < hypot(a[$1][k].re, a[$1][k].im)
        } ?? k
      if pivot != k {
        a.swapAt(pivot, k)
        phase += .pi
      }
      let p = a[k][k]
      phase += atan2(p.im, p.re)
      let size = p.re * p.re + p.im * p.im
      for i in k + 1..<max(a.count, k + 1) {
        let q = a[i][k]
        let f = (
          re: (q.re * p.re + q.im * p.im) / size, im: (q.im * p.re - q.re * p.im) / size
        )
        for j in k..<a.count {
          a[i][j].re -= f.re * a[k][j].re - f.im * a[k][j].im
          a[i][j].im -= f.re * a[k][j].im + f.im * a[k][j].re
        }
      }
    }
    return phase
  }
}
