import Ensembles
import NumericalMethods
import Sampling

/// Networks of a free scalar at points: every network has a generator of its own, named by the seed, its run
/// and its number.
///
/// Cost per network: O(width x points) cosines.
public struct FreeScalarSampler: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  private let prior: NeuronPrior
  private let points: Points
  private let stream: UInt64
  private let seed: UInt64

  public init(_ theory: FreeScalar, points: Points, seed: UInt64) {
    prior = NeuronPrior(theory)
    self.points = points
    self.seed = seed
    stream = streamHash(theory.name)
    slots = points.count
    tailSlots = Array(0..<min(16, points.count))
  }

  public func sample(
    run: Int, first: Int, count: Int, into out: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) {
    for s in 0..<slots * batchSize { out[s] = 0 }
    for i in 0..<count {
      var random = SeededGenerator(stream ^ seed, run: run, number: first + i)
      for _ in 0..<prior.theory.width {
        let neuron = prior.draw(&random)
        for (p, x) in points.coordinates.enumerated() { out[p * batchSize + i] += neuron(x) }
      }
    }
  }
}
