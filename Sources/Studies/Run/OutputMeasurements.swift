import Ensembles
import Kernels
import Statistics

/// The `generating-functional` measurement of one case: W[J] and the characteristic function.
struct GeneratingMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let sources: [[Double]]

  var name: String { "generating-functional" }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    guard let ensemble = item.ensemble,
      let functional = try? GeneratingFunctional(ensemble, points: study.points)
    else { return }
    own.result.generating_functional = sources.map { j -> GeneratingResult in
      let w = functional.logZ(j)
      let phi = functional.characteristic(j)
      if let reason = w.reason { own.warn("infinite", "sources \(j): \(reason)", at: place) }
      return GeneratingResult(
        sources: j, log_z: w.value, log_z_error: w.error, reason: w.reason,
        characteristic: phi.value, characteristic_error: phi.error)
    }
  }
}

/// The `output-density` measurement of one case: exact densities at one or two points.
struct DensityMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let sets: [[Int]]

  var name: String { "output-density" }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    guard let ensemble = item.ensemble else { return }
    let atoms = sets.compactMap { set in
      OutputAtom(
        ensemble.ofFirstOutput, points: Points(valid: set.map { study.points[$0] }), indices: set)
    }
    own.result.output_atoms = atoms.isEmpty ? nil : atoms
    own.result.output_density = sets.map { set -> OutputDensity? in
      do {
        return try OutputDensity(
          ensemble, points: Points(valid: set.map { study.points[$0] }), indices: set,
          count: set.count == 1 ? 121 : 41)
      } catch {
        own.warn("no-density", "points \(set): \(error)", at: place)
        return nil
      }
    }
  }
}
