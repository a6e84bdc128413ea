import CSampling
import Ensembles
import Foundation
import NumericalMethods

/// Single-unit moments of the normalised exponential by importance sampling: for each tuple its
/// own tilted parameter density, b ~ N(n sb^2, sb^2), w ~ N((sw^2/d) sum x_i, sw^2/d), reweighted.
///
/// The weight cancels the fluctuation of the product, so the estimator has no variance; the plain
/// average misses what lies n standard deviations out. Slot t is the weighted product of tuple t.
public struct TiltedUnitSampler: BatchSampler {
  public let slots: Int
  public var tailSlots: [Int] { [] }
  public var rule: String { "tilted units" }
  private let tuples: [Tilt]
  private let streams: NetworkStreams
  private let seed: UInt64
  private let level: InstructionSet
  private let biasSigma: Double
  private let weightSigma: Double
  private let inputs: Int

  private struct Tilt: Sendable {
    let order: Double
    /// Sum of the points.
    let sum: [Double]
    /// Sum of the normalisers.
    let normalizer: Double
  }

  /// - Precondition: one hidden layer of `gauss` units; tuples of point indices.
  public init(
    _ ensemble: Ensemble, points: Points, tuples: [[Int]], seed: UInt64,
    level: InstructionSet = .chosen
  ) {
    precondition(ensemble.isShallow && ensemble.hidden[0].activation.name == "gauss")
    slots = tuples.count
    self.seed = seed
    self.level = level
    streams = NetworkStreams(ensemble, name: ensemble.streamName(lastWidth: 0) + " tilt")
    biasSigma = ensemble.biases[0].sigma
    weightSigma = ensemble.weights[0].sigma / Double(ensemble.inputs).squareRoot()
    inputs = ensemble.inputs
    self.tuples = tuples.map { tuple in
      Tilt(
        order: Double(tuple.count),
        sum: (0..<ensemble.inputs).map { a in tuple.reduce(0) { $0 + points[$1][a] } },
        normalizer: tuple.reduce(0) {
          $0 + ensemble.preactivationCovariance(points[$1], points[$1])
        })
    }
  }

  public func makeWorkspace() -> AnyObject {
    AlignedBuffer<Float>(count: (inputs + 8) * 2 * Int(FW_LANES))
  }

  public func sample(
    run: Int, first: Int, count: Int, into slots: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) {
    let buffer = unsafeDowncast(workspace, to: AlignedBuffer<Float>.self)
    let lanes = Int(FW_LANES)
    let padded = (inputs + 3) & ~3
    for group in 0..<batchSize / lanes {
      let networks = fw_networks(
        seed: seed, run: UInt32(run), first: UInt64(first + group * lanes))
      fw_variates(level.level, streams.biases[0], networks, 0, 4, buffer.pointer)
      let w = buffer.pointer + 4 * lanes
      fw_variates(level.level, streams.weights[0], networks, 0, Int64(padded), w)
      for lane in 0..<lanes {
        let index = group * lanes + lane
        for (t, tilt) in tuples.enumerated() {
          guard index < count else {
            slots[t * batchSize + index] = 0
            continue
          }
          var exponent = -tilt.normalizer
          if biasSigma > 0 {
            let variance = biasSigma * biasSigma
            let centre = tilt.order * variance
            let b = centre + Double(buffer.pointer[lane])
            exponent += tilt.order * b
            exponent += ((b - centre) * (b - centre) - b * b) / (2 * variance)
          }
          if weightSigma > 0 {
            let variance = weightSigma * weightSigma
            for a in 0..<inputs {
              let centre = variance * tilt.sum[a]
              let value = centre + Double(w[a * lanes + lane])
              exponent += tilt.sum[a] * value
              exponent += ((value - centre) * (value - centre) - value * value) / (2 * variance)
            }
          }
          slots[t * batchSize + index] = exp(exponent)
        }
      }
    }
  }
}
