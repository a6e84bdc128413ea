import CSampling
import Foundation

/// Where and why a formula cannot be read; `character` counts from 1.
public struct FormulaError: Error, Sendable, Equatable, CustomStringConvertible {
  public let character: Int
  public let reason: String

  public var description: String { "character \(character): \(reason)" }
}

/// Turns the text of a formula in one variable, x, z or phi, into the steps of a stack machine.
///
///     sum     = term { (+|-) term }          term  = factor { (*|/) factor }
///     factor  = (+|-) factor | power         power = atom [ (^|**) factor ]
///     atom    = number | x | z | phi | pi | e | name(sum [, sum]) | (sum)
struct FormulaParser {
  private let text: [UInt8]
  private var place = 0
  private var steps: [FormulaStep] = []
  private var depth = 0
  private var deepest = 0
  private var nesting = 0

  /// Values that may wait on the stack of the vectorised loop.
  static let stackLimit = Int(FW_FORMULA_STACK)

  static func parse(_ text: String) throws(FormulaError) -> [FormulaStep] {
    guard text.utf8.count <= 1000 else {
      throw FormulaError(character: 1001, reason: "a formula may have 1000 characters")
    }
    guard let strange = text.unicodeScalars.firstIndex(where: { !$0.isASCII }) else {
      var parser = FormulaParser(text: Array(text.utf8))
      return try parser.whole()
    }
    throw FormulaError(
      character: text.unicodeScalars.distance(from: text.startIndex, to: strange) + 1,
      reason: "`\(text.unicodeScalars[strange])` is not ASCII")
  }

  private init(text: [UInt8]) { self.text = text }

  private mutating func whole() throws(FormulaError) -> [FormulaStep] {
    try sum()
    if place < text.count { throw unexpected("an operator") }
    guard deepest <= Self.stackLimit else {
      throw FormulaError(
        character: 1,
        reason: "the formula keeps \(deepest) values waiting, more than \(Self.stackLimit)")
    }
    return steps
  }

  private func unexpected(_ wanted: String) -> FormulaError {
    FormulaError(
      character: place + 1,
      reason: place < text.count
        ? "expected \(wanted), found `\(Character(UnicodeScalar(text[place])))`"
        : "expected \(wanted), found the end")
  }

  private mutating func next() -> UInt8? {
    while place < text.count, text[place] == 0x20 || text[place] == 0x09 { place += 1 }
    return place < text.count ? text[place] : nil
  }

  private mutating func take(_ character: Character) -> Bool {
    guard next() == character.asciiValue else { return false }
    place += 1
    return true
  }

  private mutating func push(_ step: FormulaStep) {
    steps.append(step)
    depth += 1 - step.operation.arguments
    deepest = max(deepest, depth)
  }

  private mutating func sum() throws(FormulaError) {
    nesting += 1
    guard nesting <= 50 else {
      throw FormulaError(character: place + 1, reason: "brackets are nested too deeply")
    }
    try term()
    while true {
      if take("+") {
        try term()
        push(FormulaStep(.add))
      } else if take("-") {
        try term()
        push(FormulaStep(.subtract))
      } else {
        break
      }
    }
    nesting -= 1
  }

  private mutating func term() throws(FormulaError) {
    try factor()
    while true {
      if take("*") {
        try factor()
        push(FormulaStep(.multiply))
      } else if take("/") {
        try factor()
        push(FormulaStep(.divide))
      } else {
        return
      }
    }
  }

  private mutating func factor() throws(FormulaError) {
    nesting += 1
    guard nesting <= 50 else {
      throw FormulaError(character: place + 1, reason: "signs are nested too deeply")
    }
    defer { nesting -= 1 }
    if take("-") {
      try factor()
      push(FormulaStep(.negate))
    } else if take("+") {
      try factor()
    } else {
      try power()
    }
  }

  private mutating func power() throws(FormulaError) {
    try atom()
    var raised = take("^")
    if !raised, place + 1 < text.count, next() == 0x2A, text[place + 1] == 0x2A {
      place += 2
      raised = true
    }
    guard raised else { return }
    _ = next()
    let start = place
    let first = steps.count
    try factor()
    guard let exponent = Self.constant(steps[first...]) else {
      throw FormulaError(
        character: start + 1,
        reason: "an exponent must be a constant; write exp(y*log(x)) for x to the power y")
    }
    guard abs(exponent) <= 64 else {
      throw FormulaError(character: start + 1, reason: "an exponent may be at most 64 in size")
    }
    steps.removeSubrange(first...)
    depth -= 1
    push(FormulaStep(.power, exponent))
  }

  /// The value of steps that do not use the variable.
  private static func constant(_ steps: ArraySlice<FormulaStep>) -> Double? {
    guard !steps.contains(where: { $0.operation == .variable }) else { return nil }
    return FormulaProgram(steps: Array(steps)).value(0)
  }

  private mutating func atom() throws(FormulaError) {
    guard let character = next() else { throw unexpected("a number, x, or a function") }
    if take("(") {
      try sum()
      guard take(")") else { throw unexpected("`)`") }
      return
    }
    let start = place
    if character == 0x2E || (0x30...0x39).contains(character) {
      try number()
      return
    }
    while place < text.count, Self.isNamePart(text[place]) { place += 1 }
    guard place > start else { throw unexpected("a number, x, or a function") }
    let name = String(decoding: text[start..<place], as: UTF8.self)
    switch name {
    case "x", "z", "phi": push(FormulaStep(.variable))
    case "pi": push(FormulaStep(.constant, Double.pi))
    case "e": push(FormulaStep(.constant, exp(1)))
    default:
      guard let function = FormulaOperation.functions[name] else {
        throw FormulaError(
          character: start + 1,
          reason:
            "unknown name `\(name)`; known are x, z, phi, pi, e, \(FormulaOperation.functions.keys.sorted().joined(separator: ", "))"
        )
      }
      try call(name, function)
    }
  }

  private static func isNamePart(_ c: UInt8) -> Bool {
    (0x61...0x7A).contains(c) || (0x41...0x5A).contains(c) || (0x30...0x39).contains(c) || c == 0x5F
  }

  private mutating func call(_ name: String, _ function: FormulaOperation) throws(FormulaError) {
    guard take("(") else { throw unexpected("`(` after \(name)") }
    for argument in 0..<function.arguments {
      if argument > 0, !take(",") {
        throw unexpected("`,` (\(name) has \(function.arguments) arguments)")
      }
      try sum()
    }
    guard take(")") else { throw unexpected("`)`") }
    push(FormulaStep(function))
  }

  private mutating func number() throws(FormulaError) {
    let start = place
    func digits(_ from: Int) -> Int {
      var k = from
      while k < text.count, (0x30...0x39).contains(text[k]) { k += 1 }
      return k
    }
    place = digits(place)
    if place < text.count, text[place] == 0x2E { place = digits(place + 1) }
    if place < text.count, text[place] == 0x65 || text[place] == 0x45 {
      var k = place + 1
      if k < text.count, text[k] == 0x2B || text[k] == 0x2D { k += 1 }
      if digits(k) > k { place = digits(k) }
    }
    let word = String(decoding: text[start..<place], as: UTF8.self)
    guard let value = Double(word), value.isFinite, abs(value) < 1e30 else {
      throw FormulaError(character: start + 1, reason: "`\(word)` is not a number below 1e30")
    }
    push(FormulaStep(.constant, value))
  }
}
