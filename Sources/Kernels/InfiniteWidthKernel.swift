import Dispatch
import Ensembles
import Foundation
import NumericalMethods
import Synchronization

/// The two-point function at infinite width, K(x, y), for networks of any depth:
///
///     K^(1) = Cb + Cw x.y / d,   K^(l+1) = Cb + Cw <s(z_x) s(z_y)>,  z ~ N(0, K^(l))
///
/// For one hidden layer with centred parameters it is the exact two-point function at every
/// width (arXiv:2008.08601, eq. 2.10). Closed forms where the activation has one, an equally
/// spaced rule doubled to convergence otherwise.
public struct InfiniteWidthKernel: Sendable {
  /// K(x_a, x_b).
  public let matrix: SymmetricMatrix
  /// Largest change of an element in the last doubling of the quadrature; 0 for closed forms.
  public let error: Double
  /// K of every layer, `layers[l]` for l + 1 weight layers; the last one is `matrix`.
  public let layers: [SymmetricMatrix]

  /// Why there is no kernel of this kind.
  public struct Unavailable: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// - Throws: `Unavailable` where the pre-activations are not Gaussian, or a mean is not zero.
  /// - Complexity: O(points^2 x depth), times 10^4 to 10^5 where quadrature is needed.
  public init(_ ensemble: Ensemble, points: Points) throws(Unavailable) {
    let last = ensemble.depth - 1
    guard ensemble.weights[0].isCentredGaussian else {
      throw Unavailable(
        description: "the hidden weights of the first layer are not Gaussian of mean 0")
    }
    for l in 0...last {
      guard ensemble.weights[l].isCentred, ensemble.biases[l].isCentred else {
        throw Unavailable(description: "a mean in layer \(l + 1) is not 0")
      }
      guard
        l == last || ensemble.biases[l].shape == .gaussian || ensemble.biases[l].sigma == 0
          || ensemble.hasUniformPhase(layer: l)
      else {
        throw Unavailable(description: "the biases of hidden layer \(l + 1) are not Gaussian")
      }
    }
    func biasVariance(_ l: Int) -> Double {
      l < last && ensemble.hasUniformPhase(layer: l)
        ? 0 : ensemble.biases[l].sigma * ensemble.biases[l].sigma
    }
    var current = SymmetricMatrix(count: points.count) {
      ensemble.preactivationCovariance(points[$0], points[$1])
    }
    var layers = [current]
    var error = 0.0
    for l in 0..<last {
      let unit = ensemble.hidden[l].activation.unit
      let phase = ensemble.hasUniformPhase(layer: l)
      let scale = ensemble.weights[l + 1].sigma * ensemble.weights[l + 1].sigma
      let previous = current
      let offset = biasVariance(l + 1)
      let rows = Self.rows(points.count) { i, j in
        Self.pairExpectation(
          unit, previous[i, i], previous[i, j], previous[j, j], uniformPhase: phase)
      }
      current = SymmetricMatrix(count: points.count) { offset + scale * rows[$0][$1 - $0].value }
      error = max(error, scale * (rows.joined().map(\.error).max() ?? 0))
      layers.append(current)
    }
    guard current.elements.allSatisfy(\.isFinite) else {
      throw Unavailable(description: "the kernel overflows at these points")
    }
    guard error.isFinite else {
      throw Unavailable(
        description: "the quadrature does not resolve pre-activations that spread beyond 40")
    }
    matrix = current
    self.layers = layers
    self.error = error
  }

  /// The upper triangle of a symmetric function of two indices, `rows[i][j - i]`, on all cores.
  private static func rows(
    _ count: Int, _ element: @Sendable (Int, Int) -> (value: Double, error: Double)
  ) -> [[(value: Double, error: Double)]] {
    let done = Mutex([[(value: Double, error: Double)]](repeating: [], count: count))
    DispatchQueue.concurrentPerform(iterations: count) { i in
      let row = (i..<count).map { element(i, $0) }
      done.withLock { $0[i] = row }
    }
    return done.withLock { $0 }
  }

  /// E[s(z1) s(z2)] and its numerical error, infinite where z spreads beyond what the quadrature
  /// resolves (40).
  public static func pairExpectation(
    _ unit: any HiddenUnit, _ c11: Double, _ c12: Double, _ c22: Double, uniformPhase: Bool = false
  ) -> (value: Double, error: Double) {
    if uniformPhase, let value = unit.uniformPhasePair(c11, c12, c22) { return (value, 0) }
    if let value = unit.gaussianPair(c11, c12, c22) { return (value, 0) }
    // z1 = a u, z2 = b u + c v
    let a = c11.squareRoot()
    let b = a > 0 ? c12 / a : 0
    let rest = max(0, c22 - b * b)
    let c = rest > 1e-14 * c22 ? rest.squareRoot() : 0
    func integral(_ rule: GaussianRule) -> Double {
      c == 0
        ? rule.mean { unit.value(a * $0, variance: c11) * unit.value(b * $0, variance: c22) }
        : rule.mean(ofPair: {
          unit.value(a * $0, variance: c11) * unit.value(b * $0 + c * $1, variance: c22)
        })
    }
    let usable = rules.drop { !$0.resolves(spread: max(c11, c22).squareRoot()) }
    guard let first = usable.first else { return (0, .infinity) }
    var value = integral(first)
    var error = Double.infinity
    for rule in usable.dropFirst() {
      let finer = integral(rule)
      error = abs(finer - value)
      value = finer
      if error <= 1e-14 * max(abs(value), 1e-300) { break }
    }
    return (value, error)
  }

  private static let rules = [96, 192, 384, 768].map { GaussianRule(count: $0) }
}
