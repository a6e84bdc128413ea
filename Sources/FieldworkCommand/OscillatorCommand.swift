import ArgumentParser
import Fieldwork
import Foundation

struct OscillatorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "oscillator",
    abstract: "Exact phi^4 theory in one dimension: the anharmonic oscillator.",
    discussion: """
      H = p^2/2 + m^2 x^2/2 + (lambda/24) x^4 by diagonalisation; with --spacing and --sites the periodic \
      time lattice by its transfer matrix.

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
  }

  private struct Output: Encodable {
    let e0: Double?
    let gap: Double
    let phi2: Double
    let phi4: Double
    let correlator: [Point]
    let energies: [Double]?
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
      func number(_ x: Double?) -> String { x.map { String(format: "%.12g", $0) } ?? "-" }
      ResultPrinter.table(
        [["quantity", "value"]]
          + (output.e0.map { [["E0", number($0)]] } ?? [])
          + [
            ["gap", number(output.gap)], ["<phi^2>", number(output.phi2)],
            ["<phi^4>", number(output.phi4)],
          ]
          + output.correlator.map { ["C(\(Flow.number($0.t)))", number($0.value)] }, left: [0])
    }
  }

  private func find() throws -> Output {
    guard times.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw StudyError(.usage, "--times must not be negative, found \(times)")
    }
    guard spacing != nil || sites != nil else {
      let o = try AnharmonicOscillator(massSquared: massSquared, coupling: coupling)
      return Output(
        e0: o.energies[0], gap: o.gap, phi2: o.second, phi4: o.fourth,
        correlator: times.map { Point(t: $0, value: o.correlator($0)) },
        energies: Array(o.energies.prefix(10)), error: o.error)
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
      return Point(t: time, value: t.correlator(Int(n.rounded())))
    }
    return Output(
      e0: nil, gap: t.gap, phi2: t.second, phi4: t.fourth, correlator: points, energies: nil,
      error: nil)
  }
}
