import CVectorMath
import Testing

@Suite("Dense products at every vector level")
struct DenseTests {
  @Test(
    "each element is the sum of plain loops, to the bit",
    arguments: [(1, 1, 1), (3, 7, 5), (65, 300, 17), (9, 513, 530), (1, 600, 1)])
  func product(sizes: (rows: Int, inner: Int, columns: Int)) {
    let (m, k, n) = sizes
    var state: UInt64 = 7
    func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int64(bitPattern: state) >> 11) * 0x1p-52
    }
    let a = (0..<m * k).map { _ in next() }
    let b = (0..<k * n).map { _ in next() }
    var plain = [Double](repeating: 0.25, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        for q in 0..<k { plain[i * n + j] -= a[i * k + q] * b[q * n + j] }
      }
    }
    for level in 0...fw_level_available() {
      var c = [Double](repeating: 0.25, count: m * n)
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            var update = fw_dense(
              rows: Int64(m), inner: Int64(k), columns: Int64(n), a: a.baseAddress!,
              a_row: Int64(k), a_column: 1, b: b.baseAddress!, b_row: Int64(n), b_column: 1,
              c: c.baseAddress!, c_row: Int64(n), factor: -1, upper: 0, first: 0)
            withUnsafeTemporaryAllocation(
              byteCount: 8 * Int(fw_dense_work(&update)), alignment: 64
            ) {
              fw_dense_update(level, &update, $0.baseAddress!.assumingMemoryBound(to: Double.self))
            }
          }
        }
      }
      #expect(c == plain)
    }
  }
}
