import Foundation

/// Regularised lower incomplete gamma function P(a, x).
public func regularizedGamma(_ a: Double, _ x: Double) -> Double {
  guard x > 0 else { return x.isNaN ? .nan : 0 }
  return x < a + 1 ? lowerGamma(a, x) : -expm1(logUpperGamma(a, x))
}

/// log Q(a, x), Q = 1 - P the regularised upper incomplete gamma function, a > 0: it has digits where Q itself
/// is far below the smallest number.
public func logUpperGamma(_ a: Double, _ x: Double) -> Double {
  guard x > 0 else { return x.isNaN ? .nan : 0 }
  guard x.isFinite else { return -.infinity }
  if x < a + 1 { return log1p(-lowerGamma(a, x)) }
  // Lentz's continued fraction.
  var b = x + 1 - a
  var c = 1e300
  var d = 1 / b
  var h = d
  for i in 1..<1_000_000 {
    let an = -Double(i) * (Double(i) - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    let delta = d * c
    h *= delta
    if abs(delta - 1) < 1e-15 { break }
  }
  return logGammaDensity(a, x) + log(h)
}

/// P(a, x) by its series, x < a + 1.
private func lowerGamma(_ a: Double, _ x: Double) -> Double {
  var term = 1 / a
  var sum = term
  var n = a
  while abs(term) > abs(sum) * 1e-16 {
    n += 1
    term *= x / n
    sum += term
  }
  return sum * exp(logGammaDensity(a, x))
}

/// log(x^a e^-x / Gamma(a)); for large a without the cancellation of its terms.
private func logGammaDensity(_ a: Double, _ x: Double) -> Double {
  guard a > 10 else { return a * log(x) - x - lgamma(a) }
  return a * logExcess((x - a) / a) + 0.5 * log(a / (2 * Double.pi)) - stirlingCorrection(a)
}

/// log(1 + u) - u.
private func logExcess(_ u: Double) -> Double {
  guard abs(u) < 0.1 else { return log1p(u) - u }
  var power = -u * u
  var sum = 0.0
  for k in 2..<40 {
    sum += power / Double(k)
    power *= -u
    if abs(power) < 1e-18 * abs(sum) { break }
  }
  return sum
}

/// log Gamma(z) - [(z - 1/2) log z - z + log(2 pi)/2] for z >= 10.
private func stirlingCorrection(_ z: Double) -> Double {
  let w = 1 / (z * z)
  return (1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w * (1.0 / 1680 - w / 1188)))) / z
}

/// log B(a, b).
private func logBeta(_ a: Double, _ b: Double) -> Double {
  let (large, small) = (max(a, b), min(a, b))
  guard large > 10 else { return lgamma(a) + lgamma(b) - lgamma(a + b) }
  return lgamma(small) + stirlingCorrection(large) - stirlingCorrection(large + small)
    - small * (log(large + small) - 1) - (large - 0.5) * log1p(small / large)
}

/// Regularised incomplete beta function I_x(a, b).
public func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  exp(logRegularizedBeta(x, 1 - x, a, b))
}

/// log I_x(a, b), given x and y = 1 - x: it has digits where I_x itself is far below the smallest number, and
/// where x or y is below the rounding of the other.
///
/// - Complexity: a continued fraction of O(sqrt(max(a, b))) terms.
public func logRegularizedBeta(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
  guard !x.isNaN, !y.isNaN, !a.isNaN, !b.isNaN else { return .nan }
  guard x > 0 else { return -.infinity }
  guard y > 0 else { return 0 }
  if x > (a + 1) / (a + b + 2) {
    let other = exp(logRegularizedBeta(y, x, b, a))
    return log1p(-min(1, other))
  }
  let (logX, logY) = (x < 0.5 ? log(x) : log1p(-y), y < 0.5 ? log(y) : log1p(-x))
  return a * logX + b * logY - logBeta(a, b) - log(a) + log(betaFraction(x, a, b))
}

/// Lentz's continued fraction of I_x(a, b) a B(a, b) / (x^a (1 - x)^b).
private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
  let tiny = 1e-300
  func away(_ v: Double) -> Double { abs(v) < tiny ? tiny : v }
  var c = 1.0
  var d = 1 / away(1 - (a + b) * x / (a + 1))
  var h = d
  for m in 1..<100_000 {
    let m = Double(m)
    let above: Double = (a + 2 * m - 1) * (a + 2 * m)
    var term = m * (b - m) * x / above
    d = 1 / away(1 + term * d)
    c = away(1 + term / c)
    h *= d * c
    let below: Double = (a + 2 * m) * (a + 2 * m + 1)
    term = -(a + m) * (a + b + m) * x / below
    d = 1 / away(1 + term * d)
    c = away(1 + term / c)
    let delta = d * c
    h *= delta
    if abs(delta - 1) < 1e-15 { break }
  }
  return h
}
