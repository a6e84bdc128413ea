import Correlators
import EffectiveAction
import Ensembles
import Foundation
import Kernels

/// The couplings u2, u4, u6 of networks with a translation-invariant Gaussian kernel,
///
///     K_W(p) = A (pi/a)^(d/2) exp(-p^2 / 4a),   1/K_W(p) = C exp(p^2/m0^2) = Z (m0^2 + p^2 + ...),
///
/// m0^2 = 4a = 2 sw^2/d, Z = C/m0^2 (arXiv:2108.01403), in three normalisations:
///
/// - raw: amputated with K_W, which is what is measured: u4 = 24 lambda, u6 = 720 kappa;
/// - canonical: the kinetic term is p^2: divided by Z, Z^2, Z^3;
/// - dimensionless: canonical in units of m0, which sigma_w does not change.
///
/// Raw u4 goes as sigma_w^(d-4), canonical u4 as sigma_w^(4-d): the field is normalised differently, and
/// both exponents are right.
public struct NetworkCouplings: Sendable, Codable, Hashable {
  public enum Normalisation: String, Sendable, Codable, CaseIterable {
    case raw, canonical, dimensionless
  }

  public var u2: Double
  public var u4: Double
  public var u6: Double

  public init(u2: Double, u4: Double, u6: Double) {
    self.u2 = u2
    self.u4 = u4
    self.u6 = u6
  }

  /// The scales of an ensemble; nil where its kernel is no Gaussian.
  public struct Scales: Sendable, Hashable {
    public let dimension: Double
    /// m0^2.
    public let massSquared: Double
    public let z: Double

    public init?(_ propagator: Propagator) {
      guard let (amplitude, rate) = propagator.gaussian, rate > 0, amplitude > 0 else { return nil }
      dimension = Double(propagator.inputs)
      massSquared = 4 * rate
      z = 1 / (amplitude * pow(.pi / rate, 0.5 * dimension)) / massSquared
    }

    /// Factors from raw u2, u4, u6.
    public func factors(_ normalisation: Normalisation) -> (u2: Double, u4: Double, u6: Double) {
      let m = massSquared.squareRoot()
      switch normalisation {
      case .raw: return (1, 1, 1)
      case .canonical: return (1 / z, 1 / (z * z), 1 / (z * z * z))
      case .dimensionless:
        return (
          1 / (z * massSquared), pow(m, dimension - 4) / (z * z),
          pow(m, 2 * dimension - 6) / (z * z * z)
        )
      }
    }

    /// u2 of the kernel itself: C, m0^2 or 1.
    public func free(_ normalisation: Normalisation) -> Double {
      z * massSquared * factors(normalisation).u2
    }
  }

  /// Exact couplings of Gauss-nets at coincident points at the origin, dimensionless:
  ///
  ///     u4 = -(3/N)(e^(4 sb^2) - 1)(16 pi)^(d/2)
  ///     u6 = -(15/N^2)(e^(12 sb^2) - 3 e^(4 sb^2) + 2)(96 pi^2)^(d/2) + 10 (2/5)^(d/2) u4^2
  public static func gaussNet(dimension d: Double, width: Double, biasSigma: Double)
    -> NetworkCouplings
  {
    let e4 = exp(4 * biasSigma * biasSigma)
    let u4 = -(3 / width) * (e4 - 1) * pow(16 * .pi, 0.5 * d)
    let tree = exp(12 * biasSigma * biasSigma) - 3 * e4 + 2
    let u6 =
      -(15 / (width * width)) * tree * pow(96 * .pi * .pi, 0.5 * d)
      + 10 * pow(0.4, 0.5 * d) * u4 * u4
    return NetworkCouplings(u2: 1, u4: u4, u6: u6)
  }
}

/// The dilatation identity: with all weights multiplied by s, f_s(x) - b has the law of
/// s (f_1(s x) - b), at any width, so that Gc^(n) scales as s^n at dilated points. An exact check of every
/// point of an active flow.
public struct DilatationIdentity: Sendable {
  /// Largest deviation of Gc4(x; s) from s^4 Gc4(s x; 1), relative to the largest element.
  public let deviation: Double

  /// - Parameters:
  ///   - ensemble: with the weights multiplied.
  ///   - reference: before.
  /// - Throws: `UnitMoments.Unavailable` where there are no exact correlators.
  public init(_ ensemble: Ensemble, reference: Ensemble, points: Points)
    throws(UnitMoments.Unavailable)
  {
    let s = ensemble.weights[0].sigma / reference.weights[0].sigma
    let own = try ExactCumulants(ensemble, points: points, order: 4).connected[4]
    let other = try ExactCumulants(
      reference, points: Points(valid: points.coordinates.map { $0.map { s * $0 } }), order: 4
    ).connected[4]
    let scale = own.map { abs($0) }.max() ?? 0
    deviation =
      scale > 0
      ? zip(own, other).map { abs($0 - s * s * s * s * $1) / scale }.max() ?? 0 : 0
  }
}
