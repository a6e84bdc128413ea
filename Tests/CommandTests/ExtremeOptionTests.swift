import Fieldwork
import Foundation
import TestSupport
import Testing

/// Extreme values for the options of every command: a refusal in one sentence or an answer, never a trap or a hang.
@Suite("Extreme options")
struct ExtremeOptionTests {
  private static let numbers = [
    "0", "-1", "1", "3", "1e-320", "1e-30", "1e30", "1e40", "1e155", "1e300", "-1e300", "1e999",
    "nan", "inf", "-inf",
    "60000", "4294967296", "9223372036854775807", "-9223372036854775808", "18446744073709551616",
    "", "x", "1,5",
  ]
  private static let lists = [
    "[]", "[[]]", "[[[0]]]", "[.nan]", "[1e300, -1e300]", "[1e-320]", "[0, 0]", "[a]", "[1", "null",
    "{}", "1",
    String(repeating: "[", count: 200),
  ]
  private static let formulas = [
    "1/x", "exp(exp(x))", "x^1e9", "x^x", "1e308*x", "0/0", "sin(1/x)",
    String(repeating: "(", count: 900), "é", "",
  ]

  private static let lines = [
    "kernel --activation tanh --sigma-w 1 --sigma-b 0.1 --depth 2 --inputs 1 --points [[0.2]]",
    "kernel --formula x --points [[0.2]] --width 3", "criticality --activation tanh --sigma-b 0.1",
    "gp draw --activation erf --sigma-b 0.5 --count 2 --seed 1 --points [[0],[0.5]]",
    "diagrams --interaction 4 --legs 2 --order 1",
    "action --activation erf --width 10 --points [[1]] --order 1",
    "couplings --activation erf --sigma-b 1 --width 5 --cutoff 10 --points [[0.2]]",
    "flow cutoff --activation relu --width 20 --points [0.2] --cutoff 10 100",
    "flow active --width 3 --sigma-b 1 --sigma-w 1 2 --points [-0.01,0.01]",
    "symmetry --activation relu --width 5 --outputs 2 --elements 2 --points [[0.5]] --networks 1000",
    "locality --activation cos --width 4 --points [[0]] --to 5 --networks 0",
    "lattice --dimension 2 --size 4 --mass-squared 1 --coupling 1 --trajectories 100 --thermalisation 10 --chains 2",
    "lattice scan --sizes 3 --coupling 6 --from -1.4 --to -1.2 --count 3 --trajectories 100 --thermalisation 10",
  ]

  @Test("every option is refused in one sentence or answered", arguments: 0..<8)
  func mutations(part: Int) throws {
    var generator = testGenerator(seed: UInt64(140 + part))
    let folder = TemporaryDirectory()
    for _ in 0..<16 {
      var words = Self.lines.randomElement(using: &generator)!.split(separator: " ").map(
        String.init)
      let places = words.indices.dropLast().filter { words[$0].hasPrefix("--") }
      let place = places.randomElement(using: &generator)!
      let pool =
        words[place] == "--points"
        ? Self.lists : words[place] == "--formula" ? Self.formulas : Self.numbers
      words[place + 1] = pool.randomElement(using: &generator)!
      let outcome = try FieldworkProgram.run(words, in: folder)
      #expect(!outcome.signalled, "\(words): \(outcome.errors)")
      #expect(outcome.code == 0 || (64...78).contains(outcome.code), "\(words): \(outcome.code)")
      #expect(outcome.code != 70, "\(words): \(outcome.errors)")
      if outcome.code != 0, !outcome.errors.hasPrefix("Error: ") {
        let lines = outcome.errors.split(separator: "\n").filter { !$0.hasPrefix("point ") }
        #expect(lines.count == 1, "\(words): \(outcome.errors)")
      }
    }
  }

  @Test(
    "couplings of 10^30 and 10^40 are answered at once, with the length that trajectories may have")
  func coupling() throws {
    let folder = TemporaryDirectory()
    for coupling in ["1e30", "1e40"] {
      let outcome = try FieldworkProgram.run(
        ["lattice", "--size", "4", "--coupling", coupling], in: folder)
      #expect(outcome.code == 64)
      #expect(outcome.errors.contains("choose a length of up to"))
    }
  }

  @Test("numbers that JSON has no word for are null")
  func infinite() throws {
    // The vacuum integral over all space.
    let outcome = try FieldworkProgram.run(
      [
        "diagrams", "--interaction", "4", "--legs", "2", "--order", "1", "--activation", "gauss",
        "--sigma-b", "1",
        "--points", "[0,0.1]", "--json",
      ], in: TemporaryDirectory())
    #expect(outcome.code == 0)
    _ = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    #expect(outcome.output.contains("\"value\":null"))
  }
}
