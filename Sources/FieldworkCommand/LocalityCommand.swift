import ArgumentParser
import Fieldwork
import Foundation

struct LocalityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "locality",
    abstract: "Locality without the action: connected correlators as groups of points move apart.",
    discussion: """
      Every channel (split of the points) is followed to large distances; which of an exponential, a \
      Gaussian, a power law or a plateau it follows decides whether it clusters. Exact where exact \
      correlators exist; --networks draws some as well. Without an output bias, which never clusters.

      Example: fieldwork locality --activation cos --width 4 --points "[[0]]"
      """)

  @OptionGroup var network: NetworkOptions

  @Option(help: "Points, as a YAML list; each stands several times where there are few.")
  var points: String

  @Option(parsing: .upToNextOption, help: "Orders 2, 4, 6.")
  var orders = [2, 4]

  @Option(help: "Largest distance.")
  var to: Double?

  @Option(help: "Networks in all; 0: exact correlators only.")
  var networks = 0

  @Option(help: "Seed.")
  var seed: UInt64 = 1

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable {
    let locality: [LocalityResult]
    let summary: String?
  }

  func validate() throws {
    try Allowed.check("to", to, 1e-100...1e100)
    try Allowed.check("orders", orders, 2...6, count: 1...3)
    guard orders.allSatisfy({ $0 % 2 == 0 }) else {
      throw ValidationError("--orders are 2, 4 or 6, found \(orders).")
    }
    guard networks == 0 || (1000...1_000_000_000_000).contains(networks) else {
      throw ValidationError(
        "--networks must be 0, or from 1000 to 1000000000000, found \(networks).")
    }
  }

  func run() throws {
    try reporting { signals in
      guard network.width != nil else {
        throw StudyError(.usage, "the correlators depend on the width: give --width")
      }
      var options = network
      options.noOutputBias = true
      let ensemble = try options.ensemble()
      var locality = LocalityOptions(orders: Array(Set(orders)).sorted())
      if let to { locality.distances = (0...12).map { to * Double($0) / 12 } }
      let study = try Study(
        title: "locality", cases: [StudyCase(ensemble: ensemble, outputs: 1)],
        points: PointList.read(points, inputs: network.inputs),
        sampling: SamplingSettings(
          estimator: networks == 0 ? .exact : .conditional, networks: max(1, networks / 10),
          runs: 10, seed: seed),
        measurements: [.locality(locality)], source: "fieldwork locality")
      let results = try QuickStudy.run(study, signals)
      guard json else { return QuickStudy.print(results) }
      try Flow.print(
        Output(
          locality: results.cases[0].locality ?? [], summary: results.cases[0].locality_summary))
    }
  }
}
