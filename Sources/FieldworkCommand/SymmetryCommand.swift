import ArgumentParser
import Fieldwork
import Foundation

struct SymmetryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "symmetry",
    abstract: "Symmetries of the correlators: what must hold, and tests on samples.",
    discussion: """
      With --predict the symmetries that follow from the architecture and the densities of a study, without \
      drawing anything. Otherwise correlators before and after Haar-random transformations, on the same \
      networks: Hotelling's T^2 over all elements, Student's t for the largest.

      Example: fieldwork symmetry --activation relu --width 20 --outputs 3 --group SO --points "[[0.5],[1]]"
      """)

  @Option(
    help: "A study file: say what must hold for its ensembles.",
    completion: .file(extensions: ["yaml", "yml"]))
  var predict: String?

  @OptionGroup var network: NetworkOptions

  @Option(help: "Outputs.")
  var outputs = 1

  @Option(help: "Points, as a YAML list.")
  var points: String?

  @Option(
    help:
      "\(SymmetryGroup.Name.allCases.filter { $0 != .matrices && $0 != .unitary && $0 != .specialUnitary }.map(\.rawValue).joined(separator: ", "))."
  )
  var group = "O"

  @Option(help: "output or input.")
  var side: String?

  @Option(parsing: .upToNextOption, help: "Orders from 1 to 6.")
  var orders = [2, 4]

  @Option(help: "Group elements.")
  var elements = 3

  @Option(help: "Networks in all.")
  var networks = 200_000

  @Option(help: "Seed.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  private struct Prediction: Encodable {
    let parameters: [String: JSONValue]
    let summary: String
    let statements: [SymmetryPrediction.Statement]
  }

  private struct Predictions: Encodable { let predictions: [Prediction] }

  private struct Output: Encodable {
    let symmetry: [SymmetryResult]
    let symmetry_prediction: SymmetryPredictionResult?
  }

  func validate() throws {
    try Allowed.check("outputs", outputs, 1...1_000_000)
    try Allowed.check("orders", orders, 1...6, count: 1...6)
    try Allowed.check("elements", elements, 1...100)
    try Allowed.check("networks", networks, 1000...1_000_000_000_000)
  }

  func run() throws {
    try reporting { signals in
      if let predict { return try printPredictions(StudyFile.read(path: predict)) }
      let results = try QuickStudy.run(study(), signals)
      guard json else { return QuickStudy.print(results) }
      let item = results.cases[0]
      try Flow.print(
        Output(symmetry: item.symmetry ?? [], symmetry_prediction: item.symmetry_prediction))
    }
  }

  private func study() throws -> Study {
    guard let name = SymmetryGroup.Name(rawValue: group) else {
      throw StudyError(
        .usage,
        "--group must be one of \(SymmetryGroup.Name.allCases.map(\.rawValue).joined(separator: ", ")), found \(group)"
      )
    }
    let chosen = side.flatMap(SymmetryGroup.Side.init)
    guard side == nil || chosen != nil else {
      throw StudyError(.usage, "--side must be output or input, found \(side ?? "")")
    }
    guard network.width != nil else {
      throw StudyError(.usage, "the correlators depend on the width: give --width")
    }
    guard let points else { throw StudyError(.usage, "give --points, as a YAML list") }
    let one = try network.ensemble()
    let ensemble = try Ensemble(
      inputs: one.inputs, outputs: outputs, hidden: one.hidden, weights: one.weights,
      biases: one.biases, parametrisation: one.parametrisation)
    return try Study(
      title: "symmetry", cases: [StudyCase(ensemble: ensemble, outputs: outputs)],
      points: PointList.read(points, inputs: network.inputs),
      sampling: SamplingSettings(
        estimator: .outputs, networks: networks / 10, runs: 10, seed: seed),
      measurements: [
        .symmetry([
          SymmetryOptions(
            SymmetryGroup(name, side: chosen), orders: Array(Set(orders)).sorted(),
            elements: elements)
        ])
      ], source: "fieldwork symmetry")
  }

  private func printPredictions(_ study: Study) throws {
    let all = study.cases.compactMap { item -> Prediction? in
      guard let ensemble = item.ensemble else { return nil }
      let prediction = SymmetryPrediction(ensemble)
      return Prediction(
        parameters: item.parameters, summary: prediction.summary,
        statements: prediction.statements)
    }
    guard !all.isEmpty else {
      throw StudyError(.badStudy, "nothing is known about recorded networks: nothing follows")
    }
    if json { return try Flow.print(Predictions(predictions: all)) }
    var shown: [String] = []
    for (item, prediction) in zip(study.cases, all) {
      // Widths share what must hold.
      let text = "\(prediction.statements)"
      guard !shown.contains(text) else { continue }
      shown.append(text)
      if !item.label.isEmpty { print(item.label) }
      ResultPrinter.table(
        [["side", "group", "holds", "reason"]]
          + prediction.statements.map { s in
            [
              s.side.rawValue, s.group,
              s.holds ? "yes" : s.residual.map { "no, left: \($0)" } ?? "no", s.reason,
            ]
          }, left: [0, 1, 2, 3])
      print("\(prediction.summary)\n")
    }
  }
}
