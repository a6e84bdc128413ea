import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Studies at extreme numbers")
struct ExtremeStudyTests {
  private func cost(_ yaml: String) throws(StudyError) -> StudyCost {
    try StudyCost(StudyFile.read(yaml: yaml, file: "s.yaml"), file: "s.yaml")
  }

  private func refusal(_ yaml: String) -> String? {
    do {
      _ = try cost(yaml)
      return nil
    } catch {
      return error.message
    }
  }

  @Test("counts of 60 000 points do not overflow, whatever the test of a symmetry")
  func manyPoints() {
    for test in [
      "{group: O, side: input, orders: [4], elements: 100}",
      "{group: translations, orders: [6], elements: 100}",
      "{group: O, orders: [4]}", "{group: O, of: ntk}",
      "{group: O, orders: [6], contractions: 256}",
      "{group: permutations, orders: [1]}",
    ] {
      for outputs in [1, 2, 1_000_000] {
        let message = refusal(
          """
          ensemble: {outputs: \(outputs), hidden: [{activation: relu, width: 3}]}
          points: {line: {from: 0, to: 1, count: 60000}}
          sampling: {estimator: outputs, networks: 1000, runs: 4}
          measure: [symmetry: \(test)]
          """)
        #expect(message?.hasPrefix("s.yaml: ") ?? false, "\(test) \(outputs)")
      }
    }
  }

  @Test("groups of matrices too large to draw are refused with their size")
  func largeGroups() {
    let message = refusal(
      """
      ensemble: {inputs: 1000000, hidden: [{activation: relu, width: 3}]}
      points: {grid: {from: 1, to: 1, count: 1}}
      sampling: {estimator: outputs, networks: 1000, runs: 4}
      measure: [symmetry: {group: reflections, orders: [2]}]
      """)
    #expect(message?.contains("1000000") ?? false)
  }

  @Test(
    "propagators whose integrand oscillates without end are refused, in points and in distances")
  func oscillations() {
    for (cutoff, points, measure) in [
      ("1e9", "[[0], [1e6]]", "correlators"),
      ("1e9", "[[0], [1]]", "locality: {distances: {to: 1e9}}"),
      ("1e9", "[[0], [1]]", "symmetry: {group: dilatation, by: [[1e9]]}"),
      ("2", "{line: {from: 0, to: 1, count: 100000}}", "correlators: {orders: [1]}"),
    ] {
      let message = refusal(
        """
        theory: {free-scalar: {cutoff: \(cutoff), width: 4}}
        points: \(points)
        sampling: {networks: 1000, runs: 4}
        measure: [\(measure)]
        """)
      #expect(message?.hasPrefix("s.yaml: ") ?? false, "\(cutoff) \(points) \(measure)")
    }
  }
}
