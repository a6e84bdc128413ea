import NumericalMethods

/// A thermalised Markov chain of networks.
struct NetworkChain {
  let network: NetworkState
  private var update: any NetworkUpdate

  /// Starts from a network of the free theory.
  init(
    _ system: NetworkSystem, _ sampling: NetworkSampling, thermalisation: Int,
    random: SeededGenerator
  ) {
    network = NetworkState(system, random: random)
    update = sampling.update()
    for sweep in 0..<thermalisation { update.tune(network, sweep: sweep, of: thermalisation) }
  }

  /// What has happened since thermalisation.
  var record: UpdateRecord { update.record }

  mutating func sweep() { update.sweep(network) }

  /// What a run of many chains leaves.
  struct Recorded: Sendable {
    var rows: [[Double]] = []
    var record = UpdateRecord()
  }

  /// So many sweeps, with numbers read off every `measureEvery`-th.
  mutating func run(
    sweeps: Int, measureEvery: Int = 1, _ observables: (NetworkState) -> [Double]
  ) -> Recorded {
    var result = Recorded()
    for k in 0..<sweeps {
      sweep()
      if (k + 1) % measureEvery == 0 { result.rows.append(observables(network)) }
    }
    result.record = record
    return result
  }
}

extension [NetworkChain.Recorded] {
  /// Of all chains together.
  var record: UpdateRecord {
    var sum = UpdateRecord()
    for chain in self { sum.add(chain.record) }
    return sum
  }

  /// One observable of each.
  func series(_ k: Int) -> [[Double]] { map { $0.rows.map { $0[k] } } }
}
