import Combinatorics
import Ensembles
import Foundation
import Kernels

/// The connected four-point function of exchangeable neurons, each odd in itself, split exactly
/// (arXiv:2307.03223):
///
///     Gc4 = (1/N) ( E[h1 h1 h1 h1] - sum_3 G2 G2 )                                   finite width
///           + (1 - 1/N) sum_3 ( E[h1(a) h1(b) h2(c) h2(d)] - G2(ab) G2(cd) )         correlation
///
/// with f = N^(-1/2) sum h_i, h_i = W_i s_i. The limit of infinite width interacts exactly where the
/// second part stays.
public struct FourPointSplit: Sendable {
  private let width: Double
  /// c_1 so^2 and c_2 so^4.
  private let first: Double
  private let second: Double
  /// (c_2 - c_1^2) so^4.
  private let excess: Double

  /// nil for deep networks, an output bias, or output weights that are not centred Gaussians.
  public init?(_ ensemble: Ensemble) {
    guard ensemble.isShallow, ensemble.weights[1].isCentredGaussian, ensemble.biases[1].sigma == 0,
      ensemble.biases[1].isCentred
    else { return nil }
    let variance = ensemble.weightVariance(layer: 1)
    width = Double(ensemble.hidden[0].width)
    first = ensemble.momentRatio(1) * variance
    second = ensemble.momentRatio(2) * variance * variance
    excess =
      (ensemble.correlation?.momentRatioExcess(
        width: ensemble.hidden[0].width, sigma: ensemble.weights[1].sigma) ?? 0)
      * variance * variance
  }

  /// [finite width, correlation] with their numerical errors: 3 M_4 - sum_3 q q is the sum over pairings of
  /// Cov(s s, s s), which keeps its digits where the unit hardly fluctuates.
  public func parts(_ unit: UnitMoments) -> (values: [[Double]], errors: [[Double]]) {
    let points = unit.values[1].count
    let pairs = Multisets(slots: points, order: 2)
    let (covariance, error) = unit.pairCovariances(points: points)
    var values: [[Double]] = [[], []]
    var errors: [[Double]] = [[], []]
    for x in Multisets(slots: points, order: 4).tuples {
      var (joined, products, size) = (0.0, 0.0, 0.0)
      for matching in pairings(of: 4) {
        let places = matching.map { pairs.index(of: [x[$0.0], x[$0.1]]) }
        joined += covariance[places[0], places[1]]
        let product = unit.values[2][places[0]] * unit.values[2][places[1]]
        products += product
        size += abs(product)
      }
      values[0].append((second * joined + excess * products) / width)
      values[1].append((1 - 1 / width) * excess * products)
      // The excess of a quartic weight is a difference of ratios near one.
      let rounding = 16 * Double.ulpOfOne * (excess == 0 ? 0 : second) * size
      errors[0].append((3 * second * error + rounding) / width)
      errors[1].append(rounding)
    }
    return (values, errors)
  }

  /// [finite width, correlation], each over the tuples of order four.
  ///
  /// - Parameter moments: of the hidden unit, through order four, over multisets of points.
  public func parts(_ moments: [[Double]]) -> [[Double]] {
    let points = moments[1].count
    let pairs = Multisets(slots: points, order: 2)
    let fours = Multisets(slots: points, order: 4).tuples
    let matchings = pairings(of: 4)
    var result: [[Double]] = [[], []]
    for (i, x) in fours.enumerated() {
      let products = matchings.reduce(0) { sum, matching in
        sum + matching.reduce(1) { $0 * moments[2][pairs.index(of: [x[$1.0], x[$1.1]])] }
      }
      result[0].append((3 * second * moments[4][i] - first * first * products) / width)
      result[1].append((1 - 1 / width) * excess * products)
    }
    return result
  }

  /// The same from sampled means of the products of one unit, orders 2 and 4 alone.
  public func parts(ofUnitMeans means: [Double], points: Int) -> [[Double]] {
    let two = Multisets(slots: points, order: 2).tuples.count
    let four = Multisets(slots: points, order: 4).tuples.count
    precondition(means.count >= two + four)
    let empty = [Double](repeating: 0, count: points)
    return parts([
      [1], empty, Array(means[0..<two]), [], Array(means[two..<two + four]),
    ])
  }
}
