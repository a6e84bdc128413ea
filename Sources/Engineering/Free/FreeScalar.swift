import Combinatorics
import Ensembles
import Foundation
import NumericalMethods

/// A free scalar field of mass m as an ensemble of networks of N neurons (arXiv:2112.04527, 2307.03223,
/// 2604.27050),
///
///     phi(x) = sqrt(2 C/N) sum_i a_i Delta(k_i)^(-alpha/2) cos(k_i.x + c_i),    Delta(k) = 1/(k^2 + m^2),
///
/// c uniform, <a^2> = 1, momenta with the density P(k) ~ Delta(k)^(1 + alpha), C the integral (or sum) of
/// Delta^(1 + alpha). Every alpha has the same two-point function at every width, the propagator
///
///     D(x) = int_(|k| < Lambda) d^dk/(2 pi)^d exp(i k.x)/(k^2 + m^2).
///
/// alpha = 0 with constant amplitudes, the default, has the least variance and no infrared-sensitive
/// corrections at finite width; alpha = -1 draws momenta uniformly, as the first papers did.
public struct FreeScalar: Sendable, Hashable, Codable {
  public enum Amplitudes: String, Sendable, Hashable, Codable, CaseIterable {
    /// a = 1; with n components, uniform on the sphere |a|^2 = n.
    case constant
    case gaussian
  }

  public enum Momenta: Sendable, Hashable, Codable {
    case continuum
    /// (2 pi/L) Z^d within the cutoff.
    case box(length: Double)
    /// (2 pi/L) {0 ... L-1}^d with khat^2 = sum 4 sin^2(k/2): a lattice of unit spacing.
    case lattice(size: Int)
  }

  public struct Refused: Error, Sendable, CustomStringConvertible {
    public let key: String
    public let description: String
  }

  public let dimension: Int
  public let mass: Double
  public let alpha: Double
  public let cutoff: Double?
  public let amplitudes: Amplitudes
  public let momenta: Momenta
  /// N.
  public let width: Int
  /// n: each neuron has an amplitude a in R^n, on the sphere of radius sqrt(n) if constant, so that O(n) holds
  /// at every width.
  public let components: Int

  /// - Throws: `Refused` naming the key, for numbers out of range, or momenta without a cutoff where their
  ///   integral diverges.
  public init(
    dimension: Int = 1, mass: Double = 1, alpha: Double = 0, cutoff: Double? = nil,
    amplitudes: Amplitudes = .constant, momenta: Momenta = .continuum, width: Int,
    components: Int = 1
  ) throws(Refused) {
    func check(_ condition: Bool, _ key: String, _ text: String) throws(Refused) {
      if !condition { throw Refused(key: key, description: text) }
    }
    try check((1...4).contains(dimension), "dimension", "must be from 1 to 4, found \(dimension)")
    try check(
      (1e-9...1e6).contains(mass), "mass", "must be from 1e-9 to 1e6, found \(mass)")
    try check((-1...4).contains(alpha), "alpha", "must be from -1 to 4, found \(alpha)")
    try check(
      (1...10_000_000).contains(width), "width", "must be from 1 to 10000000, found \(width)")
    try check(
      (1...8).contains(components), "components", "must be from 1 to 8, found \(components)")
    if let cutoff {
      try check(
        cutoff.isFinite && cutoff > 0 && cutoff <= 1e9, "cutoff",
        "must be above 0 and up to 1e9, found \(cutoff)")
    }
    switch momenta {
    case .lattice(let size):
      try check(cutoff == nil, "cutoff", "lattice momenta end by themselves")
      try check(
        size >= 2 && pow(Double(size), Double(dimension)) <= 1e7, "momenta.lattice",
        "must be at least 2, and have up to 10^7 momenta, found \(size)")
    case .box(let length):
      try check(length.isFinite && length > 0, "momenta.box", "must be above 0, found \(length)")
      guard let cutoff else {
        throw Refused(key: "cutoff", description: "momenta of a box need a cutoff")
      }
      try check(
        pow(cutoff * length / .pi + 1, Double(dimension)) <= 1e7, "momenta.box",
        "has more than 10^7 momenta within the cutoff")
    case .continuum:
      try check(
        cutoff != nil || (dimension == 1 && alpha == 0), "cutoff",
        "the key is missing: only one dimension with alpha = 0 does without a cutoff")
    }
    self.dimension = dimension
    self.mass = mass
    self.alpha = alpha
    self.cutoff = cutoff
    self.amplitudes = amplitudes
    self.momenta = momenta
    self.width = width
    self.components = components
    let accepted = acceptance
    try check(
      accepted > Self.leastAcceptance, "alpha",
      String(
        format:
          "of the momenta proposed for alpha %g only %.1g would be accepted: use alpha 0 or -1, or a cutoff nearer to the mass",
        alpha, accepted))
  }

