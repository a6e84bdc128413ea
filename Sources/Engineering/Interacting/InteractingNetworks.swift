import Foundation
import NumericalMethods
import Statistics

/// Long chains of networks whose parameter density is deformed by an interaction (arXiv:2307.03223),
///
///     P(theta) = P_free(theta) exp(-S_int[phi_theta]),   S_int = sum_x w_x V(phi_theta(x)),
///
/// with errors by the Gamma method. The neurons are not independent any more: that is the interaction.
///
/// A negative mass squared m^2 takes a free mass m0 > 0, and (m^2 - m0^2)/2 phi^2 in V.
public struct InteractingNetworks: Sendable {
  public struct Settings: Sendable {
    public var sampling = NetworkSampling.neuronRefresh
    /// Kept sweeps of each chain; a sweep visits every neuron once.
    public var sweeps = 10_000
    /// Observables are looked at after every so many of them.
    public var measureEvery = 1
    public var thermalisation = 1000
    public var chains = 4
    public var seed: UInt64 = 1

    public init() {}
  }

  /// A finished run.
  public struct Run: Sendable {
    /// Observables measurement by measurement, chain by chain.
    public let chains: [[[Double]]]
    public let record: UpdateRecord
    /// <exp(-dH)>, 1 for exact dynamics; nil without trajectories.
    public let exponential: Estimate?
    /// Gelman and Rubin's ratio of the first observable.
    public let ratio: Double
    public let seconds: Double
    public let warnings: [String]

    /// Of neurons, or of trajectories where none is redrawn.
    public var acceptance: Double {
      record.refreshAcceptance ?? record.trajectoryAcceptance ?? 1
    }

    /// An observable by its place, or a function of all means.
    public func mean(_ k: Int) -> GammaMethod {
      GammaMethod(chains: chains.map { $0.map { $0[k] } })
    }

    public func derived(_ f: ([Double]) -> Double) -> GammaMethod { GammaMethod(chains: chains, f) }
  }

  public let system: NetworkSystem

  public init(
    _ theory: FreeScalar, grid: FieldGrid, interaction: LocalInteraction,
    nonlocal: NonlocalQuartic? = nil
  ) {
    system = NetworkSystem(theory, grid: grid, interaction: interaction, nonlocal: nonlocal)
  }

  public init(_ system: NetworkSystem) { self.system = system }

  /// - Parameter observables: of the first component's field on the grid.
  public func run(
    settings: Settings = Settings(), threads: Int? = nil,
    observables: @escaping @Sendable ([Double]) -> [Double]
  ) -> Run {
    run(settings: settings, threads: threads) { (network: NetworkState) in
      observables(network.gridField())
    }
  }

  /// - Parameter observables: of the network.
  /// - Precondition: the sampling is not reweighting.
  public func run(
    settings: Settings = Settings(), threads: Int? = nil,
    observables: @escaping @Sendable (NetworkState) -> [Double]
  ) -> Run {
    precondition(!settings.sampling.isWeighted)
    let start = Date()
    let chains = concurrentMap(settings.chains, threads: threads) { index in
      var chain = NetworkChain(
        system, settings.sampling, thermalisation: settings.thermalisation,
        random: SeededGenerator(
          seed: settings.seed,
          stream:
            "\(system.streamText) \(settings.sampling.streamText) thermalisation=\(settings.thermalisation) chain \(index)"
        ))
      return chain.run(
        sweeps: settings.sweeps, measureEvery: settings.measureEvery, observables)
    }
    let record = chains.record
    let diagnosis = ChainDiagnosis(
      first: chains.series(0), record: record, exponentials: chains.map(\.record.exponentials),
      every: settings.measureEvery)
    return Run(
      chains: chains.map(\.rows), record: record, exponential: diagnosis.exponential,
      ratio: diagnosis.ratio,
      seconds: Date().timeIntervalSince(start), warnings: diagnosis.warnings)
  }
}
