import ArgumentParser
import Fieldwork
import Foundation

/// What single runs and scans of a lattice share.
struct LatticeOptions: ParsableArguments {
  @Option(help: "1 to 4.")
  var dimension = 2

  @Option(help: "lambda in lattice units.")
  var coupling: Double

  @Option(help: "Kept trajectories of each chain.")
  var trajectories = 10_000

  @Option(help: "Trajectories before, which tune the step.")
  var thermalisation = 1000

  @Option(help: "Independent chains.")
  var chains = 4

  @Option(help: "Time of one trajectory.")
  var length = 1.0

  @Option(help: "A cluster sweep after every so many trajectories; 0: none.")
  var clusterEvery = 1

  @Option(help: "Fourier acceleration with this M^2 in the kinetic energy.")
  var fourier: Double?

  @Option(help: "Measure after every so many trajectories.")
  var measureEvery = 1

  @Option(help: "Threads.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Seed.")
  var seed: UInt64 = 1

  @Option(
    name: .shortAndLong,
    help:
      "Folder for checkpoints: an interrupted run goes on where it was, and more trajectories extend a finished one.",
    completion: .directory)
  var output: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try Allowed.check("dimension", dimension, 1...4)
    try Allowed.check("coupling", coupling, 0...1e100)
    try Allowed.check("trajectories", trajectories, 100...1_000_000_000)
    try Allowed.check("thermalisation", thermalisation, 0...1_000_000_000)
    try Allowed.check("chains", chains, 1...1024)
    try Allowed.check("length", length, 1e-100...1e6)
    try Allowed.check("cluster-every", clusterEvery, 0...1_000_000_000)
    try Allowed.check("measure-every", measureEvery, 1...1_000_000_000)
    try Allowed.check("fourier", fourier, 1e-12...1e12)
    try Allowed.check("threads", threads, 1...1024)
    guard trajectories / measureEvery >= 50 else {
      throw ValidationError(
        "--measure-every \(measureEvery) leaves fewer than 50 of \(trajectories) trajectories.")
    }
  }

  func settings() throws -> LatticeHMC.Settings {
    if let output {
      do {
        try FileManager.default.createDirectory(
          atPath: output, withIntermediateDirectories: true)
      } catch { throw StudyError(.cannotWrite, "--output \(output): cannot be made") }
    }
    var settings = LatticeHMC.Settings()
    settings.trajectories = trajectories
    settings.thermalisation = thermalisation
    settings.chains = chains
    settings.length = length
    settings.clusterEvery = clusterEvery
    settings.acceleration = fourier
    settings.measureEvery = measureEvery
    settings.seed = seed
    return settings
  }

  /// Runs something that can be interrupted.
  func watched<T>(
    _ signals: SignalWatcher, _ body: (@escaping @Sendable () -> Bool) throws -> T
  ) throws -> T {
    signals.stops(
      output.map { "the same command goes on from \($0)" }
        ?? "give --output to keep what is drawn")
    let stop = signals.stop
    do {
      return try stop.holding { try body { stop.isStopped } }
    } catch is LatticeHMC.Interrupted {
      throw CancellationError()
    } catch let error as ScalarLattice.Refused {
      throw StudyError(.usage, "\(error)")
    } catch let error as StorageError {
      throw StudyError(
        error.reason == .damaged ? .inputOutput : .badStudy,
        "--output: \(error); remove the file, or give another --output, to start again")
    } catch let error as LatticeHMC.Failed {
      throw StudyError(.usage, "\(error)")
    } catch let error as FileWriteError {
      throw StudyError(
        error.isForbidden ? .cannotWrite : .inputOutput,
        "--output: \(error)\(error.isFull ? "; make room: the same command goes on" : "")")
    }
  }
}

struct LatticeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lattice",
    abstract: "phi^4 theory on a periodic lattice by Hamiltonian Monte Carlo and cluster updates.",
    discussion: """
      S = sum_x [ sum_mu (phi(x+mu) - phi(x))^2/2 + m^2 phi^2/2 + lambda phi^4/24 ] in d = 1 to 4.

      Example: fieldwork lattice --dimension 2 --size 4 --mass-squared -1 --coupling 12
      """,
    subcommands: [LatticeRun.self, LatticeScanCommand.self], defaultSubcommand: LatticeRun.self)
}

