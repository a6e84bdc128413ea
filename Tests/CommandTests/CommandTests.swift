import Fieldwork
import Foundation
import TestSupport
import Testing

/// The program itself: exit codes, streams, interruption by signals.
@Suite("The command", .serialized)
struct CommandTests {
  private func fieldwork(_ arguments: String..., in folder: TemporaryDirectory) throws
    -> FieldworkProgram.Outcome
  {
    try FieldworkProgram.run(arguments, in: folder)
  }

  static let small = """
    ensemble: {hidden: [{activation: relu, width: [2, 4]}]}
    points: [[0.5], [1.0]]
    sampling: {networks: 2000, runs: 4}
    """

  @Test("version, help and completions")
  func basics() throws {
    let folder = TemporaryDirectory()
    #expect(try fieldwork("--version", in: folder).output == "\(fieldworkVersion)\n")
    let help = try fieldwork("run", "--help", in: folder)
    #expect(help.code == 0)
    for word in ["--output", "--resume", "--overwrite", "--threads", "--set", "--quiet", "--json"] {
      #expect(help.output.contains(word))
    }
    for shell in ["bash", "zsh", "fish"] {
      let script = try fieldwork("--generate-completion-script", shell, in: folder)
      #expect(script.code == 0 && script.output.contains("fieldwork"))
    }
  }

