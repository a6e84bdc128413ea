import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Files and pipes of the command")
struct InputCommandTests {
  private let folder = TemporaryDirectory()

  @Test("studies and recorded networks come through pipes; what was drawn is the same")
  func pipes() throws {
    _ = folder.write(
      "s.yaml",
      """
      ensemble: {inputs: 1}
      points: {file: points.csv}
      sampling: {estimator: file, outputs: nets.npy, runs: 4}
      """)
    _ = folder.write("points.csv", "0.1\n0.2\n")
    var random = SeededGenerator(seed: 4)
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2000, 2)}\n"
    var data = Data([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(header.utf8.count), 0])
    data.append(Data(header.utf8))
    (0..<4000).map { _ in random.normal() }.withUnsafeBytes { data.append(contentsOf: $0) }
    try data.write(to: URL(fileURLWithPath: folder.file("nets.npy")))
    let outcome = try FieldworkProgram.shell(
      """
      set -e
      "$fieldwork" run s.yaml -q > a
      cat s.yaml | "$fieldwork" run - -q > b
      "$fieldwork" run /dev/stdin -q -o redirected < s.yaml > r
      "$fieldwork" run <(cat s.yaml) -q -o pipe > c
      cat nets.npy | "$fieldwork" run s.yaml -q -o more --set sampling.outputs=- \
        --set 'points={file: /dev/fd/9}' 9< <(printf '0.1\\r\\n0.2\\r\\n') > d
      cat nets.npy | "$fieldwork" run s.yaml -q -o more --resume --set sampling.outputs=/dev/stdin \
        --set 'points={file: points.csv}' 2> e || cat e
      for f in b c d r; do diff <(grep -v report a) <(grep -v report $f); done
      """, in: folder)
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    // Lines that end in another way are another content.
    #expect(
      outcome.output.contains("cannot resume") && outcome.output.contains("points.csv"),
      "\(outcome.output)")
    #expect(FileManager.default.fileExists(atPath: folder.file("study-results/results.json")))
  }

  @Test("data and points of gp come from files and pipes; headings are said aloud")
  func gaussianProcess() throws {
    _ = folder.write("data.csv", "x;y\r\n-1,0;0,5\r\n1,0;1,0D+0\r\n")
    let regress = "\"$fieldwork\" gp regress --activation erf --sigma-b 0.5 --noise 0.1"
    let outcome = try FieldworkProgram.shell(
      """
      set -e
      \(regress) --data data.csv --points '[[0.3]]' > a
      printf -- '-1 .5\\n1 1\\n' | \(regress) --data - --points '[[0.3]]' > b
      \(regress) --data data.csv --points <(printf '0.3') > c
      printf '0.3\\n' | \(regress) --data data.csv --points - > d
      for f in b c d; do cmp a $f; done
      """, in: folder)
    #expect(outcome.code == 0, "\(outcome.output) \(outcome.errors)")
    #expect(outcome.errors.contains("data.csv, line 1: taken for a heading, not for numbers: x;y"))
  }

  @Test("what is no file, or none of numbers, ends with a sentence and its code")
  func refusals() throws {
    _ = folder.write("d.csv", "1,2\nnan,1.0\n")
    _ = folder.write("bad.csv", "nan,1.0\n1,2\n")
    let regress = ["gp", "regress", "--activation", "erf", "--points", "[[0.3]]", "--data"]
    for (arguments, code, reason) in [
      (regress + ["d.csv"], 65, "d.csv, line 2: entry 1: numbers must be finite"),
      (regress + ["bad.csv"], 65, "bad.csv, line 1: entry 1"),
      (regress + ["none.csv"], 66, "does not exist"),
      (regress + ["."], 66, "folder"), (regress + ["-"], 65, "standard input: holds no numbers"),
      (["gp", "draw", "--activation", "erf", "--points", "none.csv"], 66, "none.csv"),
      (["kernel", "--activation", "erf", "--points", "d.csv"], 65, "line 2"),
      (["run", "."], 66, "folder"), (["check", "-"], 65, "empty"),
    ] as [([String], Int32, String)] {
      let outcome = try FieldworkProgram.run(arguments, in: folder)
      #expect(
        outcome.code == code && outcome.errors.contains(reason),
        "\(arguments): \(outcome.code) \(outcome.errors)")
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
  }
}
