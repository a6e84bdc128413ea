import Foundation
import NumericalMethods
import Statistics

/// Hamiltonian Monte Carlo of phi^4 on a lattice (Duane, Kennedy, Pendleton and Roweth, Phys. Lett. B 195,
/// 216), with cluster updates of the signs, and Fourier acceleration on request; many chains over all cores.
///
/// A chain's numbers depend on the seed and its own index alone. Thermalisation tunes the step to an acceptance
/// of 80 to 90% and is thrown away.
public struct LatticeHMC: Sendable {
  public struct Settings: Sendable {
    /// Kept trajectories of each chain.
    public var trajectories = 10_000
    public var thermalisation = 1000
    public var chains = 4
    /// Time of one trajectory.
    public var length = 1.0
    /// A cluster sweep after every so many trajectories; 0: none.
    public var clusterEvery = 1
    /// M^2 of the accelerated kinetic energy; nil: none.
    public var acceleration: Double?
    public var measureEvery = 1
    public var seed: UInt64 = 1

    public init() {}
  }

  /// A finished run.
  public struct Run: Sendable {
    public let observables: LatticeObservables
    public let acceptance: Double
    /// <exp(-dH)>, 1 for an exact algorithm.
    public let exponential: Estimate
    /// Gelman and Rubin's ratio of phi^2.
    public let ratio: Double
    public let stepSize: Double
    public let steps: Int
    public let trajectories: Int
    /// Of all kinds in this session: without what checkpoints had.
    public let drawn: Int
    public let seconds: Double
    /// Why the run is not to be trusted, if it is not.
    public let warnings: [String]
  }

  public let lattice: ScalarLattice
  public let settings: Settings

  public init(_ lattice: ScalarLattice, settings: Settings = Settings()) {
    self.lattice = lattice
    self.settings = settings
  }

  /// Stopped before its end; with checkpoints it can go on.
  public struct Interrupted: Error, Sendable {}

  /// Seconds between checkpoints.
  static let checkpointInterval = 5.0

  /// - Parameters:
  ///   - threads: a budget of its own of so many; nil: the current one.
  ///   - checkpoints: a folder where chains are saved every few seconds and from which they go on, bit by bit as
  ///     if they had not been interrupted; more trajectories continue a finished run. nil: none.
  ///   - stop: asked after every trajectory; true ends the run with `Interrupted`.
  /// - Throws: `Interrupted`; errors of the file system where there are checkpoints.
  public func run(
    threads: Int? = nil, checkpoints: String? = nil,
    stop: @escaping @Sendable () -> Bool = { false }
  ) throws -> Run {
    let start = Date()
    let chains = try concurrentMap(settings.chains, threads: threads) { index in
      try chain(index, checkpoints, stop)
    }
    return finish(
      chains.map(\.0), drawn: chains.reduce(0) { $0 + $1.drawn },
      seconds: Date().timeIntervalSince(start))
  }

  private func chain(_ index: Int, _ folder: String?, _ stop: () -> Bool) throws
    -> (LatticeChain.State, drawn: Int)
  {
    let file = folder.map { LatticeCheckpoint(lattice, settings, index: index, folder: $0) }
    var chain = LatticeChain(lattice, settings, index: index, from: try file?.read())
    let start = chain.state.done
    var saved = Date()
    while !chain.isFinished {
      if stop() {
        try file?.write(chain.state)
        throw Interrupted()
      }
      chain.advance()
      if let file, -saved.timeIntervalSinceNow > Self.checkpointInterval {
        try file.write(chain.state)
        saved = Date()
      }
    }
    try file?.write(chain.state)
    return (chain.state, chain.state.done - start)
  }

  private func finish(_ chains: [LatticeChain.State], drawn: Int, seconds: Double) -> Run {
    let length = TorusField.count(size: lattice.size)
    let rows = chains.map { chain in
      stride(from: 0, to: chain.rows.count, by: length).map {
        Array(chain.rows[$0..<$0 + length])
      }
    }
    let observables = LatticeObservables(rows, lattice, every: settings.measureEvery)
    let weights = GammaMethod(chains: chains.map(\.weights))
    // Chains that cannot be compared have an infinite ratio, which results cannot hold.
    let ratio = min(1e9, GammaMethod.ratio(rows.map { $0.map { $0[0] } }))
    let total = chains.reduce(0) { $0 + $1.weights.count }
    let acceptance = Double(chains.reduce(0) { $0 + $1.accepted }) / Double(total)
    var warnings: [String] = []
    func warn(_ condition: Bool, _ text: String) { if condition { warnings.append(text) } }
    let slowest = max(observables.phi2.tau, observables.susceptibility.tau)
    warn(
      ratio > 1.05,
      "the chains disagree (R-hat \(String(format: "%.3f", ratio))): thermalise longer")
    warn(
      slowest * 50 > Double(total / max(1, chains.count)),
      "chains are shorter than 50 autocorrelation times: errors are uncertain")
    warn(
      acceptance < 0.5, "the acceptance is \(String(format: "%.2f", acceptance)): shorten `length`")
    warn(
      abs(weights.value - 1) > 5 * weights.error,
      "<exp(-dH)> is not 1: the integration is not reversible or not thermalised")
    return Run(
      observables: observables, acceptance: acceptance, exponential: weights.estimate, ratio: ratio,
      stepSize: chains[0].step, steps: chains[0].steps, trajectories: total,
      drawn: drawn, seconds: seconds, warnings: warnings)
  }
}
