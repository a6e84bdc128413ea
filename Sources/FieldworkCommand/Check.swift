import ArgumentParser
import Fieldwork
import Foundation

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Validate a study file; print it with all defaults, its cost and memory.")

  @Argument(
    help: "The study file; - for standard input.", completion: .file(extensions: ["yaml", "yml"]))
  var study: String

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: "Replace a key, e.g. --set sampling.runs=20.")
  var settings: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable {
    let study: JSONValue
    let cost: StudyCost
    let notes: [StudyWarning]
  }

  func run() throws {
    try reporting {
      let parsed = try StudyFile.read(path: study, settings: settings)
      let cost = try StudyCost(parsed, file: study)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      if json {
        print(
          String(
            decoding: try encoder.encode(
              Output(study: parsed.expanded, cost: cost, notes: parsed.notes)), as: UTF8.self))
        return
      }
      print(String(decoding: try encoder.encode(parsed.expanded), as: UTF8.self))
      for note in parsed.notes { print("note: \(note.message)") }
      print(
        """

        cases     \(parsed.cases.count)
        tuples    \(cost.tuples) per case
        networks  \(String(format: "%.4g", cost.networks)) in all
        time      about \(ProgressLine.duration(cost.seconds)) on one core
        memory    about \(String(format: "%.3g", cost.memory / 1_048_576)) MiB
        """)
    }
  }
}
