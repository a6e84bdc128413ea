import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Tables of numbers")
struct NumberTableTests {
  private let folder = TemporaryDirectory()

  private func table(_ bytes: [UInt8]) throws -> NumberTable {
    let path = folder.file("table.csv")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try NumberTable(FileBytes(path: path))
  }

  private func rows(_ text: String) throws -> [[Double]] { try table(Array(text.utf8)).rows }

  /// Why a table is refused; nil where it is read.
  private func refusal(_ bytes: [UInt8]) -> String? {
    do {
      _ = try table(bytes)
      return nil
    } catch { return "\(error)" }
  }

  private func refusal(_ text: String) -> String? { refusal(Array(text.utf8)) }

  /// How a table may be written.
  struct Dialect {
    let separator: String
    let decimal: Character
    let exponent: Character
    let quote: String
    let end: String
    let heading: Bool
    let mark: Bool
    let trailing: Bool

    init(_ random: inout SeededGenerator) {
      separator = [",", ";", "\t", " ", "   ", ", ", " ; ", " \t ", ",\t"].randomElement(
        using: &random)!
      let mayBeComma =
        separator.contains(";") || separator.contains("\t") && !separator.contains(",")
      decimal = mayBeComma && Bool.random(using: &random) ? "," : "."
      exponent = "eEdDqQ".randomElement(using: &random)!
      quote = ["", "", "\"", "'"].randomElement(using: &random)!
      end = ["\n", "\r\n", "\r"].randomElement(using: &random)!
      heading = Bool.random(using: &random)
      mark = Bool.random(using: &random)
      trailing = Bool.random(using: &random)
    }

    func cell(_ value: Double, _ random: inout SeededGenerator) -> String {
      // Seventeen digits give every float64 back.
      let text =
        value == value.rounded() && abs(value) < 1e6
        ? String(Int(value)) : String(format: "%.16e", value)
      let sign = value > 0 && Int.random(in: 0..<4, using: &random) == 0 ? "+" : ""
      let written = (sign + text).replacing("e", with: String(exponent))
        .replacing(".", with: String(decimal))
      return quote + written + quote
    }

    func write(_ rows: [[Double]], _ random: inout SeededGenerator) -> String {
      var lines: [String] = []
      if heading {
        lines.append(
          (0..<rows[0].count).map { "\(quote)x_\($0)\(quote)" }.joined(separator: separator))
      }
      for row in rows {
        if Int.random(in: 0..<4, using: &random) == 0 { lines.append("# 1, 2; \"3") }
        if Int.random(in: 0..<4, using: &random) == 0 { lines.append("  ") }
        let cells = row.map { cell($0, &random) }.joined(separator: separator)
        lines.append(cells + (trailing ? separator : ""))
      }
      return (mark ? "\u{feff}" : "") + lines.joined(separator: end)
        + (Bool.random(using: &random) ? end : "")
    }
  }

