import Correlators
import EffectiveAction
import Ensembles
import Foundation
import Kernels
import NumericalMethods
import Sampling
import Statistics

/// From the samples of a study to its results: every case, then the fits across cases.
struct StudyAnalysis {
  let study: Study
  let measured: MeasuredStudy
  /// A folder for what is computed at length.
  let checkpoints: String
  let stop: StopSignal

  /// Of the networks whose observables were measured.
  private var costs: [CostRecord] {
    guard
      let place = study.measurements.firstIndex(where: {
        if case .observables = $0 { true } else { false }
      })
    else { return [] }
    return study.cases.indices.compactMap { index in
      guard let pass = measured.plan.places(ofCase: index, measurement: place).first?.pass,
        measured.costs[pass].drawn > 0
      else { return nil }
      let cost = measured.costs[pass]
      let layout = measured.passes[pass].layout
      return CostRecord(
        case: index, drawn: cost.drawn, of: layout.samplesPerRun * layout.runs,
        coreSeconds: cost.coreSeconds)
    }
  }

  /// The results; the rest of their `fieldwork` block is filled in by the runner.
  func results() throws -> Results {
    let analysed = try allCases()
    let correlators = analysed.map(\.correlators)
    let observables = try ObservableFits(
      study: study, results: analysed.map(\.result), checkpoints: checkpoints,
      stop: stop
    ).find()
    var record = RunRecord()
    record.costs = costs + observables.costs
    if record.costs?.isEmpty ?? true { record.costs = nil }
    return Results(
      fieldwork: record,
      warnings: study.notes + merged(analysed.flatMap(\.warnings))
        + NoiseWarnings.find(study, correlators),
      cases: analysed.map(\.result),
      fits: Results.Fits(
        correlators: WidthFits(study: study, correlators: correlators).all,
        active_flow: ActiveFlowFits(study: study, scales: analysed.map(\.scale)).fit,
        fixed_points: analysed.first?.fixedPoints, observables: observables.fits,
        lattice: observables.lattice)
    )
  }

  /// Warnings that say the same of several cases become one.
  private func merged(_ warnings: [StudyWarning]) -> [StudyWarning] {
    var order: [[String]] = []
    var places: [[String]: [String]] = [:]
    for w in warnings {
      let key = [w.code, w.message]
      if places[key] == nil { order.append(key) }
      places[key, default: []].append(w.where)
    }
    return order.map { key in
      let all = places[key] ?? []
      let shown = all.prefix(3).joined(separator: "; ")
      return StudyWarning(
        code: key[0], message: key[1],
        where: all.count > 3 ? "\(shown); and \(all.count - 3) more" : shown)
    }
  }

  /// Cases are independent of one another: each thread takes the next.
  private func allCases() throws -> [CaseAnalysis] {
    try concurrentMap(study.cases.count) { try analyse($0) }
  }

  private func analyse(_ index: Int) throws -> CaseAnalysis {
    let item = study.cases[index]
    let kernel = measured.theory.kernels[index]
    let pass = measured.plan.passOfCase[index].map { measured.passes[$0] }
    var own = CaseAnalysis(
      result: CaseResult(
        parameters: item.parameters, networks: pass?.layout.samplesPerRun, runs: pass?.layout.runs,
        kernel: item.kernel ?? kernel?.matrix.rows,
        kernel_error: item.kernel != nil ? 0 : kernel?.error))
    for (place, measurement) in study.measurements.enumerated() {
      try WorkBudget.current.check()
      let one = measurement.ofCase(index, in: study, theory: measured.theory)
      do {
        try one.analyse(measured.sums(ofCase: index, measurement: place), into: &own)
      } catch let error as IntegralUnavailable {
        own.warn("no-integral", error.description, at: one.place)
      } catch let error as EdgeworthAction.Unavailable {
        own.warn("no-action", error.description, at: one.place)
      }
    }
    // Whatever is recorded of networks has a pass of its own; several cases may share one.
    for pass in measured.passes where pass.planned.cases.first == index {
      own.warnings += tails(pass, item)
    }
    if let pass {
      own.result.blocks = pass.layout.blocks
      if !study.sampling.tilt, let few = StudyWarning.fewBlocks(pass.layout.blocks),
        !study.notes.contains(few)
      {
        own.warnings.append(few)
      }
    }
    if let pass, let chains = ChainRecord(study: study, item: item).result(pass) {
      own.result.chains = chains
      for reason in chains.reasons {
        own.warn("untrustworthy-sampler", reason, at: item.label.isEmpty ? "theory" : item.label)
      }
    }
    own.warnings += OverflowWarnings.find(
      own.result.correlators ?? [], at: item.label.isEmpty ? "correlators" : item.label)
    own.result.next_term = measured.theory.expansions[index]?.nextTerm
    if let next = own.result.next_term, next > 0.1, let ensemble = item.ensemble {
      own.warnings.append(
        StudyWarning(
          code: "depth-over-width",
          message: String(
            format:
              "%d hidden layers of width %d: the order after the leading one in depth/width is about %.0f%% of it; V and the shift are not to be trusted beyond that",
            ensemble.hidden.count, ensemble.hidden.last?.width ?? 0, 100 * next),
          where: item.label.isEmpty ? "kernel" : item.label))
    }
    if let moments = measured.theory.unitMoments[index] {
      own.result.exact = ExactRecord(method: moments.method, directions: moments.directions)
      if moments.method == .quasiMonteCarlo, index == 0 {
        own.warnings.append(
          StudyWarning(
            code: "quasi-monte-carlo",
            message:
              "the pre-activations span \(moments.directions) directions: exact values are quasi-Monte Carlo, with the error given beside them",
            where: "correlators"))
      }
    }
    if pass != nil {
      do {
        own.result.histogram = try histogram(item, kernel)
      } catch let error as NonFiniteSample {
        let reason = StudyError(nonFinite: error, item, .outputs)
        own.warn("no-histogram", reason.message, at: item.label.isEmpty ? "histogram" : item.label)
      }
    }
    return own
  }

  /// Heavy tails of the moments that are measured, or that derived quantities are made of.
  private func tails(_ pass: FinishedPass, _ item: StudyCase) -> [StudyWarning] {
    let listed = study.measurements.flatMap(\.orders)
    let top = study.measurements.map(\.highestOrder).max() ?? 0
    let name = listed.isEmpty ? "sampling" : "correlators"
    return TailWarnings(pass, place: item.label.isEmpty ? name : "\(item.label): \(name)")
      .find(orders: listed.isEmpty ? Array(stride(from: 2, through: top, by: 2)) : listed)
  }

  private func histogram(_ item: StudyCase, _ kernel: InfiniteWidthKernel?) throws -> Histogram? {
    if let recorded = study.recorded {
      let (sampler, count) = try recorded.sample(study)
      return try OutputHistogram.collect(
        sampler, count: min(OutputHistogram.networks, count),
        sigma: item.kernel?[0][0].squareRoot() ?? kernel?.matrix[0, 0].squareRoot())
    }
    guard let ensemble = item.ensemble else { return nil }
    return try OutputHistogram.draw(
      ensemble, points: study.points, seed: study.sampling.seed,
      sigma: kernel?.matrix[0, 0].squareRoot())
  }
}
