import Foundation

/// Distribution functions of the standard tests. Each returns the probability above the value.
public enum UpperTail {
  /// P(X > x) of a chi-square with `degrees` degrees of freedom.
  public static func chiSquare(_ x: Double, degrees: Double) -> Double {
    1 - regularizedGamma(degrees / 2, max(0, x) / 2)
  }

  /// P(F > f) of Fisher's F with (p, q) degrees of freedom.
  public static func fisher(_ f: Double, _ p: Double, _ q: Double) -> Double {
    guard f > 0 else { return 1 }
    return regularizedBeta(q / (q + p * f), q / 2, p / 2)
  }

  /// P(|T| > t) of Student's t.
  public static func studentTwoSided(_ t: Double, degrees: Double) -> Double {
    regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }
}

/// Factor by which a one-sigma error must be multiplied so that the interval holds 68.27% under
/// Student's t with the given degrees of freedom (1.059 for 9, 1 for infinity).
public func studentFactor(degrees: Double) -> Double {
  studentQuantile(1 - erf(1 / 2.0.squareRoot()), degrees: degrees)
}

/// t with P(|T| > t) = p.
public func studentQuantile(_ p: Double, degrees: Double) -> Double {
  var low = 0.0
  var high = 1.0
  while UpperTail.studentTwoSided(high, degrees: degrees) > p, high < 1e12 { high *= 2 }
  for _ in 0..<100 {
    let middle = 0.5 * (low + high)
    if UpperTail.studentTwoSided(middle, degrees: degrees) > p {
      low = middle
    } else {
      high = middle
    }
  }
  return 0.5 * (low + high)
}

/// Regularised lower incomplete gamma function P(a, x), by series or continued fraction.
public func regularizedGamma(_ a: Double, _ x: Double) -> Double {
  guard x > 0 else { return 0 }
  let scale = exp(-x + a * log(x) - lgamma(a))
  if x < a + 1 {
    var term = 1 / a
    var sum = term
    var n = a
    while abs(term) > abs(sum) * 1e-16 {
      n += 1
      term *= x / n
      sum += term
    }
    return sum * scale
  }
  var b = x + 1 - a
  var c = 1e300
  var d = 1 / b
  var h = d
  for i in 1..<1000 {
    let an = -Double(i) * (Double(i) - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    let delta = d * c
    h *= delta
    if abs(delta - 1) < 1e-15 { break }
  }
  return 1 - scale * h
}

/// Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction.
public func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  guard x > 0 else { return 0 }
  guard x < 1 else { return 1 }
  if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
  let logBeta: Double = lgamma(a) + lgamma(b) - lgamma(a + b)
  let front: Double = exp(a * log(x) + b * log(1 - x) - logBeta) / a
  let tiny = 1e-300
  func away(_ v: Double) -> Double { abs(v) < tiny ? tiny : v }
  var c = 1.0
  var d = 1 / away(1 - (a + b) * x / (a + 1))
  var h = d
  for m in 1..<10_000 {
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
  return front * h
}
