import Foundation
import NumericalMethods
import Statistics

/// log10 |u4| against log10 sigma_w for every set of cases that differ in the weights alone; errors by
/// deleting run r of all cases together.
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
    guard let best = solve(estimates.map(\.value)) else { return nil }
    let runs = cases.map(\.withoutRun.count).min() ?? 0
    guard runs > 1 else {
      return ActiveFlowFit.Line(
        slope: Estimate(value: best[1], error: 0, exact: exact?[1]),
        intercept: Estimate(value: best[0], error: 0, exact: exact?[0]))
    }
    // The normalisation is a known factor of each case.
    let left = (0..<runs).compactMap { r in
      solve(
        cases.map { c in
          let raw = c.couplings.raw.u4.value ?? 0
          let factor = raw != 0 ? (c.couplings[keyPath: key].u4.value ?? 0) / raw : 0
          return factor * c.withoutRun[r]
        })
    }
    guard left.count == runs else { return nil }
    let knife = Jackknife(counts: [Double](repeating: 1, count: runs))
    func estimate(_ k: Int) -> Estimate {
      Estimate(
        value: best[k], error: knife.error(full: best[k]) { left[$0][k] }, exact: exact?[k])
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
