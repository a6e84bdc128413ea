import Fieldwork
import Foundation
import TestSupport
import Testing

/// Every option that a study file can say is part of what ran.
@Suite("Changes of a study that results are not extended by")
struct StudyDifferenceTests {
  private static let base = """
    ensemble: {hidden: [{activation: gauss, width: [2, 3]}], biases: {sigma: 1}, inputs: 1}
    points: [[0.3], [-0.8], [0.5]]
    sampling: {estimator: exact, networks: 100, runs: 4, seed: 1}
    measure:
      - correlators: {orders: [2, 4]}
      - couplings: {cutoffs: [100, inf], terms: [lambda0], test_points: [[0.1], [0.2]]}
      - generating-functional: {sources: [[0.1, 0.2, 0.3]]}
      - output-density: {points: [[0]]}
      - kernel: {vertex: true}
      - locality: {orders: [2], distances: [1, 2, 3, 4], points: [0, 1]}
    """

  private func difference(_ old: String, _ new: String) throws -> String? {
    try StudyFile.read(yaml: new).whyNotExtending(StudyFile.read(yaml: old).expanded)
  }

  @Test(
    "a changed option of any part is named",
    arguments: [
      ("cutoffs: [100, inf]", "cutoffs: [100, 200]", "measure.couplings.cutoffs"),
      ("cutoffs: [100, inf]", "cutoffs: [100]", "measure.couplings.cutoffs"),
      ("terms: [lambda0]", "terms: [lambda0, kappa]", "measure.couplings.terms"),
      ("[[0.1], [0.2]]", "[[0.1], [0.3]]", "measure.couplings.test_points"),
      ("0.1, 0.2, 0.3", "0.1, 0.2, 0.4", "measure.generating-functional.sources"),
      ("output-density: {points: [[0]]}", "output-density: {points: [[1]]}", "output-density"),
      ("vertex: true", "vertex: false", "measure.kernel.vertex"),
      ("vertex: true", "vertex: true, shift: true", "measure.kernel.shift"),
      ("distances: [1, 2, 3, 4]", "distances: [1, 2, 3, 5]", "measure.locality.distances"),
      ("points: [0, 1]", "points: [1, 0]", "measure.locality.points"),
      ("orders: [2, 4]", "orders: [4]", "measure.correlators.orders"),
      ("seed: 1", "seed: 2", "sampling.seed"),
      ("seed: 1", "seed: 9007199254740993", "sampling.seed"),
      ("seed: 1", "seed: 1, blocks: 64", "sampling.blocks"),
      ("estimator: exact", "estimator: conditional", "sampling.estimator"),
      ("runs: 4", "runs: 3", "sampling.runs"),
      ("networks: 100", "networks: 99", "sampling.networks"),
      ("sigma: 1", "sigma: 1.5", "ensemble"), ("[2, 3]", "[2]", "ensemble"),
      ("[2, 3]", "[3, 2]", "order of the cases"),
      ("[[0.3], [-0.8], [0.5]]", "[[-0.8], [0.3], [0.5]]", "points"),
      ("  - output-density: {points: [[0]]}\n", "", "measure.output-density"),
    ])
  func changed(from: String, to: String, key: String) throws {
    let new = Self.base.replacing(from, with: to)
    #expect(new != Self.base)
    let found = try #require(try difference(Self.base, new), "\(to) is not seen")
    #expect(found.contains(key), "\(found)")
  }

  @Test("the order of measurements, and of tests within one, is part of the study")
  func order() throws {
    let lines = Self.base.split(separator: "\n")
    let swapped = (lines.prefix(4) + [lines[5], lines[4]] + lines.dropFirst(6))
      .joined(separator: "\n")
    #expect(try difference(Self.base, swapped)?.contains("order of the measurements") == true)
    func symmetries(_ list: String) -> String {
      """
      ensemble: {outputs: 2, hidden: [{activation: cos, width: 4}]}
      points: [[0.2], [0.5]]
      sampling: {estimator: outputs, networks: 100, runs: 4}
      measure: [{symmetry: [\(list)]}]
      """
    }
    let (a, b) = ("{group: SO, orders: [2]}", "{group: translations, elements: 8}")
    #expect(try difference(symmetries("\(a), \(b)"), symmetries("\(b), \(a)")) != nil)
    #expect(try difference(symmetries("\(a), \(b)"), symmetries(a)) != nil)
    #expect(
      try difference(
        symmetries("\(a), \(b)"), symmetries("\(a), {group: translations, elements: 9}"))
        != nil)
    // More tests, and more orders, are growth.
    #expect(try difference(symmetries(b), symmetries("\(a), \(b)")) == nil)
    #expect(try difference(symmetries(a), symmetries("{group: SO, orders: [2, 4]}")) == nil)
  }

  @Test("networks, runs, cases, measurements and orders may grow, and the title may change")
  func growth() throws {
    let grown = Self.base.replacing("networks: 100", with: "networks: 200")
      .replacing("runs: 4", with: "runs: 5").replacing("[2, 3]", with: "[2, 3, 5]")
      .replacing("orders: [2, 4]", with: "orders: [2, 3, 4, 6]")
      .replacing("  - couplings", with: "  - independence\n  - couplings")
    #expect(try difference(Self.base, "title: other\n" + grown) == nil)
    #expect(try difference(grown, Self.base) != nil)
  }

  @Test("numbers are compared as they are read back from a file, where 2.0 is 2")
  func numbers() throws {
    let study = try StudyFile.read(yaml: Self.base.replacing("0.5", with: "2"))
    guard case .object(var written) = study.expanded else {
      Issue.record("the expanded study is no mapping")
      return
    }
    written["points"] = .array([0.3, -0.8, 2].map { .array([.number($0)]) })
    #expect(written["points"] != study.expanded["points"])
    #expect(study.whyNotExtending(.object(written)) == nil)
    written["points"] = .array([0.3, -0.8, 2.5].map { .array([.number($0)]) })
    #expect(study.whyNotExtending(.object(written))?.contains("points") == true)
  }

  @Test("a target error, and any change of it, is part of the study")
  func target() throws {
    let sampled = """
      ensemble: {hidden: [{activation: erf, width: 2}]}
      points: [[0.3]]
      sampling: {networks: 1000, runs: 4}
      """
    func with(_ target: String) -> String {
      sampled.replacing("runs: 4", with: "runs: 4, target_error: \(target)")
    }
    for (old, new) in [
      (sampled, with("0.01")), (with("0.01"), with("0.02")), (with("1%"), sampled),
    ] {
      #expect(try difference(old, new)?.contains("sampling.target_error") == true)
    }
    #expect(try difference(with("1%"), with("0.01")) == nil)
  }

  @Test("equal cases are refused: a fit would count their networks twice")
  func equalCases() throws {
    #expect(
      refusal(ofMeasuring: "correlators", ensemble: "{activation: erf, width: [4, 4]}") != nil)
    #expect(
      refusal(ofMeasuring: "correlators", ensemble: "{activation: erf, width: [4, 5]}") == nil)
  }
}
