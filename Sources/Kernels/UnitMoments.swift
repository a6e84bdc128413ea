import Combinatorics
import Ensembles
import Foundation

/// Exact moments M_n = E[s(x1)...s(xn)] of one hidden unit, for all unique tuples of points.
public struct UnitMoments: Sendable {
  /// `values[n][i]` for tuple i of `Multisets(slots: points, order: n)`; order 0 is [1].
  public let values: [[Double]]
  /// The same from the coarser of two quadratures; equal to `values` for closed forms.
  public let coarser: [[Double]]

  public init(values: [[Double]], coarser: [[Double]]? = nil) {
    self.values = values
    self.coarser = coarser ?? values
  }

  public struct Unavailable: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// The moments of the hidden unit of a network with one hidden layer through `order`.
  ///
  /// Closed forms: gauss, cos, sin and linear in any dimension, relu and leaky-relu for inputs: 1
  /// without biases. An equally spaced rule over the independent parameter directions (up to
  /// three) for erf, tanh, gelu and softplus.
  /// - Throws: `Unavailable`, saying why, elsewhere.
  public static func exact(_ ensemble: Ensemble, points: Points, order: Int) throws(Unavailable)
    -> UnitMoments
  {
    if let reason = whyUnavailable(ensemble) { throw Unavailable(description: reason) }
    let phase = ensemble.hasUniformPhase(layer: 0)
    let covariance = points.coordinates.map { x in
      points.coordinates.map { ensemble.preactivationCovariance(x, $0) }
    }
    func table(_ element: ([Int]) -> Double) -> UnitMoments {
      UnitMoments(
        values: (0...order).map { n in
          Multisets(slots: points.count, order: n).tuples.map(element)
        })
    }
    switch ensemble.hidden[0].activation.name {
    case NormalizedExponential.name:
      return table { normalizedExponential($0, covariance) }
    case Cosine.name, Sine.name:
      let isSine = ensemble.hidden[0].activation.name == Sine.name
      return table { trigonometric($0, covariance, isSine: isSine && !phase, uniformPhase: phase) }
    case Linear.name:
      return table { wick($0, covariance) }
    case Relu.name, LeakyRelu.name:
      let unit = ensemble.hidden[0].activation.unit
      let sigma = ensemble.weights[0].sigma
      return table { homogeneous($0, points.coordinates.map { $0[0] }, sigma, unit) }
    default:
      return try quadrature(ensemble, points: points, order: order)
    }
  }

  /// Why an ensemble has no exact moments yet; nil where it has (unless a quadrature fails).
  public static func whyUnavailable(_ ensemble: Ensemble) -> String? {
    guard ensemble.isShallow else { return "exact values need one hidden layer so far" }
    guard ensemble.weights[0].isCentredGaussian else {
      return "exact values need centred Gaussian hidden weights so far"
    }
    let bias = ensemble.biases[0]
    let phase = ensemble.hasUniformPhase(layer: 0)
    guard bias.isCentred, bias.shape == .gaussian || bias.sigma == 0 || phase else {
      return "exact values need centred Gaussian hidden biases (or a uniform phase) so far"
    }
    let name = ensemble.hidden[0].activation.name
    switch name {
    case NormalizedExponential.name, Cosine.name, Sine.name, Linear.name: return nil
    case Relu.name, LeakyRelu.name:
      return ensemble.inputs == 1 && bias.sigma == 0
        ? nil : "exact values of \(name) need inputs: 1 and no hidden bias so far"
    default:
      return ensemble.inputs <= 2 ? nil : "exact values of \(name) need inputs: 1 or 2 so far"
    }
  }

  private static func variance(_ tuple: [Int], _ signs: [Double], _ c: [[Double]]) -> Double {
    var sum = 0.0
    for (i, a) in tuple.enumerated() {
      for (j, b) in tuple.enumerated() { sum += signs[i] * signs[j] * c[a][b] }
    }
    return max(0, sum)
  }

  /// exp(Var(sum z)/2 - sum Var z).
  private static func normalizedExponential(_ tuple: [Int], _ c: [[Double]]) -> Double {
    let ones = [Double](repeating: 1, count: tuple.count)
    return exp(0.5 * variance(tuple, ones, c) - tuple.reduce(0) { $0 + c[$1][$1] })
  }

  /// 2^-n sum over signs of exp(-Var(sum e z)/2): balanced signs only under a uniform phase
  /// (where the sine is a shifted cosine), times (-1)^(n/2) prod e for the sine.
  private static func trigonometric(
    _ tuple: [Int], _ c: [[Double]], isSine: Bool, uniformPhase: Bool
  ) -> Double {
    let n = tuple.count
    if n % 2 == 1 && (isSine || uniformPhase) { return 0 }
    var sum = 0.0
    for mask in 0..<(1 << n) {
      let ones = mask.nonzeroBitCount
      if uniformPhase && 2 * ones != n { continue }
      let signs = (0..<n).map { mask >> $0 & 1 == 1 ? 1.0 : -1.0 }
      let sign = isSine && (n - ones) % 2 == 1 ? -1.0 : 1.0
      sum += sign * exp(-0.5 * variance(tuple, signs, c))
    }
    let turn = isSine && n / 2 % 2 == 1 ? -1.0 : 1.0
    return turn * sum / Double(1 << n)
  }

  /// Sum over pairings of products of covariances.
  private static func wick(_ tuple: [Int], _ c: [[Double]]) -> Double {
    guard tuple.count % 2 == 0 else { return 0 }
    return pairings(of: tuple.count).reduce(0) { sum, matching in
      sum + matching.reduce(1) { $0 * c[tuple[$1.0]][tuple[$1.1]] }
    }
  }

  /// s(w x) = |w| s(+-x): E|w|^n [prod s(x) + prod s(-x)] / 2.
  private static func homogeneous(
    _ tuple: [Int], _ x: [Double], _ sigma: Double, _ unit: any HiddenUnit
  ) -> Double {
    let n = Double(tuple.count)
    let up = tuple.reduce(1) { $0 * unit.value(x[$1], variance: 0) }
    let down = tuple.reduce(1) { $0 * unit.value(-x[$1], variance: 0) }
    let absolute = pow(sigma, n) * exp2(n / 2) * exp(lgamma((n + 1) / 2)) / Double.pi.squareRoot()
    return 0.5 * absolute * (up + down)
  }
}
