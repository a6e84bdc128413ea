import Combinatorics
import Correlators
import EffectiveAction
import Ensembles
import Foundation
import NumericalMethods
import Statistics

/// The flow of couplings with the cutoff of the vertices, at fixed correlators (arXiv:2008.08601):
///
///     lambda(L) = -Gc4 / (24 I4(L)),    beta(lambda) = L d lambda/dL = -lambda dlog I4/dlog L,
///
/// the mean over tuples of each; likewise kappa = -Gc6 / (720 I6), the exchange of two quartic vertices
/// left in. The derivative is that of the integral, over the faces of the box, not a difference of fits.
public struct CutoffFlow: Sendable {
  /// How a coupling behaves as the cutoff is lowered.
  public enum Behaviour: String, Sendable, Codable {
    /// It grows: beta / coupling < 0.
    case relevant
    case marginal
    /// It falls.
    case irrelevant
  }

  public struct Coupling: Sendable {
    /// Mean over tuples, at every cutoff.
    public let values: [Estimate]
    public let beta: [Estimate]
    /// beta / coupling tuple by tuple, the local exponent, mean over tuples: the integral alone.
    public let exponent: [Double]
    /// Slope and intercept of log10 |coupling| against log10 L over the finite cutoffs; nil with fewer
    /// than two, or where the mean changes sign.
    public let slope: Estimate?
    public let intercept: Estimate?
    public let behaviour: Behaviour?
  }

  public let cutoffs: [Double]
  public let lambda: Coupling
  public let kappa: Coupling?
  /// Largest share over cutoffs of tuples whose integral is negative: means over tuples then mean
  /// nothing.
  public let negativeIntegrals: Double

  /// - Parameter sample: connected correlators at the points through order 4, or 6 for kappa.
  /// - Throws: `IntegralUnavailable`.
  public init(
    _ propagator: Propagator, points: Points, cutoffs: [Double], sample: CumulantSample
  ) throws(IntegralUnavailable) {
    let orders = sample.transform.maximumOrder >= 6 ? [4, 6] : [4]
    let tuples = orders.map { Multisets(slots: points.count, order: $0).tuples }
    let integrals = try VertexIntegrals(
      propagator, points: points, integrands: tuples.joined().map { .init($0) }, cutoffs: cutoffs,
      derivatives: true)
    self.cutoffs = cutoffs
    var negative = 0.0
    func coupling(_ order: Int, _ tuples: [[Int]], _ factor: Double) -> Coupling {
      var kept: [[(tuple: Int, integral: Double, slope: Double)]] = []
      for c in cutoffs.indices {
        let own = tuples.map { integrals.value(.init($0), cutoff: c) }
        let scale = own.map { abs($0.value) }.max() ?? 0
        let row = own.indices.filter { !CouplingAnalysis.vanishes(own[$0], scale: scale) }.map {
          (
            tuple: $0, integral: own[$0].value,
            slope: integrals.slope(.init(tuples[$0]), cutoff: c).value
          )
        }
        negative = max(
          negative,
          Double(row.filter { $0.integral < 0 }.count) / Double(max(1, row.count)))
        kept.append(row)
      }
      let finite = cutoffs.indices.filter { cutoffs[$0].isFinite }
      let x = finite.map { log10(cutoffs[$0]) }
      let line =
        finite.count > 1 ? LinearFit(columns: [x.map { _ in 1 }, x]) : nil
      let n = cutoffs.count
      let all = sample.estimate { tensors in
        var means: [Double] = []
        var betas: [Double] = []
        for row in kept {
          let count = Double(max(1, row.count))
          var sums = (0.0, 0.0)
          for e in row {
            let value = -tensors[order][e.tuple] / (factor * e.integral)
            sums.0 += value
            sums.1 -= value * e.slope / e.integral
          }
          means.append(row.isEmpty ? .nan : sums.0 / count)
          betas.append(row.isEmpty ? .nan : sums.1 / count)
        }
        let fit = line?.solve(finite.map { log10(abs(means[$0])) }) ?? [.nan, .nan]
        return means + betas + [fit[1], fit[0]]
      }
      let exponents = kept.map { row in
        row.reduce(0.0) { $0 - $1.slope / $1.integral } / Double(max(1, row.count))
      }
      let means = Array(all[0..<n])
      let oneSign =
        means.allSatisfy { ($0.value ?? 0) > 0 } || means.allSatisfy { ($0.value ?? 0) < 0 }
      let last = exponents.last
      return Coupling(
        values: means, beta: Array(all[n..<2 * n]), exponent: exponents,
        slope: line == nil || !oneSign ? nil : all[2 * n],
        intercept: line == nil || !oneSign ? nil : all[2 * n + 1],
        behaviour: last.map { abs($0) < 1e-3 ? .marginal : $0 < 0 ? .relevant : .irrelevant })
    }
    lambda = coupling(4, tuples[0], 24)
    kappa = orders.count > 1 ? coupling(6, tuples[1], 720) : nil
    negativeIntegrals = negative
  }
}
