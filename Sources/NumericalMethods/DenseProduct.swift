import CVectorMath

/// A matrix inside an array, by the strides of its rows and columns.
struct MatrixView {
  var base: UnsafePointer<Double>
  var rowStride: Int
  var columnStride = 1

  /// Row by row, as every matrix here is stored.
  init(_ base: UnsafePointer<Double>, columns: Int) {
    self.base = base
    rowStride = columns
  }

  func from(row: Int, column: Int = 0) -> MatrixView {
    var moved = self
    moved.base += row * rowStride + column * columnStride
    return moved
  }

  var transposed: MatrixView {
    var other = self
    (other.rowStride, other.columnStride) = (columnStride, rowStride)
    return other
  }
}

/// Products of matrices by code of this package.
///
/// A BLAS takes another kernel, and with it another order of summation, on every family of processors. Here
/// each element is a sum in ascending order of the inner index, products rounded before they are added: the
/// bits are the same on all of them, whatever the vector level and the number of threads.
enum DenseProduct {
  /// c += a b, or c -= a b; a has `rows` rows and `inner` columns, b `inner` rows and `columns` columns.
  ///
  /// - Parameter upperOnly: elements left of the diagonal may be left as they are.
  /// - Complexity: 2 rows x inner x columns, at a good part of what one core can do, on the threads of the
  ///   current budget.
  static func update(
    _ c: UnsafeMutablePointer<Double>, stride: Int, rows: Int, columns: Int, inner: Int,
    _ a: MatrixView, _ b: MatrixView, subtract: Bool = false, upperOnly: Bool = false
  ) {
    guard rows > 0, columns > 0, inner > 0 else { return }
    // Rows are disjoint.
    nonisolated(unsafe) let (a, b, c) = (a, b, c)
    @Sendable func part(_ range: Range<Int>) {
      var task = fw_dense(
        rows: Int64(range.count), inner: Int64(inner), columns: Int64(columns),
        a: a.base + range.lowerBound * a.rowStride, a_row: Int64(a.rowStride),
        a_column: Int64(a.columnStride), b: b.base, b_row: Int64(b.rowStride),
        b_column: Int64(b.columnStride), c: c + range.lowerBound * stride, c_row: Int64(stride),
        factor: subtract ? -1 : 1, upper: upperOnly ? 1 : 0, first: Int64(range.lowerBound))
      withUnsafeTemporaryAllocation(
        byteCount: 8 * Int(fw_dense_work(&task)), alignment: 64
      ) { work in
        fw_dense_update(
          InstructionSet.chosen.level, &task, work.baseAddress!.assumingMemoryBound(to: Double.self)
        )
      }
    }
    // A thread costs as much as some ten thousand products.
    let chunk = 64 * max(1, rows / 64 / 16)
    guard Double(rows) * Double(columns) * Double(inner) > 1e6, rows > chunk else {
      return part(0..<rows)
    }
    concurrentFor((rows + chunk - 1) / chunk) { part($0 * chunk..<min(rows, ($0 + 1) * chunk)) }
  }
}

/// The product of an m x k matrix with a k x n one, both row by row. Bits: `DenseProduct`.
public func product(_ a: [Double], _ b: [Double], rows m: Int, inner k: Int, columns n: Int)
  -> [Double]
{
  precondition(a.count == m * k && b.count == k * n)
  var c = [Double](repeating: 0, count: m * n)
  c.withUnsafeMutableBufferPointer { c in
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
        DenseProduct.update(
          c, stride: n, rows: m, columns: n, inner: k, MatrixView(a, columns: k),
          MatrixView(b, columns: n))
      }
    }
  }
  return c
}

/// The inner products of all pairs of vectors, the upper triangle of a matrix row by row.
public func gram(_ vectors: [[Double]]) -> [Double] {
  let n = vectors.count
  let length = vectors.first?.count ?? 0
  var result = [Double](repeating: 0, count: n * n)
  let flat = vectors.flatMap { $0 }
  result.withUnsafeMutableBufferPointer { c in
    flat.withUnsafeBufferPointer { v in
      guard let v = v.baseAddress, let c = c.baseAddress else { return }
      let view = MatrixView(v, columns: length)
      DenseProduct.update(
        c, stride: n, rows: n, columns: n, inner: length, view, view.transposed, upperOnly: true)
    }
  }
  return result
}
