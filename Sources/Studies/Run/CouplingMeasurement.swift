import Correlators
import EffectiveAction
import Ensembles
import Sampling
import Statistics

/// The `couplings` measurement of one case.
struct CouplingMeasurement {
  let study: Study
  let index: Int
  let options: CouplingOptions
  let theory: StudyTheory

  private func source(_ points: Points, order: Int) -> CumulantSource {
    CumulantSource(study: study, index: index, points: points, order: order, theory: theory)
  }

  private var train: CumulantSource { source(study.points, order: options.sextic ? 6 : 4) }
  private var test: CumulantSource? { options.testPoints.map { source($0, order: 4) } }

  func requirements() -> [SamplingRequirement] {
    [train.requirement(), test?.requirement()].compactMap { $0 }
  }

  /// - Throws: `IntegralUnavailable` where the vertices cannot be integrated.
  func evaluate(_ sums: [ReplicatedSums]) throws -> [CouplingResult]? {
    guard let ensemble = study.cases[index].ensemble, let sample = train.sample(sums.first) else {
      return nil
    }
    let propagator = try Propagator(ensemble, vertexLines: options.cutoffs.vertex)
    let analysis = try CouplingAnalysis(
      propagator, points: study.points, testPoints: options.testPoints,
      cutoffs: options.cutoffs.resolved(propagator), terms: options.terms, sextic: options.sextic)
    return analysis.couplings(sample, test: test?.sample(sums.count > 1 ? sums[1] : nil))
      .map { CouplingResult($0, vertex: options.cutoffs.vertex) }
  }

  /// What the reader must know of the couplings of a case.
  static func warnings(_ results: [CouplingResult], place: String) -> [StudyWarning] {
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
        "I4 vanishes for \(some.excluded) tuples, which have no lambda and are left out of the mean")
    }
    if let negative = results.first(where: { r in
      guard let value = r.mean.value else { return false }
      return value < -2 * (r.mean.error ?? 0) && r.negative_integrals == 0
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
        "the terms do not describe the four-point function at cutoff \(poor.cutoff) (p-value \(String(format: "%.1g", poor.chi_square?.p_value ?? 0))): a local constant coupling is an ansatz"
      )
    }
    return warnings
  }
}

/// The `six-point` measurement of one case.
struct SixPointMeasurement {
  let study: Study
  let index: Int
  let options: CutoffOptions
  let theory: StudyTheory

  private var source: CumulantSource {
    CumulantSource(study: study, index: index, points: study.points, order: 6, theory: theory)
  }

  func requirements() -> [SamplingRequirement] { [source.requirement()].compactMap { $0 } }

  /// - Throws: `IntegralUnavailable` where the vertices cannot be integrated.
  func evaluate(_ sums: [ReplicatedSums]) throws -> [SixPointResult]? {
    guard let ensemble = study.cases[index].ensemble, let sample = source.sample(sums.first) else {
      return nil
    }
    let propagator = try Propagator(ensemble, vertexLines: options.vertex)
    return try SixPointPrediction.all(
      propagator, points: study.points, cutoffs: options.resolved(propagator), sample: sample
    ).map { SixPointResult($0) }
  }
}
