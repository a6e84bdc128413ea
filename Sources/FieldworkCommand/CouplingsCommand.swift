import ArgumentParser
import Fieldwork
import Foundation

struct CouplingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "couplings",
    abstract: "Couplings of the effective action, from exact correlators.",
    discussion: """
      lambda = -Gc4 / (24 int K_W K_W K_W K_W) for every tuple of points, its mean, and fits of \
      lambda_0, lambda_2 |x|^2 and lambda_NL; kappa from the six-point function. Nothing is drawn.

      Example: fieldwork couplings --activation erf --sigma-b 1 --width 5 --cutoff 100 \
      --points "[[0.2],[0.6],[1.0]]" --term lambda0 lambda2 --kappa
      """)

  @OptionGroup var network: NetworkOptions

  @Option(help: "Points, as a YAML list.")
  var points: String

  @Option(name: .customLong("test-points"), help: "Points at which the fit is tested.")
  var testPoints: String?

  @Option(
    name: .customLong("cutoff"), parsing: .upToNextOption,
    help: "Cutoffs; inf for all space (the default of gauss and cos; 100 for all others).")
  var cutoffs: [String] = []

  @Option(
    name: .customLong("term"), parsing: .upToNextOption,
    help: "Fitted together: lambda0, lambda2, lambda_nl.")
  var terms: [String] = ["lambda0"]

  @Flag(help: "The six-point coupling as well.")
  var kappa = false

  @Option(help: "Lines to a vertex: weights (K without the output bias) or full.")
  var vertex = "weights"

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable { let couplings: [CouplingResult] }

  func validate() throws {
    for text in cutoffs {
      guard let value = Double(text), value >= 1e-100, value <= 1e100 || value == .infinity else {
        throw ValidationError("--cutoff must be from 1e-100 to 1e100, or inf, found \(text).")
      }
    }
    guard cutoffs.count <= 200 else {
      throw ValidationError("--cutoff takes up to 200 values, found \(cutoffs.count).")
    }
  }

  func run() throws {
    try reporting {
      guard network.width != nil else {
        throw StudyError(.usage, "the four-point function depends on the width: give --width")
      }
      guard let lines = Propagator.VertexLines(rawValue: vertex) else {
        throw StudyError(.usage, "--vertex must be weights or full, found \(vertex)")
      }
      let wanted = try terms.map { name in
        guard let term = QuarticTerm(rawValue: name) else {
          throw StudyError(
            .usage,
            "--term must be of \(QuarticTerm.allCases.map(\.rawValue).joined(separator: ", ")), found \(name)"
          )
        }
        return term
      }
      let ensemble = try network.ensemble()
      let list = try PointList.read(points, inputs: network.inputs)
      let tests = try testPoints.map { try PointList.read($0, inputs: network.inputs) }
      let results: [CouplingResult]
      do {
        let propagator = try Propagator(ensemble, vertexLines: lines)
        let analysis = try CouplingAnalysis(
          propagator, points: list, testPoints: tests, cutoffs: read(cutoffs, propagator),
          terms: wanted, sextic: kappa)
        let sample = CumulantSample(
          try ExactCumulants(ensemble, points: list, order: kappa ? 6 : 4))
        let test = try tests.map {
          CumulantSample(try ExactCumulants(ensemble, points: $0, order: 4))
        }
        results = analysis.couplings(sample, test: test).map { CouplingResult($0, vertex: lines) }
      } catch let error as IntegralUnavailable {
        throw StudyError(.usage, "no couplings: \(error)")
      } catch let error as UnitMoments.Unavailable {
        throw StudyError(.usage, "no exact correlators: \(error)")
      }
      if json {
        try Flow.print(Output(couplings: results))
      } else {
        show(results)
      }
    }
  }

  private func read(_ cutoffs: [String], _ propagator: Propagator) -> [Double] {
    if cutoffs.isEmpty { return [propagator.isIntegrable ? .infinity : 100] }
    return cutoffs.compactMap { Double($0) }
  }

  private func show(_ results: [CouplingResult]) {
    func number(_ x: Double?) -> String { x.map { String(format: "%.10g", $0) } ?? "-" }
    for c in results {
      print("cutoff \(c.cutoff)")
      var rows = [["", "value"], ["mean of lambda", number(c.mean.value)]]
      for (name, value) in c.terms.sorted(by: { $0.key < $1.key }) {
        rows.append(["fitted \(name)", number(value.value)])
      }
      rows.append(["condition number", number(c.condition_number)])
      rows.append(["MAPE", number(c.mape?.train.value)])
      if let test = c.mape?.test { rows.append(["MAPE at test points", number(test.value)]) }
      if let kappa = c.kappa { rows.append(["mean of kappa", number(kappa.mean.value)]) }
      ResultPrinter.table(rows, left: [0])
      for text in c.unidentifiable ?? [] { print("  \(text)") }
      ResultPrinter.table(
        [["tuple", "I4", "lambda"]]
          + c.elements.prefix(30).map {
            [
              $0.indices.map(String.init).joined(separator: " "), number($0.integral),
              number($0.lambda?.value),
            ]
          })
      if c.elements.count > 30 { print("and \(c.elements.count - 30) more (--json)") }
      print()
    }
    for warning in CouplingResult.warnings(results) { print("warning: \(warning.message)") }
  }
}
