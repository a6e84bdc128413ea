import CSampling
import Ensembles
import Foundation
import NumericalMethods

/// Outputs of networks whose output weights are correlated through their length alone: networks with
/// independent Gaussian output weights, each multiplied by one factor,
///
///     shared scale: sqrt(tau);     quartic: sqrt(S / S_G),   S_G = sum W^2 / N of the weights drawn,
///
/// which replaces their length and keeps their direction. One further normal a network; for the
/// quartic density its output weights are drawn again.
public struct CorrelatedOutputSampler: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  public var rule: String { "weights of another length" }
  private let base: any BatchSampler
  private let scored: Bool
  private let law: Law
  private let normal: fw_source
  private let weights: fw_source
  private let width: Int
  private let seed: UInt64
  private let level: InstructionSet
  /// s1^2.
  private let variance: Double

  private enum Law: Sendable {
    case quartic(LengthQuantile)
    case gamma(LengthQuantile)
    case logNormal(spread: Double)
  }

  private final class Workspace {
    let base: AnyObject
    let variates: AlignedBuffer<Float>

    init(_ base: AnyObject, floats: Int) {
      self.base = base
      variates = AlignedBuffer(count: floats)
    }
  }

  /// - Precondition: `ensemble.correlation` is not nil; scored: `hasScore`.
  public init(
    _ ensemble: Ensemble, points: Points, scored: Bool, seed: UInt64,
    level: InstructionSet = .chosen
  ) {
    precondition(!scored || Self.hasScore(ensemble))
    base = NetworkSampler.independent(
      ensemble, points: points, quantity: .outputs, seed: seed, level: level)
    self.scored = scored
    self.seed = seed
    self.level = level
    slots = base.slots + (scored ? 1 : 0)
    tailSlots = base.tailSlots
    width = ensemble.hidden[ensemble.hidden.count - 1].width
    let sigma = ensemble.weights[ensemble.hidden.count].sigma
    variance = sigma * sigma
    weights =
      NetworkStreams(ensemble, name: ensemble.streamName).weights[ensemble.hidden.count]
    normal = fw_make_source(
      Int32(FW_GAUSSIAN), 1, 0,
      streamHash("\(ensemble.streamName) scale"))
    switch ensemble.correlation! {
    case .quartic(let beta):
      law = .quartic(LengthQuantile(width: width, beta: beta * pow(sigma, 4)))
    case .sharedScale(.gamma, let v):
      // A gamma law of shape 1/v is that of u with N = 2/v and b = 0.
      law = .gamma(LengthQuantile(shape: 1 / max(v, 1e-12)))
    case .sharedScale(.logNormal, let v): law = .logNormal(spread: log1p(v).squareRoot())
    }
  }

  /// Whether the score is known: for the quartic density at any strength, for a shared scale at
  /// variance 0; one output without bias.
  public static func hasScore(_ ensemble: Ensemble) -> Bool {
    guard ensemble.outputs == 1, ensemble.biases[ensemble.hidden.count].sigma == 0,
      ensemble.weights[ensemble.hidden.count].sigma > 0
    else { return false }
    switch ensemble.correlation {
    case .quartic: return true
    case .sharedScale(_, let variance): return variance == 0
    case nil: return false
    }
  }

  public func makeWorkspace() -> AnyObject {
    let padded = (width + 3) & ~3
    return Workspace(base.makeWorkspace(), floats: (max(4, padded) + 1) * Int(FW_LANES))
  }

  public func sample(
    run: Int, first: Int, count: Int, into out: UnsafeMutablePointer<Double>, workspace: AnyObject
  ) throws {
    let own = unsafeDowncast(workspace, to: Workspace.self)
    try base.sample(run: run, first: first, count: count, into: out, workspace: own.base)
    let lanes = Int(FW_LANES)
    let buffer = own.variates.pointer
    var factors = [Double](repeating: 0, count: batchSize)
    var scores = factors
    for group in 0..<batchSize / lanes where group * lanes < count {
      let networks = fw_networks(
        seed: seed, run: UInt32(run), first: UInt64(first + group * lanes))
      fw_variates(level.level, normal, networks, 0, 4, buffer)
      let normals = (0..<lanes).map { Double(buffer[$0]) }
      // u_G = S_G / s1^2 of the weights that the network was drawn with.
      var lengths = [Double](repeating: 1, count: lanes)
      if needsLengths {
        fw_variates(level.level, weights, networks, 0, Int64((width + 3) & ~3), buffer)
        for lane in 0..<lanes {
          var sum = 0.0
          for j in 0..<width {
            let w = Double(buffer[j * lanes + lane])
            sum += w * w
          }
          lengths[lane] = variance > 0 ? sum / variance : 1
        }
      }
      for lane in 0..<lanes {
        let i = group * lanes + lane
        (factors[i], scores[i]) = factor(normals[lane], length: lengths[lane])
      }
    }
    for s in 0..<base.slots {
      for i in 0..<count { out[s * batchSize + i] *= factors[i] }
    }
    if scored {
      for i in 0..<batchSize { out[base.slots * batchSize + i] = i < count ? scores[i] : 0 }
    }
  }

  private var needsLengths: Bool {
    if case .quartic = law { return true }
    return scored
  }

  /// What the outputs are multiplied by, and the score.
  private func factor(_ z: Double, length: Double) -> (Double, Double) {
    switch law {
    case .quartic(let quantile):
      let u = quantile(z)
      // d log P / d beta = -S^2.
      return ((u / max(length, 1e-300)).squareRoot(), -variance * variance * u * u)
    case .gamma(let quantile): return (quantile(z).squareRoot(), scaleScore(length))
    case .logNormal(let spread):
      return (exp(0.5 * spread * z - 0.25 * spread * spread), scaleScore(length))
    }
  }

  /// (1/2) d^2/dtau^2 of the Gaussian density of variance tau, over that density, at tau = 1.
  private func scaleScore(_ length: Double) -> Double {
    let n = Double(width)
    let q = n * length
    let first = 0.5 * (q - n)
    return 0.5 * (first * first + 0.5 * n - q)
  }
}
