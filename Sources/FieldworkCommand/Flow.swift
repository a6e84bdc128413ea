import ArgumentParser
import Fieldwork
import Foundation

struct Flow: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Renormalization: four flows, kept apart.",
    discussion: """
      cutoff: couplings against the box of the vertices, at fixed correlators. active: couplings against \
      sigma_w, from ensemble to ensemble. passive: the functional renormalization group of one ensemble. \
      fixed-points and potential: the same equation without a network.
      """,
    subcommands: [
      CutoffFlowCommand.self, ActiveFlowCommand.self, PassiveFlowCommand.self,
      FixedPointsCommand.self, PotentialCommand.self,
    ])

  /// Couplings as in "u2=2,u4=-42.7,u6=50".
  static func couplings(_ text: String, option: String) throws -> [Double] {
    var values: [Int: Double] = [:]
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
      guard sides.count == 2, sides[0].hasPrefix("u"), let power = Int(sides[0].dropFirst()),
        power >= 2, power % 2 == 0, power <= 24, let value = Double(sides[1]), value.isFinite,
        values[power] == nil
      else {
        throw StudyError(
          .usage, "--\(option): expected couplings like u2=2,u4=-42.7,u6=50, found \(part)")
      }
      values[power] = value
    }
    let top = max(4, values.keys.max() ?? 4)
    return stride(from: 2, through: top, by: 2).map { values[$0] ?? 0 }
  }

  static func print(_ value: some Encodable) throws {
    StandardStream.print(String(decoding: try FiniteJSON.encode(value), as: UTF8.self))
  }

  static func number(_ x: Double?) -> String { x.map { String(format: "%.10g", $0) } ?? "-" }
}
