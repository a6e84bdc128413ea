/// The header of a .npy file: a dictionary as Python prints it, with the keys `descr`, `fortran_order` and
/// `shape` in any order.
struct NumPyHeader {
  /// Such as `<f8`; nil for structured types, which stand as a list.
  let type: String?
  let isFortran: Bool
  let shape: [Int]

  struct Unreadable: Error {
    let reason: String
  }

  init(_ text: [UInt8]) throws(Unreadable) {
    var literal = PythonLiteral(text)
    guard case .dictionary(let items) = try literal.readWhole() else {
      throw Unreadable(reason: "is no dictionary")
    }
    func value(_ key: String) throws(Unreadable) -> PythonLiteral.Value {
      let found = items.filter { $0.key == key }
      guard found.count == 1 else {
        throw Unreadable(reason: found.isEmpty ? "lacks \(key)" : "gives \(key) twice")
      }
      return found[0].value
    }
    let known = ["descr", "fortran_order", "shape"]
    if let other = items.first(where: { !known.contains($0.key) }) {
      throw Unreadable(reason: "has the key \(DataFileError.shown(other.key))")
    }
    switch try value("descr") {
    case .text(let name): type = name
    case .list, .tuple: type = nil
    default: throw Unreadable(reason: "has no type in descr")
    }
    guard case .bool(let order) = try value("fortran_order") else {
      throw Unreadable(reason: "says neither True nor False in fortran_order")
    }
    isFortran = order
    guard case .tuple(let entries) = try value("shape") else {
      throw Unreadable(reason: "has no tuple in shape")
    }
    var shape: [Int] = []
    for entry in entries {
      guard case .integer(let n) = entry, n >= 0 else {
        throw Unreadable(reason: "has a shape that cannot be read")
      }
      shape.append(n)
    }
    self.shape = shape
  }
}

/// Python's strings, whole numbers, True, False, None, tuples, lists and dictionaries.
struct PythonLiteral {
  indirect enum Value {
    case text(String)
    case integer(Int)
    case bool(Bool)
    case none
    case tuple([Value])
    case list([Value])
    case dictionary([(key: String, value: Value)])
  }

  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  typealias Unreadable = NumPyHeader.Unreadable

  private func unreadable() -> Unreadable {
    Unreadable(reason: "cannot be read at character \(at + 1)")
  }

  mutating func readWhole() throws(Unreadable) -> Value {
    let value = try read(depth: 0)
    skip()
    guard at == bytes.count else { throw unreadable() }
    return value
  }

  private mutating func skip() {
    while at < bytes.count, [9, 10, 11, 12, 13, 32].contains(bytes[at]) { at += 1 }
  }

  private mutating func take(_ character: Character) -> Bool {
    skip()
    guard at < bytes.count, bytes[at] == character.asciiValue else { return false }
    at += 1
    return true
  }

  private mutating func read(depth: Int) throws(Unreadable) -> Value {
    guard depth < 16 else { throw unreadable() }
    skip()
    guard at < bytes.count else { throw unreadable() }
    switch bytes[at] {
    case UInt8(ascii: "{"): return .dictionary(try dictionary(depth))
    case UInt8(ascii: "["):
      at += 1
      return .list(try entries(until: "]", depth).values)
    case UInt8(ascii: "("):
      at += 1
      let (values, isOne) = try entries(until: ")", depth)
      return isOne ? values[0] : .tuple(values)
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .text(try text())
    default: return try word()
    }
  }

  /// Values and the bracket behind them; one value without a comma is no tuple.
  private mutating func entries(until end: Character, _ depth: Int) throws(Unreadable) -> (
    values: [Value], isOne: Bool
  ) {
    var values: [Value] = []
    var hasComma = false
    while !take(end) {
      guard values.isEmpty || hasComma else { throw unreadable() }
      values.append(try read(depth: depth + 1))
      hasComma = take(",")
    }
    return (values, values.count == 1 && !hasComma)
  }

  private mutating func dictionary(_ depth: Int) throws(Unreadable) -> [(key: String, value: Value)]
  {
    at += 1
    var items: [(key: String, value: Value)] = []
    var hasComma = true
    while !take("}") {
      guard hasComma, case .text(let key) = try read(depth: depth + 1), take(":") else {
        throw unreadable()
      }
      items.append((key, try read(depth: depth + 1)))
      hasComma = take(",")
    }
    return items
  }

  private mutating func text() throws(Unreadable) -> String {
    let quote = bytes[at]
    var characters: [UInt8] = []
    at += 1
    while at < bytes.count, bytes[at] != quote {
      if bytes[at] == UInt8(ascii: "\\") { at += 1 }
      guard at < bytes.count else { throw unreadable() }
      characters.append(bytes[at])
      at += 1
    }
    guard at < bytes.count else { throw unreadable() }
    at += 1
    return String(decoding: characters, as: UTF8.self)
  }

  /// Numbers, with the L of Python 2; True, False, None; strings with a prefix.
  private mutating func word() throws(Unreadable) -> Value {
    let start = at
    while at < bytes.count, bytes[at] == 45 || bytes[at] == 43 || isWord(bytes[at]) { at += 1 }
    let word = String(decoding: bytes[start..<at], as: UTF8.self)
    if at < bytes.count, bytes[at] == 39 || bytes[at] == 34, ["u", "b", "U", "B"].contains(word) {
      return .text(try text())
    }
    switch word {
    case "True": return .bool(true)
    case "False": return .bool(false)
    case "None": return .none
    default:
      guard let n = Int(word.hasSuffix("L") ? String(word.dropLast()) : word) else {
        at = start
        throw unreadable()
      }
      return .integer(n)
    }
  }

  private func isWord(_ c: UInt8) -> Bool {
    (48...57).contains(c) || (65...90).contains(c) || (97...122).contains(c)
  }
}
