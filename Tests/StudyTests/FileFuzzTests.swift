import Fieldwork
import Foundation
import TestSupport
import Testing

/// Some hundred damaged files of each kind that a user may bring: read or refused in one sentence. The long form is
/// `scripts/check fuzz`.
@Suite("Fuzzing of files")
struct FileFuzzTests {
  private static let tokens = [
    "nan", "1e999", "-1", "9223372036854775808", "", ",", ";", "\t", "\"", "(", ")", "'", "\n",
    "\r\n", "\u{0}", "é", "1e",
    "1.2.3", "{", "0x10", "(1,)", "<f16", "|O8", "True",
  ]

  private static func damaged(
    _ original: [UInt8], using generator: inout some RandomNumberGenerator
  )
    -> [UInt8]
  {
    var data = original
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      // Mostly near the beginning, where headers are.
      let reach = Bool.random(using: &generator) ? min(data.count, 140) : data.count
      let at = Int.random(in: 0...reach, using: &generator)
      switch Int.random(in: 0..<5, using: &generator) {
      case 0 where at < data.count: data[at] = UInt8.random(in: 0...255, using: &generator)
      case 1:
        data.removeSubrange(at..<min(data.count, at + Int.random(in: 0...200, using: &generator)))
      case 2: data.insert(contentsOf: tokens.randomElement(using: &generator)!.utf8, at: at)
      case 3 where at + 8 <= data.count:
        let number = [0, 1, UInt64(1) << 31, 1 << 32, 1 << 62, 1 << 63, .max]
          .randomElement(using: &generator)!
        withUnsafeBytes(of: number) { data.replaceSubrange(at..<at + 8, with: $0) }
      default: data.append(contentsOf: data.prefix(at))
      }
    }
    return data
  }

  private func check(
    _ originals: [[UInt8]], _ name: String, seed: UInt64, count: Int,
    _ read: (String) throws -> Void
  ) throws {
    var generator = testGenerator(seed: seed)
    let folder = TemporaryDirectory()
    let path = folder.file(name)
    for k in 0..<count {
      let data = Self.damaged(originals[k % originals.count], using: &generator)
      try Data(data).write(to: URL(fileURLWithPath: path))
      do { try read(path) } catch let error as DataFileError {
        let message = "\(error)"
        #expect(!message.contains("\n") && message.contains(name), "\(k): \(message)")
      }
    }
  }

  @Test("arrays of NumPy")
  func numPy() throws {
    let originals = ["<f8", "<f4", ">i4", "<i8"].map { type -> [UInt8] in
      var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (10, 2, 1), }"
      header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
      return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
        + (0..<160).map { UInt8($0 % 120) }
    }
    try check(originals, "nets.npy", seed: 1, count: 600) { path in
      let file = try NumPyFile(path: path)
      if let rows = file.shape.first, rows > 0 { _ = try file.rows(from: 0, count: min(rows, 10)) }
    }
  }

  @Test("tables of numbers")
  func tables() throws {
    let texts = [
      "0.1,0.2\n0.3,0.4\n", "x y\n1 2\n3 4\n", "# a\r\n1;2\r\n3;4\r\n", "1,5;2,5\n3,5;4,5\n",
      "\"1\"\t\"2\"\n3D0\t4D-1\n",
    ]
    try check(texts.map { Array($0.utf8) }, "points.csv", seed: 2, count: 800) { path in
      _ = try NumberTable(FileBytes(path: path))
    }
  }
}
