import Foundation

/// Singular values of a few columns by one-sided Jacobi rotations (Hestenes; Demmel and Veselic, SIAM J. Matrix
/// Anal. Appl. 13, 1204), to relative accuracy where columns are scaled.
///
/// Own code of fixed order, whose bits do not depend on the processor.
struct SingularValues {
  /// Descending.
  let values: [Double]
  /// `left[j]`, an orthonormal column for each value above 0; zeros for one that is 0.
  let left: [[Double]]
  /// `right[j]`, orthonormal: A = sum_j values[j] left[j] right[j]^T.
  let right: [[Double]]

  /// nil where rotations do not come to an end. Cost O(rows x columns^2) a sweep, of which there are some ten.
  init?(columns: [[Double]]) {
    let n = columns.count
    let m = columns.first?.count ?? 0
    var a = columns
    var v = (0..<n).map { k in (0..<n).map { $0 == k ? 1.0 : 0 } }
    let tolerance = 0x1p-52 * max(4, Double(m).squareRoot())
    var sweeps = 0
    var turned = true
    while turned {
      sweeps += 1
      guard sweeps <= 60 else { return nil }
      turned = false
      for p in 0..<n {
        for q in p + 1..<max(n, p + 1) {
          let (alpha, beta) = (Self.dot(a[p], a[p]), Self.dot(a[q], a[q]))
          let gamma = Self.dot(a[p], a[q])
          guard abs(gamma) > tolerance * (alpha * beta).squareRoot(), gamma != 0 else { continue }
          turned = true
          let zeta = (beta - alpha) / (2 * gamma)
          let size = abs(zeta)
          // Beyond this the 1 is rounded away.
          let root = size < 1e150 ? (1 + zeta * zeta).squareRoot() : size
          let t = (zeta < 0 ? -1 : 1) / (size + root)
          let c = 1 / (1 + t * t).squareRoot()
          Self.turn(&a, p, q, c, c * t)
          Self.turn(&v, p, q, c, c * t)
        }
      }
    }
    let norms = a.map { Self.dot($0, $0).squareRoot() }
    let order = (0..<n).sorted { norms[$0] > norms[$1] }
    values = order.map { norms[$0] }
    left = order.map { j in a[j].map { norms[j] > 0 ? $0 / norms[j] : 0 } }
    right = order.map { v[$0] }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  private static func turn(_ a: inout [[Double]], _ p: Int, _ q: Int, _ c: Double, _ s: Double) {
    for i in a[p].indices {
      let (x, y) = (a[p][i], a[q][i])
      a[p][i] = c * x - s * y
      a[q][i] = s * x + c * y
    }
  }
}
