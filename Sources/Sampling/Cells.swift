import Statistics

/// How the samples of a pass are divided: runs, and within each run interleaved cells that are
/// summed one after the other, in order, by one thread at a time.
///
/// Batch k of a run belongs to cell k mod `cellsPerRun`; an incomplete last batch is kept apart,
/// as the cell of index `cellsPerRun`, so that a run can be extended. No sum depends on how the
/// work is split, where it is interrupted, or how long the run will be.
public struct CellLayout: Sendable, Hashable, Codable {
  public let runs: Int
  public let samplesPerRun: Int
  public let cellsPerRun: Int

  public init(runs: Int, samplesPerRun: Int, cellsPerRun: Int) {
    self.runs = runs
    self.samplesPerRun = samplesPerRun
    self.cellsPerRun = cellsPerRun
  }

  /// The smallest power of two of cells per run that gives at least `blocks` in all.
  public static func cellsPerRun(blocks: Int, runs: Int) -> Int {
    var cells = 1
    while cells * runs < blocks { cells *= 2 }
    return cells
  }

  public var fullBatches: Int { samplesPerRun / batchSize }
  public var remainder: Int { samplesPerRun % batchSize }
  public var cells: Int { runs * (cellsPerRun + 1) }

  /// Blocks that hold samples.
  public var blocks: Int {
    samplesPerRun > 0 ? runs * max(1, min(cellsPerRun, fullBatches)) : 0
  }

  /// Batches of cell `index` (run * (cellsPerRun + 1) + cell).
  public func batches(ofCell index: Int) -> Int {
    let cell = index % (cellsPerRun + 1)
    if cell == cellsPerRun { return remainder > 0 ? 1 : 0 }
    return fullBatches > cell ? (fullBatches - cell - 1) / cellsPerRun + 1 : 0
  }

  /// First sample and number of samples of batch k of a cell.
  func batch(_ k: Int, ofCell index: Int) -> (first: Int, count: Int) {
    let cell = index % (cellsPerRun + 1)
    if cell == cellsPerRun { return (fullBatches * batchSize, remainder) }
    return ((cell + k * cellsPerRun) * batchSize, batchSize)
  }

  public func run(ofCell index: Int) -> Int { index / (cellsPerRun + 1) }
}

/// The sums of one cell, and how far it has come.
public struct CellState: Sendable, Hashable {
  public var batches = 0
  public var samples = 0
  public var sums: [Double]
  public var largest: [LargestValues]

  public init(moments: Int, tailSlots: Int) {
    sums = [Double](repeating: 0, count: moments)
    largest = [LargestValues](repeating: LargestValues(), count: tailSlots)
  }

  public init(batches: Int, samples: Int, sums: [Double], largest: [LargestValues]) {
    self.batches = batches
    self.samples = samples
    self.sums = sums
    self.largest = largest
  }
}

extension CellLayout {
  /// Cells of this layout that continue those of a shorter one: same cells per run, no fewer runs
  /// or samples. Only an incomplete last batch is started anew.
  public func continuing(_ old: CellLayout, states: [CellState], empty: CellState) -> [CellState] {
    precondition(old.cellsPerRun == cellsPerRun && old.runs <= runs)
    var result = [CellState](repeating: empty, count: cells)
    for (i, state) in states.enumerated() { result[i] = state }
    if old.samplesPerRun != samplesPerRun {
      for run in 0..<old.runs { result[run * (cellsPerRun + 1) + cellsPerRun] = empty }
    }
    return result
  }

  /// Sums over runs and blocks of finished cells, the moments in the order `position` gives.
  public func replicatedSums(_ states: [CellState], position: [Int]) -> ReplicatedSums {
    let blocks = (0..<runs).map { run -> [(count: Double, sums: [Double])] in
      let base = run * (cellsPerRun + 1)
      let tail = states[base + cellsPerRun]
      // An incomplete batch is no block of its own where there is a full one to join.
      let tailCell = fullBatches < cellsPerRun ? max(0, fullBatches - 1) : fullBatches % cellsPerRun
      return (0..<cellsPerRun).map { cell in
        let state = states[base + cell]
        let joined = cell == tailCell && tail.samples > 0
        return (
          Double(state.samples + (joined ? tail.samples : 0)),
          position.map { state.sums[$0] + (joined ? tail.sums[$0] : 0) }
        )
      }
    }
    return ReplicatedSums(blocks: blocks, moments: position.count)
  }
}
