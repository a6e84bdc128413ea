import Dispatch
import Foundation
import NumericalMethods
import Statistics
import Synchronization

/// Networks whose parameter density is deformed by an interaction (arXiv:2307.03223),
///
///     P(theta) = P_free(theta) exp(-S_int[phi_theta]),   S_int = sum_x w_x V(phi_theta(x)),
///
/// drawn by neuron-refresh Metropolis: one neuron after the other is drawn anew from its free density and
/// accepted with min(1, exp(-change of S_int)). Exact, without gradients, O(grid) a move. The neurons are not
/// independent any more: that is the interaction.
///
/// A negative mass squared m^2 takes a free mass m0 > 0, and (m^2 - m0^2)/2 phi^2 in V.
public struct InteractingNetworks: Sendable {
  public struct Settings: Sendable {
    /// Kept sweeps of each chain; a sweep visits every neuron once.
    public var sweeps = 10_000
    public var thermalisation = 1000
    public var chains = 4
    public var seed: UInt64 = 1

    public init() {}
  }

  /// A finished run.
  public struct Run: Sendable {
    /// Observables sweep by sweep, chain by chain.
    public let chains: [[[Double]]]
    public let acceptance: Double
    /// Gelman and Rubin's ratio of the first observable.
    public let ratio: Double
    public let moves: Int
    public let seconds: Double
    public let warnings: [String]

    /// An observable by its place, or a function of all means.
    public func mean(_ k: Int) -> GammaMethod {
      GammaMethod(chains: chains.map { $0.map { $0[k] } })
    }

    public func derived(_ f: ([Double]) -> Double) -> GammaMethod { GammaMethod(chains: chains, f) }
  }

  public let theory: FreeScalar
  public let grid: FieldGrid
  public let interaction: LocalInteraction

  public init(_ theory: FreeScalar, grid: FieldGrid, interaction: LocalInteraction) {
    self.theory = theory
    self.grid = grid
    self.interaction = interaction
  }

  private struct Chain: Sendable {
    var rows: [[Double]] = []
    var accepted = 0
    var tried = 0
  }

  /// - Parameter observables: of the field on the grid.
  public func run(
    settings: Settings = Settings(), threads: Int = 1,
    observables: @escaping @Sendable ([Double]) -> [Double]
  ) -> Run {
    let start = Date()
    let prior = NeuronPrior(theory)
    let done = Mutex<[Int: Chain]>([:])
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, settings.chains))) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < settings.chains else { return }
        let chain = run(chain: index, prior, settings, observables)
        done.withLock { $0[index] = chain }
      }
    }
    let chains = done.withLock { found in (0..<settings.chains).compactMap { found[$0] } }
    let rows = chains.map(\.rows)
    let ratio = GammaMethod.ratio(rows.map { $0.map { $0[0] } })
    let tried = chains.reduce(0) { $0 + $1.tried }
    let acceptance = Double(chains.reduce(0) { $0 + $1.accepted }) / Double(max(1, tried))
    let tau = GammaMethod(chains: rows.map { $0.map { $0[0] } }).autocorrelationTime
    var warnings: [String] = []
    if ratio > 1.05 {
      warnings.append(
        "the chains disagree (R-hat \(String(format: "%.3f", ratio))): thermalise longer")
    }
    if tau * 50 > Double(settings.sweeps) {
      warnings.append("chains are shorter than 50 autocorrelation times: errors are uncertain")
    }
    if acceptance < 0.1 {
      warnings.append(
        "the acceptance is \(String(format: "%.3f", acceptance)): neurons of this interaction are far from free ones"
      )
    }
    return Run(
      chains: rows, acceptance: acceptance, ratio: ratio, moves: tried,
      seconds: Date().timeIntervalSince(start), warnings: warnings)
  }

  private func run(
    chain index: Int, _ prior: NeuronPrior, _ settings: Settings,
    _ observables: ([Double]) -> [Double]
  ) -> Chain {
    var chain = NetworkChain(
      prior, grid: grid, interaction: interaction,
      random: SeededGenerator(
        seed: settings.seed, stream: "\(theory.name) \(interaction) chain \(index)"))
    var result = Chain()
    for sweep in 0..<settings.thermalisation + settings.sweeps {
      chain.sweep()
      if sweep >= settings.thermalisation { result.rows.append(observables(chain.field)) }
    }
    (result.accepted, result.tried) = (chain.accepted, chain.tried)
    return result
  }
}
