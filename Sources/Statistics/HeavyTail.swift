import Foundation
import NumericalMethods

/// The largest values of |x| among many samples, kept while streaming, and what they say about
/// the tail of the distribution.
public struct LargestValues: Sendable, Hashable, Codable {
  /// Values kept.
  public static let capacity = 64
  /// The largest |x|, unordered, at most `capacity`.
  public private(set) var values: [Double] = []
  private var least = 0.0

  public init(values: [Double] = []) {
    for v in values { insert(v) }
  }

  public mutating func insert(_ x: Double) {
    let size = abs(x)
    if values.count < Self.capacity {
      values.append(size)
      if values.count == Self.capacity { least = values.min() ?? 0 }
    } else if size > least {
      if let k = values.firstIndex(of: least) { values[k] = size }
      least = values.min() ?? 0
    }
  }
}

/// What the largest samples of a quantity say about its n-th moment.
public struct TailReport: Sendable, Hashable, Codable {
  /// Share of the sum of |x|^n carried by the largest 0.01% of the samples.
  public let share: Double
  /// The same share for a Gaussian.
  public let gaussianShare: Double
  /// Hill estimate of the tail index over those samples.
  public let hillIndex: Double
  /// Kurtosis of the block means: 3 where the blocks are large enough for a normal error.
  public let blockKurtosis: Double

  /// - Parameters:
  ///   - largest: largest values of each of several disjoint blocks.
  ///   - samples: samples in all blocks.
  ///   - power: n.
  ///   - blocks: samples and sum of |x|^n of each block.
  /// - Returns: nil with fewer than 10 values among the largest 0.01%, or a sum of zero.
  public init?(
    largest: [LargestValues], power: Int, blocks: [(samples: Double, sum: Double)]
  ) {
    let samples = blocks.reduce(0) { $0 + $1.samples }
    let sum = blocks.reduce(0) { $0 + $1.sum }
    let wanted = Int(samples * 1e-4)
    guard wanted >= 10, sum > 0, sum.isFinite else { return nil }
    let ordered = largest.flatMap(\.values).sorted(by: >).prefix(wanted)
    guard ordered.count >= 10, let threshold = ordered.last, threshold > 0 else { return nil }
    share = ordered.reduce(0) { $0 + pow($1, Double(power)) } / sum
    hillIndex =
      Double(ordered.count) / max(1e-300, ordered.reduce(0) { $0 + log($1 / threshold) })
    gaussianShare = Self.gaussianShare(power: power)
    let mean = sum / samples
    let deviations = blocks.filter { $0.samples > 0 }.map { ($0.sum / $0.samples - mean) }
    let second = deviations.reduce(0) { $0 + $1 * $1 } / Double(deviations.count)
    let fourth = deviations.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(deviations.count)
    blockKurtosis = second > 0 ? fourth / (second * second) : 3
  }

  /// Share of E|x|^n beyond the 0.01% quantile of a standard normal.
  static func gaussianShare(power: Int) -> Double {
    // Beyond t = 3.8906, with t^2/2 = 7.568: an upper incomplete gamma function.
    1 - regularizedGamma(Double(power + 1) / 2, 7.5683)
  }

  /// A tail is heavy for the n-th moment where the largest 0.01% of the samples carry most of
  /// the moment's sum, or a quarter of it with a tail index below 2n (infinite variance) or block
  /// means that are far from normal.
  public func isHeavy(power: Int) -> Bool {
    share > 0.5
      || (share > max(0.25, 2 * gaussianShare)
        && (hillIndex < 2 * Double(power) || blockKurtosis > 20))
  }
}
