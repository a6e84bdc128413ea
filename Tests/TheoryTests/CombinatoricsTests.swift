import Fieldwork
import TestSupport
import Testing

@Suite("Combinatorics")
struct CombinatoricsTests {
  @Test("unique tuples: 21, 126, 462 at six points, and each is found at its place")
  func multisets() {
    for (order, count) in [(2, 21), (4, 126), (6, 462)] {
      let set = Multisets(slots: 6, order: order)
      #expect(set.tuples.count == count)
      #expect(Multisets.count(slots: 6, order: order) == count)
      for (i, tuple) in set.tuples.enumerated() { #expect(set.index(of: tuple) == i) }
      #expect(set.tuples == set.tuples.sorted { $0.lexicographicallyPrecedes($1) })
    }
    #expect(Multisets(slots: 3, order: 0).tuples == [[]])
  }

  @Test("(n-1)!! pairings")
  func wickPairings() {
    for (n, count) in [(0, 1), (2, 1), (4, 3), (6, 15), (8, 105)] {
      #expect(pairings(of: n).count == count)
    }
    #expect(pairings(of: 3).isEmpty)
  }

  @Test("cumulants of a Poisson variable are all equal to its mean")
  func poisson() {
    let transform = CumulantTransform(slots: 1, maximumOrder: 6)
    // Touchard polynomials at 1: Bell numbers.
    let bell: [Double] = [1, 1, 2, 5, 15, 52, 203]
    let cumulants = transform.cumulants(ofMoments: bell.map { [$0] })
    for n in 1...6 { #expect(abs(cumulants[n][0] - 1) < 1e-12) }
  }

  @Test(
    "moments and cumulants are inverse to one another, odd ones included and left out",
    arguments: [false, true])
  func roundTrip(evenOnly: Bool) {
    var generator = testGenerator(seed: 3)
    let transform = CumulantTransform(slots: 3, maximumOrder: 8, evenOnly: evenOnly)
    var cumulants = transform.multisets.map { set in
      set.tuples.map { _ in
        transform.includes(order: set.order) ? Double.random(in: -1...1, using: &generator) : 0
      }
    }
    cumulants[0] = [1]
    let back = transform.cumulants(ofMoments: transform.moments(ofCumulants: cumulants))
    for n in 1...8 where transform.includes(order: n) {
      for (a, b) in zip(back[n], cumulants[n]) { #expect(abs(a - b) < 1e-9) }
    }
  }

  @Test("Wick values: three and fifteen pairings")
  func wick() {
    let transform = CumulantTransform(slots: 6, maximumOrder: 6, evenOnly: true)
    var generator = testGenerator(seed: 4)
    var cumulants = transform.multisets.map { [Double](repeating: 0, count: $0.tuples.count) }
    cumulants[2] = cumulants[2].map { _ in Double.random(in: -1...1, using: &generator) }
    let k = { (i: Int, j: Int) in
      cumulants[2][transform.multisets[2].index(of: [min(i, j), max(i, j)])]
    }
    let wick = transform.moments(ofCumulants: cumulants, through: 2)
    for n in [4, 6] {
      for (i, tuple) in transform.multisets[n].tuples.enumerated() {
        let sum = pairings(of: n).reduce(0) { sum, matching in
          sum + matching.reduce(1) { $0 * k(tuple[$1.0], tuple[$1.1]) }
        }
        #expect(abs(wick[n][i] - sum) < 1e-12)
      }
    }
  }
}
