import Dispatch
import Foundation
import NumericalMethods
import Statistics
import Synchronization

/// One pass over the networks of one ensemble: draws every batch of every cell once and sums the
/// planned products.
public struct SamplingPass: Sendable {
  public let sampler: any BatchSampler
  public let plan: MomentPlan
  public let layout: CellLayout
  public let level: InstructionSet

  public init(
    sampler: any BatchSampler, plan: MomentPlan, layout: CellLayout,
    level: InstructionSet = .chosen
  ) {
    precondition(plan.slots == sampler.slots)
    self.sampler = sampler
    self.plan = plan
    self.layout = layout
    self.level = level
  }

  public var emptyCell: CellState {
    CellState(moments: plan.monomials.count, tailSlots: sampler.tailSlots.count)
  }

  /// Raw slots of consecutive batches of a cell, handed to a recorder before the cell counts them.
  public struct Record: Sendable {
    public let run: Int
    /// First sample of each batch and the samples in it.
    public let batches: [(first: Int, count: Int)]
    /// `values[(batch * 64 + i) * slots + s]`
    public let values: [Float]
  }

  /// What a pass reports to while it runs. All are called under one lock.
  public struct Observer: Sendable {
    public var progress: @Sendable (_ samplesDone: Int) -> Void = { _ in }
    /// Called about every `checkpointInterval` seconds, and once at the end.
    public var checkpoint: @Sendable ([CellState]) throws -> Void = { _ in }
    public var checkpointInterval = 2.0
    public var record: (@Sendable (Record) throws -> Void)?

    public init() {}
  }

  private struct Shared: Sendable {
    var states: [CellState]
    var pending: [Int]
    var samplesDone: Int
    var lastCheckpoint: Date
    var failure: (any Error)?
  }

  /// Draws what is missing from `states` and returns the cells.
  ///
  /// - Parameters:
  ///   - states: cells to continue; nil for a fresh start.
  ///   - threads: a budget of its own of so many; nil: the current one. The result is the same for any.
  /// - Throws: what the sampler, the checkpoint or the recorder throws; `NonFiniteSample` for sums that are
  ///   no finite numbers; `CancellationError` after a stop, when a last checkpoint has been written.
  public func run(
    from states: [CellState]? = nil, threads: Int? = nil, stop: StopSignal = StopSignal(),
    observer: Observer = Observer()
  ) throws -> [CellState] {
    let initial = states ?? [CellState](repeating: emptyCell, count: layout.cells)
    let pending = (0..<layout.cells).filter { initial[$0].batches < layout.batches(ofCell: $0) }
    let shared = Mutex(
      Shared(
        states: initial, pending: pending.reversed(),
        samplesDone: initial.reduce(0) { $0 + $1.samples }, lastCheckpoint: Date()))
    if !pending.isEmpty {
      let budget = threads.map { WorkBudget(threads: $0, stop: stop) } ?? .current
      budget.work(atMost: pending.count) { work(shared, stop, observer) }
    }
    return try shared.withLock { shared in
      if let failure = shared.failure { throw failure }
      let finished = shared.pending.isEmpty && !stop.isStopped
      if !pending.isEmpty { try observer.checkpoint(shared.states) }
      if !finished
        && shared.states.indices.contains(where: {
          shared.states[$0].batches < layout.batches(ofCell: $0)
        })
      {
        throw CancellationError()
      }
      return shared.states
    }
  }

