/// Sums of M sampled quantities over fixed, disjoint sets of samples: the runs, and the blocks
/// into which each run is divided.
///
/// Everything derived from them (means, cumulants, fits) gets its error by leaving out one set at
/// a time.
public struct ReplicatedSums: Sendable {
  public let runCounts: [Double]
  public let runSums: [[Double]]
  public let blockCounts: [Double]
  public let blockSums: [[Double]]

  /// `blocks[r]` holds the blocks of run r; empty blocks are dropped.
  public init(blocks: [[(count: Double, sums: [Double])]], moments: Int) {
    var runCounts: [Double] = []
    var runSums: [[Double]] = []
    for run in blocks {
      var sum = [Double](repeating: 0, count: moments)
      for block in run { for i in sum.indices { sum[i] += block.sums[i] } }
      runSums.append(sum)
      runCounts.append(run.reduce(0) { $0 + $1.count })
    }
    self.runCounts = runCounts
    self.runSums = runSums
    let all = Array(blocks.joined()).filter { $0.count > 0 }
    blockCounts = all.map(\.count)
    blockSums = all.map(\.sums)
  }

  private init(
    runCounts: [Double], runSums: [[Double]], blockCounts: [Double], blockSums: [[Double]]
  ) {
    self.runCounts = runCounts
    self.runSums = runSums
    self.blockCounts = blockCounts
    self.blockSums = blockSums
  }

  /// Sums of w f, the last of which are those of the weights w, as sums whose counts are those of the weights:
  /// means are then sum w f / sum w.
  public var weightedByLast: ReplicatedSums {
    let blocks = zip(blockSums, blockCounts).filter { ($0.0.last ?? 0) > 0 }
    return ReplicatedSums(
      runCounts: runSums.map { $0.last ?? 0 }, runSums: runSums.map { Array($0.dropLast()) },
      blockCounts: blocks.map { $0.0.last ?? 0 }, blockSums: blocks.map { Array($0.0.dropLast()) })
  }

  public var samples: Double { runCounts.reduce(0, +) }

  private var total: [Double] {
    var sum = [Double](repeating: 0, count: runSums[0].count)
    for run in runSums { for i in sum.indices { sum[i] += run[i] } }
    return sum
  }

  /// Means over all samples.
  public var means: [Double] {
    let n = samples
    return total.map { $0 / n }
  }

  /// Means with one run left out, run by run.
  public var meansWithoutRun: [[Double]] { leaveOneOut(runSums, runCounts) }

  /// Means with one block left out, block by block.
  public var meansWithoutBlock: [[Double]] { leaveOneOut(blockSums, blockCounts) }

  /// Means of each run alone.
  public var runMeans: [[Double]] { zip(runSums, runCounts).map { s, n in s.map { $0 / n } } }

  private func leaveOneOut(_ sums: [[Double]], _ counts: [Double]) -> [[Double]] {
    let all = total
    let n = samples
    return zip(sums, counts).map { part, count in
      all.indices.map { (all[$0] - part[$0]) / (n - count) }
    }
  }
}
