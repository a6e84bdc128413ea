import CVectorMath
import Foundation

/// A = L L^T of a positive definite matrix.
///
/// Blocks of columns, each from all before it: the bits are those of the three plain loops (`DenseProduct`).
public struct CholeskyFactor: Sendable {
  public let count: Int
  /// L row by row; what stands above the diagonal has no meaning.
  private let factor: [Double]
  /// The largest sum of moduli of a row of A, which its eigenvalues do not exceed.
  public let norm: Double
  /// 1 / (|A| |A^-1|) in this norm, |A^-1| estimated from below: about the smallest eigenvalue over the largest.
  public private(set) var reciprocalCondition = 1.0

  private static let block = 64

  /// nil where the matrix is not positive definite in double precision. Cost O(n^3 / 3).
  public init?(_ matrix: SymmetricMatrix) {
    guard matrix.elements.allSatisfy(\.isFinite) else { return nil }
    let n = matrix.count
    var a = matrix.elements
    guard a.withUnsafeMutableBufferPointer({ Self.factorise($0, n) }) else { return nil }
    count = n
    factor = a
    norm = Self.norm(matrix)
    if n > 0 { reciprocalCondition = 1 / (norm * inverseNorm()) }
  }

  static func norm(_ matrix: SymmetricMatrix) -> Double {
    let n = matrix.count
    return (0..<n).map { i in
      matrix.elements[i * n..<(i + 1) * n].reduce(0) { $0 + abs($1) }
    }.max() ?? 0
  }

  /// |A^-1| from a few solutions: the ascent of Hager with the safeguard of Higham (ACM TOMS 14, 381).
  private func inverseNorm() -> Double {
    let n = count
    func solved(_ x: [Double]) -> [Double] {
      var x = x
      solve(&x, columns: 1)
      return x
    }
    func size(_ x: [Double]) -> Double { x.reduce(0) { $0 + abs($1) } }
    var signs: [Double] = []
    var largest = -1
    var estimate = 0.0
    var x = solved([Double](repeating: 1 / Double(n), count: n))
    for _ in 0..<5 {
      let now = x.map { $0 < 0 ? -1.0 : 1 }
      guard size(x) > estimate || signs.isEmpty else { break }
      estimate = size(x)
      guard now != signs else { break }
      signs = now
      let slope = solved(signs)
      guard let next = slope.indices.max(by: { abs(slope[$0]) < abs(slope[$1]) }),
        largest < 0 || abs(slope[next]) > abs(slope[largest])
      else { break }
      largest = next
      x = solved((0..<n).map { $0 == next ? 1 : 0 })
    }
    let alternating = (0..<n).map { i -> Double in
      let size = 1 + Double(i) / Double(max(1, n - 1))
      return i % 2 == 0 ? size : -size
    }
    return max(estimate, 2 * size(solved(alternating)) / Double(3 * n))
  }

  /// L in place of the lower triangle; false where a pivot is not positive.
  private static func factorise(_ a: UnsafeMutableBufferPointer<Double>, _ n: Int) -> Bool {
    guard let a = a.baseAddress else { return true }
    let view = MatrixView(a, columns: n)
    // The block column, transposed: a loop then runs along its rows.
    var column = [Double](repeating: 0, count: n * block)
    return column.withUnsafeMutableBufferPointer { column in
      let t = column.baseAddress!
      for first in stride(from: 0, to: n, by: block) {
        let (width, rows) = (min(block, n - first), n - first)
        DenseProduct.update(
          a + first * n + first, stride: n, rows: rows, columns: width, inner: first,
          view.from(row: first), view.from(row: first).transposed, subtract: true)
        for i in 0..<rows {
          for j in 0..<width { t[j * rows + i] = a[(first + i) * n + first + j] }
        }
        for j in 0..<width {
          let row = t + j * rows
          for k in 0..<j {
            fw_dense_add(
              InstructionSet.chosen.level, -t[k * rows + j], t + k * rows + j, row + j,
              Int64(rows - j))
          }
          guard row[j] > 0 else { return false }
          let root = row[j].squareRoot()
          row[j] = root
          for i in j + 1..<max(rows, j + 1) { row[i] /= root }
        }
        for i in 0..<rows {
          for j in 0..<min(width, i + 1) { a[(first + i) * n + first + j] = t[j * rows + i] }
        }
      }
      return true
    }
  }

  /// Solves L X = B in place; B has `columns` columns, row by row.
  public func solveLower(_ b: inout [Double], columns: Int) {
    precondition(b.count == count * columns)
    guard count > 0, columns > 0 else { return }
    let n = count
    b.withUnsafeMutableBufferPointer { b in
      factor.withUnsafeBufferPointer { l in
        let (b, l) = (b.baseAddress!, l.baseAddress!)
        for first in stride(from: 0, to: n, by: Self.block) {
          let end = min(n, first + Self.block)
          DenseProduct.update(
            b + first * columns, stride: columns, rows: end - first, columns: columns,
            inner: first, MatrixView(l, columns: n).from(row: first),
            MatrixView(b, columns: columns), subtract: true)
          for i in first..<end {
            for k in first..<i { subtract(l[i * n + k], b, row: k, from: i, columns) }
            divide(b, row: i, columns, by: l[i * n + i])
          }
        }
      }
    }
  }

  /// Solves A X = B in place.
  public func solve(_ b: inout [Double], columns: Int) {
    solveLower(&b, columns: columns)
    guard count > 0, columns > 0 else { return }
    let n = count
    b.withUnsafeMutableBufferPointer { b in
      factor.withUnsafeBufferPointer { l in
        let (b, l) = (b.baseAddress!, l.baseAddress!)
        for first in stride(from: 0, to: n, by: Self.block).reversed() {
          let end = min(n, first + Self.block)
          DenseProduct.update(
            b + first * columns, stride: columns, rows: end - first, columns: columns,
            inner: n - end, MatrixView(l, columns: n).from(row: end, column: first).transposed,
            MatrixView(b, columns: columns).from(row: end), subtract: true)
          for i in (first..<end).reversed() {
            for k in i + 1..<max(end, i + 1) {
              subtract(l[k * n + i], b, row: k, from: i, columns)
            }
            divide(b, row: i, columns, by: l[i * n + i])
          }
        }
      }
    }
  }

  private func subtract(
    _ factor: Double, _ b: UnsafeMutablePointer<Double>, row k: Int, from i: Int, _ columns: Int
  ) {
    fw_dense_add(
      InstructionSet.chosen.level, -factor, b + k * columns, b + i * columns, Int64(columns))
  }

  private func divide(
    _ b: UnsafeMutablePointer<Double>, row i: Int, _ columns: Int, by pivot: Double
  ) {
    for c in 0..<columns { b[i * columns + c] /= pivot }
  }

  /// L u for each u of `columns` columns.
  public func times(_ u: [Double], columns: Int) -> [Double] {
    var result = [Double](repeating: 0, count: count * columns)
    for i in 0..<count {
      for k in 0...i {
        let l = factor[i * count + k]
        for c in 0..<columns { result[i * columns + c] += l * u[k * columns + c] }
      }
    }
    return result
  }

  /// ln det A.
  public var logDeterminant: Double {
    (0..<count).reduce(0) { $0 + 2 * log(factor[$1 * count + $1]) }
  }
}
