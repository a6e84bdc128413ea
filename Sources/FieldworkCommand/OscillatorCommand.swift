import ArgumentParser
import Fieldwork
import Foundation

struct OscillatorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "oscillator",
    abstract: "Exact phi^4 theory in one dimension: the anharmonic oscillator.",
    discussion: """
      H = p^2/2 + m^2 x^2/2 + (lambda/24) x^4 by diagonalisation; with --spacing and --sites the periodic \
      time lattice by its transfer matrix. Every number carries its numerical error, 0.65012(3), or has ten digits; \
      the gap of a double well is no difference of energies, and keeps its digits however small it is.

      Example: fieldwork oscillator --coupling 6 --times 1 2
      """)

  @Option(parsing: .unconditional, help: "m^2.")
  var massSquared = 1.0

  @Option(help: "lambda.")
  var coupling: Double

  @Option(parsing: .upToNextOption, help: "Times of the correlator.")
  var times = [1.0, 2.0]

  @Option(help: "Spacing of a time lattice.")
  var spacing: Double?

  @Option(help: "Sites of the time lattice.")
  var sites: Int?

  @Flag(help: "Print JSON.")
  var json = false

  private struct Point: Encodable {
    let t: Double
    let value: Double
    let error: Double
  }

  private struct Output: Encodable {
    let e0: Double?
    let gap: Double
    let gap_error: Double
    let phi2: Double
    let phi2_error: Double
    let phi4: Double
    let phi4_error: Double
    let correlator: [Point]
    let energies: [Double]?
    /// Of E0 and the energies.
    let error: Double?
  }

  func run() throws {
    try reporting {
      let output: Output
      do {
        output = try find()
      } catch let error as AnharmonicOscillator.Refused {
        throw StudyError(.usage, "\(error)")
      }
      if json { return try Flow.print(output) }
      ResultPrinter.table(
        [["quantity", "value"]]
          + (output.e0.map { [["E0", Self.text($0, output.error ?? 0)]] } ?? [])
          + [
            ["gap", Self.text(output.gap, output.gap_error)],
            ["<phi^2>", Self.text(output.phi2, output.phi2_error)],
            ["<phi^4>", Self.text(output.phi4, output.phi4_error)],
          ]
          + output.correlator.map { ["C(\(Flow.number($0.t)))", Self.text($0.value, $0.error)] },
        left: [0])
    }
  }

  /// The value with its error, or the bound where nothing else is known.
  private static func text(_ value: Double, _ error: Double) -> String {
    abs(value) > error
      ? Estimate(value: value, error: error).description
      : "below \(String(format: "%.1g", abs(value) + error))"
  }

  private func find() throws -> Output {
    guard times.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw StudyError(.usage, "--times must not be negative, found \(times)")
    }
    guard spacing != nil || sites != nil else {
      let o = try AnharmonicOscillator(massSquared: massSquared, coupling: coupling)
      return Output(
        e0: o.energies[0], gap: o.gap, gap_error: o.gapError, phi2: o.second,
        phi2_error: o.secondError, phi4: o.fourth, phi4_error: o.fourthError,
        correlator: times.map {
          Point(t: $0, value: o.correlator($0), error: o.correlatorError($0))
        }, energies: Array(o.energies.prefix(10)), error: o.error)
    }
    guard let spacing, let sites else {
      throw StudyError(.usage, "a time lattice needs --spacing and --sites")
    }
    let t = try OscillatorLattice(
      massSquared: massSquared, coupling: coupling, spacing: spacing, sites: sites)
    let points = try times.map { time -> Point in
      let n = time / spacing
      guard abs(n - n.rounded()) < 1e-9, n <= Double(sites) else {
        throw StudyError(
          .usage, "--times must be multiples of the spacing within the period, found \(time)")
      }
      let distance = Int(n.rounded())
      return Point(
        t: time, value: t.correlator(distance), error: t.correlatorError(distance))
    }
    return Output(
      e0: nil, gap: t.gap, gap_error: t.gapError, phi2: t.second, phi2_error: t.secondError,
      phi4: t.fourth, phi4_error: t.fourthError, correlator: points, energies: nil, error: nil)
  }
}
