import Fieldwork
import Foundation
import Testing

@Suite("A test of nothing decides nothing")
struct UndecidedTests {
  private func test(blocks: Int, components: Int, _ value: (Int, Int) -> Double) -> InvarianceTest {
    InvarianceTest(
      blocks: blocks, weights: [Double](repeating: 64, count: blocks),
      scales: [Double](repeating: 1, count: components), seed: 1
    ) { b in (0..<components).map { value(b, $0) } }
  }

  @Test("Not finite, without components, with few blocks: no p-value and a reason")
  func invariance() {
    var random = SeededGenerator(seed: 2)
    let noise = (0..<256).map { _ in random.normal() }
    for bad in [Double.nan, .infinity, -.infinity] {
      let one = test(blocks: 256, components: 3) { b, k in b == 7 && k == 1 ? bad : noise[b] }
      #expect(one.pValue == nil && one.undecided != nil && !one.holdsIdentically)
    }
    #expect(test(blocks: 256, components: 0) { _, _ in 0 }.undecided != nil)
    for blocks in 0..<8 {
      let few = test(blocks: blocks, components: 2) { b, _ in noise[b] }
      #expect(few.pValue == nil && few.undecided != nil && few.largest == nil)
    }
  }

  @Test("Identities network by network hold, rigid ones are broken, noise is tested")
  func decided() {
    let still = test(blocks: 64, components: 2) { _, _ in 1e-9 }
    #expect(still.holdsIdentically && still.pValue == 1 && still.undecided == nil)
    let rigid = test(blocks: 64, components: 2) { _, _ in 0.3 }
    #expect(!rigid.holdsIdentically && rigid.pValue! < 1e-300 && rigid.undecided == nil)
    var random = SeededGenerator(seed: 3)
    let noise = (0..<64).map { _ in 0.1 * random.normal() }
    let broken = test(blocks: 64, components: 1) { b, _ in 100 + noise[b] }
    // F of (1, 63) degrees far out: a number, not 0.
    #expect(broken.pValue! > 0 && broken.pValue! < 1e-100)
  }

  @Test("No curve, a curve that is no number, and one that was drawn as zero, are undecided")
  func curves() {
    let r = (0..<8).map(Double.init)
    let nan = DecayFit(
      distances: r, values: r.map { $0 == 3 ? .nan : exp(-$0) }, covariance: nil, scale: 1)
    #expect(nan.verdict == .undecided)
    let drawn = DecayFit(
      distances: r, values: r.map { _ in 0 }, covariance: SymmetricMatrix(count: 8), scale: 1)
    #expect(drawn.verdict == .undecided)
    #expect(DecayFit(distances: r, values: r.map { _ in 0 }, covariance: nil).verdict == .clusters)
  }

  @Test("Chains that do not move, or are too short, do not agree")
  func chains() {
    #expect(GammaMethod.ratio([[1], [2]]) == .infinity)
    #expect(GammaMethod.ratio([[1, 1, 1, 1], [1, 1, 1, 1]]) == .infinity)
    #expect(GammaMethod.ratio([]) == .infinity)
    var random = SeededGenerator(seed: 5)
    let good = (0..<4).map { _ in (0..<1000).map { _ in random.normal() } }
    #expect(GammaMethod.ratio(good) < 1.01)
    let frozen = ChainDiagnosis(
      first: [[Double]](repeating: [Double](repeating: 2, count: 50), count: 10),
      record: UpdateRecord(), exponentials: [])
    #expect(!frozen.warnings.isEmpty)
  }
}
