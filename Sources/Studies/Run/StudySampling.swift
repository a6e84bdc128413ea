import Correlators
import DataFiles
import Engineering
import Ensembles
import Foundation
import NumericalMethods
import Sampling
import Statistics
import Synchronization

/// A pass with its cells filled.
public struct FinishedPass: Sendable {
  public let planned: PlannedPass
  public let plan: MomentPlan
  public let layout: CellLayout
  public let tailSlots: [Int]
  public let cells: [CellState]
  /// How its numbers become samples.
  let rule: String
  let segments: OutputSegments?
  /// What is summed: the products of the plan, and weights behind them where samples carry any.
  let products: [[Int]]

  /// Whether samples carry weights: sums of these, and of their squares, stand behind all products.
  var isWeighted: Bool { products.count > planned.monomials.count }

  /// Sums of the products at the given places of the plan, in that order.
  func sums(ofMonomials places: [Int]) -> ReplicatedSums {
    let wanted = isWeighted ? places + [planned.monomials.count] : places
    let sums = layout.replicatedSums(cells, position: wanted.map { plan.position[$0] })
    return isWeighted ? sums.weightedByLast : sums
  }

  /// (sum w)^2 / sum w^2, the samples that independent ones without weights would need; nil without weights.
  var effectiveSamples: Double? {
    guard isWeighted else { return nil }
    let count = planned.monomials.count
    let sums = layout.replicatedSums(
      cells, position: [plan.position[count], plan.position[count + 1]])
    let means = sums.means
    return means[1] > 0 ? sums.samples * means[0] * means[0] / means[1] : 0
  }
}

/// All samples of a study.
public struct MeasuredStudy: Sendable {
  public let plan: SamplingPlan
  public let passes: [FinishedPass]
  public let theory: StudyTheory
  /// Samples drawn in this session, and the time it took.
  public let drawn: Int
  public let seconds: Double
  /// Samples drawn for each pass in this session, and their core-seconds.
  let costs: [(drawn: Int, coreSeconds: Double)]

  /// The sums that serve a measurement of a case, one for each of its requirements.
  func sums(ofCase index: Int, measurement: Int) -> [ReplicatedSums] {
    plan.places(ofCase: index, measurement: measurement).map { place in
      passes[place.pass].sums(ofMonomials: place.monomials)
    }
  }
}

/// Draws what a study needs, continuing what is there.
struct StudySampling: Sendable {
  let study: Study
  let theory: StudyTheory
  let opened: OutputDirectory.Opened
  let directory: OutputDirectory
  /// Told what is drawn again.
  let note: @Sendable (String) -> Void

  func draw(
    stop: StopSignal, progress: @escaping @Sendable (StudyRunner.Progress) -> Void
  ) throws -> MeasuredStudy {
    // Weights are looked at before anything is drawn.
    for item in study.cases {
      try TheoryValidation(source: "study").checkWeights(item, study.sampling)
    }
    let requirements = study.cases.indices.map { index in
      study.measurements.map { $0.ofCase(index, in: study, theory: theory).requirements() }
    }
    let plan = SamplingPlan(study, requirements: requirements)
    let lost = try opened.keptPasses().subtracting(plan.passes.map(\.identifier))
    if !lost.isEmpty {
      note(
        "the samples of \(lost.count) passes of the earlier run do not serve all that is measured now: they are drawn again"
      )
    }
    let start = Date()
    var passes: [FinishedPass] = []
    var costs: [(drawn: Int, coreSeconds: Double)] = []
    var drawn = 0
    for (k, planned) in plan.passes.enumerated() {
      let label = planned.cases.map { study.cases[$0].label }.first ?? ""
      let before = CostRecord.processorTime
      let (pass, new) = try draw(planned, stop: stop, plan: plan) { done, total in
        // Passes are taken as equally long.
        progress(
          StudyRunner.Progress(
            done: (Double(k) + done) * total, total: Double(plan.passes.count) * total,
            label: label))
      }
      passes.append(pass)
      costs.append((new, CostRecord.processorTime - before))
      drawn += new
    }
    return MeasuredStudy(
      plan: plan, passes: passes, theory: theory, drawn: drawn,
      seconds: Date().timeIntervalSince(start), costs: costs)
  }

