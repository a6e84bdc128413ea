import Correlators
import Dispatch
import EffectiveAction
import Ensembles
import Foundation
import Kernels
import Sampling
import Statistics
import Synchronization

/// From the samples of a study to its results: every case, then the fits across cases.
struct StudyAnalysis {
  let study: Study
  let measured: MeasuredStudy
  let threads: Int

  /// The results; their `fieldwork` block is filled in by the runner.
  func results() throws -> Results {
    let analysed = try allCases()
    let correlators = analysed.map(\.correlators)
    return Results(
      fieldwork: RunRecord(),
      warnings: study.notes + merged(analysed.flatMap(\.warnings))
        + NoiseWarnings.find(study, correlators),
      cases: analysed.map(\.result),
      fits: Results.Fits(
        correlators: WidthFits(study: study, correlators: correlators).all,
        active_flow: ActiveFlowFits(study: study, scales: analysed.map(\.scale)).fit)
    )
  }

  private struct Analysed: Sendable {
    var result: CaseResult
    var correlators: [Correlator] = []
    var warnings: [StudyWarning] = []
    var scale: ScaleMeasurement.Found?
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
  private func allCases() throws -> [Analysed] {
    let count = study.cases.count
    let next = Atomic<Int>(0)
    let done = Mutex<[Int: Result<Analysed, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: min(max(1, threads), count)) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        let result = Result { try analyse(index) }
        done.withLock { $0[index] = result }
      }
    }
    let results = done.withLock { $0 }
    return try (0..<count).compactMap { try results[$0]?.get() }
  }

  private func analyse(_ index: Int) throws -> Analysed {
    let item = study.cases[index]
    let kernel = measured.theory.kernels[index]
    let pass = measured.plan.passOfCase[index].map { measured.passes[$0] }
    var own = Analysed(
      result: CaseResult(
        parameters: item.parameters, networks: pass?.layout.samplesPerRun, runs: pass?.layout.runs,
        kernel: item.kernel ?? kernel?.matrix.rows,
        kernel_error: item.kernel != nil ? 0 : kernel?.error))
    for (place, measurement) in study.measurements.enumerated() {
      let sums = measured.sums(ofCase: index, measurement: place)
      switch measurement {
      case .correlators(let orders):
        own.correlators = try CorrelatorMeasurement(
          study: study, index: index, orders: orders, theory: measured.theory
        ).evaluate(sums.first)
        own.result.correlators = own.correlators.map(CorrelatorResult.init)
        if let pass, pass.planned.cases.first == index {
          own.warnings += TailWarnings.find(
            pass, orders: orders,
            place: item.label.isEmpty ? "correlators" : "\(item.label): correlators")
        }
      case .kernel(let options):
        let label = item.label.isEmpty ? "kernel" : "\(item.label): kernel"
        guard kernel != nil else {
          own.warnings.append(
            StudyWarning(
              code: "no-kernel",
              message:
                "there is no infinite-width kernel: \(measured.theory.whyNoKernel[index])",
              where: label))
          continue
        }
        if measured.theory.expansions[index] == nil {
          own.warnings.append(
            StudyWarning(
              code: "no-expansion",
              message: "the kernel alone is given: \(measured.theory.whyNoExpansion[index])",
              where: label))
        }
        own.result.layers = KernelMeasurement(
          study: study, index: index, options: options, theory: measured.theory
        ).evaluate(sums.first)
      case .couplings, .sixPoint, .action, .independence, .cutoffFlow, .activeFlow, .passiveFlow:
        try derive(measurement, index, sums, &own)
      case .generatingFunctional(let sources):
        let values = OutputMeasurements(study: study, item: item).generating(sources)
        own.result.generating_functional = values.results
        own.warnings += values.warnings
      case .outputDensity(let sets):
        let values = OutputMeasurements(study: study, item: item).densities(sets)
        own.result.output_density = values.results
        own.warnings += values.warnings
      }
    }
    // Derived quantities inherit the tails of the moments they are made of.
    if own.correlators.isEmpty, let pass, pass.planned.cases.first == index {
      let top = study.measurements.map(\.highestOrder).max() ?? 0
      own.warnings += TailWarnings.find(
        pass, orders: Array(stride(from: 2, through: top, by: 2)),
        place: item.label.isEmpty ? "sampling" : "\(item.label): sampling")
    }
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
    if pass != nil { own.result.histogram = try histogram(item, kernel) }
    return own
  }

  /// What follows from the connected correlators. Where it does not exist the results are null, with
  /// a warning that says why.
  private func derive(
    _ measurement: Measurement, _ index: Int, _ sums: [ReplicatedSums], _ own: inout Analysed
  ) throws {
    let label = study.cases[index].label
    let place = label.isEmpty ? measurement.name : "\(label): \(measurement.name)"
    let theory = measured.theory
    do {
      switch measurement {
      case .couplings(let options):
        own.result.couplings = try CouplingMeasurement(
          study: study, index: index, options: options, theory: theory
        ).evaluate(sums)
        own.warnings += CouplingResult.warnings(own.result.couplings ?? [], place: place)
      case .sixPoint(let options):
        own.result.six_point = try SixPointMeasurement(
          study: study, index: index, options: options, theory: theory
        ).evaluate(sums)
      case .action(let options):
        let found = try ActionMeasurement(
          study: study, index: index, options: options, theory: theory
        ).evaluate(sums)
        own.result.action = found?.result
        own.warnings += found?.warnings ?? []
      case .independence:
        own.result.independence = IndependenceMeasurement(
          study: study, index: index, theory: theory
        ).evaluate(sums)
      case .cutoffFlow(let options):
        own.result.cutoff_flow = try CutoffFlowMeasurement(
          study: study, index: index, options: options, theory: theory
        ).evaluate(sums)
        own.warnings += FlowWarnings.cutoff(own.result.cutoff_flow, place: place)
      case .activeFlow(let sextic):
        own.scale = try ScaleMeasurement(
          study: study, index: index, sextic: sextic, theory: theory
        ).evaluate(sums)
        own.result.couplings_at_scale = own.scale?.couplings
        own.warnings += FlowWarnings.active(
          own.scale?.couplings, points: study.points, place: place)
      case .passiveFlow(let options):
        guard
          let found = try PassiveFlowMeasurement(
            study: study, index: index, options: options, theory: theory
          ).evaluate(sums)
        else { return }
        own.result.passive_flow = found.flow
        own.result.passive_flow_start = found.start
        own.result.pole = found.pole.map { PolePoint(k: $0) }
        own.warnings += FlowWarnings.passive(found.start, pole: found.pole, place: place)
      default: return
      }
    } catch let error as IntegralUnavailable {
      own.warnings.append(
        StudyWarning(code: "no-integral", message: error.description, where: place))
    } catch let error as EdgeworthAction.Unavailable {
      own.warnings.append(
        StudyWarning(code: "no-action", message: error.description, where: place))
    }
  }

  private func histogram(_ item: StudyCase, _ kernel: InfiniteWidthKernel?) throws -> Histogram? {
    if study.sampling.estimator == .file {
      let source = try RecordedFile(study.sampling).open()
      let all = RecordedNetworks(
        source, points: study.points.count, outputs: item.outputs,
        networksPerRun: source.shape[0])
      return try OutputHistogram.collect(
        all, count: min(OutputHistogram.networks, source.shape[0]),
        sigma: item.kernel?[0][0].squareRoot() ?? kernel?.matrix[0, 0].squareRoot())
    }
    guard let ensemble = item.ensemble else { return nil }
    return try OutputHistogram.draw(
      ensemble, points: study.points, seed: study.sampling.seed,
      sigma: kernel?.matrix[0, 0].squareRoot())
  }
}
