/// Reads the keys of a study file with types, and turns every mistake into one sentence that names
/// the file, the key path, what was found and what is allowed.
struct KeyReader {
  let tree: YAMLTree
  let path: String
  let file: String
  /// Where lists may stand for scalars; nil where they may not.
  let sweep: Sweep?

  /// The swept keys of a study, found while it is read, and the values in force.
  final class Sweep {
    private(set) var axes: [(path: String, count: Int)] = []
    var position: [String: Int] = [:]

    func index(path: String, count: Int) -> Int {
      if !axes.contains(where: { $0.path == path }) { axes.append((path, count)) }
      return position[path] ?? 0
    }
  }

  func refuse(_ reason: String, key: String? = nil) -> StudyError {
    let at = key.map { path.isEmpty ? $0 : "\(path).\($0)" } ?? path
    return StudyError(.badStudy, at.isEmpty ? "\(file): \(reason)" : "\(file): \(at): \(reason)")
  }

  private func expected(_ what: String) -> StudyError {
    refuse("expected \(what), found \(tree.summary)")
  }

  /// Refuses keys that are not known, with a suggestion.
  func keys(_ known: [String]) throws(StudyError) {
    guard case .mapping(let items) = tree.content else {
      throw expected("a mapping with the keys \(known.joined(separator: ", "))")
    }
    for (key, _) in items where !known.contains(key) {
      throw refuse(
        "unknown key `\(key.prefix(60))`\(Self.suggestion(String(key.prefix(60)), among: known))")
    }
  }

  static func suggestion(_ word: String, among known: [String]) -> String {
    let best = known.map { ($0, distance(word, $0)) }.min { $0.1 < $1.1 }
    if let best, best.1 <= max(1, min(3, word.count / 2)) { return ", did you mean `\(best.0)`?" }
    return "; allowed are \(known.joined(separator: ", "))"
  }

  /// Edit distance.
  private static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[b.count]
  }

  func child(_ key: String) -> KeyReader? {
    guard let node = tree[key] else { return nil }
    if case .scalar(let text, false) = node.content, YAMLTree.isNull(text) { return nil }
    return KeyReader(
      tree: node, path: path.isEmpty ? key : "\(path).\(key)", file: file, sweep: sweep)
  }

  func required(_ key: String) throws(StudyError) -> KeyReader {
    guard let child = child(key) else { throw refuse("the key `\(key)` is missing") }
    return child
  }

  func items() throws(StudyError) -> [KeyReader] {
    guard case .sequence(let items) = tree.content else { throw expected("a list") }
    return items.enumerated().map {
      KeyReader(tree: $1, path: "\(path).\($0)", file: file, sweep: sweep)
    }
  }

  var isMapping: Bool {
    if case .mapping = tree.content { return true }
    return false
  }

  var isSequence: Bool {
    if case .sequence = tree.content { return true }
    return false
  }

  /// The value in force where a list sweeps.
  private func swept(_ what: String) throws(StudyError) -> YAMLTree {
    guard case .sequence(let items) = tree.content else { return tree }
    guard let sweep else { throw expected("\(what), which cannot be swept") }
    guard !items.isEmpty else { throw refuse("a sweep needs at least one value") }
    return items[sweep.index(path: path, count: items.count)]
  }

  func text() throws(StudyError) -> String {
    guard case .scalar(let text, _) = try swept("a word").content else { throw expected("a word") }
    return text
  }

  func plainText() throws(StudyError) -> String {
    guard case .scalar(let text, _) = tree.content else { throw expected("a text") }
    return text
  }

  func number() throws(StudyError) -> Double {
    let node = try swept("a number")
    guard case .scalar(let text, false) = node.content, let value = Self.number(text) else {
      throw refuse("expected a number, found \(node.summary)")
    }
    guard value.isFinite else { throw refuse("expected a finite number, found \(node.summary)") }
    return value
  }

  /// A YAML number; underscores and a leading plus are allowed.
  static func number(_ text: String) -> Double? {
    let cleaned = text.replacing("_", with: "")
    guard cleaned.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }) else {
      return nil
    }
    return Double(cleaned)
  }

  /// A whole number of 64 bits without a sign, digit by digit: a number of 53 bits would be rounded.
  func seed() throws(StudyError) -> UInt64 {
    let node = try swept("a number")
    guard case .scalar(let text, false) = node.content, let value = Self.whole(text) else {
      throw refuse("expected a whole number from 0 to \(UInt64.max), found \(node.summary)")
    }
    return value
  }

  /// A whole number from 0 to 2^64 - 1, also as 1e6 or 5.0 where that is exact.
  static func whole(_ text: String) -> UInt64? {
    let digits = text.replacing("_", with: "")
    if let value = UInt64(digits) { return value }
    guard let number = number(text), number == number.rounded(), (0...0x1p53).contains(number),
      // Digits beyond 2^64 have been read above, or are none.
      digits.contains(where: { ".eE".contains($0) })
    else { return nil }
    return UInt64(number)
  }

  func integer(_ range: ClosedRange<Int>) throws(StudyError) -> Int {
    let node = try swept("a number")
    // Exact, where a number of 53 bits would be rounded.
    if case .scalar(let text, false) = node.content,
      let value = Int(text.replacing("_", with: "")), range.contains(value)
    {
      return value
    }
    let value = try number()
    guard value == value.rounded(), value >= Double(range.lowerBound),
      value <= Double(range.upperBound)
    else {
      throw refuse(
        "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(KeyReader.shown(value))"
      )
    }
    return Int(value)
  }

  static func shown(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }

  func flag() throws(StudyError) -> Bool {
    let text = try text()
    // The spellings of YAML 1.1, which Python writes and reads.
    guard text == text.lowercased() || text == text.uppercased() || text == text.capitalized else {
      throw expected("true or false")
    }
    switch text.lowercased() {
    case "true", "yes", "on", "y": return true
    case "false", "no", "off", "n": return false
    default: throw expected("true or false")
    }
  }

  func choice<T: RawRepresentable & CaseIterable>(_ type: T.Type) throws(StudyError) -> T
  where T.RawValue == String {
    let text = try text()
    guard let value = T(rawValue: text) else {
      let names = T.allCases.map(\.rawValue)
      throw refuse(
        "`\(text.prefix(60))` is not known\(Self.suggestion(String(text.prefix(60)), among: names))"
      )
    }
    return value
  }

  /// A list of numbers; where lists of lists sweep, the list in force.
  func numbers() throws(StudyError) -> [Double] {
    guard case .sequence(let items) = tree.content else { throw expected("a list of numbers") }
    var list = self
    if let first = items.first, case .sequence = first.content {
      guard let sweep else { throw expected("a list of numbers, which cannot be swept") }
      list = KeyReader(
        tree: items[sweep.index(path: path, count: items.count)], path: path, file: file, sweep: nil
      )
    } else {
      list = KeyReader(tree: tree, path: path, file: file, sweep: nil)
    }
    var values: [Double] = []
    for item in try list.items() { values.append(try item.number()) }
    return values
  }
}
