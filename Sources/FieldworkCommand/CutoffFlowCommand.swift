import ArgumentParser
import Fieldwork
import Foundation

struct CutoffFlowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cutoff",
    abstract: "lambda(L), its beta function and its exponent, from exact correlators.",
    discussion: """
      Example: fieldwork flow cutoff --activation relu --width 20 --points "[0.2, 0.6, 1.0]" --cutoff 10 100 1000
      """)

  @OptionGroup var network: NetworkOptions

  @Option(help: "Points, as a YAML list.")
  var points: String

  @Option(
    name: .customLong("cutoff"), parsing: .upToNextOption,
    help: "Cutoffs; by default the 21 of arXiv:2008.08601.")
  var cutoffs: [Double] = []

  @Flag(help: "kappa as well.")
  var kappa = false

  @Option(help: "Lines to a vertex: weights (K without the output bias) or full.")
  var vertex = "weights"

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable { let cutoff_flow: CutoffFlowResult }

  func validate() throws { try Allowed.check("cutoff", cutoffs, 1e-100...1e100, count: 0...200) }

  func run() throws {
    try reporting {
      guard network.width != nil else {
        throw StudyError(.usage, "the four-point function depends on the width: give --width")
      }
      guard let lines = Propagator.VertexLines(rawValue: vertex) else {
        throw StudyError(.usage, "--vertex must be weights or full, found \(vertex)")
      }
      let ensemble = try network.ensemble()
      let list = try PointList.read(points, inputs: network.inputs)
      let result: CutoffFlowResult
      do {
        result = CutoffFlowResult(
          try CutoffFlow(
            Propagator(ensemble, vertexLines: lines), points: list,
            cutoffs: cutoffs.isEmpty ? CutoffFlowOptions.published : Array(Set(cutoffs)).sorted(),
            sample: CumulantSample(
              try ExactCumulants(ensemble, points: list, order: kappa ? 6 : 4))),
          vertex: lines)
      } catch let error as IntegralUnavailable {
        throw StudyError(.usage, "no flow: \(error)")
      } catch let error as UnitMoments.Unavailable {
        throw StudyError(.usage, "no exact correlators: \(error)")
      }
      if json { return try Flow.print(Output(cutoff_flow: result)) }
      var rows = [
        ["cutoff", "lambda", "beta", "exponent"] + (kappa ? ["kappa", "beta", "exponent"] : [])
      ]
      for i in result.lambda.indices {
        var row = ["\(result.lambda[i].cutoff)"]
        row += [result.lambda[i], result.beta[i], result.exponent[i]].map { Flow.number($0.value) }
        if let six = result.sextic {
          row += [six.kappa[i], six.beta[i], six.exponent[i]].map { Flow.number($0.value) }
        }
        rows.append(row)
      }
      ResultPrinter.table(rows)
      if let slope = result.slope?.value { print("slope of log10 |lambda|: \(Flow.number(slope))") }
      if let behaviour = result.behaviour {
        print("lambda is \(behaviour.rawValue) as the cutoff is lowered")
      }
    }
  }
}