  /// Runs one pass to its end, in growing steps where a target error may end it early.
  private func draw(
    _ planned: PlannedPass, stop: StopSignal, plan: SamplingPlan,
    progress: @escaping @Sendable (Double, Double) -> Void
  ) throws -> (FinishedPass, Int) {
    let settings = study.sampling
    let (sampler, samplesPerRun) = try makeSampler(planned)
    let total = Double(samplesPerRun * settings.runs)
    var saved = try opened.cells(planned)
    // Which recorded networks a run holds depends on the number of runs and of networks: they are read anew.
    if study.recorded != nil, let layout = saved?.layout,
      layout.runs != settings.runs || layout.samplesPerRun != samplesPerRun
    {
      saved = nil
    }
    let cellsPerRun =
      saved?.layout.cellsPerRun
      ?? CellLayout.cellsPerRun(blocks: settings.blocks, runs: settings.runs)
    var drawn = 0
    var finished: FinishedPass?
    var known = saved
    for samples in steps(samplesPerRun) {
      // A step that an earlier session has gone beyond.
      if let layout = known?.layout, layout.samplesPerRun > samples { continue }
      let layout = CellLayout(
        runs: settings.runs, samplesPerRun: samples, cellsPerRun: cellsPerRun)
      let (pass, new, file) = try extend(
        planned, sampler: sampler, layout: layout, known: known, stop: stop
      ) { done in progress(Double(done) / total, total) }
      drawn += new
      known = file
      finished = pass
      if samples < samplesPerRun,
        try reached(pass, plan: plan)
      {
        break
      }
    }
    guard let finished else {
      throw StudyError(.internalError, "a pass ended without samples")
    }
    return (finished, drawn)
  }

  /// Samples per run after which a target error is looked at: halves of the whole, from 1/64 on.
  private func steps(_ samples: Int) -> [Int] {
    guard study.sampling.targetError != nil else { return [samples] }
    return (0...6).reversed().map { max(batchSize, samples >> $0 / batchSize * batchSize) }
      .filter { $0 < samples } + [samples]
  }

  /// Whether every deviation beyond order two is known to the target error in all cases of a pass.
  private func reached(
    _ pass: FinishedPass, plan: SamplingPlan
  ) throws -> Bool {
    guard let target = study.sampling.targetError else { return false }
    // The published form leaves out runs, however few there are.
    let leastDegrees =
      study.sampling.form == .published ? 2 : Double(SamplingSettings.fewestBlocks)
    // A pass that no deviation is read off has no error to reach.
    var isMeasured = false
    for index in pass.planned.cases {
      for (place, measurement) in study.measurements.enumerated() {
        guard case .correlators(let orders) = measurement,
          let places = plan.places(ofCase: index, measurement: place).first,
          plan.passes[places.pass].key == pass.planned.key
        else { continue }
        let correlators = try CorrelatorMeasurement(
          study: study, index: index, orders: orders, theory: theory
        ).evaluate(pass.sums(ofMonomials: places.monomials))
        for correlator in correlators {
          let estimate =
            correlator.order > 2
            ? correlator.connectedDeviation
            : correlator.elements.max { ($0.full.value ?? 0) < ($1.full.value ?? 0) }?.full
          // An error that is known from few blocks is small by chance too easily.
          guard let value = estimate?.value, let error = estimate?.interval,
            error <= target * abs(value), (estimate?.degrees ?? .infinity) + 1 >= leastDegrees
          else { return false }
          isMeasured = true
        }
      }
    }
    return isMeasured
  }

  private func makeSampler(_ planned: PlannedPass) throws -> (any BatchSampler, Int) {
    let (base, samples) = try makeBaseSampler(planned)
    guard !planned.contractions.isEmpty else { return (base, samples) }
    return (
      ContractedSampler(
        base, outputs: planned.outputs, contractions: planned.contractions), samples
    )
  }

  private func makeBaseSampler(_ planned: PlannedPass) throws -> (any BatchSampler, Int) {
    let settings = study.sampling
    if let recorded = study.recorded { return try recorded.networks(study) }
    let item = study.cases[planned.cases[0]]
    if let theory = item.theory {
      let readout = study.readout(of: planned.quantity, item, points: planned.points)
      return (
        ScalarNetworkSampler(
          theory, interaction: item.interaction,
          grid: readout is ObservableReadout ? item.observedGrid : nil, readout: readout,
          seed: settings.seed), settings.networks
      )
    }
    let ensemble = planned.ensemble!
    if planned.tilted {
      return (
        TiltedUnitSampler(
          ensemble, points: planned.points, tuples: planned.monomials, seed: settings.seed),
        settings.networks
      )
    }
    return (
      NetworkSampler.make(
        ensemble, points: planned.points, quantity: planned.quantity, seed: settings.seed),
      settings.networks
    )
  }

