import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Study files")
struct StudyFileTests {
  private func refusal(_ yaml: String, settings: [String] = []) -> StudyError? {
    do {
      let study = try StudyFile.read(yaml: yaml, file: "s.yaml", settings: settings)
      _ = try StudyCost(study, file: "s.yaml")
      return nil
    } catch { return error }
  }

  @Test("every shipped study is valid", arguments: ShippedStudies.all.map(\.name) + ["template"])
  func shipped(name: String) throws {
    let text = ShippedStudies.all.first { $0.name == name }?.text ?? ShippedStudies.template
    let study = try StudyFile.read(yaml: text, file: name)
    _ = try StudyCost(study)
    #expect(!study.title.isEmpty)
  }

  @Test("defaults, and what they depend on")
  func defaults() throws {
    let short = try StudyFile.read(
      yaml: "ensemble: {hidden: [{activation: erf, width: 5}]}\npoints: [0.1, 0.2]")
    #expect(short.sampling == SamplingSettings())
    #expect(short.measurements == [.correlators(orders: [2, 4])])
    #expect(short.cases[0].ensemble?.weights.map(\.sigma) == [1, 1])
    #expect(short.cases[0].ensemble?.biases.map(\.sigma) == [0, 0])
    let cos = try StudyFile.read(
      yaml: "ensemble: {hidden: [{activation: cos, width: 5}]}\npoints: [0.1]")
    #expect(cos.cases[0].ensemble?.hasUniformPhase(layer: 0) == true)
    #expect(cos.cases[0].ensemble?.biases[1].sigma == 0)
    let uniform = try StudyFile.read(
      yaml: """
        ensemble:
          hidden: [{activation: relu, width: 5}]
          weights: {layers: [{sigma: 1}, {density: uniform, sigma: 1}]}
        points: [[0.1]]
        """)
    #expect(uniform.sampling.estimator == .outputs)
  }

