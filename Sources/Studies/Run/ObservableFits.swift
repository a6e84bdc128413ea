import DataFiles
import Engineering
import Foundation
import NumericalMethods
import Sampling
import Statistics

/// The `observables` of a study at infinite width: for every set of cases that differ in width alone, the
/// extrapolation of each quantity in 1/N, exact values where these are known, and lattice Monte Carlo.
struct ObservableFits {
  let study: Study
  let results: [CaseResult]
  /// Where lattice runs keep theirs.
  let checkpoints: String
  let stop: StopSignal

  private var options: ObservableOptions? {
    for case .observables(let options) in study.measurements { return options }
    return nil
  }

  func find() throws -> (
    fits: [ObservableFit]?, lattice: [LatticeReference]?, costs: [CostRecord]
  ) {
    guard let options else { return (nil, nil, []) }
    var costs: [CostRecord] = []
    var fits: [ObservableFit] = []
    var references: [LatticeReference] = []
    var known: [ScalarLattice: LatticeReference] = [:]
    for group in study.groups(varying: { $0 == "width" }, where: { _ in true }) {
      let item = study.cases[group.cases[0]]
      var reference: LatticeReference?
      if options.lattice > 0, let lattice = Self.lattice(item) {
        let before = CostRecord.processorTime
        if let old = known[lattice] {
          reference = old
        } else {
          let (found, drawn) = try simulate(lattice, options)
          reference = found
          if drawn > 0 {
            costs.append(
              CostRecord(
                lattice: references.count, drawn: drawn,
                of: found.trajectories + Self.chains * Self.thermalisation(options),
                coreSeconds: CostRecord.processorTime - before))
          }
        }
        known[lattice] = reference
        reference?.parameters = group.parameters.isEmpty ? nil : group.parameters
        if let reference { references.append(reference) }
      }
      fits += extrapolate(group, item, reference)
    }
    return (fits.isEmpty ? nil : fits, references.isEmpty ? nil : references, costs)
  }

  private func extrapolate(
    _ group: Study.CaseGroup, _ item: StudyCase,
    _ reference: LatticeReference?
  ) -> [ObservableFit] {
    guard let first = results[group.cases[0]].observables, group.cases.count >= 3 else { return [] }
    let limits = item.theory.flatMap { theory in
      item.interaction.map { InfiniteWidth(theory, $0, times: options?.times ?? []) }
    }
    return first.enumerated().compactMap { k, quantity in
      var points: [(width: Int, value: Double, error: Double)] = []
      for index in group.cases {
        guard let width = study.cases[index].width,
          let own = results[index].observables?[k].estimate, let value = own.value,
          let error = own.error, error > 0
        else { continue }
        points.append((width, value, error))
      }
      // A quantity need not exist at all widths.
      guard points.count >= 3,
        let fit = WidthExtrapolation(
          widths: points.map(\.width), values: points.map(\.value), errors: points.map(\.error),
          powers: min(2, points.count - 2))
      else { return nil }
      let exact = limits?.value(quantity.quantity, quantity.time)
      return ObservableFit(
        parameters: group.parameters.isEmpty ? nil : group.parameters, quantity: quantity.quantity,
        time: quantity.time, widths: points.map(\.width).sorted(), limit: fit.limit,
        systematic: fit.systematic, coefficients: fit.coefficients, chi_square: fit.chiSquare,
        degrees: fit.degrees, exact: exact, source: exact == nil ? nil : limits?.source,
        lattice: reference.flatMap { Self.value(quantity, $0.observables) })
    }
  }

  /// phi^4 on a torus, where the lattice has it.
  private static func lattice(_ item: StudyCase) -> ScalarLattice? {
    guard let theory = item.theory, let interaction = item.interaction, theory.components == 1,
      case .torus(let size) = interaction.region, interaction.potential.isQuartic,
      interaction.nonlocal == nil
    else { return nil }
    return try? ScalarLattice(
      dimension: theory.dimension, size: size,
      massSquared: interaction.potential[2] + theory.mass * theory.mass,
      coupling: interaction.potential[4])
  }

  private static let chains = 4

  private static func thermalisation(_ options: ObservableOptions) -> Int {
    max(200, options.lattice / 10)
  }

  private func simulate(_ lattice: ScalarLattice, _ options: ObservableOptions) throws
    -> (LatticeReference, drawn: Int)
  {
    var settings = LatticeHMC.Settings()
    settings.trajectories = options.lattice
    settings.thermalisation = Self.thermalisation(options)
    settings.chains = Self.chains
    settings.seed = study.sampling.seed
    let run: LatticeHMC.Run
    do {
      run = try stop.holding {
        try LatticeHMC(lattice, settings: settings).run(
          checkpoints: checkpoints
        ) { [stop] in stop.isStopped }
      }
    } catch is LatticeHMC.Interrupted {
      throw CancellationError()
    } catch let error as ScalarLattice.Refused {
      throw StudyError(
        .badStudy, "measure.observables.lattice: \(error); `lattice: 0` does without")
    } catch let error as LatticeHMC.Failed {
      throw StudyError(
        .badStudy, "measure.observables.lattice: \(error); `lattice: 0` does without")
    } catch let error as FileWriteError {
      throw StudyError(error)
    } catch let error as StorageError {
      throw StudyError(error)
    }
    let reference = LatticeReference(
      parameters: nil, size: lattice.size, mass_squared: lattice.massSquared,
      coupling: lattice.coupling, trajectories: run.trajectories, acceptance: run.acceptance,
      exp_minus_dh: run.exponential, r_hat: run.ratio, observables: run.observables,
      warnings: run.warnings)
    return (reference, run.drawn)
  }

  private static func value(_ own: ObservableResult, _ o: LatticeObservables) -> Estimate? {
    let found: LatticeObservables.Value?
    let t = own.time.flatMap { Int(exactly: $0) } ?? 0
    switch own.quantity {
    case .phi2: found = o.phi2
    case .phi4: found = o.phi4
    case .neighbour: found = o.neighbour
    case .susceptibility: found = o.susceptibility
    case .magnetisation: found = o.magnetisation
    case .binder: found = o.binder
    case .correlationLength: found = o.correlation_length
    case .correlator: found = o.correlator.indices.contains(t) ? o.correlator[t] : nil
    case .effectiveMass:
      found = o.effective_mass.indices.contains(t - 1) ? o.effective_mass[t - 1] : nil
    }
    return found.map { Estimate(value: $0.value, error: $0.error) }
  }
}