  /// Brings a pass to a layout, reusing the cells and the products that are known.
  private func extend(
    _ planned: PlannedPass, sampler: any BatchSampler, layout: CellLayout, known: CellFile?,
    stop: StopSignal, progress: @escaping @Sendable (Int) -> Void
  ) throws -> (FinishedPass, Int, CellFile) {
    let slots = sampler.slots
    let products = products(of: planned, sampler)
    // Each tilted product is a slot of its own.
    let monomials = planned.tilted ? products.indices.map { [$0] } : products
    let plan = MomentPlan(slots: slots, monomials: monomials)
    let pass = SamplingPass(sampler: sampler, plan: plan, layout: layout)
    let header = try study.storageHeader(rule: sampler.rule, layout: layout)
    var description = CellFile.Description(
      pass: planned.key, monomials: products, points: planned.points.coordinates,
      tailSlots: sampler.tailSlots.count)
    var states: [CellState]?
    if let known {
      states = try reuse(
        known, planned: planned, products: products, plan: plan, layout: layout,
        rule: header.rule, empty: pass.emptyCell)
    }
    let before = states?.reduce(0) { $0 + $1.samples } ?? 0
    let file = directory.cellFile(planned)
    var observer = SamplingPass.Observer()
    observer.progress = progress
    let segments =
      study.sampling.saveOutputs && planned.quantity.isOutputs
      ? try OutputSegments(
        path: directory.segmentFile(planned), header: header,
        description: OutputSegments.Description(pass: planned.identifier, slots: slots),
        counted: states == nil ? 0 : known?.description.recorded ?? 0) : nil
    description.recorded = states == nil ? 0 : known?.description.recorded ?? 0
    let initial = description
    observer.checkpoint = { [study, opened, directory] cells in
      // Nothing drawn from a file that changed is kept.
      try study.recorded?.verifyUnchanged()
      var description = initial
      // Cells must not count outputs that a power failure could still take.
      if let segments { description.recorded = try segments.synchronize() }
      try CellFile(header: header, description: description, cells: cells).write(to: file)
      try opened.list(file)
      if segments != nil { try opened.list(directory.segmentFile(planned)) }
    }
    if let segments { observer.record = { try segments.append($0) } }
    let cells: [CellState]
    do {
      cells = try stop.holding {
        try pass.run(from: states, stop: stop, observer: observer)
      }
    } catch let error as NonFiniteSample {
      throw StudyError(nonFinite: error, study.cases[planned.cases[0]], planned.quantity)
    }
    let after = cells.reduce(0) { $0 + $1.samples }
    return (
      FinishedPass(
        planned: planned, plan: plan, layout: layout, tailSlots: sampler.tailSlots, cells: cells,
        rule: header.rule, segments: segments, products: products),
      after - before,
      CellFile(
        header: header, description: try recorded(description, in: segments), cells: cells)
    )
  }

  /// What is summed: the products of the plan, and with weights w all of them times w, w and w^2.
  private func products(of planned: PlannedPass, _ sampler: any BatchSampler) -> [[Int]] {
    guard let w = sampler.weightSlot else { return planned.monomials }
    return planned.monomials.map { $0 + [w] } + [[w], [w, w]]
  }

  /// A description that counts the outputs that are on the disk.
  private func recorded(_ description: CellFile.Description, in segments: OutputSegments?)
    throws(StudyError) -> CellFile.Description
  {
    guard let segments else { return description }
    var counted = description
    counted.recorded = try segments.synchronize()
    return counted
  }

  /// Cells of a saved pass in the order of a new plan. Products or points that the saved pass does not have
  /// make the networks be evaluated again, which is said: the cells then start empty.
  /// - Throws: `StudyError` (74) where the cells are not of this study.
  private func reuse(
    _ known: CellFile, planned: PlannedPass, products: [[Int]], plan: MomentPlan,
    layout: CellLayout, rule: String, empty: CellState
  ) throws(StudyError) -> [CellState]? {
    let (old, before) = (known.layout, known.description)
    func again(_ why: String) {
      let samples = known.cells.reduce(0) { $0 + $1.samples }
      note("\(samples) samples of an earlier run are drawn again: \(why)")
    }
    guard old.cellsPerRun == layout.cellsPerRun, old.runs <= layout.runs,
      old.samplesPerRun <= layout.samplesPerRun
    else {
      throw StudyError(
        .inputOutput,
        "\(directory.path): the cells of an earlier run are divided otherwise; give --overwrite to start again"
      )
    }
    guard known.header.rule == rule else {
      again("they were drawn as \(known.header.rule), now as \(rule)")
      return nil
    }
    guard before.points == planned.points.coordinates, before.tailSlots == empty.largest.count
    else {
      again("they were evaluated at other points")
      return nil
    }
    let place = Dictionary(
      before.monomials.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    let oldPlan = MomentPlan(
      slots: plan.slots,
      monomials: planned.tilted ? before.monomials.indices.map { [$0] } : before.monomials)
    var source = [Int](repeating: -1, count: plan.monomials.count)
    for (i, monomial) in products.enumerated() {
      guard let j = place[monomial] else {
        again("products are wanted that were not summed")
        return nil
      }
      source[plan.position[i]] = oldPlan.position[j]
    }
    let moved = known.cells.map { cell in
      CellState(
        batches: cell.batches, samples: cell.samples, sums: source.map { cell.sums[$0] },
        largest: cell.largest)
    }
    return layout.continuing(old, states: moved, empty: empty)
  }
}
