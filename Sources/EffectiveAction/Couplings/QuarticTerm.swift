import Combinatorics
import Foundation

/// A quartic term of the action, with the coupling that multiplies it:
///
///     S = S_GP + int (lambda_0 + lambda_2 |x|^2) f^4 + lambda_NL int int f(x)^2 f(y)^2
public enum QuarticTerm: String, Sendable, Hashable, Codable, CaseIterable {
  case lambda0
  case lambda2
  case lambdaNL = "lambda_nl"

  public var label: String {
    switch self {
    case .lambda0: "λ_0"
    case .lambda2: "λ_2"
    case .lambdaNL: "λ_NL"
    }
  }

  /// The one-vertex integrals that the term needs for a tuple.
  func integrands(_ x: [Int]) -> [VertexIntegrals.Integrand] {
    switch self {
    case .lambda0: [.init(x)]
    case .lambda2: [.init(x, moment: 1)]
    case .lambdaNL:
      pairings(of: 4).flatMap { matching in
        matching.map { .init([x[$0.0], x[$0.1]]) }
      }
    }
  }

  /// T, with -Gc4 = sum over terms of coupling x T at tree level:
  ///
  ///     T_0 = 24 int prod K_W,   T_2 = 24 int |y|^2 prod K_W,
  ///     T_NL = 8 sum over pairings (ab|cd) of int K_W(a) K_W(b) int K_W(c) K_W(d)
  func value(_ x: [Int], _ integrals: VertexIntegrals, cutoff: Int) -> Double {
    switch self {
    case .lambda0: 24 * integrals.value(.init(x), cutoff: cutoff).value
    case .lambda2: 24 * integrals.value(.init(x, moment: 1), cutoff: cutoff).value
    case .lambdaNL:
      pairings(of: 4).reduce(0) { sum, matching in
        sum
          + matching.reduce(8) {
            $0 * integrals.value(.init([x[$1.0], x[$1.1]]), cutoff: cutoff).value
          }
      }
    }
  }

  /// The numerical error of `value`, from those of its integrals.
  func error(_ x: [Int], _ integrals: VertexIntegrals, cutoff: Int) -> Double {
    switch self {
    case .lambda0: return 24 * integrals.value(.init(x), cutoff: cutoff).error
    case .lambda2: return 24 * integrals.value(.init(x, moment: 1), cutoff: cutoff).error
    case .lambdaNL:
      return pairings(of: 4).reduce(0) { sum, matching in
        let two = matching.map { integrals.value(.init([x[$0.0], x[$0.1]]), cutoff: cutoff) }
        return sum + 8 * (abs(two[0].value) * two[1].error + two[0].error * abs(two[1].value))
      }
    }
  }
}
