import CSampling
import Dispatch
import Foundation
import NumericalMethods
import Sampling
import Statistics
import Synchronization

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

  private struct Chain: Sendable {
    var rows: [[Double]] = []
    var weights: [Double] = []
    var accepted = 0
    var step = 0.0
    var steps = 0
  }

  public func run(threads: Int = 1) -> Run {
    let start = Date()
    let done = Mutex<[Int: Chain]>([:])
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, settings.chains))) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < settings.chains else { return }
        let chain = run(chain: index)
        done.withLock { $0[index] = chain }
      }
    }
    let chains = done.withLock { found in (0..<settings.chains).compactMap { found[$0] } }
    let rows = chains.map(\.rows)
    let observables = LatticeObservables(rows, lattice, every: settings.measureEvery)
    let weights = GammaMethod(chains: chains.map(\.weights))
    let ratio = GammaMethod.ratio(rows.map { $0.map { $0[0] } })
    let total = settings.chains * settings.trajectories
    let acceptance = Double(chains.reduce(0) { $0 + $1.accepted }) / Double(total)
    var warnings: [String] = []
    func warn(_ condition: Bool, _ text: String) { if condition { warnings.append(text) } }
    let slowest = max(observables.phi2.tau, observables.susceptibility.tau)
    warn(
      ratio > 1.05,
      "the chains disagree (R-hat \(String(format: "%.3f", ratio))): thermalise longer")
    warn(
      slowest * 50 > Double(settings.trajectories),
      "chains are shorter than 50 autocorrelation times: errors are uncertain")
    warn(
      acceptance < 0.5, "the acceptance is \(String(format: "%.2f", acceptance)): shorten `length`")
    warn(
      abs(weights.value - 1) > 5 * weights.error,
      "<exp(-dH)> is not 1: the integration is not reversible or not thermalised")
    return Run(
      observables: observables, acceptance: acceptance, exponential: weights.estimate, ratio: ratio,
      stepSize: chains[0].step, steps: chains[0].steps, trajectories: total,
      seconds: Date().timeIntervalSince(start), warnings: warnings)
  }

  private func run(chain index: Int) -> Chain {
    let level = InstructionSet.chosen.level
    var spec = lattice.vector
    let volume = lattice.volume
    let normals = fw_source(
      kind: Int32(FW_GAUSSIAN), scale: 1, dof: 0, stream: streamHash("lattice momenta"))
    let count = ((volume + Int(FW_LANES) - 1) / Int(FW_LANES) + 3) & ~3
    var drawn = [Float](repeating: 0, count: count * Int(FW_LANES))
    var random = SeededGenerator(seed: settings.seed, stream: "lattice chain \(index)")
    var cluster = ClusterUpdate(lattice)
    let fourier = settings.acceleration.map { FourierAcceleration(lattice, massSquared: $0) }
    var phi = [Double](repeating: 0, count: volume)
    // Disordered, of about the size that the potential allows.
    for x in 0..<volume { phi[x] = random.normal() * 0.5 }
    var pi = [Double](repeating: 0, count: volume)
    var old = phi
    var action = fw_lattice_action(level, &spec, phi)
    // A first guess from the fastest mode.
    let fastest =
      (fourier == nil
      ? 4 * Double(lattice.dimension) + abs(lattice.massSquared) + lattice.coupling / 4 : 4)
      .squareRoot()
    var step = 1 / fastest
    var result = Chain()
    var window = (tried: 0, accepted: 0)
    func kinetic() -> Double {
      if let fourier {
        let v = fourier.velocity(pi)
        return 0.5 * zip(pi, v).reduce(0) { $0 + $1.0 * $1.1 }
      }
      var sum = 0.0
      for x in 0..<volume { sum += pi[x] * pi[x] }
      return 0.5 * sum
    }
    for t in 0..<settings.thermalisation + settings.trajectories {
      let warm = t >= settings.thermalisation
      fw_variates(
        level, normals,
        fw_networks(
          seed: settings.seed, run: UInt32(index), first: UInt64(t) * UInt64(FW_LANES)), 0,
        Int64(count), &drawn)
      for x in 0..<volume { pi[x] = Double(drawn[x]) }
      fourier?.shape(&pi)
      old = phi
      let before = kinetic() + action
      // Lengths within a fifth, against orbits that return.
      let jitter = 0.8 + 0.4 * random.uniform()
      let steps = max(1, Int((settings.length * jitter / step).rounded()))
      func drift() {
        if let fourier {
          let v = fourier.velocity(pi)
          fw_lattice_drift(level, Int64(volume), &phi, v, step)
        } else {
          fw_lattice_drift(level, Int64(volume), &phi, pi, step)
        }
      }
      fw_lattice_kick(level, &spec, phi, &pi, 0.5 * step)
      for k in 0..<steps {
        drift()
        fw_lattice_kick(level, &spec, phi, &pi, k == steps - 1 ? 0.5 * step : step)
      }
      let proposed = fw_lattice_action(level, &spec, phi)
      let change = kinetic() + proposed - before
      let accepted = change <= 0 || random.uniform() < exp(-change)
      if accepted { action = proposed } else { phi = old }
      if settings.clusterEvery > 0, t % settings.clusterEvery == 0 {
        cluster(&phi, lattice, &random)
        action = fw_lattice_action(level, &spec, phi)
      }
      if warm {
        result.accepted += accepted ? 1 : 0
        result.steps = steps
        result.weights.append(exp(-max(-700, min(700, change))))
        if (t - settings.thermalisation) % settings.measureEvery == 0 {
          result.rows.append(LatticeMeasurement.row(phi, lattice))
        }
      } else {
        window.tried += 1
        window.accepted += accepted ? 1 : 0
        if window.tried == 25 {
          let rate = Double(window.accepted) / 25
          if rate < 0.8 { step *= 0.9 } else if rate > 0.9 { step *= 1.08 }
          step = min(step, settings.length)
          window = (0, 0)
        }
      }
    }
    result.step = step
    return result
  }
}
