import Fieldwork
import Foundation
import TestSupport
import Testing

/// The short form of scripts/check interruption.
@Suite("Runs that are killed or find no room", .serialized)
struct ResumeTests {
  static let studies = [
    """
    ensemble: {hidden: [{activation: tanh, width: [20, 40]}], biases: {sigma: 1}}
    points: [[0.5], [1.0]]
    sampling: {estimator: outputs, networks: 10000, runs: 4, save_outputs: true}
    """,
    """
    ensemble: {inputs: 2, outputs: 2, hidden: [{activation: cos, width: 8}]}
    points: [[0.2, 0.1], [0.5, -0.4]]
    sampling: {estimator: outputs, networks: 2000, runs: 4}
    measure: [{correlators: {orders: [2, 4]}}, {symmetry: [{group: SO, elements: 2}, {of: ntk, elements: 2}]}]
    """,
    """
    theory:
      free-scalar: {dimension: 1, mass: 1, momenta: {lattice: 6}, width: [4, 8, 16]}
      interaction: {phi4: 1.0, torus: 6, thermalisation: 20}
    points: [[0], [1]]
    sampling: {networks: 64, runs: 4}
    measure: [{observables: {lattice: 1000}}]
    """,
  ]

  private func whole(_ folder: TemporaryDirectory) throws -> (Data, Data?) {
    let outcome = try FieldworkProgram.run(["run", "s.yaml", "-q", "-o", "whole"], in: folder)
    #expect(outcome.code == 0, "\(outcome.errors)")
    return (
      try OutputDirectory(path: folder.file("whole")).results().reproducibleJSON(),
      FileManager.default.contents(atPath: folder.file("whole/data.h5"))
    )
  }

  private func resume(_ folder: TemporaryDirectory, to whole: (Data, Data?), _ how: String) throws {
    let outcome = try FieldworkProgram.run(
      ["run", "s.yaml", "-q", "-o", "out", "--resume"], in: folder)
    #expect(outcome.code == 0, "\(how): \(outcome.errors)")
    let results = try OutputDirectory(path: folder.file("out")).results()
    #expect(try results.reproducibleJSON() == whole.0, "\(how)")
    #expect(FileManager.default.contents(atPath: folder.file("out/data.h5")) == whole.1, "\(how)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("out/checkpoint")))
    try FileManager.default.removeItem(atPath: folder.file("out"))
  }

  @Test("killed at any moment, a run resumes to the same bytes", arguments: studies.indices)
  func killed(study: Int) throws {
    let folder = TemporaryDirectory()
    _ = folder.write("s.yaml", Self.studies[study])
    let begin = Date()
    let whole = try whole(folder)
    let length = Date().timeIntervalSince(begin)
    for k in 1...2 {
      let started = try FieldworkProgram.start(["run", "s.yaml", "-q", "-o", "out"], in: folder)
      Thread.sleep(forTimeInterval: length * Double(k) / 2.5)
      kill(started.process.processIdentifier, SIGKILL)
      _ = FieldworkProgram.finish(started)
      try resume(folder, to: whole, "killed at \(k)/2")
    }
  }

  @Test(
    "without room: 74 and one sentence, and with room again the same bytes",
    arguments: studies.indices)
  func noRoom(study: Int) throws {
    let folder = TemporaryDirectory()
    _ = folder.write("s.yaml", Self.studies[study])
    let whole = try whole(folder)
    // Limits on the size of files in KiB, up to the largest that is written.
    let largest = (whole.1?.count ?? 0) >> 10
    for limit in [2, largest / 2, largest - 1] {
      // Errors go through a pipe, which has no such limit.
      let outcome = try FieldworkProgram.shell(
        "ulimit -f \(limit); exec \"$fieldwork\" run s.yaml -q -o out", in: folder)
      #expect(outcome.code == 74, "\(limit) KiB: \(outcome.code) \(outcome.errors)")
      #expect(outcome.errors.hasPrefix("fieldwork: "))
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      try resume(folder, to: whole, "files up to \(limit) KiB")
    }
  }
}
