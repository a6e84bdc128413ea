import Combinatorics
import Ensembles
import Foundation
import NumericalMethods

/// Moments that are known in closed form, from the covariance of the pre-activations.
struct ClosedMoments {
  private let c: SymmetricMatrix

  init(covariance: SymmetricMatrix) { c = covariance }

  /// The moment of a tuple; nil where the unit has no closed form.
  func element(of unit: any HiddenUnit, uniformPhase: Bool) -> (([Int]) -> Double)? {
    switch unit {
    case is NormalizedExponential: normalizedExponential
    case is Cosine: { trigonometric($0, isSine: false, uniformPhase: uniformPhase) }
    case is Sine: { trigonometric($0, isSine: !uniformPhase, uniformPhase: uniformPhase) }
    case is Linear: wick
    default: nil
    }
  }

  private func variance(_ tuple: [Int], _ signs: [Double]) -> Double {
    var sum = 0.0
    for (i, a) in tuple.enumerated() {
      for (j, b) in tuple.enumerated() { sum += signs[i] * signs[j] * c[a, b] }
    }
    return max(0, sum)
  }

  /// exp(Var(sum z)/2 - sum Var z).
  private func normalizedExponential(_ tuple: [Int]) -> Double {
    let ones = [Double](repeating: 1, count: tuple.count)
    return exp(0.5 * variance(tuple, ones) - tuple.reduce(0) { $0 + c[$1, $1] })
  }

  /// 2^-n sum over signs of exp(-Var(sum e z)/2): balanced signs only under a uniform phase
  /// (where the sine is a shifted cosine), times (-1)^(n/2) prod e for the sine.
  private func trigonometric(_ tuple: [Int], isSine: Bool, uniformPhase: Bool) -> Double {
    let n = tuple.count
    if n % 2 == 1 && (isSine || uniformPhase) { return 0 }
    var sum = 0.0
    for mask in 0..<(1 << n) {
      let ones = mask.nonzeroBitCount
      if uniformPhase && 2 * ones != n { continue }
      let signs = (0..<n).map { mask >> $0 & 1 == 1 ? 1.0 : -1.0 }
      let sign = isSine && (n - ones) % 2 == 1 ? -1.0 : 1.0
      sum += sign * exp(-0.5 * variance(tuple, signs))
    }
    let turn = isSine && n / 2 % 2 == 1 ? -1.0 : 1.0
    return turn * sum / Double(1 << n)
  }

  /// Sum over pairings of products of covariances.
  private func wick(_ tuple: [Int]) -> Double {
    guard tuple.count % 2 == 0 else { return 0 }
    return pairings(of: tuple.count).reduce(0) { sum, matching in
      sum + matching.reduce(1) { $0 * c[tuple[$1.0], tuple[$1.1]] }
    }
  }
}
