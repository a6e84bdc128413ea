import Foundation
import NumericalMethods
import Statistics

/// log10 |u4| against log10 sigma_w for every set of cases that differ in the weights alone; errors by
/// deleting block b of all cases together.
struct ActiveFlowFits {
  let study: Study
  let scales: [ScaleMeasurement.Found?]

  var fit: ActiveFlowFit? {
    let groups = study.groups(varying: { $0.hasPrefix("weights.") }) { scales[$0] != nil }
    let fits = groups.compactMap { group -> ActiveFlowFit.Group? in
      let own = group.cases.compactMap { scales[$0] }
      guard Set(own.map(\.couplings.sigma_w)).count > 1,
        let raw = line(own, \.raw), let canonical = line(own, \.canonical)
      else { return nil }
      return ActiveFlowFit.Group(
        parameters: group.parameters.mapValues(\.text), raw: raw, canonical: canonical)
    }
    guard let first = fits.first else { return nil }
    return ActiveFlowFit(raw: first.raw, canonical: first.canonical, groups: fits)
  }

  private func line(
    _ cases: [ScaleMeasurement.Found], _ key: KeyPath<ScaleCouplings, ScaleCouplings.Set>
  ) -> ActiveFlowFit.Line? {
    let x = cases.map { log10($0.couplings.sigma_w) }
    guard let fit = LinearFit(columns: [x.map { _ in 1 }, x]) else { return nil }
    func solve(_ values: [Double?]) -> [Double]? {
      let logs = values.compactMap { $0.flatMap { abs($0) > 0 ? log10(abs($0)) : nil } }
      return logs.count == x.count ? fit.solve(logs) : nil
    }
    let estimates = cases.map { $0.couplings[keyPath: key].u4 }
    let exact = solve(estimates.map(\.exact))
    guard estimates.allSatisfy({ $0.value != nil }) else { return nil }
    // The normalisation is a known factor of each case.
    let factors = cases.map { c in
      let (own, lambda) = (c.couplings[keyPath: key].u4.value ?? 0, c.couplings.raw.u4.value ?? 0)
      return lambda != 0 ? 24 * own / lambda : 0
    }
    guard
      let found = Replicated.estimates(
        cases.map(\.lambda), { lambdas in solve(zip(factors, lambdas).map { $0 * $1 }) })
    else { return nil }
    func estimate(_ k: Int) -> Estimate {
      var own = found[k]
      own.exact = exact?[k]
      return own
    }
    return ActiveFlowFit.Line(slope: estimate(1), intercept: estimate(0))
  }
}

extension Study {
  /// The active flow of all cases from exact correlators alone.
  /// - Throws: `StudyError` where there are none.
  public func exactActiveFlow() throws(StudyError) -> ([ScaleCouplings], ActiveFlowFit?) {
    let theory = StudyTheory(self)
    try theory.requireMoments(of: self)
    var found: [ScaleMeasurement.Found?] = []
    for index in cases.indices {
      do {
        found.append(
          try ScaleMeasurement(study: self, index: index, sextic: true, theory: theory).evaluate([])
        )
      } catch {
        throw StudyError(.badStudy, "no flow: \(error)")
      }
    }
    return (
      found.compactMap { $0?.couplings }, ActiveFlowFits(study: self, scales: found).fit
    )
  }
}
