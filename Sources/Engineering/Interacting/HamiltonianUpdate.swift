import Foundation

/// Hamiltonian Monte Carlo in the parameters (Duane, Kennedy, Pendleton and Roweth, Phys. Lett. B 195, 216):
/// phases, Gaussian amplitudes, and momenta where these are continuous (in units of the mass), with
///
///     U = S_int + sum_i [a_i^2/2 + (1 + alpha) log(k_i^2 + m^2)],     H = U + p^2/2,
///
/// by leapfrog steps. At a cutoff, beyond which the density is zero, momenta are reflected.
/// Thermalisation tunes the step to an acceptance of 70 to 90%, then picks the length that moves the field
/// farthest for its cost.
public struct HamiltonianUpdate: NetworkUpdate {
  public private(set) var record = UpdateRecord()
  private var step = 0.1
  private var length = 1.0
  private var tried = 0
  private var accepted = 0
  /// Lengths looked at, with the squared distance per step that they achieved.
  private static let lengths = [0.5, 1.0, 2.0, 4.0]
  private var gain = [Double](repeating: 0, count: 4)
  /// Steps of one trajectory at most.
  static let longest = 100
  /// Steps below this move a network by less than its rounding.
  private static let shortest = 1e-12

  public init() {}

  public mutating func sweep(_ network: NetworkState) {
    let found = trajectory(network)
    record.trajectories += 1
    record.accepted += found.accepted ? 1 : 0
    record.exponentials.append(exp(-max(-700, min(700, found.change))))
    (record.step, record.length) = (step, length)
  }

  public mutating func tune(_ network: NetworkState, sweep: Int, of sweeps: Int) {
    record = UpdateRecord()
    if sweep < sweeps / 2 || sweeps < 64 {
      let found = trajectory(network)
      tried += 1
      accepted += found.accepted ? 1 : 0
      guard tried == 10 else { return }
      if accepted < 7 { step *= 0.8 } else if accepted > 8 { step *= 1.15 }
      step = max(step, Self.shortest)
      (tried, accepted) = (0, 0)
      return
    }
    // The second half: all lengths in turn.
    let choice = (sweep - sweeps / 2) % Self.lengths.count
    length = Self.lengths[choice]
    let before = network.gridField()
    let found = trajectory(network)
    if found.accepted {
      let moved = zip(network.gridField(), before).reduce(0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
      gain[choice] += moved / Double(found.steps)
    }
    if sweep == sweeps - 1 {
      length = Self.lengths[gain.indices.max { gain[$0] < gain[$1] } ?? 1]
    }
  }

  /// Where a neuron's parameters are going.
  private struct Velocity {
    var phase = 0.0
    var amplitude = SIMD8<Double>.zero
    /// Of k/m.
    var momentum = SIMD4<Double>.zero
  }

  private func trajectory(_ network: NetworkState) -> (accepted: Bool, change: Double, steps: Int) {
    let prior = network.system.prior
    let theory = prior.theory
    let (m, m2) = (theory.mass, theory.mass * theory.mass)
    let isGaussian = theory.amplitudes == .gaussian
    let moves = prior.isContinuous
    let old = network.neurons
    func square(_ n: ScalarNeuron) -> Double { (n.momentum * n.momentum).sum() }
    func freeAction(_ all: [ScalarNeuron]) -> Double {
      var sum = 0.0
      for n in all {
        if isGaussian { sum += 0.5 * (n.amplitude * n.amplitude).sum() }
        if moves, theory.alpha > -1 { sum += (1 + theory.alpha) * log(square(n) + m2) }
      }
      return sum
    }
    var velocity = old.map { _ -> Velocity in
      var v = Velocity()
      v.phase = network.random.normal()
      if isGaussian {
        for i in 0..<theory.components { v.amplitude[i] = network.random.normal() }
      }
      if moves { for i in 0..<theory.dimension { v.momentum[i] = network.random.normal() } }
      return v
    }
    func kinetic(_ all: [Velocity]) -> Double {
      all.reduce(0) {
        $0 + 0.5
          * ($1.phase * $1.phase + ($1.amplitude * $1.amplitude).sum()
            + ($1.momentum * $1.momentum).sum())
      }
    }
    let start = network.action + freeAction(old) + kinetic(velocity)
    let jitter = 0.8 + 0.4 * network.random.uniform()
    let steps = Int(max(1, min(Double(Self.longest), (length * jitter / step).rounded())))
    func kick(_ eps: Double) {
      let gradient = network.gradient(momenta: moves)
      for (i, n) in network.neurons.enumerated() {
        let g = gradient[i]
        velocity[i].phase -= eps * g.phase
        if isGaussian { velocity[i].amplitude -= eps * (n.amplitude + g.amplitude) }
        if moves {
          let q = square(n) + m2
          // The scale depends on the momentum, too.
          let free =
            2 * (1 + theory.alpha) + theory.alpha * (n.amplitude * g.amplitude).sum()
          velocity[i].momentum -= eps * m * (g.momentum + n.momentum * (free / q))
        }
      }
    }
    func drift() {
      var all = network.neurons
      for i in all.indices {
        all[i].phase += step * velocity[i].phase
        if isGaussian { all[i].amplitude += step * velocity[i].amplitude }
        if moves {
          move(&all[i].momentum, &velocity[i].momentum, within: theory.cutoff, time: step * m)
          if theory.alpha != 0 { all[i].scale = prior.scale(square: square(all[i])) }
        }
      }
      network.replace(all)
    }
    kick(0.5 * step)
    for k in 0..<steps {
      drift()
      kick(k == steps - 1 ? 0.5 * step : step)
    }
    let change =
      network.action + freeAction(network.neurons) + kinetic(velocity) - start
    if change <= 0 || network.random.uniform() < exp(-change) {
      // Phases stay within a turn, where cosines are exact.
      let turn = 2 * Double.pi
      if network.neurons.contains(where: { abs($0.phase) > 8 * turn }) {
        network.replace(
          network.neurons.map { n in
            var n = n
            n.phase -= turn * (n.phase / turn).rounded(.down)
            return n
          })
      }
      return (true, change, steps)
    }
    network.replace(old)
    return (false, change, steps)
  }

  /// A straight line, reflected where it meets the sphere of the cutoff.
  private func move(
    _ k: inout SIMD4<Double>, _ v: inout SIMD4<Double>, within cutoff: Double?, time: Double
  ) {
    var rest = time
    guard let cutoff else {
      k += rest * v
      return
    }
    for _ in 0..<1000 {
      let next = k + rest * v
      guard (next * next).sum() > cutoff * cutoff else {
        k = next
        return
      }
      // |k + s v| = cutoff, from inside.
      let (a, b) = ((v * v).sum(), (k * v).sum())
      let c = (k * k).sum() - cutoff * cutoff
      let s = (-b + max(0, b * b - a * c).squareRoot()) / a
      k += s * v
      k *= cutoff / (k * k).sum().squareRoot()
      v -= (2 * (v * k).sum() / (cutoff * cutoff)) * k
      rest = max(0, rest - s)
    }
  }
}
