import ArgumentParser
import Fieldwork
import Foundation

struct PassiveFlowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "passive",
    abstract: "The functional renormalization group from given couplings.",
    discussion: """
      k d_k U = V_d k^(d+2) / (k^2 + U''), Litim regulator, a truncation at the highest coupling given (at \
      least u6). From --start (0 by default) to --to, up or down; poles are reported with their scale. \
      Couplings carry their numerical errors, 0.65012(3), or have ten digits. \
      With --kernel full the whole exponential of a Gauss-net's kinetic term, in units of m0.

      Example: fieldwork flow passive --dimension 1 --from "u2=2,u4=-42.7,u6=50" --to 100
      """)

  @Option(help: "Dimension: any real number from 0.")
  var dimension: Double

  @Option(help: "Couplings at the start.")
  var from: String

  @Option(help: "Scale at the end.")
  var to: Double

  @Option(help: "Scale at the start.")
  var start = 0.0

  @Option(
    help: "Highest power of the field, even; by default the highest coupling given, at least 6.")
  var order: Int?

  @Option(help: "Components M of the field.")
  var components = 1.0

  @Option(help: "deep-infrared or full.")
  var kernel = "deep-infrared"

  @Option(help: "Scales printed, between start and end.")
  var points = 20

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable {
    let passive_flow: [[String: Double]]
    let pole: PolePoint?

    enum CodingKeys: String, CodingKey { case passive_flow, pole }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(passive_flow, forKey: .passive_flow)
      try container.encode(pole, forKey: .pole)
    }
  }

  func run() throws {
    try reporting {
      guard let form = PolynomialFlow.Kernel(rawValue: kernel) else {
        throw StudyError(.usage, "--kernel must be deep-infrared or full, found \(kernel)")
      }
      guard [start, to].allSatisfy({ $0 == 0 || (1e-9...1e9).contains($0) }), start != to else {
        throw StudyError(
          .usage,
          "--start and --to must be different, 0 or from 1e-9 to 1e9, found \(start) and \(to)")
      }
      guard (1...10_000).contains(points) else {
        throw StudyError(.usage, "--points must be from 1 to 10000, found \(points)")
      }
      var couplings = try Flow.couplings(from, option: "from")
      let flow: PolynomialFlow
      do {
        flow = try PolynomialFlow(
          dimension: dimension, order: order ?? max(6, 2 * couplings.count),
          components: components, kernel: form)
      } catch {
        throw StudyError(.usage, "\(error)")
      }
      guard couplings.count <= flow.count else {
        throw StudyError(.usage, "--order \(flow.order) is below the highest coupling given")
      }
      couplings += [Double](repeating: 0, count: flow.count - couplings.count)
      let weight = form == .full ? exp(-start * start) : 1
      let base = form == .full ? 1 - weight : start * start
      guard base + weight * couplings[0] > 0 else {
        throw StudyError(
          .usage,
          "k^2 + u2 must be above 0 where the flow starts, or for the full kernel 1 - e^(-x^2) + e^(-x^2) u2; found \(base + weight * couplings[0])"
        )
      }
      // Geometric where both ends allow it, else up to the end in equal ratios from a thousandth.
      let low = min(start, to) > 0 ? min(start, to) : 1e-3 * max(start, to)
      let high = max(start, to)
      var scales = (0..<points).map { k in
        points == 1
          ? high : low * pow(high / low, Double(k) / Double(points - 1))
      }
      scales[scales.count - 1] = high
      if to < start {
        scales.reverse()
        scales[scales.count - 1] = to
      }
      let path = flow.follow(couplings, from: start, through: scales)
      if let k = path.abandoned {
        throw StudyError(
          .usage, "the flow was given up at k = \(Flow.number(k)) after 200000 steps")
      }
      // What a hundred times the tolerance changes.
      let coarse = flow.follow(couplings, from: start, through: scales, relative: 1e-9)
      let rows = path.scales.indices.map { i -> (k: Double, numbers: [Estimate]) in
        let numbers = path.couplings[i].enumerated().map { j, value in
          Estimate(
            value: value,
            error: i < coarse.couplings.count ? abs(coarse.couplings[i][j] - value) : nil)
        }
        return (path.scales[i], numbers)
      }
      if json {
        let list = rows.map { k, numbers in
          var entry = ["k": k]
          for (j, number) in numbers.enumerated() {
            entry["u\(2 * j + 2)"] = number.value
            entry["u\(2 * j + 2)_error"] = number.error
          }
          return entry
        }
        return try Flow.print(
          Output(passive_flow: list, pole: path.pole.map { PolePoint(k: $0) }))
      }
      ResultPrinter.table(
        [["k"] + (1...flow.count).map { "u\(2 * $0)" }]
          + rows.map { k, numbers in [Flow.number(k)] + numbers.map(\.description) })
      if let pole = path.pole { print("pole at k = \(Flow.number(pole))") }
    }
  }
}
