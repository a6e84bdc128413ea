import CSampling
import Ensembles
import Foundation
import NumericalMethods
import Sampling

/// The theory of infinite width as a Gaussian process: functions drawn from it, and its posterior
/// given data.
public struct GaussianProcess: Sendable {
  let ensemble: Ensemble

  /// Points in all beyond which a request is refused.
  public static let limit = 12_000

  public struct Failure: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether the data contradict the prior, which noise in them would mend.
    public var needsNoise = false
  }

  public init(_ ensemble: Ensemble) { self.ensemble = ensemble }

  /// Functions drawn at points.
  public struct Draws: Sendable, Codable {
    /// `values[draw][point]`.
    public var values: [[Double]]
    /// Independent directions of the functions at these points: fewer than points where the kernel is
    /// singular to rounding.
    public var rank: Int
  }

  func kernel(_ points: Points, rates: InfiniteWidthKernel.LearningRates? = nil)
    throws(Failure) -> InfiniteWidthKernel
  {
    guard points.count <= Self.limit else {
      throw Failure(
        description:
          "\(points.count) points make a matrix of \(points.count)^2; use up to \(Self.limit)")
    }
    // The matrices of the points, what is solved with them, and the answer.
    let n = Double(points.count)
    if let refusal = WorkBudget.refusal(
      "a Gaussian process at \(points.count) points", bytes: 8 * n * n * 5)
    {
      throw Failure(description: refusal)
    }
    do {
      return try InfiniteWidthKernel(ensemble, points: points, tangent: rates)
    } catch {
      throw Failure(description: error.description)
    }
  }

  /// Draws `count` functions from the prior, in the directions in which its kernel is not zero to rounding.
  /// Cost O(n^3 / 3 + count n^2).
  /// - Throws: `Failure` where there is no kernel, or it does not fit into the memory of the work budget.
  public func draw(_ points: Points, count: Int, seed: UInt64) throws(Failure) -> Draws {
    let n = points.count
    if let refusal = WorkBudget.refusal(
      "\(count) functions at \(n) points", bytes: 24 * Double(count) * Double(n))
    {
      throw Failure(description: refusal)
    }
    let matrix = try kernel(points).matrix
    // Pivots that are rounding may come out above zero: the condition tells.
    let whole = CholeskyFactor(matrix).flatMap {
      $0.reciprocalCondition > 4 * 0x1p-53 * Double(n) ? $0 : nil
    }
    // Functions at equal points, or of few parameters, lie in fewer directions than there are points.
    let part = whole == nil ? PivotedFactor(matrix) : nil
    guard whole != nil || part != nil else {
      throw Failure(description: "the kernel at these points is not finite")
    }
    var normals = [Double](repeating: 0, count: n * count)
    let source = fw_make_source(
      Int32(FW_GAUSSIAN), 1, 0,
      streamHash("gaussian process \(ensemble.streamName(lastWidth: 0))"))
    let padded = (n + 3) & ~3
    var block = [Float](repeating: 0, count: padded * Int(FW_LANES) + 16)
    for first in stride(from: 0, to: count, by: Int(FW_LANES)) {
      fw_variates(
        InstructionSet.chosen.level, source, fw_networks(seed: seed, run: 0, first: UInt64(first)),
        0, Int64(padded), &block)
      for lane in 0..<min(Int(FW_LANES), count - first) {
        for i in 0..<n {
          normals[i * count + first + lane] = Double(block[i * Int(FW_LANES) + lane])
        }
      }
    }
    let values = whole?.times(normals, columns: count) ?? part?.times(normals, columns: count) ?? []
    return Draws(
      values: (0..<count).map { c in (0..<n).map { values[$0 * count + c] } },
      rank: part?.rank ?? n)
  }
}
