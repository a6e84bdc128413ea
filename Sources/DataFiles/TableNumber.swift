/// Numbers as people and programs write them into tables.
///
/// Decimal digits with a point (or, where the table has such, a comma), and an exponent after e or E, after the
/// d, D, q or Q of Fortran, or after nothing, as Fortran prints three digits (`1.0-103`). Not what `strtod`
/// takes besides: hexadecimal, `nan`, `inf`.
enum TableNumber {
  /// The value; nil for what is no number. Infinite where it is beyond the range of float64.
  static func value(_ text: ArraySlice<UInt8>, point: UInt8) -> Double? {
    var at = text.startIndex
    var clean: [UInt8] = []
    clean.reserveCapacity(text.count + 2)
    func next() -> UInt8? { at < text.endIndex ? text[at] : nil }
    func digits() -> Int {
      let start = at
      while let c = next(), isDigit(c) {
        clean.append(c)
        at += 1
      }
      return at - start
    }
    func sign() -> Bool {
      guard let c = next(), c == plus || c == minus else { return false }
      clean.append(c)
      at += 1
      return true
    }
    _ = sign()
    var count = digits()
    let whole = count
    var hasPoint = false
    if next() == point {
      hasPoint = true
      at += 1
      if whole == 0 { clean.append(zero) }
      clean.append(UInt8(ascii: "."))
      let decimals = digits()
      if decimals == 0 { clean.append(zero) }
      count += decimals
    }
    guard count > 0 else { return nil }
    if let c = next() {
      let hasLetter = exponents.contains(c)
      if hasLetter { at += 1 }
      clean.append(UInt8(ascii: "e"))
      let hasSign = sign()
      let power = digits()
      guard hasLetter ? power > 0 : hasPoint && hasSign && power == 3, next() == nil else {
        return nil
      }
    }
    return Double(String(decoding: clean, as: UTF8.self))
  }

  /// Whether words are a heading: there is a letter, and nothing that may have been meant as a number.
  static func areNames(_ words: [String]) -> Bool {
    words.contains { $0.contains(where: \.isLetter) } && !words.contains(where: isNearly)
  }

  /// Whether a word may have been meant as a number.
  ///
  /// Such are words that begin with a digit, words and marks for numbers that are missing or not finite, and
  /// those that become a number with a point once the letters l, I, O and o are taken for digits.
  static func isNearly(_ word: String) -> Bool {
    let lower = word.lowercased()
    let bare = String(lower.drop { "+-\u{2212}\u{2013}(".contains($0) })
    if missing.contains(bare.filter { $0 != ")" }) { return true }
    guard word.contains(where: \.isLetter) else {
      return word.contains(where: \.isNumber) || marks.contains(word)
    }
    if let first = bare.first(where: { $0 != "." && $0 != "," }), first.isNumber { return true }
    let replaced = word.map { c -> Character in
      switch c {
      case "l", "I", "|": "1"
      case "O", "o": "0"
      default: c
      }
    }
    guard word.contains(where: \.isNumber), word.contains(where: { ".,".contains($0) }) else {
      return false
    }
    return value(Array(String(replaced).utf8)[...], point: UInt8(ascii: ".")) != nil
  }

  /// What is said of a cell that is no finite number.
  static func complaint(_ cell: String, decimalComma: Bool) -> String {
    let lower = cell.lowercased()
    let bare = lower.drop { "+-".contains($0) }
    if cell.isEmpty { return "the cell is empty" }
    if notFinite.contains(String(bare)) { return "numbers must be finite" }
    if missing.contains(String(bare)) { return "a number is missing" }
    if cell.contains(","), cell.contains(where: \.isNumber) {
      return cell.contains(".")
        ? "expected a number without marks between thousands"
        : "expected a number (decimal commas are read where semicolons or tabs stand between numbers)"
    }
    if decimalComma, cell.contains(".") {
      return "a decimal point, where other numbers of the file have a decimal comma"
    }
    if cell.contains(where: { $0 == " " || $0 == "\t" }) {
      return
        "expected one number (the first row settles what stands between numbers; decimal commas are read where those are semicolons or tabs)"
    }
    if lower.hasSuffix("j") || lower.hasSuffix("j)") { return "complex numbers are not read" }
    if cell.contains("\u{2212}") { return "the minus sign must be `-`" }
    return "expected a number"
  }

  private static let notFinite: Set<String> = [
    "nan", "inf", "infinity", "1.#inf", "1.#qnan", "1.#ind", ".nan", ".inf",
  ]
  private static let missing: Set<String> = notFinite.union([
    "na", "n/a", "#n/a", "nil", "null", "none", "<na>", "missing", "nat", "true", "false",
  ])

  private static let marks: Set<String> = ["-", "--", "---", "\u{2013}", "\u{2014}", "?", ".", "*"]

  private static let plus = UInt8(ascii: "+")
  private static let minus = UInt8(ascii: "-")
  private static let zero = UInt8(ascii: "0")
  private static let exponents: [UInt8] = Array("eEdDqQ".utf8)

  private static func isDigit(_ c: UInt8) -> Bool { c >= 48 && c <= 57 }
}
