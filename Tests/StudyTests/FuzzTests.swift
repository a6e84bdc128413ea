import Fieldwork
import Foundation
import TestSupport
import Testing

/// Ten thousand mutated study files: none may crash or hang, each refusal is one sentence with the
/// file and a key path or a line and column.
@Suite("Fuzzing of study files")
struct FuzzTests {
  static let fragments = [
    "[", "]", "{", "}", ":", "-", ",", "\n", "  ", "\t", "&a ", "*a", "? ", "!", "|", ">", "'",
    "\"",
    "#", "%", "@", "1e999", "-0", "nan", ".inf", "0x10", "9999999999999999999", "1e-320", "null",
    "true", "~", "[1, [2]]", "{a: 1}", "width", "sigma", "layers", "student-t", "gauss", "exact",
    "neurons", "file", "1e15", "0", "-1", "\u{0}", "é", "🙂", "<<: *a", "---", "...", "orders: [8]",
    "count: 1000000", "outputs: 1000", "inputs: 7",
  ]

  @Test("mutations of the shipped studies", arguments: 0..<10)
  func mutations(part: Int) {
    var generator = testGenerator(seed: UInt64(part))
    let texts = ShippedStudies.all.map(\.text) + [ShippedStudies.template]
    for _ in 0..<1000 {
      var text = Array(texts[Int.random(in: 0..<texts.count, using: &generator)].utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let at = Int.random(in: 0...text.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0:
          text.insert(
            contentsOf: Array(
              Self.fragments[Int.random(in: 0..<Self.fragments.count, using: &generator)].utf8),
            at: at)
        case 1:
          let end = min(text.count, at + Int.random(in: 1...12, using: &generator))
          text.removeSubrange(at..<end)
        case 2:
          if at < text.count { text[at] = UInt8.random(in: 1...255, using: &generator) }
        case 3:
          let other = Array(texts[Int.random(in: 0..<texts.count, using: &generator)].utf8)
          let from = Int.random(in: 0..<other.count, using: &generator)
          text.insert(contentsOf: other[from..<min(other.count, from + 30)], at: at)
        default:
          // A value replaced by another scalar.
          let lines = text.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
          let k = Int.random(in: 0..<lines.count, using: &generator)
          if let colon = lines[k].firstIndex(of: 58) {
            var changed = lines
            changed[k] =
              lines[k][...colon] + [32]
              + Array(
                Self.fragments[Int.random(in: 0..<Self.fragments.count, using: &generator)].utf8)
            text = Array(changed.joined(separator: [10]))
          }
        }
      }
      let yaml = String(decoding: text, as: UTF8.self)
      do {
        let study = try StudyFile.read(yaml: yaml, file: "fuzz.yaml", folder: "/nonexistent")
        _ = try StudyCost(study, file: "fuzz.yaml")
      } catch {
        let message = error.message
        #expect(message.hasPrefix("fuzz.yaml: "), "\(message)")
        #expect(!message.contains("\n"))
        let rest = message.dropFirst("fuzz.yaml: ".count)
        let located =
          rest.hasPrefix("line ") || rest.hasPrefix("is empty") || rest.contains("key `")
          || rest.contains("`") || rest.firstMatch(of: #/^[\w.\-]+: /#) != nil
          || rest.hasPrefix("has more than") || rest.hasPrefix("expected a mapping")
        #expect(located, "\(message)")
      }
    }
  }
}
