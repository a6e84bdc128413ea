import Foundation

/// A way to draw networks of an interacting theory: from one network to the next, which leaves the density
///
///     P(theta) = P_free(theta) exp(-S_int[phi_theta])
///
/// as it is, or (reweighting) to an independent one with its weight in `logWeight`. A new one is a type of its own
/// and a case of `NetworkSampling`.
public protocol NetworkUpdate {
  /// One sweep: every neuron has had its turn.
  mutating func sweep(_ network: NetworkState)
  /// The same while the chain thermalises, with steps and lengths to be tuned.
  mutating func tune(_ network: NetworkState, sweep: Int, of sweeps: Int)
  /// What has happened since thermalisation.
  var record: UpdateRecord { get }
}

extension NetworkUpdate {
  public mutating func tune(_ network: NetworkState, sweep: Int, of sweeps: Int) {
    self.sweep(network)
  }
}

/// Acceptance of a chain's moves, and what Hamiltonian dynamics tells.
public struct UpdateRecord: Sendable {
  /// Neurons redrawn.
  public var refreshes = 0
  public var refreshed = 0
  /// Trajectories.
  public var trajectories = 0
  public var accepted = 0
  /// exp(-dH) of each trajectory, 1 on average.
  public var exponentials: [Double] = []
  public var step: Double?
  public var length: Double?

  public init() {}

  /// Of single neurons.
  public var refreshAcceptance: Double? {
    refreshes > 0 ? Double(refreshed) / Double(refreshes) : nil
  }

  /// Of trajectories.
  public var trajectoryAcceptance: Double? {
    trajectories > 0 ? Double(accepted) / Double(trajectories) : nil
  }

  mutating func add(_ other: UpdateRecord) {
    refreshes += other.refreshes
    refreshed += other.refreshed
    trajectories += other.trajectories
    accepted += other.accepted
    exponentials += other.exponentials
    step = step ?? other.step
    length = length ?? other.length
  }
}

/// Which update draws the networks.
public enum NetworkSampling: Sendable, Hashable {
  case neuronRefresh
  /// For continuous momenta, which it moves together with phases and amplitudes.
  case hamiltonian
  /// So many sweeps of neuron refresh and so many trajectories in turn.
  case mixture(refresh: Int, hamiltonian: Int)
  /// Networks of the free theory with weights exp(-S_int).
  case reweighting

  public func update() -> any NetworkUpdate {
    switch self {
    case .neuronRefresh: NeuronRefresh()
    case .hamiltonian: HamiltonianUpdate()
    case .mixture(let refresh, let hamiltonian):
      MixedUpdate(refresh: refresh, trajectories: hamiltonian)
    case .reweighting: FreeDraws()
    }
  }

  public var isWeighted: Bool { self == .reweighting }

  /// Names it in the names of random streams.
  public var streamText: String {
    switch self {
    case .neuronRefresh: "neuronRefresh"
    case .hamiltonian: "hamiltonian"
    case .mixture(let refresh, let hamiltonian):
      "mixture(refresh: \(refresh), hamiltonian: \(hamiltonian))"
    case .reweighting: "reweighting"
    }
  }
}
