import Foundation
import NumericalMethods

/// E[prod sin(z_i)] over centred Gaussian z.
///
/// The sum over signs e of prod(e_i) exp(-Var(sum e z)/2) cancels to prod sigma_i where pre-activations are
/// small. There, with S the small ones, prod over pairs of exp(-e_i e_j c_ij) is multiplied out in
/// products of signs,
///
///     exp(-e_i e_j c) = cosh c - e_i e_j sinh c,
///
/// of which the coefficient of prod_S e_i is wanted: what is left are sums over graphs on S whose vertices all
/// have odd degree, led by the pairings of Wick's theorem. The signs of the rest are summed over.
/// - Complexity: O(2^n n^2) a tuple.
struct SineMoments {
  private let form: PreactivationForm
  /// Variance from which signs are summed over: both forms lose as much there, two digits at order 8.
  private static let threshold = 0.1

  init(_ form: PreactivationForm) { self.form = form }

  func moment(_ tuple: [Int]) -> RoundedValue {
    let n = tuple.count
    guard n % 2 == 0 else { return RoundedValue(value: 0, error: 0) }
    let c = form.covariance
    let small = tuple.filter { c[$0, $0] < Self.threshold }
    let large = tuple.filter { c[$0, $0] >= Self.threshold }
    let own = small.reduce(0) { $0 + c[$1, $1] }
    var total = RoundedValue(value: 0, error: 0)
    for mask in 0..<(1 << large.count) {
      let signs = large.indices.map { mask >> $0 & 1 == 1 ? 1.0 : -1.0 }
      let variance = form.variance(large, signs)
      // What the large ones do to each small one, exp(-e_i h_i).
      let fields = small.map { p in
        zip(large, signs).reduce(0) { $0 + $1.1 * c[p, $1.0] }
      }
      let sizes = small.map { p in
        large.reduce(0) { $0 + (c[p, p] * c[$1, $1]).squareRoot() }
      }
      let graph = coefficient(small, fields, sizes)
      let factor = exp(graph.exponent - 0.5 * (variance.value + own))
      let sign = (large.count - mask.nonzeroBitCount) % 2 == 1 ? -1.0 : 1.0
      total.value += sign * factor * graph.value
      total.error +=
        factor
        * (graph.error + abs(graph.value) * (min(1, 0.5 * variance.error) + 2 * Double.ulpOfOne))
    }
    let turn = (n / 2) % 2 == 1 ? -1.0 : 1.0
    let scale = 1 / Double(1 << large.count)
    return RoundedValue(value: turn * total.value * scale, error: total.error * scale)
  }

  /// The coefficient of prod e_i in prod exp(-e_i h_i) prod_{i<j} exp(-e_i e_j c_ij), times
  /// exp(exponent).
  private func coefficient(
    _ points: [Int], _ fields: [Double], _ sizes: [Double]
  ) -> (value: Double, error: Double, exponent: Double) {
    let states = 1 << points.count
    var values = [Double](repeating: 0, count: states)
    // The same with the sizes of all terms, for the bound.
    var bounds = values
    (values[0], bounds[0]) = (1, 1)
    var exponent = 0.0
    var factors = 0
    /// Multiplies by even - sign product(flip) odd.
    func multiply(_ flip: Int, even: Double, odd: Double, size: Double) {
      factors += 1
      for s in 0..<states where s < s ^ flip {
        let t = s ^ flip
        (values[s], values[t]) = (
          even * values[s] - odd * values[t], even * values[t] - odd * values[s]
        )
        (bounds[s], bounds[t]) = (
          even * bounds[s] + size * bounds[t], even * bounds[t] + size * bounds[s]
        )
      }
    }
    for (i, h) in fields.enumerated() where sizes[i] > 0 {
      // cosh and sinh without exp |h|.
      exponent += abs(h)
      let decay = exp(-2 * abs(h))
      let odd = -0.5 * expm1(-2 * abs(h))
      multiply(
        1 << i, even: 0.5 * (1 + decay), odd: h < 0 ? -odd : odd,
        size: max(odd, min(1, sizes[i])))
    }
    for i in points.indices {
      for j in 0..<i {
        let (a, b) = (points[i], points[j])
        let c = form.covariance[a, b]
        let most = (form.covariance[a, a] * form.covariance[b, b]).squareRoot()
        multiply(1 << i | 1 << j, even: cosh(c), odd: sinh(c), size: sinh(max(most, abs(c))))
      }
    }
    let error = Double.ulpOfOne * Double(4 + factors) * bounds[states - 1]
    return (values[states - 1], error, exponent)
  }
}
