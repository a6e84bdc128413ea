import ArgumentParser
import Fieldwork
import Foundation

struct CriticalityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "criticality",
    abstract: "Where depth neither damps nor amplifies: the critical (sigma_w, sigma_b).",
    discussion: """
      The critical line is chi_perp = Cw <s'^2> = 1 at the fixed point K = Cb + Cw <s^2>. With \
      --sigma-b the critical sigma_w for it, without it the line. --figures draws the phase diagram.

      Example: fieldwork criticality --activation tanh --sigma-b 0.1
      """)

  @OptionGroup var activation: ActivationOptions

  @Option(name: .customLong("sigma-b"), help: "Standard deviation of the biases.")
  var sigmaB: Double?

  @Option(
    name: .customLong("figures"), help: "Folder for the phase diagram (SVG, PDF, data).",
    completion: .directory)
  var figures: String?

  @Option(name: .customLong("max-sigma-w"), help: "Right end of the phase diagram.")
  var maxSigmaW = 3.0

  @Option(name: .customLong("max-sigma-b"), help: "Upper end of the line and the phase diagram.")
  var maxSigmaB = 1.5

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable { let critical: [Criticality.Point] }

  func validate() throws {
    try Allowed.check("sigma-b", sigmaB, 0...1000)
    try Allowed.check("max-sigma-w", maxSigmaW, 0...1000)
    try Allowed.check("max-sigma-b", maxSigmaB, 0...1000)
  }

  func run() throws {
    try reporting {
      let unit = try activation.make()
      let criticality: Criticality
      do {
        criticality = try Criticality(unit, uniformPhase: unit.name == "cos")
      } catch {
        throw StudyError(.usage, "no critical line: \(error)")
      }
      let points =
        sigmaB.map { criticality.points(sigmaB: $0) }
        ?? criticality.line(upTo: maxSigmaB)
      if let figures {
        let all = PhaseFigure.figures(
          criticality, label: unit.label, sigmaW: 0.05...max(0.1, maxSigmaW),
          sigmaB: 0...max(0.05, maxSigmaB))
        StandardStream.complain(try Gnuplot(directory: figures).writeAndDraw(all))
      }
      if json { return try Flow.print(Output(critical: points)) }
      guard !points.isEmpty else {
        print("no critical point\(sigmaB.map { " with sigma_b = \($0)" } ?? "")")
        return
      }
      print("   sigma_w     sigma_b          K*     chi_par")
      for p in points {
        let kernel = p.kernel.map { String(format: "%12.6g", $0) } ?? "         any"
        print(
          String(format: "%10.6f  %10.6f", p.sigma_w, p.sigma_b) + kernel
            + String(format: "  %10.6f", p.chi_parallel))
      }
    }
  }
}
