import Combinatorics
import Correlators
import Ensembles
import Foundation
import NumericalMethods
import Statistics

/// The six-point function as predicted from the four-point function, kappa neglected:
///
///     G6 = sum_15 K K K - 24 lambda_bar sum_15 K(ab) I4(cdef)
///
/// with the mean coupling of all tuples, or (`perTuple`) with the coupling of each tuple, which puts
/// Gc4(cdef) itself in place of -24 lambda I4 and does not depend on the cutoff (arXiv:2008.08601).
public struct SixPointPrediction: Sendable {
  public struct Element: Sendable {
    public let indices: [Int]
    /// G6_GP / G6.
    public let gaussian: Estimate
    /// (G6_GP + lambda_bar terms) / G6.
    public let prediction: Estimate
    /// (G6_GP + sum_15 K Gc4) / G6.
    public let perTuple: Estimate
  }

  public let cutoff: Double
  public let elements: [Element]
  /// Means over unique tuples.
  public let gaussian: Estimate
  public let prediction: Estimate
  public let perTuple: Estimate

  /// At every cutoff.
  ///
  /// - Parameter sample: connected correlators at the points, through order 6.
  /// - Throws: `IntegralUnavailable`.
  public static func all(
    _ propagator: Propagator, points: Points, cutoffs: [Double], sample: CumulantSample
  ) throws(IntegralUnavailable) -> [SixPointPrediction] {
    if let refusal = WorkBudget.refusal(
      "the six-point function at \(points.count) points",
      bytes: tupleCount(slots: points.count, order: 6) * 15 * (32 + 8 * Double(cutoffs.count)))
    {
      throw IntegralUnavailable(description: refusal)
    }
    let integrals = try VertexIntegrals(
      propagator, points: points,
      integrands: Multisets(slots: points.count, order: 4).tuples.map { .init($0) },
      cutoffs: cutoffs)
    return cutoffs.indices.map { SixPointPrediction(sample, integrals, cutoff: $0) }
  }

  private init(_ sample: CumulantSample, _ integrals: VertexIntegrals, cutoff c: Int) {
    let transform = sample.transform
    let fours = transform.multisets[4]
    let sixes = transform.multisets[6].tuples
    let own = fours.tuples.map { integrals.value(.init($0), cutoff: c) }
    let scale = own.map { abs($0.value) }.max() ?? 0
    let kept = own.indices.filter { !CouplingAnalysis.vanishes(own[$0], scale: scale) }
    // The fifteen ways to take a pair out of six.
    let splits = (0..<5).flatMap { i in (i + 1..<6).map { (i, $0) } }
    let places = sixes.map { x in
      splits.map { i, j in
        (
          pair: transform.multisets[2].index(of: [x[i], x[j]]),
          rest: fours.index(of: (0..<6).filter { $0 != i && $0 != j }.map { x[$0] })
        )
      }
    }
    let n = sixes.count
    let values = sample.estimate { tensors in
      let full = transform.moments(ofCumulants: tensors)[6]
      let wick = transform.moments(ofCumulants: tensors, through: 2)[6]
      let lambda =
        kept.reduce(0) { $0 - tensors[4][$1] / (24 * own[$1].value) }
        / Double(max(1, kept.count))
      var ratios = [[Double]](repeating: [], count: 3)
      for k in 0..<n {
        let terms = places[k].reduce(into: (0.0, 0.0)) { sum, p in
          sum.0 -= 24 * lambda * tensors[2][p.pair] * own[p.rest].value
          sum.1 += tensors[2][p.pair] * tensors[4][p.rest]
        }
        ratios[0].append(wick[k] / full[k])
        ratios[1].append((wick[k] + terms.0) / full[k])
        ratios[2].append((wick[k] + terms.1) / full[k])
      }
      func mean(_ x: [Double]) -> Double {
        let finite = x.filter(\.isFinite)
        return finite.isEmpty ? .nan : finite.reduce(0, +) / Double(finite.count)
      }
      return ratios.map(mean) + ratios.flatMap { $0 }
    }
    cutoff = integrals.cutoffs[c]
    gaussian = values[0]
    prediction = values[1]
    perTuple = values[2]
    elements = (0..<n).map { k in
      Element(
        indices: sixes[k], gaussian: values[3 + k], prediction: values[3 + n + k],
        perTuple: values[3 + 2 * n + k])
    }
  }
}
