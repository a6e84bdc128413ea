import Fieldwork
import Testing

@Suite("Tables and corrections")
struct AliasTableTests {
  @Test("Draws have their weights as frequencies (chi-square within 5 sigma), zeros never appear")
  func alias() {
    for weights in [
      [1.0], [1, 2, 3, 4], [0, 5, 0, 1e-3, 7], (0..<200).map { 1 / Double($0 + 1) },
    ] {
      let table = AliasTable(weights: weights)
      var random = SeededGenerator(seed: 4)
      var counts = [Int](repeating: 0, count: weights.count)
      let n = 200_000
      for _ in 0..<n { counts[table.draw(&random)] += 1 }
      let total = weights.reduce(0, +)
      var chi = 0.0
      var bins = -1.0
      for (c, w) in zip(counts, weights) {
        #expect(w > 0 || c == 0)
        let expected = Double(n) * w / total
        guard expected > 5 else { continue }
        chi += (Double(c) - expected) * (Double(c) - expected) / expected
        bins += 1
      }
      #expect(chi < bins + 5 * (2 * max(1, bins)).squareRoot())
    }
  }

  @Test("Holm's correction: by hand")
  func holm() {
    let adjusted = HolmCorrection.adjusted([0.01, 0.04, 0.03, 0.005])
    for (a, b) in zip(adjusted, [0.03, 0.06, 0.06, 0.02]) { #expect(abs(a! - b) < 1e-15) }
    #expect(HolmCorrection.adjusted([nil, 0.7, 0.9])[0] == nil)
    #expect(HolmCorrection.adjusted([0.7, 0.9]) == [1, 1])
  }

  @Test("Concurrent maps keep the order; the first failure is thrown")
  func concurrent() throws {
    for (count, threads) in [(0, 2), (1, 8), (100, 3), (7, 1)] {
      let squares = concurrentMap(count, threads: threads) { $0 * $0 }
      #expect(squares == (0..<count).map { $0 * $0 })
    }
    struct Failed: Error { let index: Int }
    do {
      _ = try concurrentMap(50, threads: 4) { (k: Int) throws(Failed) -> Int in
        if k % 7 == 5 { throw Failed(index: k) }
        return k
      }
      Issue.record("no error")
    } catch { #expect(error.index == 5) }
  }
}
