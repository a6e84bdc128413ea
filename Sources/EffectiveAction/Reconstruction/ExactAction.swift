import Ensembles
import Foundation
import Kernels
import NumericalMethods

/// -log p(f), the exact action of the fields at a few points, at any width.
///
/// Linear networks with one hidden layer and no output bias at any number of points, q = f K^-1 f:
///
///     p = 2 (N/2)^(N/2) (q/N)^((N-n)/4) K_((N-n)/2)(sqrt(N q)) / [Gamma(N/2) (2 pi)^(n/2) sqrt(det K)]
///
/// with a Bessel function; all others at one or two points by inversion of the characteristic function
/// (arXiv:2307.03223).
public struct ExactAction: Sendable {
  private enum Form: Sendable {
    case linear(width: Double, inverse: SymmetricMatrix, logDeterminant: Double)
    case inversion(CharacteristicInversion)
  }

  private let form: Form
  /// Probability of f = 0 exactly, which is not part of the density.
  public let atom: Double

  /// - Throws: `EdgeworthAction.Unavailable` where there is no density, or none that can be computed.
  public init(_ ensemble: Ensemble, points: Points) throws(EdgeworthAction.Unavailable) {
    let single = ensemble.ofFirstOutput
    if let linear = try Self.linear(single, points) {
      form = linear
      atom = 0
      return
    }
    guard points.count <= 2 else {
      throw EdgeworthAction.Unavailable(
        description:
          "the exact density is known at one or two points, and for linear networks, found \(points.count) points"
      )
    }
    do {
      let inversion = try CharacteristicInversion(single, points: points)
      form = .inversion(inversion)
      atom = inversion.atom
    } catch {
      throw EdgeworthAction.Unavailable(description: error.description)
    }
  }

  private static func linear(_ ensemble: Ensemble, _ points: Points)
    throws(EdgeworthAction.Unavailable) -> Form?
  {
    guard ensemble.isShallow, ensemble.hidden[0].activation.unit is Linear,
      GeneratingFunctional.whyUnavailable(ensemble) == nil, ensemble.biasVariance(layer: 1) == 0
    else { return nil }
    let scale = ensemble.weightVariance(layer: 1)
    let kernel = SymmetricMatrix(count: points.count) {
      scale * ensemble.preactivationCovariance(points[$0], points[$1])
    }
    // Errors of S are the condition number times the rounding of a double: 1e-7 at most.
    guard let (values, vectors) = kernel.eigen(), let top = values.last, top > 0,
      values[0] > 1e-9 * top
    else {
      throw EdgeworthAction.Unavailable(
        description:
          "the outputs of a linear network at these points are linearly dependent, or nearly so: they have no density that double precision resolves"
      )
    }
    let inverse = SymmetricMatrix(count: points.count) { i, j in
      zip(values, vectors).reduce(0) { $0 + $1.1[i] * $1.1[j] / $1.0 }
    }
    return .linear(
      width: Double(ensemble.hidden[0].width), inverse: inverse,
      logDeterminant: values.reduce(0) { $0 + log($1) })
  }

  /// S(f); infinite where the density vanishes or its inversion has lost all digits.
  public func callAsFunction(_ field: [Double]) -> Double {
    switch form {
    case .inversion(let inversion):
      let p = inversion.density(field)
      return p > 0 ? -log(p) : .infinity
    case .linear(let width, let inverse, let logDeterminant):
      let n = Double(inverse.count)
      var q = 0.0
      for i in field.indices {
        for j in field.indices { q += field[i] * inverse[i, j] * field[j] }
      }
      let order = 0.5 * (width - n)
      // At f = 0 the density is finite for N > n only.
      if q == 0 {
        guard order > 0 else { return -.infinity }
        q = 1e-200
      }
      let above: Double = log(2) + 0.5 * width * log(0.5 * width) + 0.5 * order * log(q / width)
      let below: Double = lgamma(0.5 * width) + 0.5 * n * log(2 * Double.pi) + 0.5 * logDeterminant
      return below - above - logBesselK(order, (width * q).squareRoot())
    }
  }
}
