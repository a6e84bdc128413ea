import EffectiveAction
import Foundation
import Statistics

extension CouplingResult {
  /// What the reader must know of the couplings of a case.
  public static func warnings(_ results: [CouplingResult], place: String = "couplings")
    -> [StudyWarning]
  {
    var warnings: [StudyWarning] = []
    func warn(_ code: String, _ message: String) {
      warnings.append(StudyWarning(code: code, message: message, where: place))
    }
    let mixed = results.filter { $0.negative_integrals > 0 && $0.negative_integrals < 1 }
    if let worst = mixed.max(by: { $0.negative_integrals < $1.negative_integrals }) {
      warn(
        "sign-changing-integrals",
        "I4 is negative for \(Int((100 * worst.negative_integrals).rounded()))% of the tuples at cutoff \(worst.cutoff): lambda has poles there and its mean over tuples means nothing"
      )
    }
    if let some = results.first(where: { $0.excluded > 0 }) {
      warn(
        "vanishing-integrals",
        "I4 vanishes for \(some.excluded) tuples, which have no lambda and are left out of the mean"
      )
    }
    if let negative = results.first(where: { r in
      guard let value = r.mean.value, let error = r.mean.error, value < 0 else { return false }
      return (error == 0 || r.mean.sigmas(from: 0) ?? 0 < -2) && r.negative_integrals == 0
    }) {
      warn(
        "negative-coupling",
        "the mean of lambda is \(negative.mean) at cutoff \(negative.cutoff): with f^4 alone the action is unbounded below; stability is carried by higher terms"
      )
    }
    if let unseen = results.first(where: { !($0.unidentifiable ?? []).isEmpty }) {
      warn(
        "unidentifiable",
        "the points cannot tell the terms apart: \((unseen.unidentifiable ?? []).joined(separator: "; "))"
      )
    } else if let failed = results.first(where: { $0.condition_number == nil }) {
      warn(
        "no-fit",
        "the couplings at cutoff \(failed.cutoff) could not be fitted: a term vanishes at these points, or the sample knows fewer modes than there are terms"
      )
    }
    if let poor = results.first(where: { ($0.chi_square?.p_value ?? 1) < 1e-3 }) {
      warn(
        "poor-fit",
        "the terms do not describe the four-point function at cutoff \(poor.cutoff) (p-value \(PValue.text(poor.chi_square?.p_value, digits: 1))): a local constant coupling is an ansatz"
      )
    }
    return warnings
  }
}
