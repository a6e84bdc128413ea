import Fieldwork
import Foundation
import TestSupport
import Testing

/// Ctrl-C and SIGTERM while nothing is drawn: in exact theory, integrals, diagrams, regressions.
@Suite("Interruption outside of sampling", .serialized, .timeLimit(.minutes(5)))
struct InterruptionTests {
  private func points(_ count: Int, inputs: Int) -> String {
    var random = SeededGenerator(seed: 5)
    let list = (0..<count).map { _ in
      "["
        + (0..<inputs).map { _ in String(format: "%.3f", 2 * random.uniform() - 1) }
        .joined(separator: ",") + "]"
    }
    return "[" + list.joined(separator: ",") + "]"
  }

  /// Sends a signal a second after the start of what would take minutes, and waits for the end.
  private func interrupt(
    _ arguments: [String], _ signal: Int32, in folder: TemporaryDirectory,
    environment: [String: String] = [:]
  ) throws -> FieldworkProgram.Outcome {
    // Threads of a test block most signals, and a program inherits that; a shell blocks none.
    var (set, before) = (sigset_t(), sigset_t())
    sigemptyset(&set)
    for number in [SIGINT, SIGTERM] { sigaddset(&set, number) }
    pthread_sigmask(SIG_UNBLOCK, &set, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let started = try FieldworkProgram.start(arguments, in: folder, environment: environment)
    Thread.sleep(forTimeInterval: 1.2)
    #expect(started.process.isRunning, "\(arguments) ended by itself")
    kill(started.process.processIdentifier, signal)
    return FieldworkProgram.finish(started)
  }

  @Test("quick commands end with 130 or 143, a sentence, and nothing on stdout")
  func quick() throws {
    let folder = TemporaryDirectory()
    let many = points(60, inputs: 6)
    let commands: [[String]] = [
      ["kernel", "--activation", "tanh", "--inputs", "6", "--vertex", "--points", many],
      [
        "couplings", "--activation", "tanh", "--inputs", "3", "--width", "5", "--cutoff", "100",
        "--points", points(40, inputs: 3),
      ],
      ["diagrams", "--interaction", "4", "--legs", "6", "--order", "7"],
    ]
    for (command, (signal, code)) in zip(
      commands, [(SIGINT, 130), (SIGTERM, 143), (SIGINT, 130)] as [(Int32, Int32)])
    {
      let outcome = try interrupt(command, signal, in: folder)
      #expect(outcome.code == code && !outcome.signalled, "\(command[0]): \(outcome.errors)")
      #expect(outcome.errors.contains(code == 130 ? "interrupted" : "terminated"))
      #expect(outcome.output.isEmpty)
    }
  }

  @Test("a job in the background of a script, which ignores SIGINT by birth, stops as well")
  func background() throws {
    let folder = TemporaryDirectory()
    let outcome = try FieldworkProgram.shell(
      """
      $fieldwork kernel --activation tanh --inputs 6 --vertex --points '\(points(60, inputs: 6))' &
      job=$!
      sleep 1.2
      kill -INT $job
      wait $job
      exit $?
      """, in: folder)
    #expect(outcome.code == 130 && outcome.errors.contains("interrupted") && outcome.output.isEmpty)
  }

  @Test("a quick answer that runs a study leaves no folder behind")
  func folders() throws {
    let folder = TemporaryDirectory()
    let temporary = folder.file("tmp")
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    let outcome = try interrupt(
      [
        "symmetry", "--activation", "tanh", "--width", "500", "--outputs", "3", "--networks",
        "100000000", "--points", "[[0.5],[1]]",
      ], SIGINT, in: folder, environment: ["TMPDIR": temporary])
    #expect(outcome.code == 130, "\(outcome.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
  }

  @Test("a study in its exact theory stops on any number of threads, and says how to go on")
  func theory() throws {
    let folder = TemporaryDirectory()
    _ = folder.write(
      "s.yaml",
      """
      ensemble: {inputs: 6, hidden: [{activation: tanh, width: 3}]}
      points: \(points(50, inputs: 6))
      sampling: {estimator: exact}
      measure: [correlators: {orders: [2, 4]}]
      """)
    for (threads, signal, code) in [("1", SIGINT, 130), ("2", SIGTERM, 143)]
      as [(String, Int32, Int32)]
    {
      let outcome = try interrupt(
        ["run", "s.yaml", "--quiet", "--threads", threads], signal, in: folder)
      #expect(outcome.code == code && !outcome.signalled, "\(outcome.errors)")
      #expect(
        outcome.errors.contains("go on with: fieldwork run s.yaml --resume --threads \(threads)"))
      #expect(outcome.output.isEmpty)
    }
  }

  @Test("a study in its integrals stops, says how to go on, and leaves no half of its results")
  func integrals() throws {
    let folder = TemporaryDirectory()
    _ = folder.write(
      "s.yaml",
      """
      ensemble: {inputs: 3, hidden: [{activation: tanh, width: 3}], biases: {sigma: 0.5}}
      points: \(points(22, inputs: 3))
      sampling: {estimator: conditional, networks: 1000, runs: 4}
      measure: [couplings: {cutoffs: [1, 10, 100]}]
      """)
    let stopped = try interrupt(["run", "s.yaml", "--quiet"], SIGINT, in: folder)
    #expect(stopped.code == 130 && !stopped.signalled, "\(stopped.errors)")
    #expect(stopped.errors.contains("go on with: fieldwork run s.yaml --resume"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("s-results/results.json")))
  }

  @Test("the same results on one thread and on two, theory and analysis included")
  func threads() throws {
    let folder = TemporaryDirectory()
    _ = folder.write(
      "s.yaml",
      """
      ensemble: {inputs: 2, hidden: [{activation: tanh, width: [3, 5]}]}
      points: \(points(3, inputs: 2))
      sampling: {networks: 1000, runs: 4}
      measure: [correlators: {orders: [2, 4]}, kernel: {ntk: true, vertex: true}]
      """)
    var found: [Data] = []
    for threads in ["1", "2"] {
      let outcome = try FieldworkProgram.run(
        ["run", "s.yaml", "--quiet", "--threads", threads, "--output", "r\(threads)"], in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      found.append(
        try OutputDirectory(path: folder.file("r\(threads)")).results().reproducibleJSON())
    }
    #expect(found[0] == found[1])
  }
}
