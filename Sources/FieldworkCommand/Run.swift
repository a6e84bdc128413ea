import ArgumentParser
import Fieldwork
import Foundation

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a study and write its results, figures and report.",
    discussion: """
      Exit codes: 0 done, 64 usage, 65 bad study file, 66 missing input, 70 internal, 73 cannot \
      write, 74 input/output, 130 interrupted, 141 nobody reads what is printed, 143 terminated (130 and \
      143 can be resumed).
      """, aliases: ["simulate"])

  @Argument(
    help: "The study file; - for standard input.", completion: .file(extensions: ["yaml", "yml"]))
  var study: String

  @Option(
    name: .shortAndLong, help: "Where results go. (default: <study file name>-results)",
    completion: .directory)
  var output: String?

  @Flag(help: "Finish an interrupted run, or extend a finished one.")
  var resume = false

  @Flag(help: "Replace results that are there.")
  var overwrite = false

  @Option(help: "Worker threads; results do not depend on it. (default: all cores)")
  var threads: Int?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: "Replace a key, e.g. --set ensemble.hidden.0.width=[2,3].")
  var settings: [String] = []

  @Flag(name: .shortAndLong, help: "No progress on stderr.")
  var quiet = false

  @Flag(help: "Print results.json on stdout instead of the table.")
  var json = false

  func validate() throws {
    if resume && overwrite {
      throw ValidationError("--resume and --overwrite exclude one another.")
    }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be from 1 to 1024, found \(threads).")
    }
  }

  func run() throws {
    try reporting(threads: threads) { signals in
      let parsed = try StudyFile.read(path: study, settings: settings)
      let directory = OutputDirectory(path: output ?? "\(StudyFile.name(of: study))-results")
      let progress = ProgressLine(enabled: !quiet)
      let runner = StudyRunner(
        study: parsed, directory: directory,
        threads: WorkBudget.current.threads)
      signals.stops(
        "what was drawn is safe; go on with: \(resumeCommand)\(try pipes(of: parsed))")
      let results: Results
      do {
        defer { progress.end() }
        results = try runner.run(
          existing: resume ? .resume : overwrite ? .overwrite : .refuse, stop: signals.stop,
          note: { progress.note($0) }, progress: { progress.show($0) })
      }
      let report = try Report(directory: directory)
      StandardStream.complain(try report.write())
      if json {
        StandardStream.print(bytes: try results.json() + Data([10]))
      } else {
        ResultPrinter(results).print()
        print("\nreport: \(report.file)")
      }
    }
  }

  /// What comes through a pipe is gone once it is read.
  private func pipes(of parsed: Study) throws -> String {
    let names = try [study == "-" ? "standard input" : study] + parsed.inputFiles().map(\.path)
    let piped = names.filter { $0 == "standard input" || StudyFile.isPipe($0) }
    return piped.isEmpty
      ? "" : " (giving again what came through a pipe: \(piped.joined(separator: ", ")))"
  }

  private var resumeCommand: String {
    var words = ["fieldwork", "run", study, "--resume"]
    if let output { words += ["--output", output] }
    for setting in settings { words += ["--set", setting] }
    if let threads { words += ["--threads", "\(threads)"] }
    return words.map { word in
      word.contains(where: { " []{}*'\"$&;()".contains($0) })
        ? "'\(word.replacing("'", with: "'\\''"))'" : word
    }.joined(separator: " ")
  }
}