  @Test("random tables written in every dialect are read back, every bit", arguments: 0..<8)
  func dialects(part: Int) throws {
    var random = testGenerator(seed: UInt64(part))
    for _ in 0..<250 {
      let columns = Int.random(in: 1...5, using: &random)
      let values = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        (0..<columns).map { _ -> Double in
          switch Int.random(in: 0..<4, using: &random) {
          case 0: Double(Int.random(in: -999...999, using: &random))
          case 1: Double.random(in: -1...1, using: &random)
          case 2:
            Double(
              sign: .minus, exponent: Int.random(in: -1000...1000, using: &random), significand: 1.7
            )
          default: Double.random(in: 1e99...1e300, using: &random)
          }
        }
      }
      let dialect = Dialect(&random)
      // A lone column with commas is read as two.
      guard columns > 1 || dialect.decimal == "." || dialect.trailing else { continue }
      let text = dialect.write(values, &random)
      let read = try table(Array(text.utf8))
      #expect(read.rows == values, "\(text)")
      #expect((read.heading != nil) == dialect.heading, "\(text)")
    }
  }

  @Test("numbers as Fortran, C, Germans and spreadsheets write them")
  func numbers() throws {
    #expect(
      try rows("1.0D+03 1.d0 -2.5Q-1 1.5-103 .5 5. +7") == [[1000, 1, -0.25, 1.5e-103, 0.5, 5, 7]])
    #expect(try rows("0,1;1,0") == [[0.1, 1]])
    #expect(try rows("0,1\t1,0\n2\t3,5") == [[0.1, 1], [2, 3.5]])
    #expect(try rows("\"1.5\",'2'\n\" 3 \",4") == [[1.5, 2], [3, 4]])
    #expect(try rows("1e-400,5e-324") == [[0, Double.leastNonzeroMagnitude]])
    #expect(try rows("0.5,1\r\n2,3\r\n") == [[0.5, 1], [2, 3]])
    #expect(try rows("1\r2\r3") == [[1], [2], [3]])
    #expect(try rows("1 2\r\r\n\n3 4") == [[1, 2], [3, 4]])
    #expect(try rows("0.1 0.2\t0.3") == [[0.1, 0.2, 0.3]])
    #expect(try rows("1,2 # a point\n3,4#") == [[1, 2], [3, 4]])
  }

  @Test(
    "a heading has no word that may have been meant as a number, and is said aloud",
    arguments: [
      "x,y", "\"x 1\",\"y 2\"", "x / m, y [mm]", "I1 I2", "T=0.5;f", ",x,y", "φ,ψ", "x.a y.b",
      "input1\toutput_2",
    ])
  func headings(text: String) throws {
    let columns = text.contains(",x") ? 3 : 2
    let separator =
      text.contains(";") ? ";" : text.contains("\t") ? "\t" : text.contains(",") ? "," : " "
    let row = (0..<columns).map { "0.\($0)" }.joined(separator: separator)
    let read = try table(Array("# comment\n\n\(text)\n\(row)\n".utf8))
    #expect(read.rows.count == 1 && read.heading?.line == 3)
    let note = try #require(read.note(on: "p.csv"))
    #expect(
      note.contains("p.csv, line 3") && note.contains(text.replacing("\t", with: " ")))
    // One heading at most.
    #expect(refusal("\(text)\n\(text)\n\(row)")?.contains("line 2") == true)
  }

  @Test("first rows with typing errors are refused, not taken for headings")
  func nearly() {
    for row in [
      "nan,1.0", "NaN,x", "inf,x", "-Infinity,x", "l.0,y", "O.5 y", "1.O,y", "0.5x,y", "1st,y",
      "n/a,y", "None,y",
      "-,y", "−1,y", "1..0,y", "true,y", "(1+2j),y", "--5,y", "0x1p3,y", "1_000,y", "٣,y",
    ] {
      let reason = refusal("\(row)\n1,2\n")
      #expect(reason?.contains("line 1") == true, "\(row): \(reason ?? "read")")
    }
  }

  @Test("ragged rows, empty cells and what is no finite number are named with file and line")
  func refusals() {
    for (text, line, reason) in [
      ("1,2\n3\n", 2, "found 1 numbers, expected 2 as on line 1"),
      ("1,2\n\n# c\n3,4,5\n", 4, "found 3 numbers"),
      ("1,2\n3,\n", 2, "found 1 numbers"),
      ("1,,2\n", 1, "entry 2: the cell is empty"),
      (",1,2\n", 1, "entry 1: the cell is empty"),
      ("1,2,,\n", 1, "entry 3: the cell is empty"),
      ("1\t\t2\n", 1, "entry 2: the cell is empty"),
      ("1,\"\",2", 1, "entry 2: the cell is empty"),
      (",,\n", 1, "the cell is empty"),
      ("1,nan\n", 1, "must be finite, found `nan`"),
      ("1,2\n3,-Infinity\n", 2, "must be finite"),
      ("1,1e999\n", 1, "beyond the range"),
      ("1,NA\n", 1, "a number is missing"),
      ("1,2\n1;2\n", 2, "entry 1"),
      ("1 2\n1,2\n", 2, "entry 1"),
      ("1,5 2,5\n", 1, "decimal commas are read"),
      ("1,5;2\n1.5;2\n", 2, "a decimal point, where"),
      ("1.5;2\n1,5;2\n", 2, "a decimal comma, where"),
      ("1.234,5;2\n", 1, "marks between thousands"),
      ("\"1,5\",2\n", 1, "decimal commas"),
      ("0.1,0.2;\n", 1, "entry 1"),
      ("1,2+3j\n", 1, "complex"),
      ("1,\"2\n", 1, "a quote is not closed"),
      ("1,\"2\"3\n", 1, "entry 2"),
      ("x,y\n1,2,3\n", 2, "3 numbers under a heading of 2 words"),
      ("1,1.5-2\n", 1, "entry 2"), ("1,1e\n", 1, "entry 2"), ("1,+\n", 1, "entry 2"),
      ("1,.\n", 1, "entry 2"),
      ("1,0x10\n", 1, "entry 2"), ("1,5%\n", 1, "entry 2"), ("1,1_000\n", 1, "entry 2"),
    ] {
      let found = refusal(text)
      #expect(
        found?.contains("table.csv, line \(line): ") == true && found?.contains(reason) == true,
        "\(text): \(found ?? "read")")
    }
  }

  @Test("files that are no UTF-8 text are named by what they are")
  func noText() {
    for (bytes, reason) in [
      ([0xff, 0xfe, 0x31, 0, 0x0a, 0], "UTF-16"), ([0xfe, 0xff, 0, 0x31], "UTF-16"),
      ([0x31, 0, 0x2c, 0, 0x32, 0], "UTF-16"),
      (Array("1,2\n3,".utf8) + [0] + Array("44444444".utf8), "byte 7 is zero"),
      ([0x31, 0x0a, 0xe4, 0x0a], "not UTF-8"), ([0x1f, 0x8b, 8, 0], "gunzip"),
      ([0x50, 0x4b, 3, 4], "zip"),
      (Array("\u{89}HDF".unicodeScalars.map { UInt8($0.value) }), "HDF5"), ([], "holds no numbers"),
      (Array("# nothing\n\n".utf8), "holds no numbers"), (Array("x y\n".utf8), "only the heading"),
      ([0xef, 0xbb, 0xbf], "holds no numbers"),
    ] as [([UInt8], String)] {
      let found = refusal(bytes)
      #expect(found?.contains(reason) == true, "\(bytes): \(found ?? "read")")
    }
    let missing = #expect(throws: DataFileError.self) {
      try FileBytes(path: folder.file("none.csv"))
    }
    #expect(missing?.kind == .missing)
  }

  @Test("mutated tables are read or refused in one sentence with the file")
  func mutations() throws {
    var random = testGenerator(seed: 77)
    let fragments = [
      ",", ";", "\t", "\"", "'", "\r", "\n", "#", "e", "-", "+", ".", "nan", "1e999", "x", "\u{0}",
      "é",
    ]
    for _ in 0..<2000 {
      var text = Array("x,y\n0.5,1\n2,3.5e-3\n# c\n\"4\",5\n".utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0...text.count, using: &random)
        text.insert(contentsOf: Array(fragments.randomElement(using: &random)!.utf8), at: at)
        if Bool.random(using: &random) {
          text.remove(at: Int.random(in: 0..<text.count, using: &random))
        }
      }
      guard let reason = refusal(text) else { continue }
      #expect(reason.contains("table.csv") && !reason.contains("\n"), "\(reason)")
    }
  }
}
