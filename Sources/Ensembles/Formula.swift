import CSampling
import Foundation

/// A user's activation: a formula in x (or z), and where its slope jumps.
public struct Formula: Sendable, Hashable, Codable {
  /// As written.
  public let text: String
  /// Where the function or its slope jumps, ascending: those listed, and those found in the
  /// arguments of abs, relu, max, min, sign and step.
  public let kinks: [Double]
  /// Where the formula is infinite, with the power of the distance, the nearest to zero first.
  public let poles: [Pole]
  let program: FormulaProgram

  /// s ~ |x - place|^-power at `place`; power 0 is a logarithm.
  public struct Pole: Sendable, Hashable {
    public let place: Double
    public let power: Double

    public init(place: Double, power: Double) {
      self.place = place
      self.power = power
    }
  }

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
    poles = Self.poles(of: program)
  }

  private static func poles(of program: FormulaProgram) -> [Pole] {
    var found: [Pole] = []
    for place in program.poles(reach: reach, samples: 8001)
    where !found.contains(where: { abs($0.place - place) < 1e-6 }) {
      // The steeper side; a logarithm grows slower at each step towards it, a power does not.
      var power = -1.0
      for side in [-1.0, 1] {
        func rise(_ far: Double) -> Double {
          let a: Double = program.value(place + side * far)
          let b: Double = program.value(place + side * 1e-2 * far)
          guard a != 0, a.isFinite, !b.isNaN else { return 0 }
          return b.isFinite ? 0.5 * log10(abs(b / a)) : Double.infinity
        }
        let (outer, inner) = (rise(1e-2), rise(1e-4))
        if inner > 0.02 { power = max(power, inner > 0.85 * outer ? inner : 0) }
      }
      if power >= 0 { found.append(Pole(place: abs(place) < 1e-9 ? 0 : place, power: power)) }
    }
    return found.sorted { abs($0.place) < abs($1.place) }
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
