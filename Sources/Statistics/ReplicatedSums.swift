/// Sums of M sampled quantities over fixed, disjoint sets of samples: the blocks into which every run is
/// divided, and the runs.
///
/// Everything derived from them (means, cumulants, fits) gets its error by leaving out one block at a time;
/// there are at least 64 of them whatever the number of runs, if enough samples were drawn. Runs are the
/// replicates of published work.
public struct ReplicatedSums: Sendable {
  /// What is left out.
  public enum Replicate: Sendable { case block, run }

  public let runCounts: [Double]
  public let runSums: [[Double]]
  public let blockCounts: [Double]
  public let blockSums: [[Double]]
  private let total: [Double]

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
    let all = Array(blocks.joined()).filter { $0.count > 0 }
    self.init(
      runCounts: runCounts, runSums: runSums, blockCounts: all.map(\.count),
      blockSums: all.map(\.sums), moments: moments)
  }

  private init(
    runCounts: [Double], runSums: [[Double]], blockCounts: [Double], blockSums: [[Double]],
    moments: Int
  ) {
    self.runCounts = runCounts
    self.runSums = runSums
    self.blockCounts = blockCounts
    self.blockSums = blockSums
    var sum = [Double](repeating: 0, count: moments)
    for run in runSums { for i in sum.indices { sum[i] += run[i] } }
    total = sum
  }

  /// Sums of w f, the last of which are those of the weights w, as sums whose counts are those of the weights:
  /// means are then sum w f / sum w.
  public var weightedByLast: ReplicatedSums {
    let blocks = blockSums.filter { ($0.last ?? 0) > 0 }
    let runs = runSums.filter { ($0.last ?? 0) > 0 }
    return ReplicatedSums(
      runCounts: runs.map { $0.last ?? 0 }, runSums: runs.map { Array($0.dropLast()) },
      blockCounts: blocks.map { $0.last ?? 0 }, blockSums: blocks.map { Array($0.dropLast()) },
      moments: max(0, total.count - 1))
  }

  public var samples: Double { runCounts.reduce(0, +) }

  /// Means over all samples.
  public var means: [Double] {
    let n = samples
    return total.map { $0 / n }
  }

  /// Means of each run alone.
  public var runMeans: [[Double]] { zip(runSums, runCounts).map { s, n in s.map { $0 / n } } }

  /// Samples in each replicate.
  public func counts(_ replicate: Replicate) -> [Double] {
    replicate == .block ? blockCounts : runCounts
  }

  /// Means with one replicate left out.
  public func means(without r: Int, _ replicate: Replicate = .block) -> [Double] {
    let part = replicate == .block ? blockSums[r] : runSums[r]
    let rest = samples - counts(replicate)[r]
    return total.indices.map { (total[$0] - part[$0]) / rest }
  }

  /// A function of the means with each replicate left out in turn; one set of means exists at a time.
  public func leavingOut<T>(_ replicate: Replicate = .block, _ derived: ([Double]) -> T) -> [T] {
    counts(replicate).indices.map { derived(means(without: $0, replicate)) }
  }

  /// Functions of the means with their jackknife errors.
  /// - Complexity: one evaluation a replicate, memory for one of them.
  public func estimates(_ replicate: Replicate = .block, _ derived: ([Double]) -> [Double])
    -> [Estimate]
  {
    let counts = counts(replicate)
    var sums = JackknifeSums(Jackknife(counts: counts), full: derived(means))
    for r in counts.indices { sums.leaveOut(r, derived(means(without: r, replicate))) }
    return sums.estimates
  }
}