struct LatticeRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "One lattice: observables with errors and effective masses.",
    discussion: """
      S = sum_x [ sum_mu (phi(x+mu) - phi(x))^2/2 + m^2 phi^2/2 + lambda phi^4/24 ] in d = 1 to 4. Errors by \
      the Gamma method, with the autocorrelation time of each quantity; R-hat between chains.

      Example: fieldwork lattice --dimension 2 --size 4 --mass-squared -1 --coupling 12
      """)

  @OptionGroup var options: LatticeOptions

  @Option(help: "Sites along each axis, at least 3.")
  var size: Int

  @Option(parsing: .unconditional, help: "m^2 in lattice units.")
  var massSquared = 1.0

  @Option(help: "Spacing a: m^2 and lambda are then in physical units, and so are the results.")
  var spacing = 1.0

  private struct Output: Encodable {
    let lattice: LatticeObservables
    let acceptance: Double
    let exp_minus_dh: Estimate
    let r_hat: Double
    let step: Double
    let trajectories: Int
    let seconds: Double
    let warnings: [String]
  }

  func validate() throws {
    try Allowed.check("size", size, 3...ScalarLattice.longestSide)
    try Allowed.check("mass-squared", massSquared, -1e100...1e100)
    try Allowed.check("spacing", spacing, 1e-6...1e6)
  }

  func run() throws {
    try reporting { signals in
      let settings = try options.settings()
      let lattice: ScalarLattice
      do {
        lattice = try ScalarLattice(
          dimension: options.dimension, size: size, massSquared: massSquared * spacing * spacing,
          coupling: options.coupling * pow(spacing, Double(4 - options.dimension)))
      } catch { throw StudyError(.usage, "\(error)") }
      let run = try options.watched(signals) { stop in
        try LatticeHMC(lattice, settings: settings).run(
          threads: options.threads, checkpoints: options.output, stop: stop)
      }
      let observables = run.observables.scaled(spacing: spacing, dimension: options.dimension)
      if options.json {
        return try Flow.print(
          Output(
            lattice: observables, acceptance: run.acceptance, exp_minus_dh: run.exponential,
            r_hat: run.ratio, step: run.stepSize, trajectories: run.trajectories,
            seconds: run.seconds, warnings: run.warnings))
      }
      typealias Value = LatticeObservables.Value
      func row(_ name: String, _ v: Value?) -> [String] {
        [
          name, v.map { Estimate(value: $0.value, error: $0.error).description } ?? "-",
          v.map { String(format: "%.2f", $0.tau) } ?? "-",
        ]
      }
      ResultPrinter.table(
        [["quantity", "value", "tau"]]
          + [
            row("<phi^2>", observables.phi2), row("<phi^4>", observables.phi4),
            row("<phi_x phi_x+1>", observables.neighbour),
            row("susceptibility", observables.susceptibility),
            row("<|M|>", observables.magnetisation), row("Binder cumulant", observables.binder),
            row("correlation length", observables.correlation_length),
          ], left: [0])
      print()
      ResultPrinter.table(
        [["t", "C(t)", "effective mass"]]
          + observables.correlator.enumerated().prefix(33).map { t, c in
            [
              String(format: "%g", spacing * Double(t)),
              Estimate(value: c.value, error: c.error).description,
              t > 0 && t <= observables.effective_mass.count
                ? observables.effective_mass[t - 1].map {
                  Estimate(value: $0.value, error: $0.error).description
                } ?? "-" : "-",
            ]
          })
      print(
        String(
          format:
            "\nacceptance %.3f, <exp(-dH)> %@, R-hat %.4f, step %.4f, %d trajectories in %.2f s",
          run.acceptance, run.exponential.description, run.ratio, run.stepSize, run.trajectories,
          run.seconds))
      for warning in run.warnings { print("warning: \(warning)") }
    }
  }
}
