import Foundation

/// exp(x) - 1 - x, by its series where that would cancel to x^2/2.
public func exponentialRemainder(_ x: Double) -> Double {
  guard abs(x) < 0.5 else { return expm1(x) - x }
  var term = 0.5 * x * x
  var sum = 0.0
  for k in 3...17 {
    sum += term
    term *= x / Double(k)
  }
  return sum
}
