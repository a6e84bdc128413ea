import CSampling
import Foundation

/// A user's activation: a formula in x (or z), and where its slope jumps.
public struct Formula: Sendable, Hashable, Codable {
  /// As written.
  public let text: String
  /// Where the function or its slope jumps, ascending: those listed, and those found in the
  /// arguments of abs, relu, max, min, sign and step.
  public let kinks: [Double]
  let program: FormulaProgram

  /// Range in which the formula must be finite, and in which kinks are looked for.
  static let reach = 40.0

  /// - Throws: `InvalidEnsemble` that points at the character, for a formula that cannot be read,
  ///   or is not finite between -8 and 8.
  public init(_ text: String, kinks listed: [Double] = []) throws(InvalidEnsemble) {
    do {
      program = FormulaProgram(steps: try FormulaParser.parse(text))
    } catch {
      throw InvalidEnsemble("activation.formula", "\(error) in \"\(text.prefix(200))\"")
    }
    for k in -800...800 {
      // Off the lattice, where a removable pole such as that of sin(x)/x may sit.
      let x = 0.01 * Double(k) + 1e-9
      guard program.value(x).isFinite else {
        throw InvalidEnsemble(
          "activation.formula",
          "\"\(text.prefix(200))\" is not finite at x = \(String(format: "%g", x))")
      }
    }
    guard listed.allSatisfy(\.isFinite), listed.count <= 16 else {
      throw InvalidEnsemble("activation.kinks", "expected at most 16 finite numbers")
    }
    var all: [Double] = []
    for kink in (listed + program.kinks(reach: Self.reach, samples: 8001)).sorted() {
      if let last = all.last, abs(last - kink) < 1e-9 { continue }
      all.append(abs(kink) < 1e-12 ? 0 : kink)
    }
    guard all.count <= 64 else {
      throw InvalidEnsemble(
        "activation.formula", "\"\(text.prefix(200))\" has \(all.count) kinks, more than 64")
    }
    self.text = text
    self.kinks = all
  }

  /// Formulas are equal if their texts and kinks are.
  public static func == (a: Formula, b: Formula) -> Bool { a.text == b.text && a.kinks == b.kinks }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(text)
    hasher.combine(kinks)
  }

  private enum CodingKeys: String, CodingKey { case text = "formula", kinks }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      container.decode(String.self, forKey: .text),
      kinks: container.decodeIfPresent([Double].self, forKey: .kinks) ?? [])
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(text, forKey: .text)
    try container.encode(kinks, forKey: .kinks)
  }

  /// The steps as the vectorised loop reads them.
  public var vectorSteps: [fw_formula_step] {
    program.steps.map {
      fw_formula_step(operation: $0.operation.rawValue, number: Float($0.number))
    }
  }
}