  /// One worker: takes a cell, advances it for a while, gives it back.
  private func work(_ shared: borrowing Mutex<Shared>, _ stop: StopSignal, _ observer: Observer) {
    let workspace = sampler.makeWorkspace()
    let arrays = AlignedBuffer<Double>(count: plan.arrays * batchSize)
    while !stop.isStopped {
      let taken = shared.withLock { shared -> (Int, CellState)? in
        guard shared.failure == nil, let index = shared.pending.popLast() else { return nil }
        return (index, shared.states[index])
      }
      guard let (index, taken) = taken else { return }
      var state = taken
      let before = state.samples
      do {
        let record = try advance(&state, cell: index, arrays, workspace, stop, observer)
        // Once lost, a sum stays lost: it is enough to look now and then.
        guard state.sums.allSatisfy(\.isFinite) else {
          throw try nonFinite(
            from: taken.batches, to: state.batches, cell: index, arrays, workspace)
        }
        try shared.withLock { shared in
          if let record { try observer.record?(record) }
          shared.states[index] = state
          if state.batches < layout.batches(ofCell: index) { shared.pending.append(index) }
          shared.samplesDone += state.samples - before
          observer.progress(shared.samplesDone)
          if Date().timeIntervalSince(shared.lastCheckpoint) > observer.checkpointInterval {
            let start = Date()
            try observer.checkpoint(shared.states)
            // Writing never takes more than a twentieth of the time.
            let cost = Date().timeIntervalSince(start)
            shared.lastCheckpoint = Date().addingTimeInterval(
              max(0, 20 * cost - observer.checkpointInterval))
          }
        }
      } catch {
        shared.withLock { $0.failure = $0.failure ?? error }
        return
      }
    }
  }

  /// Draws batches of a cell again to find the sample that spoilt its sums.
  private func nonFinite(
    from: Int, to: Int, cell: Int, _ arrays: AlignedBuffer<Double>, _ workspace: AnyObject
  ) throws -> NonFiniteSample {
    let run = layout.run(ofCell: cell)
    var sums = [Double](repeating: 0, count: plan.monomials.count)
    for batch in from..<to {
      let (first, count) = layout.batch(batch, ofCell: cell)
      try sampler.sample(
        run: run, first: first, count: count, into: arrays.pointer, workspace: workspace)
      if let found = NonFiniteSample.first(
        in: arrays.pointer, count: sampler.slots, run: run, first: first, samples: count)
      {
        return found
      }
      sums.withUnsafeMutableBufferPointer {
        if let sums = $0.baseAddress {
          plan.accumulate(level: level, arrays: arrays.pointer, sums: sums)
        }
      }
      if let value = sums.first(where: { !$0.isFinite }) {
        return NonFiniteSample(run: run, sample: first, slot: nil, value: value)
      }
    }
    return NonFiniteSample(
      run: run, sample: layout.batch(from, ofCell: cell).first, slot: nil, value: .infinity)
  }

  /// Runs batches of a cell for about a tenth of a second.
  private func advance(
    _ state: inout CellState, cell: Int, _ arrays: AlignedBuffer<Double>, _ workspace: AnyObject,
    _ stop: StopSignal, _ observer: Observer
  ) throws -> Record? {
    let total = layout.batches(ofCell: cell)
    let deadline = DispatchTime.now() + 0.1
    let slots = sampler.slots
    var batches: [(first: Int, count: Int)] = []
    var values: [Float] = []
    repeat {
      let (first, count) = layout.batch(state.batches, ofCell: cell)
      try sampler.sample(
        run: layout.run(ofCell: cell), first: first, count: count, into: arrays.pointer,
        workspace: workspace)
      if observer.record != nil {
        batches.append((first, count))
        for i in 0..<count {
          for s in 0..<slots {
            let value = arrays.pointer[s * batchSize + i]
            values.append(Float(value))
            guard Float(value).isFinite else {
              throw NonFiniteSample(
                run: layout.run(ofCell: cell), sample: first + i, slot: s, value: value)
            }
          }
        }
      }
      for (k, slot) in sampler.tailSlots.enumerated() {
        for i in 0..<count { state.largest[k].insert(arrays.pointer[slot * batchSize + i]) }
      }
      state.sums.withUnsafeMutableBufferPointer {
        if let sums = $0.baseAddress {
          plan.accumulate(level: level, arrays: arrays.pointer, sums: sums)
        }
      }
      state.batches += 1
      state.samples += count
    } while state.batches < total && !stop.isStopped && DispatchTime.now() < deadline
      && values.count < 1 << 20
    return observer.record == nil
      ? nil : Record(run: layout.run(ofCell: cell), batches: batches, values: values)
  }
}
