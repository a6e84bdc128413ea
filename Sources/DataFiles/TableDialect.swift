/// How the cells of a line are told apart: settled by the first row of numbers.
struct TableDialect {
  enum Separator: UInt8 {
    case tab = 9
    case comma = 44
    case semicolon = 59
    case blanks = 32
  }

  var separator: Separator
  /// Whether a comma is a decimal mark, once a number has told.
  var decimalComma: Bool?

  struct Cell {
    let text: ArraySlice<UInt8>
    let isQuoted: Bool

    var string: String { String(decoding: text, as: UTF8.self) }
  }

  /// A quote that does not end on its line.
  struct OpenQuote: Error {}

  /// The dialect of a row: semicolons before tabs before commas before blanks. Tabs beside commas or blanks
  /// that separate, too, are blanks.
  init(row: ArraySlice<UInt8>) throws(OpenQuote) {
    let marks = try Self.outsideQuotes(row)
    if marks.contains(Separator.semicolon.rawValue) {
      separator = .semicolon
      return
    }
    separator = marks.contains(Separator.comma.rawValue) ? .comma : .blanks
    guard marks.contains(Separator.tab.rawValue) else { return }
    let cells = try Self.split(row, .tab)
    let comma = Separator.comma.rawValue
    let areSingle = cells.allSatisfy { cell in
      cell.isQuoted
        || !cell.text.contains { Self.isBlank($0) } && cell.text.first != comma
          && cell.text.last != comma && cell.text.count { $0 == comma } < 2
    }
    if areSingle { separator = .tab }
  }

  func cells(_ line: ArraySlice<UInt8>) throws(OpenQuote) -> [Cell] {
    try Self.split(line, separator)
  }

  /// Every word of a line, whatever stands between them.
  static func words(_ line: ArraySlice<UInt8>) throws(OpenQuote) -> [String] {
    var result: [String] = []
    for a in try split(line, .semicolon) {
      for b in a.isQuoted ? [a] : try split(a.text, .comma) {
        for c in b.isQuoted ? [b] : try split(b.text, .blanks) {
          if !c.text.isEmpty { result.append(c.string) }
        }
      }
    }
    return result
  }

  /// A line without its comment.
  static func withoutComment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard line.contains(hash) else { return line }
    var quote: UInt8?
    var isStart = true
    for i in line.indices {
      let c = line[i]
      if let open = quote {
        if c == open { quote = nil }
      } else if c == hash {
        return line[..<i]
      } else if isStart, isQuote(c) {
        quote = c
      }
      isStart = isBlank(c) || c == Separator.comma.rawValue || c == Separator.semicolon.rawValue
    }
    return line
  }

  static func isBlank(_ c: UInt8) -> Bool { c == 32 || c == 9 || c == 11 || c == 12 }

  private static let hash = UInt8(ascii: "#")

  private static func isQuote(_ c: UInt8) -> Bool { c == 34 || c == 39 }

  private static func outsideQuotes(_ line: ArraySlice<UInt8>) throws(OpenQuote) -> Set<UInt8> {
    guard line.contains(where: isQuote) else { return Set(line) }
    // Quotes hold the same whatever separates, as long as every separator can begin a cell.
    var marks: Set<UInt8> = []
    var quote: UInt8?
    var isStart = true
    for c in line {
      if let open = quote {
        if c == open { quote = nil }
      } else if isStart, isQuote(c) {
        quote = c
      } else {
        marks.insert(c)
      }
      isStart = isBlank(c) || c == Separator.comma.rawValue || c == Separator.semicolon.rawValue
    }
    guard quote == nil else { throw OpenQuote() }
    return marks
  }

  /// Cells without the blanks around them. One separator at the end of a line ends its last cell.
  private static func split(
    _ line: ArraySlice<UInt8>, _ separator: Separator
  ) throws(OpenQuote) -> [Cell] {
    func isSpace(_ c: UInt8) -> Bool { isBlank(c) && !(separator == .tab && c == 9) }
    func isEnd(_ c: UInt8) -> Bool {
      separator == .blanks ? isBlank(c) : c == separator.rawValue
    }
    var cells: [Cell] = []
    var at = line.startIndex
    func skip() { while at < line.endIndex, isSpace(line[at]) { at += 1 } }
    skip()
    while at < line.endIndex {
      if isQuote(line[at]) {
        cells.append(Cell(text: try quoted(line, &at), isQuoted: true))
        skip()
        guard at == line.endIndex || separator == .blanks || isEnd(line[at]) else {
          // Something behind the quote: no number, shown as a whole.
          cells[cells.count - 1] = Cell(text: line, isQuoted: false)
          return cells
        }
      } else {
        let start = at
        while at < line.endIndex, !isEnd(line[at]) { at += 1 }
        var end = at
        while end > start, isSpace(line[end - 1]) { end -= 1 }
        cells.append(Cell(text: line[start..<end], isQuoted: false))
      }
      if at < line.endIndex, separator != .blanks { at += 1 }
      skip()
    }
    return cells
  }

  /// The text of a quoted cell, where a doubled quote stands for one; `at` moves behind it.
  private static func quoted(_ line: ArraySlice<UInt8>, _ at: inout Int) throws(OpenQuote)
    -> ArraySlice<UInt8>
  {
    let quote = line[at]
    var text: [UInt8] = []
    at += 1
    while at < line.endIndex {
      if line[at] == quote {
        at += 1
        guard at < line.endIndex, line[at] == quote else {
          let bare = text.drop(while: isBlank)
          return bare.dropLast(bare.reversed().prefix(while: isBlank).count)
        }
      }
      text.append(line[at])
      at += 1
    }
    throw OpenQuote()
  }
}
