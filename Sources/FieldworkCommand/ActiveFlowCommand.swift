import ArgumentParser
import Fieldwork
import Foundation

struct ActiveFlowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "active",
    abstract: "u4 of Gauss-nets against sigma_w: raw, canonical and dimensionless, exact.",
    discussion: """
      Example: fieldwork flow active --width 3 --sigma-b 1 --sigma-w 1 2 5 10 20 \
      --points "[-0.01, -0.006, 0.002, 0.01]"
      """)

  @Option(help: "Input dimension.")
  var inputs = 1

  @Option(help: "Width.")
  var width: Int

  @Option(name: .customLong("sigma-b"), help: "Standard deviation of the biases.")
  var sigmaB = 1.0

  @Option(
    name: .customLong("sigma-w"), parsing: .upToNextOption,
    help: "Standard deviations of the weights.")
  var sigmaW: [Double]

  @Option(help: "Points, as a YAML list.")
  var points: String

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable {
    let active_flow: [ScaleCouplings]
    let fits: ActiveFlowFit?
  }

  func validate() throws {
    try Allowed.check("inputs", inputs, 1...1_000_000)
    try Allowed.check("width", width, 1...10_000_000)
    try Allowed.check("sigma-b", sigmaB, 0...1e6)
    try Allowed.check("sigma-w", sigmaW, 1e-100...1e6, count: 1...1000)
  }

  func run() throws {
    try reporting {
      let list = try PointList.read(points, inputs: inputs)
      let cases = try sigmaW.map { sigma in
        StudyCase(
          parameters: ["weights.sigma": .numeric(sigma)],
          ensemble: try Ensemble(
            "gauss", inputs: inputs, width: width, weightSigma: sigma, biasSigma: sigmaB),
          outputs: 1)
      }
      let study = try Study(
        title: "active flow", cases: cases, points: list,
        sampling: SamplingSettings(estimator: .exact), measurements: [.activeFlow(sextic: true)],
        source: "fieldwork flow active")
      let (scales, fit) = try study.exactActiveFlow()
      if json { return try Flow.print(Output(active_flow: scales, fits: fit)) }
      ResultPrinter.table(
        [
          [
            "sigma_w", "raw u4", "canonical u4", "dimensionless u4", "dimensionless u6",
            "dilatation",
          ]
        ]
          + scales.map {
            [
              Flow.number($0.sigma_w), Flow.number($0.raw.u4.value),
              Flow.number($0.canonical.u4.value), Flow.number($0.dimensionless.u4.value),
              Flow.number($0.dimensionless.u6.value),
              $0.dilatation.map { String(format: "%.1g", $0) } ?? "-",
            ]
          })
      if let fit {
        print("raw: slope \(fit.raw.slope), intercept \(fit.raw.intercept)")
        print("canonical: slope \(fit.canonical.slope), intercept \(fit.canonical.intercept)")
      }
    }
  }
}
