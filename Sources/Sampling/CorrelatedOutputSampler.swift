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
    normal = fw_source(
      kind: Int32(FW_GAUSSIAN), scale: 1, dof: 0,
      stream: streamHash("\(ensemble.streamName) scale"))
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

/// u as a function of a standard normal z, of the same probability: the law of a squared length.
///
/// A table of log u over z with cubic Hermite interpolation; relative error below 1e-9.
struct LengthQuantile: Sendable {
  private static let reach = 9.0
  private static let count = 2048
  /// log u and its slope at equally spaced z.
  private let values: [Double]
  private let slopes: [Double]

  init(width: Int, beta: Double) {
    self.init(half: 0.5 * Double(width), beta: beta)
  }

  /// The gamma law of mean 1.
  init(shape: Double) { self.init(half: shape, beta: 0) }

  /// Density of u: u^(h - 1) exp(-h u - b u^2).
  private init(half h: Double, beta b: Double) {
    // In t = log u; the peak of the exponent solves a quadratic.
    let u = b > 0 ? (-h + (h * h + 8 * b * h).squareRoot()) / (4 * b) : 1
    let peak = log(u)
    func exponent(_ t: Double) -> Double {
      let v = exp(t)
      return h * (t - v) - b * v * v
    }
    let top = exponent(peak)
    let spread = 1 / (h * u + 4 * b * u * u).squareRoot()
    // Nodes dense enough for Gauss-Legendre between them, to where the density is 1e-320.
    let legendre = GaussLegendre(count: 10)
    let step = 0.1 * min(spread, 1)
    func edge(_ direction: Double) -> Int {
      var k = 1
      while exponent(peak + direction * Double(k) * step) - top > -735, k < 2_000_000 { k += 1 }
      return k
    }
    let (below, above) = (edge(-1), edge(1))
    let nodes = (-below...above).map { peak + step * Double($0) }
    var pieces = [Double](repeating: 0, count: nodes.count - 1)
    for k in pieces.indices {
      var sum = 0.0
      legendre.forEach(from: nodes[k], to: nodes[k + 1]) { sum += $1 * exp(exponent($0) - top) }
      pieces[k] = sum
    }
    // From either end, so that both tails keep their digits.
    var lower = [0.0]
    for p in pieces { lower.append(lower[lower.count - 1] + p) }
    var upper = [0.0]
    for p in pieces.reversed() { upper.append(upper[upper.count - 1] + p) }
    upper.reverse()
    let total = lower[lower.count - 1]
    var values = [Double](repeating: 0, count: Self.count + 1)
    var slopes = values
    for i in 0...Self.count {
      let z = -Self.reach + 2 * Self.reach * Double(i) / Double(Self.count)
      let isUpper = z > 0
      // Mass beyond z on its own side.
      let mass = 0.5 * erfc(abs(z) / 2.0.squareRoot()) * total
      var low = 0
      var high = nodes.count - 1
      while high - low > 1 {
        let middle = (low + high) / 2
        if isUpper ? upper[middle] > mass : lower[middle] <= mass {
          low = middle
        } else {
          high = middle
        }
      }
      // Newton's iteration within the piece.
      var t = 0.5 * (nodes[low] + nodes[high])
      for _ in 0..<60 {
        var part = 0.0
        let from = isUpper ? nodes[high] : nodes[low]
        legendre.forEach(from: from, to: t) { part += $1 * exp(exponent($0) - top) }
        let own = isUpper ? upper[high] - part - mass : lower[low] + part - mass
        let density = exp(exponent(t) - top)
        guard density > 0 else { break }
        let move = (isUpper ? own : -own) / density
        t = min(nodes[high], max(nodes[low], t + move))
        if abs(move) < 1e-15 * max(1, abs(t)) { break }
      }
      values[i] = t
      // dt/dz = normal density / density of t.
      let normal = exp(-0.5 * z * z) / (2 * Double.pi).squareRoot()
      slopes[i] = normal * total / exp(exponent(t) - top)
    }
    self.values = values
    self.slopes = slopes
  }

  func callAsFunction(_ z: Double) -> Double {
    let h = 2 * Self.reach / Double(Self.count)
    let x = min(max((z + Self.reach) / h, 0), Double(Self.count) - 1e-9)
    let i = Int(x)
    let s = x - Double(i)
    let (a, b) = (values[i], values[i + 1])
    let (p, q) = (slopes[i] * h, slopes[i + 1] * h)
    let r = 1 - s
    let value: Double = a * (1 + 2 * s) * r * r + b * s * s * (3 - 2 * s)
    return exp(value + p * s * r * r - q * s * s * r)
  }
}
