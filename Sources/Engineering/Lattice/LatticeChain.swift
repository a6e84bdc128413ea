import CSampling
import Foundation
import NumericalMethods
import Sampling

/// One Markov chain of lattice field theory, and where it stands: everything that its next trajectory depends on.
struct LatticeChain {
  /// What a checkpoint holds.
  struct State: Sendable {
    /// Trajectories done, those of thermalisation too.
    var done = 0
    var phi: [Double]
    var random: SeededGenerator
    var step: Double
    /// Of the last trajectory.
    var steps = 0
    var accepted = 0
    /// Since the step was last looked at.
    var tried = 0
    var taken = 0
    /// exp(-dH), and the measured numbers one measurement after the other.
    var weights: [Double] = []
    var rows: [Double] = []
  }

  private(set) var state: State
  private let lattice: ScalarLattice
  private let settings: LatticeHMC.Settings
  private let index: Int
  private let level = InstructionSet.chosen.level
  private let normals: fw_source
  private var vector: fw_lattice
  private var cluster: ClusterUpdate
  private let fourier: FourierAcceleration?
  private var drawn: [Float]
  private var pi: [Double]
  private var action: Double

  init(_ lattice: ScalarLattice, _ settings: LatticeHMC.Settings, index: Int, from saved: State?) {
    self.lattice = lattice
    self.settings = settings
    self.index = index
    vector = lattice.vector
    let volume = lattice.volume
    normals = fw_make_source(
      Int32(FW_GAUSSIAN), 1, 0, streamHash("\(settings.streamText(lattice)) momenta"))
    let count = ((volume + Int(FW_LANES) - 1) / Int(FW_LANES) + 3) & ~3
    drawn = [Float](repeating: 0, count: count * Int(FW_LANES))
    cluster = ClusterUpdate(lattice)
    fourier = settings.acceleration.map { FourierAcceleration(lattice, massSquared: $0) }
    pi = [Double](repeating: 0, count: volume)
    if let saved {
      state = saved
    } else {
      var random = SeededGenerator(
        seed: settings.seed, stream: "\(settings.streamText(lattice)) chain \(index)")
      // Disordered, of about the size that the potential allows.
      let size = Self.size(lattice)
      let phi = (0..<volume).map { _ in random.normal() * size }
      // A first guess from the fastest mode.
      let own = abs(lattice.massSquared) + lattice.coupling * size * size
      let fastest =
        (settings.acceleration.map { max(4, own / $0) } ?? 4 * Double(lattice.dimension) + own)
        .squareRoot()
      state = State(phi: phi, random: random, step: 1 / fastest)
    }
    action = fw_lattice_action(level, &vector, state.phi)
  }

  /// Of a disordered field, as large as the potential allows: a wide one starts where no step is short enough.
  private static func size(_ lattice: ScalarLattice) -> Double {
    var size = 0.5
    if lattice.massSquared > 0 { size = min(size, 2 / lattice.massSquared.squareRoot()) }
    if lattice.coupling > 0 { size = min(size, pow(24 / lattice.coupling, 0.25)) }
    return size
  }

  var isFinished: Bool { state.done >= settings.thermalisation + settings.trajectories }

  private func kinetic() -> Double {
    if let fourier {
      let v = fourier.velocity(pi)
      return 0.5 * zip(pi, v).reduce(0) { $0 + $1.0 * $1.1 }
    }
    var sum = 0.0
    for p in pi { sum += p * p }
    return 0.5 * sum
  }

  private mutating func drift(_ step: Double) {
    let volume = Int64(lattice.volume)
    if let fourier {
      fw_lattice_drift(level, volume, &state.phi, fourier.velocity(pi), step)
    } else {
      fw_lattice_drift(level, volume, &state.phi, pi, step)
    }
  }

  /// Steps of one trajectory at most.
  static let longest = 10_000

  /// How many steps of the present size make a trajectory.
  private func steps(_ length: Double) throws(LatticeHMC.Failed) -> Int {
    let steps = (length / state.step).rounded()
    guard steps <= Double(Self.longest) else {
      throw LatticeHMC.Failed(
        description: String(
          format:
            "the step of lattice chain %d is %.3g after %d trajectories, so that one of length %.3g takes more than %d steps: choose a length of up to %.2g",
          index, state.step, state.done, settings.length, Self.longest,
          0.5 * Double(Self.longest) * state.step))
    }
    return max(1, Int(steps))
  }

  /// One trajectory, the clusters after it, and what is measured.
  ///
  /// - Throws: `LatticeHMC.Failed` where the step is so short that a trajectory does not end.
  mutating func advance() throws(LatticeHMC.Failed) {
    let (t, volume) = (state.done, lattice.volume)
    fw_variates(
      level, normals,
      fw_networks(seed: settings.seed, run: UInt32(index), first: UInt64(t) * UInt64(FW_LANES)), 0,
      Int64(drawn.count / Int(FW_LANES)), &drawn)
    for x in 0..<volume { pi[x] = Double(drawn[x]) }
    fourier?.shape(&pi)
    let old = state.phi
    let before = kinetic() + action
    // Lengths within a fifth, against orbits that return.
    let jitter = 0.8 + 0.4 * state.random.uniform()
    let step = state.step
    let steps = try steps(settings.length * jitter)
    fw_lattice_kick(level, &vector, state.phi, &pi, 0.5 * step)
    for k in 0..<steps {
      drift(step)
      fw_lattice_kick(level, &vector, state.phi, &pi, k == steps - 1 ? 0.5 * step : step)
    }
    let proposed = fw_lattice_action(level, &vector, state.phi)
    let change = kinetic() + proposed - before
    let accepted = change <= 0 || state.random.uniform() < exp(-change)
    if accepted { action = proposed } else { state.phi = old }
    if settings.clusterEvery > 0, t % settings.clusterEvery == 0 {
      cluster(&state.phi, lattice, &state.random)
      action = fw_lattice_action(level, &vector, state.phi)
    }
    state.done += 1
    if t >= settings.thermalisation {
      state.accepted += accepted ? 1 : 0
      state.steps = steps
      state.weights.append(exp(-max(-700, min(700, change))))
      if (t - settings.thermalisation) % settings.measureEvery == 0 {
        state.rows += TorusField.numbers([state.phi], size: lattice.size)
      }
    } else {
      tune(accepted)
    }
  }

  /// The step, to an acceptance of 80 to 90%.
  private mutating func tune(_ accepted: Bool) {
    state.tried += 1
    state.taken += accepted ? 1 : 0
    guard state.tried == 25 else { return }
    let rate = Double(state.taken) / 25
    if rate < 0.8 { state.step *= 0.9 } else if rate > 0.9 { state.step *= 1.08 }
    state.step = min(state.step, settings.length)
    (state.tried, state.taken) = (0, 0)
  }
}
