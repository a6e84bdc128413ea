import ArgumentParser
import Fieldwork
import Foundation

struct PotentialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "potential",
    abstract: "The whole potential on a grid, from the ultraviolet to the infrared.",
    discussion: """
      m = U' obeys a nonlinear diffusion equation in -log k; U_k becomes convex as k falls, whatever the \
      start, which must be bounded from below. Starts with kinks (--abs) or concave parts take the scheme of second \
      order. u2, u4 and u6 carry their changes on a coarser grid as errors, 0.5023(12); a dash is one that is not known.

      Example: fieldwork flow potential --dimension 3 --from "u2=-0.1,u4=2" --start 1 --to 0.001 --range 1.5
      """)

  @Option(help: "Dimension: any real number from 0.")
  var dimension: Double

  @Option(help: "Couplings at the start.")
  var from: String

  @Option(name: .customLong("abs"), help: "Adds c |phi| to the start.")
  var kink = 0.0

  @Option(help: "Scale at the start.")
  var start: Double

  @Option(help: "Scale at the end, below it.")
  var to: Double

  @Option(help: "The field from 0 to this.")
  var range: Double

  @Option(help: "Grid points.")
  var points = 400

  @Flag(help: "Print JSON: the whole potential.")
  var json = false

  private struct Output: Encodable {
    let potential: [PotentialFlow.Snapshot]
    let end: Double?
  }

  func run() throws {
    try reporting {
      let couplings = try Flow.couplings(from, option: "from")
      guard start > to, to >= 1e-9, start <= 1e9 else {
        throw StudyError(
          .usage, "--start, up to 1e9, must be above --to, at least 1e-9; found \(start) and \(to)")
      }
      let flow: PotentialFlow
      do {
        flow = try PotentialFlow(
          dimension: dimension, fieldRange: range, points: points,
          accuracy: PotentialFlow.accuracy(for: couplings, kink: kink, fieldRange: range))
        try PotentialFlow.check(couplings, kink: kink, from: start, fieldRange: range)
      } catch {
        throw StudyError(.usage, "\(error)")
      }
      let scales = (1...10).map { start * pow(to / start, Double($0) / 10) }
      let (snapshots, end) = try flow.followed(
        slope: PotentialFlow.slope(of: couplings, kink: kink), from: start, through: scales)
      if json { return try Flow.print(Output(potential: snapshots, end: end)) }
      ResultPrinter.table(
        [["k", "u2", "u4", "u6", "minimum of U at"]]
          + snapshots.map { s in
            let lowest = s.potential.indices.min { s.potential[$0] < s.potential[$1] } ?? 0
            return [
              Flow.number(s.k), Estimate(value: s.u2, error: s.u2_error).description,
              Estimate(value: s.u4, error: s.u4_error).description,
              Estimate(value: s.u6, error: s.u6_error).description, Flow.number(s.field[lowest]),
            ]
          })
      if let end {
        print(
          "the integration ended at k = \(Flow.number(end)): k^2 + U'' is too close to 0 there, or too many steps are needed"
        )
      }
    }
  }
}
