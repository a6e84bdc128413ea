import Fieldwork
import Foundation
import TestSupport
import Testing

/// Streams that fail, are closed, or have no reader.
@Suite("Standard streams")
struct StreamTests {
  /// Every command once, at its quickest.
  static let commands = [
    "--version", "--help", "run --help", "--generate-completion-script bash", "new --list",
    "check s.yaml", "run s.yaml --quiet --overwrite", "run s.yaml --quiet --overwrite --json",
    "report s-results", "kernel --activation erf --points '[[0.1],[0.5]]'",
    "kernel --activation erf --points '[[0.1],[0.5]]' --json",
    "kernel --activation erf --points p.csv",
    "criticality --activation tanh --sigma-b 0.1",
    "gp draw --activation erf --points '[[0.1],[0.5]]'",
    "gp regress --activation erf --data d.csv --points '[[0.1],[0.2]]' --noise 0.1",
    "diagrams --interaction 4 --legs 4 --order 1",
    "couplings --activation gauss --sigma-b 1 --width 9 --points '[[0],[0.01]]' --term lambda0 lambda2",
    "action --activation erf --sigma-b 1 --width 10 --points '[[1]]' --at '[[0.5]]'",
    "flow fixed-points --dimension 3 --order 4",
    "flow passive --dimension 1 --from u2=2,u4=-42.7,u6=50 --to 100",
    "flow cutoff --activation erf --sigma-b 1 --width 10 --points '[[0.2],[0.6]]' --cutoff 1 2",
    "flow active --width 100 --points '[[0],[0.01]]' --sigma-w 1 2",
    "flow potential --dimension 3 --from u2=-0.1,u4=1 --start 1 --to 0.5 --range 3",
    "symmetry --predict s.yaml", "locality --activation cos --width 4 --points '[[0]]'",
    "oscillator --mass-squared 1 --coupling 1",
    "lattice --dimension 1 --size 4 --mass-squared 1 --coupling 1 --trajectories 100",
    "lattice scan --dimension 1 --sizes 4 6 --coupling 6 --from 1 --to 2 --count 4 --trajectories 100",
  ]

  private func folder() -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    _ = folder.write("s.yaml", CommandTests.small)
    // With a heading, which is told on stderr.
    _ = folder.write("p.csv", "x\n0.1\n0.5\n")
    _ = folder.write("d.csv", "0.1,1\n0.5,0.2\n0.9,-1\n")
    return folder
  }

  /// Runs every command with a redirection; a line for each with its exit code and what it said on stderr.
  private func codes(_ redirection: String, before: String = "") throws -> [String: (
    code: Int, errors: String
  )] {
    let folder = folder()
    let lines = Self.commands.enumerated().map { k, command in
      // The shell's own errors stay on its stderr.
      "( exec 2>e\(k); exec \"$fieldwork\" \(command) \(redirection) ); echo $?"
    }
    let outcome = try FieldworkProgram.shell(
      "\"$fieldwork\" run s.yaml --quiet > first\n\(before)\n\(lines.joined(separator: "\n"))",
      in: folder)
    let numbers = outcome.output.split(separator: "\n").map { Int($0) ?? -1 }
    try #require(numbers.count == Self.commands.count)
    return Dictionary(
      uniqueKeysWithValues: Self.commands.enumerated().map { k, command in
        let text = try? String(contentsOfFile: folder.file("e\(k)"), encoding: .utf8)
        return (command, (numbers[k], text ?? ""))
      })
  }

  @Test(
    "a full disk or a closed stdout ends every command with 74 and a sentence",
    arguments: [
      "> /dev/full", ">&-",
    ])
  func full(redirection: String) throws {
    for (command, end) in try codes(redirection) {
      #expect(end.code == 74, "\(command): \(end)")
      let sentences = end.errors.split(separator: "\n").filter {
        $0.hasPrefix("fieldwork: stdout:")
      }
      #expect(sentences.count == 1, "\(command): \(end)")
    }
  }

  @Test("a reader that has gone ends every command with 141 and silence, as SIGPIPE would")
  func pipe() throws {
    // The other end is closed before the first command starts.
    let before = "mkfifo p; sleep 0.01 < p & exec 7> p; wait"
    for (command, end) in try codes(">&7", before: before) {
      #expect(end.code == 141, "\(command): \(end)")
      #expect(!end.errors.contains("fieldwork: stdout"), "\(command): \(end)")
    }
  }

  @Test("what stderr does not take is lost, and nothing else", arguments: ["2>&-", "2> /dev/full"])
  func errors(redirection: String) throws {
    for (command, end) in try codes("\(redirection) > /dev/null") {
      #expect(end.code == 0, "\(command): \(end)")
    }
    let folder = folder()
    let usage = try FieldworkProgram.shell("\"$fieldwork\" nonsense \(redirection)", in: folder)
    #expect(usage.code == 64)
    let missing = try FieldworkProgram.shell(
      "\"$fieldwork\" run no.yaml \(redirection)", in: folder)
    #expect(missing.code == 66)
  }

  @Test("no file gets the descriptor of a stream that is closed")
  func closed() throws {
    let folder = folder()
    let outcome = try FieldworkProgram.shell(
      "\"$fieldwork\" run s.yaml <&- >&- 2>&-; echo $?; \"$fieldwork\" new net <&- >&- 2>&-; echo $?",
      in: folder)
    #expect(outcome.output == "74\n74\n")
    // Everything is as without: the files say what they say, and what was printed is in none of them.
    #expect(
      try String(contentsOfFile: folder.file("net.yaml"), encoding: .utf8)
        == ShippedStudies.template)
    let data = try #require(
      FileManager.default.contents(atPath: folder.file("s-results/results.json")))
    _ = try JSONDecoder().decode(Results.self, from: data)
    let again = try FieldworkProgram.shell(
      "\"$fieldwork\" run s.yaml --quiet --resume && \"$fieldwork\" run s.yaml --quiet --output b && cmp s-results/tables/correlators.csv b/tables/correlators.csv",
      in: folder)
    #expect(again.code == 0)
  }

  @Test("output arrives whole at a slow reader")
  func slowReader() throws {
    let folder = folder()
    let script = """
      "$fieldwork" gp draw --activation erf --points '[[0],[1]]' --count 9000 > whole
      "$fieldwork" gp draw --activation erf --points '[[0],[1]]' --count 9000 \
      | (sleep 0.3; cat) | cmp - whole
      """
    #expect(try FieldworkProgram.shell(script, in: folder).code == 0)
  }

  @Test("a file that reaches the limit on its size is an error that is told")
  func sizeLimit() throws {
    let folder = folder()
    let outcome = try FieldworkProgram.shell(
      "ulimit -f 8; \"$fieldwork\" gp draw --activation erf --points '[[0],[1]]' --count 9000 > f",
      in: folder)
    #expect(outcome.code == 74 && outcome.errors.hasPrefix("fieldwork: stdout:"))
  }
}
