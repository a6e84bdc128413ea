import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Starts of the flow of the whole potential")
struct PotentialStartTests {
  @Test(
    "Refused before a step: no bound from below, a range that ends too early, k^2 + U'' not positive",
    arguments: [
      ([1.0, -2], 0.0, 5.0, 4.0, "bounded from below"), ([-0.5], 0, 1, 2, "bounded from below"),
      ([1, 2, -1e-9], 0, 5, 4, "bounded from below"), ([-0.5, 2], 0, 1, 1, "still falls"),
      ([-0.5, 2], 0, 0.5, 4, "above 0 at the start"), ([1, 2], -0.1, 5, 4, "not negative"),
      ([1, 2], .nan, 5, 4, "must be finite"), ([1, 2], 0, 5, 1e200, "overflows"),
    ])
  func refused(couplings: [Double], kink: Double, k: Double, range: Double, word: String) {
    do {
      try PotentialFlow.check(couplings, kink: kink, from: k, fieldRange: range)
      Issue.record("\(couplings) was accepted")
    } catch { #expect("\(error)".contains(word), "\(error)") }
  }

  @Test(
    "A double well far below its masses takes the monotone scheme and becomes flat: U'' -> -k^2")
  func flat() throws {
    let couplings = [-0.5, 2.0]
    try PotentialFlow.check(couplings, from: 1, fieldRange: 2)
    let accuracy = PotentialFlow.accuracy(for: couplings, kink: 0, fieldRange: 2)
    #expect(accuracy == 2)
    #expect(PotentialFlow.accuracy(for: [1, 1], kink: 0, fieldRange: 2) == 4)
    #expect(PotentialFlow.accuracy(for: [1, 1], kink: 1, fieldRange: 2) == 2)
    let flow = try PotentialFlow(dimension: 3, fieldRange: 2, accuracy: accuracy)
    let (snapshots, end) = flow.follow(
      slope: PotentialFlow.slope(of: couplings), from: 1, through: [0.1, 0.01])
    #expect(end == nil && snapshots.count == 2)
    for s in snapshots {
      let flat = try #require(s.curvature.firstIndex { $0 > 0 })
      #expect(s.field[flat] > 1)
      #expect(abs(s.curvature[0] / (s.k * s.k) + 1) < 0.01)
    }
  }

  @Test("What needs too many steps ends at a scale that is told")
  func exhausted() throws {
    let flow = try PotentialFlow(dimension: 20, fieldRange: 2, points: 64)
    let (_, end) = flow.follow(slope: { $0 + $0 * $0 * $0 / 3 }, from: 1e9, through: [1])
    #expect(end != nil)
  }
}