  @Test("run writes its directory; tables on stdout, --json only JSON")
  func run() throws {
    let folder = TemporaryDirectory()
    _ = folder.write("s.yaml", Self.small)
    let table = try fieldwork("run", "s.yaml", in: folder)
    #expect(table.code == 0 && table.output.contains("report: s-results/report.html"))
    for file in [
      "results.json", "data.h5", "report.html", "tables/correlators.csv", "tables/deviations.tex",
    ] {
      #expect(FileManager.default.fileExists(atPath: folder.file("s-results/\(file)")))
    }
    #expect(try fieldwork("run", "s.yaml", in: folder).code == 73)
    let json = try fieldwork("run", "s.yaml", "--overwrite", "--json", "--quiet", in: folder)
    #expect(json.code == 0 && json.errors.isEmpty)
    _ = try JSONDecoder().decode(Results.self, from: Data(json.output.utf8))
    #expect(
      try fieldwork("run", "s.yaml", "--resume", "--set", "sampling.runs=5", in: folder).code == 0)
    #expect(try fieldwork("report", "s-results", in: folder).output == "s-results/report.html\n")
  }

  @Test("exit codes: one sentence on stderr, nothing on stdout")
  func exitCodes() throws {
    let folder = TemporaryDirectory()
    _ = folder.write("bad.yaml", "ensemble: {hidden: [{activation: relu, widht: 2}]}\npoints: [1]")
    _ = folder.write("s.yaml", Self.small)
    for (arguments, code) in [
      (["run", "none.yaml"], 66), (["run", "bad.yaml"], 65), (["check", "bad.yaml"], 65),
      (["run"], 64), (["run", "s.yaml", "--threads", "0"], 64),
      (["run", "s.yaml", "--resume", "--overwrite"], 64), (["frobnicate"], 64),
      (["report", "nowhere"], 66), (["run", "s.yaml", "--output", "/proc/none"], 73),
      (["kernel", "--activation", "rleu", "--points", "[1]"], 64),
      (["kernel", "--activation", "relu", "--points", "[1, [2"], 65),
      (["kernel", "--formula", "x*thanh(x)", "--points", "[1]"], 64),
      (["kernel", "--activation", "relu", "--shift", "--points", "[1]"], 64),
      (["kernel", "--points", "[1]"], 64),
      (["criticality", "--activation", "gauss"], 64),
      (["criticality", "--activation", "tanh", "--sigma-b", "-1"], 64),
      (["diagrams", "--interaction", "2", "--legs", "4", "--order", "1"], 64),
      (["diagrams", "--interaction", "4", "--legs", "4", "--order", "0.5"], 64),
      (["diagrams", "--interaction", "8", "--legs", "4", "--order", "4"], 64),
      (["couplings", "--activation", "erf", "--points", "[1]"], 64),
      (
        ["couplings", "--activation", "erf", "--width", "5", "--points", "[1]", "--cutoff", "inf"],
        64
      ),
      (
        ["couplings", "--activation", "erf", "--width", "5", "--points", "[1]", "--term", "mu"], 64
      ),
      (["action", "--activation", "relu", "--width", "9", "--points", "[1, 2]"], 65),
      (["action", "--activation", "erf", "--width", "9", "--points", "[1]", "--order", "3"], 64),
      (["flow", "fixed-points", "--dimension", "3", "--order", "5"], 64),
      (["flow", "fixed-points", "--dimension", "5", "--potential"], 64),
      (["flow", "passive", "--dimension", "1", "--from", "u3=1", "--to", "10"], 64),
      (["flow", "passive", "--dimension", "1", "--from", "u2=1", "--to", "-1"], 64),
      (
        [
          "flow", "potential", "--dimension", "3", "--from", "u2=1", "--start", "1", "--to", "2",
          "--range", "1",
        ], 64
      ),
      (["flow", "cutoff", "--activation", "erf", "--points", "[1]"], 64),
      (["gp", "regress", "--activation", "erf", "--data", "none.csv", "--points", "[1]"], 66),
    ] as [([String], Int32)] {
      let outcome = try FieldworkProgram.run(arguments, in: folder)
      #expect(outcome.code == code, "\(arguments) \(outcome.errors)")
      #expect(outcome.output.isEmpty)
      if code != 64 {
        #expect(outcome.errors.hasPrefix("fieldwork: "))
        #expect(outcome.errors.split(separator: "\n").count == 1)
      }
    }
  }

  @Test("new, check and kernel")
  func others() throws {
    let folder = TemporaryDirectory()
    #expect(try fieldwork("new", "--list", in: folder).output.contains("relu-net"))
    #expect(try fieldwork("new", "mine", in: folder).code == 0)
    #expect(try fieldwork("new", "mine", in: folder).code == 73)
    let check = try fieldwork("check", "mine.yaml", in: folder)
    #expect(check.code == 0 && check.output.contains("memory"))
    #expect(try fieldwork("new", "demo", in: folder).code == 0)
    #expect(
      FileManager.default.contents(atPath: folder.file("demo.yaml"))
        == ShippedStudies.all.first { $0.name == "demo" }.map { Data($0.text.utf8) })
    let kernel = try fieldwork(
      "kernel", "--activation", "erf", "--inputs", "2", "--sigma-w", "1.3", "--sigma-b", "0.7",
      "--points", "[[0.4,-1.1],[0.9,0.2]]", "--json", in: folder)
    #expect(kernel.code == 0)
    let layers = try JSONDecoder().decode(JSONValue.self, from: Data(kernel.output.utf8))["layers"]
    guard case .array(let list)? = layers else {
      Issue.record("no layers")
      return
    }
    #expect(list.count == 2 && list[1]["layer"] == .integer(2))
  }

  @Test("quick answers: kernel with everything, criticality with figures, Gaussian processes")
  func quickAnswers() throws {
    let folder = TemporaryDirectory()
    func json(_ arguments: [String]) throws -> JSONValue {
      let outcome = try FieldworkProgram.run(arguments, in: folder)
      #expect(outcome.code == 0, "\(arguments) \(outcome.errors)")
      return try JSONDecoder().decode(JSONValue.self, from: Data(outcome.output.utf8))
    }
    let kernel = try json([
      "kernel", "--formula", "x*tanh(x)", "--depth", "3", "--width", "20", "--ntk", "--vertex",
      "--shift", "--six-point", "--points", "[0.5, 1]", "--json",
    ])
    guard case .array(let layers)? = kernel["layers"], layers.count == 3 else {
      Issue.record("no layers")
      return
    }
    for key in ["kernel", "ntk", "vertex", "shift", "six_point"] {
      #expect(layers[2][key] != nil, "\(key)")
    }
    let critical = try json([
      "criticality", "--activation", "tanh", "--sigma-b", "0", "--figures", "phase", "--json",
    ])
    guard case .array(let points)? = critical["critical"], points.count == 1 else {
      Issue.record("no point")
      return
    }
    #expect(points[0]["sigma_w"] == .integer(1) && points[0]["sigma_b"] == .integer(0))
    #expect(FileManager.default.fileExists(atPath: folder.file("phase/phase-kernel.gp")))
    _ = folder.write("data.csv", "x,y\n0.1,1\n0.5,2\n1,0\n")
    let posterior = try json([
      "gp", "regress", "--activation", "erf", "--sigma-b", "1", "--data", "data.csv", "--points",
      "[0.5, 0.7]", "--json",
    ])
    // A whole number where rounding is kind.
    guard case .array(let mean)? = posterior["mean"], let first = Double(mean[0].text) else {
      Issue.record("no mean")
      return
    }
    #expect(abs(first - 2) < 1e-9)
    let draws = try fieldwork(
      "gp", "draw", "--activation", "relu", "--points", "[0.5, 1, 2]", in: folder)
    #expect(draws.code == 0 && draws.output.split(separator: "\n").count == 3)
  }

  @Test("SIGINT, SIGTERM and SIGKILL leave a run that resumes to the same bytes")
  func signals() throws {
    let folder = TemporaryDirectory()
    _ = folder.write(
      "s.yaml",
      """
      ensemble: {hidden: [{activation: tanh, width: 1000}]}
      points: [[0.5], [1.0]]
      sampling: {networks: 800000, runs: 10}
      """)
    #expect(try fieldwork("run", "s.yaml", "--output", "whole", "--quiet", in: folder).code == 0)
    let whole = try OutputDirectory(path: folder.file("whole")).results().reproducibleJSON()
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143), (SIGKILL, 9)] as [(Int32, Int32)] {
      let started = try FieldworkProgram.start(
        ["run", "s.yaml", "--overwrite", "--quiet", "--threads", "2"], in: folder)
      // The first checkpoint comes after two seconds.
      let limit = Date().addingTimeInterval(30)
      while Date() < limit, started.process.isRunning {
        let files = try? FileManager.default.contentsOfDirectory(
          atPath: folder.file("s-results/checkpoint"))
        if files?.contains(where: { $0.hasSuffix(".cells") }) == true { break }
        Thread.sleep(forTimeInterval: 0.02)
      }
      #expect(started.process.isRunning)
      kill(started.process.processIdentifier, signal)
      let stopped = FieldworkProgram.finish(started)
      #expect(stopped.code == code)
      if signal != SIGKILL {
        #expect(stopped.errors.contains("fieldwork run s.yaml --resume --threads 2"))
      }
      let resumed = try fieldwork("run", "s.yaml", "--resume", "--quiet", in: folder)
      #expect(resumed.code == 0, "\(resumed.errors)")
      let again = try OutputDirectory(path: folder.file("s-results")).results()
      #expect(try again.reproducibleJSON() == whole)
    }
  }

  @Test(
    "without permission to write: 73 (skipped for root, who has it)",
    .enabled(if: getuid() != 0))
  func permission() throws {
    let folder = TemporaryDirectory()
    _ = folder.write("s.yaml", Self.small)
    try FileManager.default.createDirectory(
      atPath: folder.file("closed"), withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o500])
    #expect(try fieldwork("run", "s.yaml", "--output", "closed/out", in: folder).code == 73)
  }

  @Test("a full disk: 74 and a sentence; with room again, --resume finishes")
  func fullDisk() throws {
    let folder = TemporaryDirectory()
    _ = folder.write("s.yaml", Self.small)
    // A limit on file sizes fails as a full disk does, without needing one.
    let outcome = try FieldworkProgram.shell(
      "trap '' XFSZ; ulimit -f 16; exec \"$fieldwork\" run s.yaml --quiet", in: folder)
    let text = outcome.errors
    #expect(outcome.code == 74, "\(text)")
    #expect(text.hasPrefix("fieldwork: ") && text.split(separator: "\n").count == 1)
    #expect(try fieldwork("run", "s.yaml", "--resume", "--quiet", in: folder).code == 0)
  }

  @Test("diagrams: counts, symmetry factors and drawings")
  func diagrams() throws {
    let folder = TemporaryDirectory()
    let outcome = try fieldwork(
      "diagrams", "--interaction", "4", "--legs", "4", "--order", "2", "--json", "--drawings",
      "slides", in: folder)
    #expect(outcome.code == 0 && outcome.errors.isEmpty)
    let json = try JSONDecoder().decode(JSONValue.self, from: Data(outcome.output.utf8))
    #expect(json["pairings"] == .integer(10395))
    guard case .array(let list)? = json["diagrams"] else {
      Issue.record("no diagrams")
      return
    }
    let connected = list.filter { $0["connected"] == .bool(true) }
    #expect(connected.count == 2)
    #expect(connected.compactMap { $0["pairings"] } == [.integer(1728), .integer(2304)])
    #expect(connected.allSatisfy { $0["symmetry_factor"] == .integer(2) })
    for file in ["diagrams.svg", "diagrams.tex", "diagram-01.svg"] {
      let text = String(
        decoding: try Data(contentsOf: URL(fileURLWithPath: folder.file("slides/\(file)"))),
        as: UTF8.self)
      #expect(text.contains(file.hasSuffix("tex") ? "tikzpicture" : "</svg>"))
    }
    let dual = try fieldwork(
      "diagrams", "--interaction", "4", "6", "--legs", "6", "--order", "2", "--dual", in: folder)
    #expect(dual.output.contains("1/72") && dual.output.contains("1/720"))
  }

  @Test("couplings and action: quick answers, as the tables of the literature have them")
  func quickActions() throws {
    let folder = TemporaryDirectory()
    let couplings = try fieldwork(
      "couplings", "--activation", "relu", "--width", "20", "--points", "[0.2, 1.2]", "--cutoff",
      "100", "--json", in: folder)
    let json = try JSONDecoder().decode(JSONValue.self, from: Data(couplings.output.utf8))
    guard case .array(let list)? = json["couplings"],
      case .number(let lambda)? = list.first?["mean"]?["value"]
    else {
      Issue.record("no coupling")
      return
    }
    // -12.5 / (N L^5)
    #expect(abs(lambda / -6.25e-11 - 1) < 1e-12)
    let action = try fieldwork(
      "action", "--activation", "linear", "--width", "50", "--points", "[1]", "--at", "[[0.5]]",
      in: folder)
    #expect(action.code == 0 && action.output.contains("second order"))
  }

  @Test("flow: fixed points, passive flows and their poles, potentials, cutoffs")
  func flows() throws {
    let folder = TemporaryDirectory()
    func json(_ arguments: String...) throws -> JSONValue {
      let outcome = try FieldworkProgram.run(arguments, in: folder)
      #expect(outcome.code == 0, "\(arguments) \(outcome.errors)")
      return try JSONDecoder().decode(JSONValue.self, from: Data(outcome.output.utf8))
    }
    func number(_ value: JSONValue?) -> Double { value.flatMap { Double($0.text) } ?? .nan }
    func first(_ value: JSONValue?) -> JSONValue? {
      if case .array(let list)? = value { return list.first }
      return nil
    }
    let full = try json("flow", "fixed-points", "--dimension", "3", "--potential", "--json")
    #expect(abs(number(first(full["fixed_points"])?["nu"]) - 0.6495617739) < 1e-10)
    let truncated = try json(
      "flow", "fixed-points", "--dimension", "3", "--order", "12", "--json", "--figures", "f")
    #expect(abs(number(first(truncated["fixed_points"])?["nu"]) - 0.654883346) < 1e-9)
    #expect(FileManager.default.fileExists(atPath: folder.file("f/truncation-nu.gp")))
    let passive = try json(
      "flow", "passive", "--dimension", "1", "--from", "u2=2,u4=-42.7,u6=50", "--to", "100",
      "--json")
    #expect(passive["pole"] == .null)
    let ended = try json(
      "flow", "passive", "--dimension", "1", "--from", "u2=1,u4=-11.4,u6=-6685", "--to", "100",
      "--kernel", "full", "--json")
    #expect(abs(number(ended["pole"]?["k"]) - 0.4221) < 1e-3)
    let potential = try json(
      "flow", "potential", "--dimension", "0", "--from", "u2=1,u4=1", "--start", "1e6", "--to",
      "1e-6",
      "--range", "6", "--json")
    guard case .array(let snapshots)? = potential["potential"] else {
      Issue.record("no potential")
      return
    }
    #expect(abs(number(snapshots.last?["u2"]) - 1.3324252475) < 1e-6)
    let cutoff = try json(
      "flow", "cutoff", "--activation", "relu", "--width", "20", "--points", "[0.2, 1]", "--cutoff",
      "10", "100", "--json")
    #expect(abs(number(cutoff["cutoff_flow"]?["slope"]?["value"]) + 5) < 1e-9)
    let active = try json(
      "flow", "active", "--width", "3", "--sigma-w", "1", "2", "4", "--points", "[0]", "--json")
    #expect(abs(number(active["fits"]?["raw"]?["slope"]?["value"]) + 3) < 1e-9)
  }
}
