import Correlators
import Ensembles
import Foundation
import Kernels
import Sampling
import Statistics

/// From the samples of a study to its results: every case, then the fits across cases.
struct StudyAnalysis {
  let study: Study
  let measured: MeasuredStudy

  func results() throws -> Results {
    var warnings = study.notes
    var cases: [CaseResult] = []
    var measuredCorrelators: [[Correlator]] = []
    for (index, item) in study.cases.enumerated() {
      let kernel = measured.kernels[index]
      let pass = measured.plan.passOfCase[index].map { measured.passes[$0] }
      var result = CaseResult(
        parameters: item.parameters, networks: pass?.layout.samplesPerRun, runs: pass?.layout.runs,
        kernel: item.kernel ?? kernel?.matrix.rows,
        kernel_error: item.kernel != nil ? 0 : kernel?.error)
      var correlators: [Correlator] = []
      var requirement = 0
      for measurement in study.measurements {
        switch measurement {
        case .correlators(let orders):
          correlators = try CorrelatorMeasurement(
            study: study, item: item, orders: orders, kernel: kernel
          ).evaluate(
            measured.sums(ofCase: index, requirement: requirement))
          result.correlators = correlators.map(CorrelatorResult.init)
          requirement += 1
          if let pass, measured.plan.passes[measured.plan.passOfCase[index]!].cases.first == index {
            warnings += TailWarnings.find(
              pass.planned, plan: pass.plan, cells: pass.cells, layout: pass.layout,
              tailSlots: pass.tailSlots, orders: orders,
              place: item.label.isEmpty ? "correlators" : "\(item.label): correlators")
          }
        case .kernel:
          guard let kernel else {
            warnings.append(
              StudyWarning(
                code: "no-kernel", message: unavailable(item), where: "\(item.label): kernel"))
            continue
          }
          result.layers = kernel.layers.enumerated().map {
            LayerResult(layer: $0 + 1, kernel: $1.rows)
          }
        }
      }
      if pass != nil { result.histogram = try histogram(item, kernel) }
      cases.append(result)
      measuredCorrelators.append(correlators)
    }
    warnings += NoiseWarnings.find(study, measuredCorrelators)
    return Results(
      fieldwork: RunRecord(
        version: "", study: .null, seed: 0, started: "", seconds: 0, networks_per_second: nil,
        instruction_set: "", threads: 0),
      warnings: warnings, cases: cases,
      fits: Results.Fits(correlators: WidthFits(study: study, correlators: measuredCorrelators).all)
    )
  }

  private func unavailable(_ item: StudyCase) -> String {
    guard let ensemble = item.ensemble else { return "nothing is known about the networks" }
    do {
      _ = try InfiniteWidthKernel(ensemble, points: study.points)
      return ""
    } catch { return "there is no infinite-width kernel: \(error)" }
  }

  private func histogram(_ item: StudyCase, _ kernel: InfiniteWidthKernel?) throws -> Histogram? {
    if study.sampling.estimator == .file {
      let source = try RecordedFile(study.sampling).open()
      let all = RecordedNetworks(
        source, points: study.points.count, outputs: item.outputs,
        networksPerRun: source.shape[0])
      return try OutputHistogram.collect(
        all, count: min(OutputHistogram.networks, source.shape[0]), slotsPerNetwork: item.outputs,
        sigma: item.kernel?[0][0].squareRoot() ?? kernel?.matrix[0, 0].squareRoot())
    }
    guard let ensemble = item.ensemble else { return nil }
    return try OutputHistogram.draw(
      ensemble, points: study.points, seed: study.sampling.seed,
      sigma: kernel?.matrix[0, 0].squareRoot())
  }
}
