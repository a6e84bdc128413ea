import Ensembles
import Foundation
import Renormalization

/// What the reader of a flow must know.
enum FlowWarnings {
  static func cutoff(_ flow: CutoffFlowResult?, place: String) -> [StudyWarning] {
    guard let flow, flow.negative_integrals > 0, flow.negative_integrals < 1 else { return [] }
    return [
      StudyWarning(
        code: "sign-changing-integrals",
        message:
          "I4 is negative for up to \(Int((100 * flow.negative_integrals).rounded()))% of the tuples: lambda has poles in the cutoff and its mean over tuples means nothing",
        where: place)
    ]
  }

  /// Above this shift of the exponent the four-point function is not translation invariant.
  static let translationLimit = 0.1

  static func active(_ c: ScaleCouplings?, points: Points, place: String) -> [StudyWarning] {
    guard let c else { return [] }
    var warnings: [StudyWarning] = []
    // Moving four points x to x + c multiplies E[ssss] by exp{(sw^2/d)(2 c.sum x + 4 c^2)}.
    let far = points.coordinates.map { x in x.reduce(0) { $0 + $1 * $1 } }.max() ?? 0
    let exponent = 2 * c.m0_squared * far
    if exponent > translationLimit {
      warnings.append(
        StudyWarning(
          code: "translation-invariance",
          message: String(
            format:
              "sigma_w |x| is not small: moving the points by their own distance from the origin changes E[ssss] by a factor exp(%.2g); the four-point function is not translation invariant there and u4 depends on the points",
            exponent),
          where: place))
    }
    if let deviation = c.dilatation, deviation > 1e-6 {
      warnings.append(
        StudyWarning(
          code: "dilatation",
          message: String(
            format:
              "the dilatation identity is off by %.2g: the exact correlators are not to be trusted",
            deviation),
          where: place))
    }
    return warnings
  }

  static func passive(_ start: PassiveFlowResult, pole: Double?, place: String) -> [StudyWarning] {
    var warnings: [StudyWarning] = []
    if let pole {
      warnings.append(
        StudyWarning(
          code: "pole",
          message: String(
            format:
              "the flow ends in a pole at k = %.5g, where u4 diverges: the truncated theory has no completion beyond this scale",
            pole),
          where: place))
    }
    if start.normalisation == PassiveFlowOptions.Normalisation.published.rawValue {
      warnings.append(
        StudyWarning(
          code: "published-normalisation",
          message:
            "u2 is canonical and u4 raw, as in the published runs: the two belong to different normalisations of the field; `consistent` divides u4 by Z^2 and u6 by Z^3",
          where: place))
    }
    return warnings
  }
}
