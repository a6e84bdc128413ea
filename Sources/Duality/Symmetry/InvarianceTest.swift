import Foundation
import NumericalMethods
import Statistics

/// Whether many quantities that a symmetry makes zero are zero, from their means over blocks of the same
/// networks.
///
/// Two tests. Hotelling's T^2 over all of them at once, on the well-conditioned modes of their covariance
/// (above 1e-6 of the largest, and at most a quarter as many as there are blocks),
///
///     T^2 = C d^T S^-1 d,      (C - q) / (q (C - 1)) T^2 ~ F(q, C - q);
///
/// where there are more quantities than that, sums of them with random signs, chosen beforehand, are tested
/// instead. And Student's t with C - 1 degrees of freedom of the largest one, its p-value multiplied by how
/// many there are (Bonferroni). Normal and chi-square forms reject a true symmetry far too often.
public struct InvarianceTest: Sendable {
  /// Of T^2; nil where the test decides nothing.
  public let pValue: Double?
  public let modes: Int
  public let blocks: Int
  public let components: Int
  /// The quantity that lies farthest from zero in units of its error.
  public let largest: Largest?
  /// The smallest breaking of any one quantity, in units of its scale, that the largest-element test would
  /// have shown (at the level 0.01) with 90% probability; nil where nothing fluctuates.
  public let detectable: Double?
  /// Largest excess kurtosis of the modes over blocks: far above 0 the blocks are not Gaussian.
  public let kurtosis: Double
  /// Whether every network obeys the symmetry by itself, up to rounding.
  public let holdsIdentically: Bool
  /// Why nothing can be said; nil where the test has decided.
  public let undecided: String?

  public struct Largest: Sendable {
    public let component: Int
    public let value: Double
    public let error: Double
    /// Corrected for the number of quantities.
    public let pValue: Double
    public var sigma: Double { value / error }
  }

  /// Below this, in units of the scale, differences are rounding: outputs are summed in single precision.
  static let rounding = 2e-6

  /// Blocks below which no covariance is known.
  static let fewestBlocks = 8

  /// - Parameters:
  ///   - blocks: the number of blocks.
  ///   - weights: samples in each.
  ///   - scales: the size of each quantity, for units; above 0.
  ///   - seed: of the random signs.
  ///   - values: the means of all quantities over one block.
  /// - Complexity: blocks x components, and O(blocks^2 x modes).
  public init(
    blocks: Int, weights: [Double], scales: [Double], seed: UInt64,
    values: (Int) -> [Double]
  ) {
    let count = scales.count
    let limit = max(1, blocks / 4)
    let q = min(count, limit)
    // Each quantity joins one sum with a sign; where there are few, each is a sum of its own.
    var random = SeededGenerator(seed: seed, stream: "signs")
    let place = (0..<count).map { i in
      count <= limit ? i : Int(random.next() % UInt64(q))
    }
    let sign = (0..<count).map { _ in count <= limit || random.next() & 1 == 0 ? 1.0 : -1.0 }
    let total = weights.reduce(0, +)
    let mean = total / Double(blocks)
    var sum = [Double](repeating: 0, count: count)
    var squares = [Double](repeating: 0, count: count)
    var rows: [[Double]] = []
    for b in 0..<blocks {
      let v = values(b)
      var row = [Double](repeating: 0, count: q)
      let w = weights[b] / mean
      for i in 0..<count {
        let x = v[i] / scales[i]
        sum[i] += w * x
        squares[i] += w * x * x
        row[place[i]] += sign[i] * x
      }
      rows.append(row)
    }
    let c = Double(blocks)
    self.blocks = blocks
    components = count
    if let reason = Self.obstacle(blocks: blocks, sums: sum, squares: squares) {
      (pValue, modes, largest, detectable, kurtosis) = (nil, 0, nil, nil, 0)
      (holdsIdentically, undecided) = (false, reason)
      return
    }
    let means = sum.map { $0 / c }
    let errors = zip(squares, means).map { s, m in
      (max(0, s / c - m * m) / (c - 1)).squareRoot()
    }
    // Modes of the covariance over blocks.
    let centre = (0..<q).map { k in
      zip(rows, weights).reduce(0) { $0 + $1.1 / total * $1.0[k] }
    }
    let deviations = zip(rows, weights).map { row, w in
      let root = (w / mean).squareRoot()
      return zip(row, centre).map { root * ($0 - $1) }
    }
    let covariance = SymmetricMatrix(count: q) { i, j in
      deviations.reduce(0) { $0 + $1[i] * $1[j] } / (c - 1)
    }
    let kept = covariance.leadingModes(tolerance: 1e-6).filter {
      $0.value > Self.rounding * Self.rounding
    }
    modes = kept.count
    // Far above rounding, yet the same in all blocks: broken without any noise.
    let rigid = zip(means, errors).contains {
      abs($0) > 50 * Self.rounding && $1 < Self.rounding / c.squareRoot()
    }
    // Without a mode the symmetry holds network by network only where nothing fluctuates beyond rounding.
    let still = (0..<q).allSatisfy { covariance[$0, $0] <= Self.rounding * Self.rounding }
    holdsIdentically = kept.isEmpty && still && !rigid
    undecided = kept.isEmpty && !still && !rigid ? "no mode of the covariance is known" : nil
    if kept.isEmpty {
      pValue = rigid ? .leastNormalMagnitude : still ? 1 : nil
      kurtosis = 0
    } else {
      var t = 0.0
      var worst = -Double.infinity
      for mode in kept {
        let projection = zip(mode.vector, centre).reduce(0) { $0 + $1.0 * $1.1 }
        t += c * projection * projection / mode.value
        let along = deviations.map { zip(mode.vector, $0).reduce(0) { $0 + $1.0 * $1.1 } }
        let fourth = along.reduce(0) { $0 + $1 * $1 * $1 * $1 } / c
        worst = max(worst, fourth / (mode.value * mode.value) - 3)
      }
      let p = Double(kept.count)
      pValue = UpperTail.fisher((c - p) / (p * (c - 1)) * t, p, c - p)
      kurtosis = worst
    }

    // The largest one, where it fluctuates at all.
    let noisy = (0..<count).filter { errors[$0] > Self.rounding / c.squareRoot() }
    let top = noisy.max { abs(means[$0]) / errors[$0] < abs(means[$1]) / errors[$1] }
    largest = top.map { i in
      let single = UpperTail.studentTwoSided(abs(means[i]) / errors[i], degrees: c - 1)
      return Largest(
        component: i, value: means[i] * scales[i], error: errors[i] * scales[i],
        pValue: min(1, Double(noisy.count) * single))
    }
    let threshold = studentQuantile(0.01 / Double(max(1, noisy.count)), degrees: c - 1)
    detectable = noisy.map { errors[$0] }.min().map { (threshold + 1.2815515655) * $0 }
  }

  /// What keeps the test from deciding anything.
  private static func obstacle(blocks: Int, sums: [Double], squares: [Double]) -> String? {
    if sums.isEmpty { return "there is nothing to compare" }
    if blocks < fewestBlocks {
      return "\(blocks) blocks of networks tell no covariance: draw more networks"
    }
    let bad = zip(sums, squares).filter { !$0.isFinite || !$1.isFinite }.count
    return bad > 0 ? "\(bad) of \(sums.count) components are not finite" : nil
  }
}
