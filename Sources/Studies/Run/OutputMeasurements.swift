import Ensembles
import Kernels

/// The measurements of the law of the outputs of one case: generating functionals and densities.
struct OutputMeasurements {
  let study: Study
  let item: StudyCase

  private func place(_ name: String) -> String {
    item.label.isEmpty ? name : "\(item.label): \(name)"
  }

  func generating(_ sources: [[Double]]) -> (
    results: [GeneratingResult], warnings: [StudyWarning]
  ) {
    guard let ensemble = item.ensemble,
      let functional = try? GeneratingFunctional(ensemble, points: study.points)
    else { return ([], []) }
    var warnings: [StudyWarning] = []
    let results = sources.map { j -> GeneratingResult in
      let w = functional.logZ(j)
      let phi = functional.characteristic(j)
      if let reason = w.reason {
        warnings.append(
          StudyWarning(
            code: "infinite", message: "sources \(j): \(reason)",
            where: place("generating-functional")))
      }
      return GeneratingResult(
        sources: j, log_z: w.value, log_z_error: w.error, reason: w.reason,
        characteristic: phi.value, characteristic_error: phi.error)
    }
    return (results, warnings)
  }

  func densities(_ sets: [[Int]]) -> (results: [OutputDensity?], warnings: [StudyWarning]) {
    guard let ensemble = item.ensemble else { return ([], []) }
    var warnings: [StudyWarning] = []
    let results = sets.map { set -> OutputDensity? in
      do {
        return try OutputDensity(
          ensemble, points: Points(valid: set.map { study.points[$0] }), indices: set,
          count: set.count == 1 ? 121 : 41)
      } catch {
        warnings.append(
          StudyWarning(
            code: "no-density", message: "points \(set): \(error)",
            where: place("output-density")))
        return nil
      }
    }
    return (results, warnings)
  }
}
