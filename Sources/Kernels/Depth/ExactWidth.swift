import Combinatorics
import Ensembles
import NumericalMethods

/// Exact cumulants of the random kernel Kh at finite width, for the nets whose moments close:
/// linear nets at any inputs, and (leaky-)relu nets at a single input.
///
/// Given the layer below, E[Kh'_ab Kh'_cd] is a polynomial in Kh:
///
///     linear:      Cb^2 + Cb Cw (Kh_ab + Kh_cd) + Cw^2 [Kh_ab Kh_cd + (Kh_ac Kh_bd + Kh_ad Kh_bc)/n]
///     leaky relu:  <s^2>_K = A_2 K, <s^4>_K = 3 A_4 K^2, <s^6>_K = 15 A_6 K^3, A_k = (a+^k + a-^k)/2
///
/// Cumulants go from layer to layer by the laws of total covariance and cumulance: sums of positive terms, which
/// keep their digits at any width, where moments minus products lose n^2 of them.
///
/// Without biases E[Kh^2]/E[Kh]^2 = prod_l (1 + r/n_l), r = 3 A_4/A_2^2 - 1 (arXiv:1909.11304).
public struct ExactWidth: Sendable {
  /// E[Kh_ab] of the last layer; nil where it is not known.
  public let mean: @Sendable (Int, Int) -> Double?
  /// Cov(Kh_ab, Kh_cd).
  public let covariance: @Sendable (Int, Int, Int, Int) -> Double?
  /// Third cumulant of Kh_aa.
  public let third: @Sendable (Int) -> Double?

  /// nil where the hidden units are of another kind, or the ensemble has no kernel.
  public init?(_ ensemble: Ensemble, points: Points) {
    guard InfiniteWidthKernel.whyUnavailable(ensemble) == nil, ensemble.correlation == nil else {
      return nil
    }
    let slopes = ensemble.hidden.map { PairDerivatives.slopes(of: $0.activation.unit) }
    guard slopes.allSatisfy({ $0 != nil }) else { return nil }
    let first = SymmetricMatrix(count: points.count) {
      ensemble.preactivationCovariance(points[$0], points[$1])
    }
    let single = (0..<points.count).map {
      Self.single(ensemble, first[$0, $0], slopes.map { $0! })
    }
    if slopes.allSatisfy({ $0! == (1, 1) }), points.count <= 20 {
      let pairs = Multisets(slots: points.count, order: 2)
      let (means, covariances) = Self.linear(ensemble, first, pairs)
      mean = { a, b in means[a, b] }
      covariance = { a, b, c, d in
        covariances[pairs.index(of: [a, b].sorted()), pairs.index(of: [c, d].sorted())]
      }
    } else {
      mean = { a, b in a == b ? single[a].mean : nil }
      covariance = { a, b, c, d in a == b && b == c && c == d ? single[a].variance : nil }
    }
    third = { single[$0].third }
  }

  /// Mean, variance and third cumulant of Kh at one input.
  private static func single(
    _ ensemble: Ensemble, _ first: Double, _ slopes: [(below: Double, above: Double)]
  ) -> (mean: Double, variance: Double, third: Double) {
    var (mean, variance, third) = (first, 0.0, 0.0)
    for (l, slope) in slopes.enumerated() {
      func power(_ k: Int) -> Double {
        var (up, down) = (1.0, 1.0)
        for _ in 0..<k {
          up *= slope.above
          down *= slope.below
        }
        return 0.5 * (up + down)
      }
      let n = Double(ensemble.hidden[l].width)
      let cw = ensemble.weightVariance(layer: l + 1)
      let cb = ensemble.biasVariance(layer: l + 1)
      // Cumulants of s^2 given Kh = 1: A_2, 3 A_4 - A_2^2, 15 A_6 - 9 A_4 A_2 + 2 A_2^3.
      let (a2, a4, a6) = (power(2), power(4), power(6))
      let (k1, k2) = (a2, 3 * a4 - a2 * a2)
      let k3 = 15 * a6 - 9 * a4 * a2 + 2 * a2 * a2 * a2
      // E Kh^2, E Kh^3 and Cov(Kh, Kh^2).
      let square = variance + mean * mean
      let cube = third + 3 * mean * variance + mean * mean * mean
      let mixed = third + 2 * mean * variance
      let change = k3 * cube / (n * n) + 3 * k1 * k2 * mixed / n + k1 * k1 * k1 * third
      third = cw * cw * cw * change
      variance = cw * cw * (k1 * k1 * variance + k2 * square / n)
      mean = cb + cw * k1 * mean
    }
    return (mean, variance, third)
  }

  /// E[Kh_ab] and Cov(Kh_ab, Kh_cd) of a linear net.
  private static func linear(_ ensemble: Ensemble, _ first: SymmetricMatrix, _ pairs: Multisets)
    -> (SymmetricMatrix, SymmetricMatrix)
  {
    let tuples = pairs.tuples
    func place(_ a: Int, _ b: Int) -> Int { pairs.index(of: a < b ? [a, b] : [b, a]) }
    var mean = first
    var covariance = SymmetricMatrix(count: tuples.count)
    for l in ensemble.hidden.indices {
      let n = Double(ensemble.hidden[l].width)
      let cw = ensemble.weightVariance(layer: l + 1)
      let cb = ensemble.biasVariance(layer: l + 1)
      let (below, own) = (mean, covariance)
      func product(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Double {
        own[place(a, b), place(c, d)] + below[a, b] * below[c, d]
      }
      covariance = SymmetricMatrix(count: tuples.count) { p, q in
        let (a, b, c, d) = (tuples[p][0], tuples[p][1], tuples[q][0], tuples[q][1])
        let crossed = product(a, c, b, d) + product(a, d, b, c)
        return cw * cw * (own[p, q] + crossed / n)
      }
      mean = SymmetricMatrix(count: below.count) { cb + cw * below[$0, $1] }
    }
    return (mean, covariance)
  }
}