  /// Share of proposed momenta below which drawing them would take for ever.
  private static let leastAcceptance = 1e-4

  /// How many of the momenta that `NeuronPrior` proposes in the continuum it keeps: those of alpha = -1 below
  /// zero, of alpha = 0 above.
  private var acceptance: Double {
    guard momenta == .continuum, alpha != 0, alpha != -1 else { return 1 }
    let origin = [Double](repeating: 0, count: dimension)
    func integral(_ power: Double) -> Double { momentumIntegral(power: power, at: origin) }
    let proposed = alpha < 0 ? 0.0 : 1
    return integral(1 + alpha) / integral(proposed) * pow(mass, 2 * (1 + alpha - proposed))
  }

  /// Values that one `momentumIntegral` at a distance is the sum of.
  public func momentumTerms(distance r: Double) -> Double {
    switch momenta {
    case .continuum: cutoff.map { 2000 + 4 * $0 * r } ?? 1
    case .box(let length): pow((cutoff ?? 0) * length / .pi + 1, Double(dimension))
    case .lattice(let size): pow(Double(size), Double(dimension))
    }
  }

  /// E[a_1^4] / E[a_1^2]^2; E[a_i a_j a_k a_l] is a third of it times the three pairings.
  public var kurtosis: Double {
    amplitudes == .constant ? 3 * Double(components) / Double(components + 2) : 3
  }

  /// Names the law, and its random streams.
  public var name: String {
    let kind =
      switch amplitudes {
      case .constant: "constant"
      case .gaussian: "gaussian"
      }
    let range =
      switch momenta {
      case .continuum: "continuum"
      case .box(let length): "box(length: \(StreamText.number(length)))"
      case .lattice(let size): "lattice(size: \(size))"
      }
    return
      "free-scalar d=\(dimension) m=\(StreamText.number(mass)) alpha=\(StreamText.number(alpha)) cutoff=\(cutoff.map(StreamText.number) ?? "none") \(kind) \(range) width=\(width) components=\(components)"
  }

  /// I_p(x) = int d^dk/(2 pi)^d (k^2 + m^2)^(-p) exp(i k.x), or the sum over the momenta of the box or lattice.
  ///
  /// - Complexity: O(cutoff x |x| + 100) in the continuum, else the number of momenta.
  public func momentumIntegral(power p: Double, at x: [Double]) -> Double {
    switch momenta {
    case .continuum: return radial(p, x.reduce(0) { $0 + $1 * $1 }.squareRoot())
    case .box, .lattice:
      let modes = MomentumLattice(self)
      var place = SIMD4<Double>.zero
      for i in x.indices { place[i] = x[i] }
      let (m2, isPlain) = (mass * mass, p == 1)
      var sum = 0.0
      modes.forEach { k, k2 in
        sum += cos((k * place).sum()) * (isPlain ? 1 / (k2 + m2) : pow(k2 + m2, -p))
      }
      return sum / modes.volume
    }
  }

  /// The propagator D(x).
  public func propagator(_ x: [Double]) -> Double { momentumIntegral(power: 1, at: x) }

  /// C.
  public var normalisation: Double {
    momentumIntegral(power: 1 + alpha, at: [Double](repeating: 0, count: dimension))
  }

