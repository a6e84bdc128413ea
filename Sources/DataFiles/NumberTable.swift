import Foundation

/// Numbers in text: one row a line.
///
/// Lines end at LF, CR or CRLF; `#` starts a comment; empty lines are skipped. The first row of numbers settles
/// what stands between them, semicolons, tabs, commas or blanks, and how many there are; every other row must be
/// like it. With semicolons or tabs a comma may be the decimal mark. One line above may be a heading, if none of
/// its words could have been meant as a number.
public struct NumberTable: Sendable {
  public struct Heading: Sendable {
    public let line: Int
    public let text: String
  }

  public let rows: [[Double]]
  /// The line that was taken for names of the columns: the reader of the results must be told.
  public let heading: Heading?

  /// A sentence about the heading, for whoever gave the file.
  public func note(on path: String) -> String? {
    heading.map { "\(path), line \($0.line): taken for a heading, not for numbers: \($0.text)" }
  }

  /// Bytes of text that are read at most.
  static let maximumBytes = 1 << 30

  /// - Throws: `DataFileError` naming the file and, for a wrong cell, its line and place.
  public init(_ file: FileBytes) throws {
    guard file.count <= Self.maximumBytes else {
      throw DataFileError(
        .content,
        "\(file.path): a table of more than \(Self.maximumBytes >> 30) GiB of text is not read: save a .npy file"
      )
    }
    try self.init(bytes: file.all(), path: file.path)
  }

  init(bytes: [UInt8], path: String) throws {
    let text = try Self.text(bytes, path)
    var reader = RowReader(path: path)
    var number = 0
    var start = text.startIndex
    while start < text.endIndex {
      let end = text[start...].firstIndex { $0 == 10 || $0 == 13 } ?? text.endIndex
      number += 1
      try reader.read(text[start..<end], line: number)
      start = end + 1
      if end < text.endIndex, text[end] == 13, start < text.endIndex, text[start] == 10 {
        start += 1
      }
    }
    guard !reader.rows.isEmpty else {
      throw DataFileError(
        .content,
        reader.heading.map { "\(path): holds no numbers, only the heading \($0.text)" }
          ?? "\(path): holds no numbers")
    }
    rows = reader.rows
    heading = reader.heading
  }

  /// The bytes behind a mark of UTF-8, if they are text at all.
  private static func text(_ bytes: [UInt8], _ path: String) throws -> ArraySlice<UInt8> {
    func refuse(_ reason: String) -> DataFileError {
      DataFileError(.content, "\(path): \(reason)")
    }
    for (signature, name) in signatures where bytes.starts(with: signature) {
      throw refuse(name)
    }
    let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...]
    if let zero = text.firstIndex(of: 0) {
      let isWide = text.prefix(64).count { $0 == 0 } * 3 >= text.prefix(64).count
      throw refuse(
        isWide
          ? "is UTF-16 or UTF-32 text: save it as UTF-8"
          : "is not text: byte \(zero + 1) is zero")
    }
    guard String(validating: text, as: UTF8.self) != nil else {
      let wrong = text.firstIndex { $0 >= 0x80 } ?? 0
      let line = 1 + bytes[..<wrong].count { $0 == 10 }
      throw refuse("is not UTF-8 text (line \(line) or below): save it as UTF-8")
    }
    return text
  }

  private static let signatures: [([UInt8], String)] = [
    ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], "is a NumPy file, not a table of text"),
    ([0x89, 0x48, 0x44, 0x46], "is an HDF5 file, not a table of text"),
    ([0x50, 0x4b, 3, 4], "is a zip archive (.npz, .xlsx), not a table of text"),
    ([0x1f, 0x8b], "is compressed: unpack it with gunzip"),
    ([0xff, 0xfe], "is UTF-16 or UTF-32 text: save it as UTF-8"),
    ([0xfe, 0xff], "is UTF-16 text: save it as UTF-8"),
    ([0, 0, 0xfe, 0xff], "is UTF-32 text: save it as UTF-8"),
  ]
}

/// Rows of a table, line by line.
private struct RowReader {
  let path: String
  var rows: [[Double]] = []
  var heading: NumberTable.Heading?
  private var headingLine: ArraySlice<UInt8> = []
  private var dialect: TableDialect?
  private var firstLine = 0

  init(path: String) { self.path = path }

  private func refuse(_ line: Int, _ reason: String) -> DataFileError {
    DataFileError(.content, "\(path), line \(line): \(reason)")
  }

  mutating func read(_ whole: ArraySlice<UInt8>, line: Int) throws {
    let content = TableDialect.withoutComment(whole)
    guard content.contains(where: { !TableDialect.isBlank($0) }) else { return }
    do {
      if rows.isEmpty, heading == nil, TableNumber.areNames(try TableDialect.words(content)) {
        let text = String(decoding: content, as: UTF8.self)
          .trimmingCharacters(in: .whitespacesAndNewlines)
        heading = NumberTable.Heading(line: line, text: DataFileError.shown(text))
        headingLine = content
        return
      }
      if dialect == nil {
        dialect = try TableDialect(row: content)
        firstLine = line
      }
      try append(content, line: line)
    } catch is TableDialect.OpenQuote {
      throw refuse(line, "a quote is not closed on its line")
    }
  }

  private mutating func append(_ content: ArraySlice<UInt8>, line: Int) throws {
    let cells = try dialect!.cells(content)
    var row: [Double] = []
    row.reserveCapacity(cells.count)
    for (k, cell) in cells.enumerated() {
      row.append(try value(cell, line: line, place: k + 1))
    }
    if rows.isEmpty, heading != nil, row.count > 1 {
      let names = try dialect!.cells(headingLine).count
      guard names == row.count || names == 1 else {
        throw refuse(
          line,
          "\(row.count) numbers under a heading of \(names) words; a line that is no heading begins with #"
        )
      }
    }
    guard row.count == rows.first?.count ?? row.count else {
      throw refuse(
        line, "found \(row.count) numbers, expected \(rows[0].count) as on line \(firstLine)")
    }
    rows.append(row)
  }

  private mutating func value(_ cell: TableDialect.Cell, line: Int, place: Int) throws -> Double {
    let comma = UInt8(ascii: ",")
    let mayBeDecimal = dialect!.separator == .semicolon || dialect!.separator == .tab
    let hasComma = mayBeDecimal && cell.text.contains(comma)
    let hasPoint = cell.text.contains(UInt8(ascii: "."))
    let isMixed =
      hasComma && dialect!.decimalComma == false || hasPoint && dialect!.decimalComma == true
    let number = TableNumber.value(cell.text, point: hasComma ? comma : UInt8(ascii: "."))
    guard let number, !isMixed else {
      let found = cell.text.isEmpty ? "" : ", found `\(DataFileError.shown(cell.string))`"
      let reason =
        isMixed && hasComma
        ? "a decimal comma, where other numbers of the file have a decimal point"
        : TableNumber.complaint(cell.string, decimalComma: dialect!.decimalComma == true)
      throw refuse(line, "entry \(place): \(reason)\(found)")
    }
    guard number.isFinite else {
      throw refuse(
        line,
        "entry \(place): beyond the range of float64, found `\(DataFileError.shown(cell.string))`"
      )
    }
    if hasComma || hasPoint { dialect!.decimalComma = hasComma }
    return number
  }
}
