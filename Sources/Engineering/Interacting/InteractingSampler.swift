import Ensembles
import NumericalMethods
import Sampling

/// An interaction on a box or a torus, and how its chains are run.
public struct ScalarInteraction: Sendable, Hashable {
  public enum Region: Sendable, Hashable {
    /// [0, L]^d, trapezoidal rule with this spacing.
    case box(length: Double, spacing: Double)
    /// Sites of a periodic lattice of unit spacing.
    case torus(size: Int)
  }

  public var potential: LocalInteraction
  public var region: Region
  /// Sweeps before the first network of a chain is taken.
  public var thermalisation: Int
  /// Sweeps from one network to the next.
  public var stride: Int

  public init(
    potential: LocalInteraction, region: Region, thermalisation: Int = 200, stride: Int = 5
  ) {
    self.potential = potential
    self.region = region
    self.thermalisation = thermalisation
    self.stride = stride
  }

  func grid(dimension: Int) -> FieldGrid {
    switch region {
    case .box(let length, let spacing):
      .box(dimension: dimension, length: length, spacing: spacing)
    case .torus(let size): .torus(dimension: dimension, size: size)
    }
  }
}

/// Networks of an interacting theory at points: every batch of 64 is a chain of its own, started from the free
/// theory and thermalised, so that batches are independent however long the autocorrelation, errors from
/// runs and blocks are honest, and any batch can be drawn alone.
///
/// Cost per network: O(stride x width x (grid + points)), and the thermalisation once in 64.
public struct InteractingSampler: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  private let prior: NeuronPrior
  private let interaction: ScalarInteraction
  private let grid: FieldGrid
  private let points: Points
  private let stream: UInt64

  public init(
    _ theory: FreeScalar, interaction: ScalarInteraction, points: Points, seed: UInt64
  ) {
    prior = NeuronPrior(theory)
    self.interaction = interaction
    self.points = points
    grid = interaction.grid(dimension: theory.dimension)
    stream = streamHash("\(theory.name) \(interaction) seed=\(seed)")
    slots = points.count
    tailSlots = Array(0..<min(16, points.count))
  }

  public func sample(
    run: Int, first: Int, count: Int, into out: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) {
    for s in 0..<slots * batchSize { out[s] = 0 }
    var chain = NetworkChain(
      prior, grid: grid, interaction: interaction.potential, further: points.coordinates,
      random: SeededGenerator(stream, run: run, number: first))
    for _ in 0..<interaction.thermalisation { chain.sweep() }
    for i in 0..<count {
      for _ in 0..<interaction.stride { chain.sweep() }
      for p in 0..<slots { out[p * batchSize + i] = chain.field[grid.points.count + p] }
    }
  }
}

extension SeededGenerator {
  /// Far apart for neighbouring runs and numbers.
  init(_ stream: UInt64, run: Int, number: Int) {
    var first = SeededGenerator(state: stream)
    var second = SeededGenerator(state: first.next() ^ UInt64(run))
    var third = SeededGenerator(state: second.next() ^ UInt64(number))
    self.init(state: third.next())
  }
}