  @Test("sweeps: the product of all lists, vectors as lists of lists")
  func sweeps() throws {
    let study = try StudyFile.read(
      yaml: """
        ensemble:
          outputs: 2
          hidden: [{activation: relu, width: [2, 3, 4]}]
          weights: {sigma: [1, 1.5], output_mean: [[0, 0], [0.1, 0]]}
        points: [[1]]
        """)
    #expect(study.cases.count == 12)
    #expect(Set(study.cases.map(\.parameters)).count == 12)
    #expect(
      study.cases[0].parameters == [
        "width": .integer(2), "weights.sigma": .integer(1),
        "weights.output_mean": .array([.integer(0), .integer(0)]),
      ])
  }

  @Test("points: list, grid, line")
  func points() throws {
    func read(_ points: String, inputs: Int = 2) throws -> [[Double]] {
      try StudyFile.read(
        yaml:
          "ensemble: {inputs: \(inputs), hidden: [{activation: erf, width: 2}]}\npoints: \(points)"
      ).points.coordinates
    }
    #expect(try read("[[1, 2]]") == [[1, 2]])
    #expect(
      try read("{grid: {from: 0, to: 1, count: 2, dimensions: 2}}") == [
        [0, 0], [0, 1], [1, 0], [1, 1],
      ])
    #expect(
      try read("{line: {from: [0, 0], to: [1, 2], count: 3}}") == [[0, 0], [0.5, 1], [1, 2]])
  }

  @Test("points from a file: headings and comments are skipped, a wrong line is named")
  func pointsFile() throws {
    let folder = TemporaryDirectory()
    let yaml =
      "ensemble: {inputs: 2, hidden: [{activation: erf, width: 2}]}\npoints: {file: points.csv}"
    _ = folder.write("points.csv", "x, y\n0.5, 1\n# none\n2, 3\n")
    #expect(
      try StudyFile.read(yaml: yaml, folder: folder.path).points.coordinates == [
        [0.5, 1], [2, 3],
      ])
    _ = folder.write("points.csv", "0.5, 1\n2, three\n")
    do {
      _ = try StudyFile.read(yaml: yaml, folder: folder.path)
      Issue.record("accepted")
    } catch {
      #expect(error.code == .badStudy && error.message.contains("line 2"))
    }
  }

  @Test("--set replaces and adds keys")
  func settings() throws {
    let yaml = "ensemble: {hidden: [{activation: erf, width: 5}]}\npoints: [0.1]"
    let study = try StudyFile.read(
      yaml: yaml, settings: ["ensemble.hidden.0.width=[2,3]", "sampling.runs=20"])
    #expect(study.cases.map(\.width) == [2, 3] && study.sampling.runs == 20)
    #expect(refusal(yaml, settings: ["ensemble.hidden.7.width=2"])?.code == .usage)
    #expect(refusal(yaml, settings: ["nonsense"])?.code == .usage)
  }

  static let base = "points: [0.1]\n"
  static let net = "ensemble: {hidden: [{activation: erf, width: 5}]}\n"

  struct Refusal: Sendable {
    let yaml: String
    let reason: String

    init(_ yaml: String, _ reason: String) {
      self.yaml = yaml
      self.reason = reason
    }
  }

  static let refused: [Refusal] = [
    Refusal(
      "\(base)ensemble: {outputs: 1000, hidden: [{activation: erf, width: 10000000}]}",
      "at most 2^32 weights"),
    Refusal("", "is empty"),
    Refusal("ensemble: [", "line"),
    Refusal("points: [0.1]", "`ensemble` is missing"),
    Refusal("\(net)", "`points` is missing"),
    Refusal("\(net)\(base)pionts: [1]", "did you mean `points`?"),
    Refusal("\(base)ensemble: {hidden: [{activation: erf, widht: 5}]}", "did you mean `width`?"),
    Refusal("\(base)ensemble: {hidden: [{activation: rleu, width: 5}]}", "did you mean `relu`?"),
    Refusal("\(base)ensemble: {hidden: [{activation: erf, width: 0}]}", "ensemble.hidden.0.width"),
    Refusal("\(base)ensemble: {hidden: [{activation: erf, width: 2.5}]}", "whole number"),
    Refusal(
      "\(base)ensemble: {hidden: [{activation: erf, width: ten}]}", "expected a number, found ten"),
    Refusal("\(base)ensemble: {hidden: [{activation: erf, width: []}]}", "at least one value"),
    Refusal(
      "\(base)ensemble: {inputs: [1, 2], hidden: [{activation: erf, width: 5}]}", "cannot be swept"),
    Refusal("\(base)ensemble: {inputs: 2, hidden: [{activation: erf, width: 5}]}", "2 coordinates"),
    Refusal(
      "\(base)ensemble: {hidden: [{activation: erf, width: 5, slope: 1}]}", "only leaky-relu"),
    Refusal(
      "\(base)ensemble: {hidden: [{activation: erf, width: 5}], weights: {sigma: -1}}", "weights"),
    Refusal(
      "\(base)ensemble: {hidden: [{activation: erf, width: 5}], weights: {sigma: 1, layers: []}}",
      "exclude"),
    Refusal(
      "\(base)ensemble: {hidden: [{activation: relu, width: 5}], biases: {hidden: uniform}}",
      "cos, sin, or `periodic: true`"),
    Refusal(
      "\(base)ensemble: {hidden: [{activation: relu, width: 5}, {activation: gauss, width: 5}]}",
      "first layer only"),
    Refusal("\(net)\(base)sampling: {estimator: outptus}", "did you mean `outputs`?"),
    Refusal("\(net)\(base)sampling: {runs: 0}", "from 1"),
    Refusal("\(net)\(base)sampling: {blocks: 63}", "from 64"),
    Refusal(
      "\(net)\(base)sampling: {estimator: outputs, form: published, runs: 1}", "2 runs or more"),
    Refusal("\(net)\(base)sampling: {networks: -3}", "sampling.networks"),
    Refusal("\(net)\(base)sampling: {tilt: true}", "neurons"),
    Refusal("\(net)\(base)sampling: {estimator: exact, form: published}", "published"),
    Refusal("\(net)\(base)sampling: {save_outputs: true}", "outputs"),
    Refusal("\(net)\(base)sampling: {target_error: 5}", "target_error"),
    Refusal("\(net)\(base)measure: [{correlators: {orders: [9]}}]", "1 to 8"),
    Refusal("\(net)\(base)measure: [correlator]", "did you mean `correlators`?"),
    Refusal("\(net)\(base)measure: [{kernel: {orders: [2]}}]", "unknown key"),
    Refusal("\(net)\(base)ensemble: {}\n", "stands twice"),
    Refusal(
      "points: [0.1]\nensemble: {hidden: [{activation: relu, width: 5}], weights: {layers: [{}, {density: student-t, sigma: 1, dof: 4}]}}\nsampling: {estimator: outputs}",
      "order 4 does not exist"),
    Refusal(
      "points: {grid: {from: 0, to: 1, count: 60}}\n\(net)measure: [{correlators: {orders: [8]}}]",
      "unique tuples"),
  ]

  @Test("refusals name the key, what was found and what is allowed", arguments: refused)
  func refusals(_ item: Refusal) {
    let (yaml, reason) = (item.yaml, item.reason)
    let error = refusal(yaml)
    #expect(error != nil, "accepted: \(yaml)")
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("\n") == false)
    #expect(error?.message.hasPrefix("s.yaml: ") == true)
  }

  @Test("alias bombs and deep nesting are refused at once")
  func hostile() {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for k in 1..<12 {
      bomb += "a\(k): &a\(k) [\((0..<10).map { _ in "*a\(k - 1)" }.joined(separator: ", "))]\n"
    }
    #expect(refusal(bomb)?.code == .badStudy)
    var small = "a0: &a0 {x: 1}\n"
    for k in 1..<8 { small += "a\(k): &a\(k) {x: *a\(k - 1), y: *a\(k - 1)}\n" }
    #expect(refusal(small + "? *a7\n: 1\n")?.code == .badStudy)
    #expect(refusal(String(repeating: "[", count: 100_000))?.code == .badStudy)
    #expect(refusal(String(repeating: "- ", count: 50_000))?.code == .badStudy)
    #expect(refusal(String(repeating: "{a: ", count: 900))?.code == .badStudy)
  }
}
