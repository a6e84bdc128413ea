import ArgumentParser
import Fieldwork
import Foundation

struct ActionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "action",
    abstract: "The action of the outputs at a few points, from exact connected correlators.",
    discussion: """
      S = g0 + g2 f f/2! + g4 f f f f/4! + g6 f^6/6! through order 1 or 2 in 1/N (Edgeworth expansion), \
      and its values beside the exact -log p(f) at one or two points (linear networks: any).

      Example: fieldwork action --activation erf --sigma-b 1 --width 10 --points "[[1]]" --at "[[0.5]]"
      """)

  @OptionGroup var network: NetworkOptions

  @Option(help: "Points, as a YAML list.")
  var points: String

  @Option(help: "Highest power of 1/N: 0, 1 or 2.")
  var order = 2

  @Option(help: "Field values, one a point, as a YAML list of lists.")
  var at: String?

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable { let action: ActionResult }

  func validate() throws { try Allowed.check("order", order, 0...2) }

  func run() throws {
    try reporting {
      guard network.width != nil else {
        throw StudyError(.usage, "the action depends on the width: give --width")
      }
      let ensemble = try network.ensemble()
      let list = try PointList.read(points, inputs: network.inputs)
      let fields =
        try at.map { try PointList.read($0, inputs: list.count).coordinates } ?? []
      let study = try Study(
        title: "action",
        cases: [StudyCase(ensemble: ensemble, outputs: 1)], points: list,
        sampling: SamplingSettings(estimator: .exact),
        measurements: [.action(ActionOptions(order: order, fields: fields))],
        source: "fieldwork action")
      let (result, warnings) = try study.exactAction()
      if json { return try Flow.print(Output(action: result)) }
      func number(_ x: Double?) -> String { x.map { String(format: "%.10g", $0) } ?? "-" }
      ResultPrinter.table(
        [["tensor", "indices", "value"]]
          + result.tensors.flatMap { name, elements in
            elements.map {
              [name, $0.indices.map(String.init).joined(separator: " "), number($0.value)]
            }
          })
      print("condition number of K: \(number(result.condition_number))")
      if !result.values.isEmpty {
        print()
        ResultPrinter.table(
          [["field", "Gaussian", "first order", "second order", "exact"]]
            + result.values.map { v in
              [
                v.field.map { String(format: "%g", $0) }.joined(separator: " "),
                number(v.gaussian), number(v.first), number(v.second), number(v.exact),
              ]
            })
      }
      for warning in warnings { print("\nwarning (\(warning.code)): \(warning.message)") }
    }
  }
}
