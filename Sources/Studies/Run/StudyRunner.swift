import Correlators
import DataFiles
import Ensembles
import Foundation
import Kernels
import NumericalMethods
import Sampling
import Statistics

/// Runs a study: plans the passes, draws, measures, and leaves everything in its directory.
public struct StudyRunner: Sendable {
  public enum Existing: Sendable {
    /// Results that are there already are an error (73).
    case refuse
    case resume
    case overwrite
  }

  public struct Progress: Sendable {
    public let done: Double
    public let total: Double
    public let label: String
  }

  public let study: Study
  public let directory: OutputDirectory
  public let threads: Int

  public init(study: Study, directory: OutputDirectory, threads: Int = 1) {
    self.study = study
    self.directory = directory
    self.threads = threads
  }

  /// Theory, sampling and analysis take `threads` threads, and look at the signal.
  ///
  /// - Parameter note: told what the user should know while the run goes on, such as what is drawn again.
  /// - Throws: `StudyError`; `CancellationError` after a stop, when what was drawn is safe.
  public func run(
    existing: Existing = .refuse, stop: StopSignal = StopSignal(),
    note: @escaping @Sendable (String) -> Void = { _ in },
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws -> Results {
    let budget = WorkBudget(threads: threads, memory: WorkBudget.current.memory, stop: stop)
    return try budget.run { try run(existing, budget, note, progress) }
  }

  private func run(
    _ existing: Existing, _ budget: WorkBudget, _ note: @escaping @Sendable (String) -> Void,
    _ progress: @escaping @Sendable (StudyRunner.Progress) -> Void
  ) throws -> Results {
    let started = Date()
    // Everything that can be refused is, before a file is touched and before anything is computed.
    if let refusal = InstructionSet.refusal { throw StudyError(.usage, refusal) }
    try directory.check(study, existing)
    _ = try StudyCost(study)
    try study.recorded?.requireFinite(study)
    let theory = StudyTheory(study)
    try budget.check()
    if study.sampling.estimator == .exact { try theory.requireMoments(of: study) }
    let opened = try directory.open(study, existing, note: note)
    defer { withExtendedLifetime(opened) {} }
    let measured = try StudySampling(
      study: study, theory: theory, opened: opened, directory: directory, note: note
    )
    .draw(stop: budget.stop, progress: progress)
    try budget.check()
    // Lattice runs beside the networks take their time, too.
    var results = try StudyAnalysis(
      study: study, measured: measured, checkpoints: directory.checkpoint,
      stop: budget.stop
    ).results()
    try study.recorded?.verifyUnchanged()
    try budget.check()
    let seconds = Date().timeIntervalSince(started)
    let costs = results.fieldwork.costs
    var record = RunRecord()
    record.header = try header(measured)
    record.study = study.expanded
    record.seed = study.sampling.seed
    record.started = ISO8601DateFormatter().string(from: started)
    record.seconds = seconds
    if measured.drawn > 0, measured.seconds > 0 {
      record.networks_per_second = Double(measured.drawn) / measured.seconds
    }
    record.instruction_set = ArithmeticClass.current
    record.threads = threads
    record.costs = costs
    results.fieldwork = record
    try budget.stop.holding { try directory.write(&results, measured: measured, study: study) }
    return results
  }

  /// What stands before the results: the rules and layouts of all passes.
  private func header(_ measured: MeasuredStudy) throws -> StorageHeader {
    var header = try study.storageHeader()
    header.layouts = measured.passes.map(\.layout)
    let rules = Set(measured.passes.map(\.rule)).sorted()
    if !rules.isEmpty { header.rule = rules.joined(separator: ", ") }
    return header
  }
}