  /// The exact connected four-point function at width N,
  ///
  ///     N Gc4 = (C E[a^4]/2) sum_3 I_(1 - alpha)(x_a + x_b - x_c - x_d) - sum_3 D(x_a - x_b) D(x_c - x_d),
  ///
  /// with n components E[a_i a_j a_k a_l], and Kronecker symbols beside the propagators.
  ///
  /// - Parameter components: of the four fields; none: the first.
  public func connectedFourPoint(_ x: [[Double]], components index: [Int] = [0, 0, 0, 0]) -> Double
  {
    func combination(_ signs: [Double]) -> [Double] {
      var sum = [Double](repeating: 0, count: dimension)
      for (sign, point) in zip(signs, x) {
        for i in 0..<dimension { sum[i] += sign * point[i] }
      }
      return sum
    }
    func difference(_ a: Int, _ b: Int) -> [Double] { zip(x[a], x[b]).map { $0 - $1 } }
    let c = normalisation
    let pairings = [(0, 1, (2, 3)), (0, 2, (1, 3)), (0, 3, (1, 2))]
    func matches(_ a: Int, _ b: Int, _ other: (Int, Int)) -> Bool {
      index[a] == index[b] && index[other.0] == index[other.1]
    }
    let moment = kurtosis / 3 * Double(pairings.count { matches($0.0, $0.1, $0.2) })
    guard moment > 0 else { return 0 }
    var sum = 0.0
    for (a, b, other) in pairings {
      var signs = [-1.0, -1, -1, -1]
      signs[a] = 1
      signs[b] = 1
      sum += 0.5 * c * moment * momentumIntegral(power: 1 - alpha, at: combination(signs))
      if matches(a, b, other) {
        sum -= propagator(difference(a, b)) * propagator(difference(other.0, other.1))
      }
    }
    return sum / Double(width)
  }

  /// The radial integral in d dimensions.
  private func radial(_ p: Double, _ r: Double) -> Double {
    let m2 = mass * mass
    // Without a cutoff: one dimension, alpha = 0, and so p = 1.
    guard let cutoff else { return exp(-mass * r) / (2 * mass) }
    func shell(_ k: Double) -> Double {
      let kr = k * r
      switch dimension {
      case 1: return cos(kr) / .pi
      case 2: return k * j0(kr) / (2 * .pi)
      case 3: return k * k * (kr < 1e-6 ? 1 : sin(kr) / kr) / (2 * .pi * .pi)
      default: return k * k * k * (kr < 1e-6 ? 0.5 : j1(kr) / kr) / (4 * .pi * .pi)
      }
    }
    // Panels that resolve the mass and the oscillations.
    let rule = GaussLegendre(count: 32)
    var sum = 0.0
    var low = 0.0
    var width = min(cutoff, mass, r > 0 ? 8 / r : cutoff)
    while low < cutoff {
      let high = min(cutoff, low + width)
      let half = 0.5 * (high - low)
      for (x, w) in zip(rule.nodes, rule.weights) {
        let k = low + half * (1 + x)
        sum += w * half * shell(k) * pow(k * k + m2, -p)
      }
      low = high
      width = min(2 * width, r > 0 ? 8 / r : cutoff)
    }
    return sum
  }
}

extension FreeScalar {
  /// Exact connected correlators of orders up to 4 as tensors over points and components, slot p n + i.
  ///
  /// - Parameter firstOnly: of the first component, slot p.
  /// - Precondition: `transform` ends at order 4 or below.
  public func connected(
    at points: Points, _ transform: CumulantTransform, firstOnly: Bool = false
  ) -> [[Double]] {
    let components = firstOnly ? 1 : components
    precondition(transform.maximumOrder <= 4)
    return transform.multisets.map { set in
      set.tuples.map { tuple in
        let x = tuple.map { points[$0 / components] }
        let index = tuple.map { $0 % components }
        switch set.order {
        case 0: return 1
        case 2: return index[0] == index[1] ? propagator(zip(x[0], x[1]).map { $0 - $1 }) : 0
        case 4: return connectedFourPoint(x, components: index)
        default: return 0
        }
      }
    }
  }
}
