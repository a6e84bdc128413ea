import Foundation
import NumericalMethods

/// Output weights that are not independent of one another: their joint density depends on their length
/// alone, and the length is not that of independent Gaussians (arXiv:2307.03223).
///
/// With weights w_i = W_i / sqrt(N) and S = sum W_i^2 / N the directions are uniform and independent of
/// S, so that every even correlator is that of independent Gaussian weights times the ratio of moments
///
///     c_k = E[S^k] / E_Gauss[S^k]       (order 2k)
public enum OutputCorrelation: Sendable, Hashable, Codable {
  /// Density exp(-sum W^2 / (2 s1^2) - beta S^2).
  case quartic(beta: Double)
  /// f = sqrt(tau) g with one random tau for the whole network, E tau = 1.
  case sharedScale(law: ScaleLaw, variance: Double)

  public enum ScaleLaw: String, Sendable, Hashable, Codable, CaseIterable {
    case gamma
    case logNormal = "log-normal"
  }

  /// - Throws: `InvalidEnsemble` for numbers out of range.
  func validate() throws(InvalidEnsemble) {
    switch self {
    case .quartic(let beta):
      guard beta.isFinite, (0...1e6).contains(beta) else {
        throw InvalidEnsemble(
          "correlation.quartic", "beta must be from 0 to 1e6, found \(beta)")
      }
    case .sharedScale(_, let variance):
      guard variance.isFinite, (0...100).contains(variance) else {
        throw InvalidEnsemble(
          "correlation.variance", "must be from 0 to 100, found \(variance)")
      }
    }
  }

  /// The strength alpha: independent weights at 0.
  public var strength: Double {
    switch self {
    case .quartic(let beta): beta
    case .sharedScale(_, let variance): variance
    }
  }

  /// c_k for N weights of standard deviation `sigma` (W, before the division by sqrt(N)).
  public func momentRatio(_ k: Int, width: Int, sigma: Double) -> Double {
    guard k > 0, strength > 0 else { return 1 }
    switch self {
    case .quartic(let beta):
      return SquaredLengthLaw(width: width, beta: beta * pow(sigma, 4)).moment(k)
        / SquaredLengthLaw.gaussianMoment(k, width: width)
    case .sharedScale(let law, let variance): return law.moment(k, variance: variance)
    }
  }

  /// c_2 - c_1^2, the excess of a shared scale's second moment, which is its variance.
  public func momentRatioExcess(width: Int, sigma: Double) -> Double {
    if case .sharedScale(_, let variance) = self { return variance }
    let first = momentRatio(1, width: width, sigma: sigma)
    return momentRatio(2, width: width, sigma: sigma) - first * first
  }

  /// d c_k / d alpha, which is Cov(d_alpha log P, S^k) / E_Gauss[S^k].
  public func momentRatioSlope(_ k: Int, width: Int, sigma: Double) -> Double {
    guard k > 0 else { return 0 }
    switch self {
    case .quartic(let beta):
      let law = SquaredLengthLaw(width: width, beta: beta * pow(sigma, 4))
      return -pow(sigma, 4) * law.covariance(2, k)
        / SquaredLengthLaw.gaussianMoment(k, width: width)
    case .sharedScale(let law, let variance):
      return law.momentSlope(k, variance: variance)
    }
  }
}

extension OutputCorrelation.ScaleLaw {
  /// E[tau^k] at mean 1.
  func moment(_ k: Int, variance v: Double) -> Double {
    switch self {
    case .gamma: (0..<k).reduce(1) { $0 * (1 + Double($1) * v) }
    case .logNormal: pow(1 + v, 0.5 * Double(k * (k - 1)))
    }
  }

  func momentSlope(_ k: Int, variance v: Double) -> Double {
    switch self {
    case .gamma:
      (0..<k).reduce(0) { $0 + Double($1) / (1 + Double($1) * v) } * moment(k, variance: v)
    case .logNormal:
      0.5 * Double(k * (k - 1)) * pow(1 + v, 0.5 * Double(k * (k - 1)) - 1)
    }
  }
}

extension OutputCorrelation: CustomStringConvertible {
  /// A text that tells two apart.
  public var description: String { streamText }

  /// Names it in the names of random streams.
  public var streamText: String {
    switch self {
    case .quartic(let beta): "quartic(\(StreamText.number(beta)))"
    case .sharedScale(.gamma, let variance):
      "shared-scale(gamma;\(StreamText.number(variance)))"
    case .sharedScale(.logNormal, let variance):
      "shared-scale(log-normal;\(StreamText.number(variance)))"
    }
  }
}

/// The law of u = S / s1^2 under the density u^(N/2-1) exp(-N u / 2 - b u^2), b = beta s1^4.
public struct SquaredLengthLaw: Sendable {
  private let width: Double
  private let b: Double
  private let peak: Double
  private let step: Double
  private var norm = 1.0

  public init(width: Int, beta b: Double) {
    let n = Double(width)
    self.width = n
    self.b = b
    // In t = log u the exponent is n t / 2 - n e^t / 2 - b e^(2t); its peak solves a quadratic.
    let u = 2 * n / (n + (n * n + 16 * b * n).squareRoot())
    peak = log(u)
    step = 0.05 / (0.5 * n * u + 4 * b * u * u).squareRoot()
    norm = sum { _ in 1 }
  }

  /// The unnormalised density of t = log u, 1 at its peak, where n = n u + 4 b u^2.
  func relativeDensity(_ t: Double) -> Double {
    let u = exp(peak)
    return exp(
      -0.5 * width * u * exponentialRemainder(t - peak)
        - b * u * u * exponentialRemainder(2 * (t - peak)))
  }

  /// The trapezoidal rule in t, exponentially accurate.
  private func sum(_ g: (Double) -> Double) -> Double {
    var total = g(peak)
    for direction in [-1.0, 1.0] {
      // The density has died out long before.
      for k in 1..<1_000_000 {
        let t = peak + direction * Double(k) * step
        let weight = relativeDensity(t)
        let term = weight * g(t)
        total += term
        if weight < 1e-300 || (abs(term) < 1e-18 * abs(total) && k > 200) { break }
      }
    }
    return total
  }

  /// E[u^k].
  public func moment(_ k: Int) -> Double { sum { exp(Double(k) * $0) } / norm }

  /// Cov(u^j, u^k), about the means: of order 1/N, which the difference of moments would lose.
  func covariance(_ j: Int, _ k: Int) -> Double {
    let (first, second) = (moment(j), moment(k))
    return sum { (exp(Double(j) * $0) - first) * (exp(Double(k) * $0) - second) } / norm
  }

  /// E[u^k] at b = 0: N (N + 2) ... (N + 2k - 2) / N^k.
  public static func gaussianMoment(_ k: Int, width: Int) -> Double {
    (0..<k).reduce(1) { $0 * (1 + 2 * Double($1) / Double(width)) }
  }
}
