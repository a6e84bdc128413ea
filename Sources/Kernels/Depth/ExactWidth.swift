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
      let (means, products) = Self.linear(ensemble, first, pairs)
      mean = { a, b in means[a, b] }
      covariance = { a, b, c, d in
        products[pairs.index(of: [a, b].sorted()), pairs.index(of: [c, d].sorted())]
          - means[a, b] * means[c, d]
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
    var m = (first, first * first, first * first * first)
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
      // Moments of y = (1/n) sum s^2 in units of Kh, Kh^2, Kh^3.
      let (u1, u2, u3) = (power(2), 3 * power(4), 15 * power(6))
      let y1 = u1 * m.0
      let y2 = (u2 / n + (n - 1) / n * u1 * u1) * m.1
      let y3 =
        (u3 + 3 * (n - 1) * u2 * u1 + (n - 1) * (n - 2) * u1 * u1 * u1) / (n * n) * m.2
      m = (
        cb + cw * y1, cb * cb + 2 * cb * cw * y1 + cw * cw * y2,
        cb * cb * cb + 3 * cb * cb * cw * y1 + 3 * cb * cw * cw * y2 + cw * cw * cw * y3
      )
    }
    return (m.0, m.1 - m.0 * m.0, m.2 - 3 * m.0 * m.1 + 2 * m.0 * m.0 * m.0)
  }

  /// E[Kh_ab] and E[Kh_ab Kh_cd] of a linear net.
  private static func linear(_ ensemble: Ensemble, _ first: SymmetricMatrix, _ pairs: Multisets)
    -> (SymmetricMatrix, SymmetricMatrix)
  {
    let tuples = pairs.tuples
    func place(_ a: Int, _ b: Int) -> Int { pairs.index(of: a < b ? [a, b] : [b, a]) }
    var mean = first
    var product = SymmetricMatrix(count: tuples.count) {
      first[tuples[$0][0], tuples[$0][1]] * first[tuples[$1][0], tuples[$1][1]]
    }
    for l in ensemble.hidden.indices {
      let n = Double(ensemble.hidden[l].width)
      let cw = ensemble.weightVariance(layer: l + 1)
      let cb = ensemble.biasVariance(layer: l + 1)
      let (below, squares) = (mean, product)
      product = SymmetricMatrix(count: tuples.count) { p, q in
        let (a, b, c, d) = (tuples[p][0], tuples[p][1], tuples[q][0], tuples[q][1])
        let crossed = squares[place(a, c), place(b, d)] + squares[place(a, d), place(b, c)]
        return cb * cb + cb * cw * (below[a, b] + below[c, d])
          + cw * cw * (squares[p, q] + crossed / n)
      }
      mean = SymmetricMatrix(count: below.count) { cb + cw * below[$0, $1] }
    }
    return (mean, product)
  }
}
