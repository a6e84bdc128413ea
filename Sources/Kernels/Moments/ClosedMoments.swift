import Combinatorics
import Ensembles
import Foundation
import NumericalMethods

/// A number that is known in closed form, with a bound on its rounding error: machine precision times
/// the sizes of what was summed.
struct RoundedValue: Sendable {
  var value: Double
  var error: Double
}

/// Moments that are known in closed form, from the covariance of the pre-activations.
struct ClosedMoments {
  private let form: PreactivationForm

  init(_ form: PreactivationForm) { self.form = form }

  /// The moment of a tuple; nil where the unit has no closed form.
  func element(of unit: any HiddenUnit, uniformPhase: Bool) -> (([Int]) -> RoundedValue)? {
    switch unit {
    case is NormalizedExponential: normalizedExponential
    case is Cosine where uniformPhase: balanced
    case is Sine where uniformPhase: balanced
    case is Cosine: cosine
    case is Sine: SineMoments(form).moment
    case is Linear: wick
    default: nil
    }
  }

  /// exp(Var(sum z)/2 - sum Var z). The exponent is summed with neighbours in pairs,
  ///
  ///     - sum over pairs Var(z_a - z_b) / 2  +  sum over pairs of pairs Cov(z_a + z_b, z_c + z_d)
  ///
  /// and so keeps its digits where points nearly coincide.
  private func normalizedExponential(_ tuple: [Int]) -> RoundedValue {
    let c = form.covariance
    var (exponent, error) = (0.0, 0.0)
    for i in stride(from: 0, to: tuple.count, by: 2) {
      guard i + 1 < tuple.count else {
        exponent -= 0.5 * c[tuple[i], tuple[i]]
        error += Double.ulpOfOne * c[tuple[i], tuple[i]]
        continue
      }
      let gap = form.variance([tuple[i], tuple[i + 1]], [1, -1])
      exponent -= 0.5 * gap.value
      error += gap.error
    }
    for i in tuple.indices {
      for j in tuple.indices where j / 2 > i / 2 {
        exponent += c[tuple[i], tuple[j]]
        error += 2 * Double.ulpOfOne * (c[tuple[i], tuple[i]] * c[tuple[j], tuple[j]]).squareRoot()
      }
    }
    let value = exp(exponent)
    return RoundedValue(value: value, error: value * (error + 2 * Double.ulpOfOne))
  }

  /// 2^-n sum over signs of exp(-Var(sum e z)/2), all terms positive.
  private func cosine(_ tuple: [Int]) -> RoundedValue { trigonometric(tuple) { _ in true } }

  /// The same over balanced signs: cos and sin under a uniform phase.
  private func balanced(_ tuple: [Int]) -> RoundedValue {
    guard tuple.count % 2 == 0 else { return RoundedValue(value: 0, error: 0) }
    return trigonometric(tuple) { 2 * $0 == tuple.count }
  }

  private func trigonometric(_ tuple: [Int], _ admits: (Int) -> Bool) -> RoundedValue {
    let n = tuple.count
    var (sum, error) = (0.0, 0.0)
    for mask in 0..<(1 << n) where admits(mask.nonzeroBitCount) {
      let signs = (0..<n).map { mask >> $0 & 1 == 1 ? 1.0 : -1.0 }
      let variance = form.variance(tuple, signs)
      let term = exp(-0.5 * variance.value)
      sum += term
      error += term * (min(1, 0.5 * variance.error) + 2 * Double.ulpOfOne)
    }
    let scale = 1 / Double(1 << n)
    return RoundedValue(value: sum * scale, error: error * scale)
  }

  /// Sum over pairings of products of covariances.
  private func wick(_ tuple: [Int]) -> RoundedValue {
    guard tuple.count % 2 == 0 else { return RoundedValue(value: 0, error: 0) }
    let c = form.covariance
    var (sum, size) = (0.0, 0.0)
    for matching in pairings(of: tuple.count) {
      sum += matching.reduce(1) { $0 * c[tuple[$1.0], tuple[$1.1]] }
      size += matching.reduce(1) {
        $0 * (c[tuple[$1.0], tuple[$1.0]] * c[tuple[$1.1], tuple[$1.1]]).squareRoot()
      }
    }
    return RoundedValue(
      value: sum, error: Double.ulpOfOne * Double(tuple.count) * max(abs(sum), size))
  }
}
