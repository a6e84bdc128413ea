import Ensembles
import Foundation

/// The chance that an output is zero exactly at one or two points, because every hidden unit is: 2^-N for relu at
/// one point. It is not part of the density.
public struct OutputAtom: Sendable, Codable, Hashable {
  /// Points (indices of the study).
  public var points: [Int]
  public var probability: Double

  /// nil where there is none, or none is known: with an output bias, for deep networks, and at two points for
  /// units other than relu.
  public init?(_ ensemble: Ensemble, points: Points, indices: [Int]) {
    let bias = ensemble.biases[ensemble.depth - 1]
    guard UnitMoments.whyUnavailable(ensemble) == nil, bias.sigma == 0, bias.isCentred,
      let unit = Self.unitProbability(ensemble, points), unit > 0
    else { return nil }
    self.points = indices
    probability = pow(unit, Double(ensemble.hidden[0].width))
  }

  /// The chance that one unit is zero at all points.
  private static func unitProbability(_ ensemble: Ensemble, _ points: Points) -> Double? {
    guard !ensemble.hasUniformPhase(layer: 0) else { return nil }
    let unit = ensemble.hidden[0].activation.unit
    let form = PreactivationForm(ensemble, points: points)
    // A pre-activation that is always zero decides nothing, or everything.
    let moving = (0..<points.count).filter { form.covariance[$0, $0] > 0 }
    guard moving.count == points.count || unit.value(0, variance: 0) == 0 else { return nil }
    switch moving.count {
    case 0: return 1
    case 1: return zeroProbability(unit, form.covariance[moving[0], moving[0]].squareRoot())
    case 2:
      guard unit is Relu || (unit as? LeakyRelu)?.slope == 0 else { return nil }
      return form.pair(moving[0], moving[1]).complement / (2 * .pi)
    default: return nil
    }
  }

  /// The share of a Gaussian of standard deviation `sigma` between kinks where a unit vanishes.
  private static func zeroProbability(_ unit: any HiddenUnit, _ sigma: Double) -> Double {
    guard !unit.kinks.isEmpty else { return 0 }
    let ends = [-Double.infinity] + unit.kinks.map { $0 / sigma } + [Double.infinity]
    var sum = 0.0
    for (low, high) in zip(ends, ends.dropFirst()) where high > low {
      let (from, to) = (max(low, min(-9, high - 1)), min(high, max(9, low + 1)))
      let vanishes = [0.1, 0.3, 0.5, 0.7, 0.9].allSatisfy {
        unit.value(sigma * (from + $0 * (to - from)), variance: sigma * sigma) == 0
      }
      // From the side on which both terms are small.
      let root = 2.0.squareRoot()
      if vanishes {
        sum +=
          low > 0
          ? 0.5 * (erfc(low / root) - erfc(high / root))
          : 0.5 * (erfc(-high / root) - erfc(-low / root))
      }
    }
    return sum
  }
}
