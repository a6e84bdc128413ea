import Ensembles
import Foundation
import NumericalMethods

/// The two-point function at infinite width, K(x, y), for networks of any depth, and the neural
/// tangent kernel:
///
///     K^(1) = Cb + Cw x.y / d,            K^(l+1) = Cb + Cw <s(z_x) s(z_y)>,   z ~ N(0, K^(l))
///     T^(1) = rb + rw x.y / d,            T^(l+1) = rb + rw <s s> + Cw <s' s'> T^(l)
///
/// with the learning rates rb of biases and rw / fan-in of weights. For one hidden layer with
/// centred parameters K is the exact two-point function at every width (arXiv:2008.08601, eq. 2.10;
/// tangent kernel: arXiv:1806.07572).
public struct InfiniteWidthKernel: Sendable {
  /// K(x_a, x_b).
  public var matrix: SymmetricMatrix { layers[layers.count - 1] }
  /// Bound on the numerical error of an element; 0 for closed forms.
  public let error: Double
  /// K of every layer, `layers[l]` for l + 1 weight layers; the last one is `matrix`.
  public let layers: [SymmetricMatrix]
  /// The tangent kernel of every layer; empty unless asked for.
  public let tangent: [SymmetricMatrix]

  /// Learning rates that enter the tangent kernel: of biases, and of weights times the fan-in.
  public struct LearningRates: Sendable, Hashable, Codable {
    public var biases: Double
    public var weights: Double

    public init(biases: Double = 1, weights: Double = 1) {
      self.biases = biases
      self.weights = weights
    }
  }

  /// Why there is no kernel of this kind.
  public struct Unavailable: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// - Parameter tangent: learning rates, where the tangent kernel is wanted.
  /// - Throws: `Unavailable` where the pre-activations are not Gaussian, a mean is not zero, or the
  ///   matrices of all layers do not fit into the memory of the work budget.
  /// - Complexity: O(points^2 x depth), times up to 2000 terms where there is no closed form.
  public init(_ ensemble: Ensemble, points: Points, tangent rates: LearningRates? = nil)
    throws(Unavailable)
  {
    if let reason = Self.whyUnavailable(ensemble) { throw Unavailable(description: reason) }
    let n = Double(points.count)
    let matrices = Double((ensemble.hidden.count + 1) * (rates == nil ? 1 : 2) + 3)
    if let refusal = WorkBudget.refusal(
      "the kernel of \(points.count) points in \(ensemble.hidden.count + 1) layers",
      bytes: 8 * n * n * matrices)
    {
      throw Unavailable(description: refusal)
    }
    var current = Self.firstLayer(ensemble, points: points)
    var layers = [current]
    var error = 0.0
    var theta: [SymmetricMatrix] = []
    if let rates { theta = [Self.firstTangent(ensemble, points: points, rates)] }
    for l in ensemble.hidden.indices {
      var pairs: PairExpectations
      do {
        pairs = try PairExpectations(
          ensemble.hidden[l].activation.unit, uniformPhase: ensemble.hasUniformPhase(layer: l),
          form: l == 0
            ? PreactivationForm(ensemble, points: points, covariance: current)
            : PreactivationForm(covariance: current), slopes: rates != nil)
      } catch {
        throw Unavailable(description: error.description)
      }
      guard !WorkBudget.isStopped else { throw Unavailable(description: WorkBudget.stopped) }
      // Correlated output weights scale the two-point function as a whole.
      let ratio = l + 1 == ensemble.hidden.count ? ensemble.momentRatio(1) : 1
      let scale = ratio * ensemble.weightVariance(layer: l + 1)
      let offset = ratio * ensemble.biasVariance(layer: l + 1)
      if let rates, var slopes = pairs.takeSlopes() {
        let below = theta[l].elements
        let (biasRate, weightRate) = (
          ensemble.biasRate(rates, layer: l + 1), ensemble.weightRate(rates, layer: l + 1)
        )
        for k in slopes.indices {
          slopes[k] = biasRate + weightRate * pairs.values[k] + scale * slopes[k] * below[k]
        }
        theta.append(SymmetricMatrix(count: points.count, upper: slopes))
      }
      current = SymmetricMatrix(
        count: points.count, upper: pairs.takeValues(), scale: scale, offset: offset)
      error = max(error, scale * pairs.error)
      layers.append(current)
    }
    guard current.elements.allSatisfy(\.isFinite) else {
      throw Unavailable(description: "the kernel overflows at these points")
    }
    self.layers = layers
    self.error = error
    self.tangent = theta
  }

  /// Why pre-activations are not Gaussian of mean zero at infinite width; nil where they are.
  public static func whyUnavailable(_ ensemble: Ensemble) -> String? {
    let last = ensemble.depth - 1
    guard ensemble.weights[0].isCentredGaussian else {
      return "the hidden weights of the first layer are not Gaussian of mean 0"
    }
    for l in 0...last {
      guard ensemble.weights[l].isCentred, ensemble.biases[l].isCentred else {
        return "a mean in layer \(l + 1) is not 0"
      }
      guard
        l == last || ensemble.biases[l].shape == .gaussian || ensemble.biases[l].sigma == 0
          || ensemble.hasUniformPhase(layer: l)
      else { return "the biases of hidden layer \(l + 1) are not Gaussian" }
    }
    return nil
  }

  /// K^(1), by blocks of coordinates.
  private static func firstLayer(_ ensemble: Ensemble, points: Points) -> SymmetricMatrix {
    let variance = ensemble.weightVariance(layer: 0) / Double(ensemble.inputs)
    return affine(points, scale: variance, offset: ensemble.biasVariance(layer: 0))
  }

  private static func firstTangent(
    _ ensemble: Ensemble, points: Points, _ rates: LearningRates
  ) -> SymmetricMatrix {
    affine(
      points, scale: ensemble.weightRate(rates, layer: 0) / Double(ensemble.inputs),
      offset: ensemble.biasRate(rates, layer: 0))
  }

  /// offset + scale x.y.
  private static func affine(_ points: Points, scale: Double, offset: Double) -> SymmetricMatrix {
    SymmetricMatrix(
      count: points.count, upper: gram(points.coordinates), scale: scale, offset: offset)
  }
}
