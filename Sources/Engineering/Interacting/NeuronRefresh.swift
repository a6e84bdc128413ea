import Foundation

/// Neuron-refresh Metropolis: one neuron after the other is drawn anew from its free density and accepted with
/// min(1, exp(-change of S_int)). Exact, without gradients, O(grid) a move.
public struct NeuronRefresh: NetworkUpdate {
  public private(set) var record = UpdateRecord()

  public init() {}

  public mutating func sweep(_ network: NetworkState) {
    let prior = network.system.prior
    var random = network.random
    var current = network.action
    for i in 0..<prior.theory.width {
      let proposed = network.propose(prior.draw(&random), for: i)
      if proposed <= current || random.uniform() < exp(current - proposed) {
        network.accept()
        // Summed anew now and then.
        current = network.action
        record.refreshed += 1
      }
    }
    record.refreshes += prior.theory.width
    network.random = random
  }

  public mutating func tune(_ network: NetworkState, sweep: Int, of sweeps: Int) {
    self.sweep(network)
    record = UpdateRecord()
  }
}

/// Independent networks of the free theory, weighted with exp(-S_int). The effective number of them falls
/// exponentially with the volume.
public struct FreeDraws: NetworkUpdate {
  public private(set) var record = UpdateRecord()

  public init() {}

  public mutating func sweep(_ network: NetworkState) {
    network.replace(network.neurons.map { _ in network.system.prior.draw(&network.random) })
    network.logWeight = -network.action
  }
}

/// Neuron refresh and Hamiltonian trajectories in turn: ergodic where trajectories alone are slow to leave a
/// momentum, and the only way to move the phases together on the discrete momenta of a lattice.
public struct MixedUpdate: NetworkUpdate {
  private let sweeps: Int
  private let trajectories: Int
  private var refresh = NeuronRefresh()
  private var dynamics = HamiltonianUpdate()

  public init(refresh: Int, trajectories: Int) {
    sweeps = refresh
    self.trajectories = trajectories
  }

  public var record: UpdateRecord {
    var both = refresh.record
    both.add(dynamics.record)
    return both
  }

  public mutating func sweep(_ network: NetworkState) {
    for _ in 0..<sweeps { refresh.sweep(network) }
    for _ in 0..<trajectories { dynamics.sweep(network) }
  }

  public mutating func tune(_ network: NetworkState, sweep: Int, of count: Int) {
    for _ in 0..<sweeps { refresh.tune(network, sweep: sweep, of: count) }
    for _ in 0..<trajectories { dynamics.tune(network, sweep: sweep, of: count) }
  }
}
