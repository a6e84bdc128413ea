import Foundation
import NumericalMethods

/// One Markov chain of a network under neuron-refresh Metropolis.
struct NetworkChain {
  /// phi at the points of the grid, and then at further points, which have no weight.
  private(set) var field: [Double]
  private(set) var accepted = 0
  private(set) var tried = 0
  private let prior: NeuronPrior
  private let grid: FieldGrid
  private let further: [[Double]]
  private let interaction: LocalInteraction
  private let waves: GridWaves
  private var random: SeededGenerator
  /// Each neuron's share of the field.
  private var shares: [[Double]]
  private var trial: [Double]
  private var moved: [Double]
  private var current = 0.0
  private var sweeps = 0

  /// Starts from a network of the free theory.
  init(
    _ prior: NeuronPrior, grid: FieldGrid, interaction: LocalInteraction,
    further: [[Double]] = [], random: SeededGenerator
  ) {
    self.prior = prior
    self.grid = grid
    self.interaction = interaction
    self.further = further
    self.random = random
    waves = GridWaves(grid, prior.theory)
    let count = grid.points.count + further.count
    field = [Double](repeating: 0, count: count)
    trial = field
    moved = field
    shares = [[Double]](repeating: field, count: prior.theory.width)
    for i in shares.indices {
      evaluate(prior.draw(&self.random), into: &shares[i])
      for x in 0..<count { field[x] += shares[i][x] }
    }
    current = action(field)
  }

  private func evaluate(_ neuron: ScalarNeuron, into out: inout [Double]) {
    waves.evaluate(neuron, into: &out)
    for (k, x) in further.enumerated() { out[grid.points.count + k] = neuron(x) }
  }

  private func action(_ phi: [Double]) -> Double {
    var sum = 0.0
    for x in grid.weights.indices { sum += grid.weights[x] * interaction(phi[x]) }
    return sum
  }

  /// Visits every neuron once.
  mutating func sweep() {
    let count = field.count
    for i in shares.indices {
      evaluate(prior.draw(&random), into: &trial)
      for x in 0..<count { moved[x] = field[x] + trial[x] - shares[i][x] }
      let proposed = action(moved)
      tried += 1
      if proposed <= current || random.uniform() < Foundation.exp(current - proposed) {
        swap(&field, &moved)
        swap(&shares[i], &trial)
        current = proposed
        accepted += 1
      }
    }
    sweeps += 1
    // Rounding adds up: the field is summed anew now and then.
    guard sweeps % 1000 == 0 else { return }
    for x in 0..<count {
      var sum = 0.0
      for share in shares { sum += share[x] }
      field[x] = sum
    }
    current = action(field)
  }
}
