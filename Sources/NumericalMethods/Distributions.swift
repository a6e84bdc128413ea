import Foundation

/// Distribution functions of the standard tests. Each returns the probability above the value, to about
/// twelve digits (fewer beyond 1e8 degrees of freedom) down to the smallest normal number, 2.2e-308, which stands for everything below: a
/// p-value is never 0. Arguments that are no numbers have no p-value, and give NaN.
public enum UpperTail {
  /// P(X > x) of a chi-square with `degrees` degrees of freedom.
  public static func chiSquare(_ x: Double, degrees: Double) -> Double {
    probability(logUpperGamma(degrees / 2, max(0, x) / 2), of: x, degrees)
  }

  /// P(F > f) of Fisher's F with (p, q) degrees of freedom.
  public static func fisher(_ f: Double, _ p: Double, _ q: Double) -> Double {
    let ratio = p * max(0, f)
    let x = ratio.isFinite ? q / (q + ratio) : 0
    let y = ratio.isFinite ? ratio / (q + ratio) : 1
    return probability(logRegularizedBeta(x, y, q / 2, p / 2), of: f, p, q)
  }

  /// P(|T| > t) of Student's t.
  public static func studentTwoSided(_ t: Double, degrees: Double) -> Double {
    probability(logStudentTwoSided(t, degrees: degrees), of: t, degrees)
  }

  /// P(|Z| > z) of a standard normal variable.
  public static func normalTwoSided(_ z: Double) -> Double {
    probability(logNormalTwoSided(z), of: z)
  }

  /// log P(|T| > t) of Student's t.
  public static func logStudentTwoSided(_ t: Double, degrees: Double) -> Double {
    // Beyond this its square overflows.
    let t = min(abs(t), 1e150)
    let square = t * t
    return logRegularizedBeta(
      degrees / (degrees + square), square / (degrees + square), degrees / 2, 0.5)
  }

  /// log P(|Z| > z) of a standard normal variable.
  public static func logNormalTwoSided(_ z: Double) -> Double {
    logUpperGamma(0.5, 0.5 * z * z)
  }

  private static func probability(_ log: Double, of arguments: Double...) -> Double {
    guard !log.isNaN, arguments.allSatisfy({ !$0.isNaN }) else { return .nan }
    return min(1, max(exp(log), .leastNormalMagnitude))
  }
}

/// Factor by which a one-sigma error must be multiplied so that the interval holds 68.27% under
/// Student's t with the given degrees of freedom (1.059 for 9, 1 for infinity).
public func studentFactor(degrees: Double) -> Double {
  studentQuantile(erfc(1 / 2.0.squareRoot()), degrees: degrees)
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

/// The normal deviate of the sign of t that |Z| exceeds as often as Student's |T| exceeds |t|: t in sigmas.
public func normalDeviate(ofStudent t: Double, degrees: Double) -> Double {
  guard t != 0, t.isFinite, degrees > 0, degrees < 1e12 else { return t }
  let target = UpperTail.logStudentTwoSided(t, degrees: degrees)
  let square = min(abs(t), 1e150) * min(abs(t), 1e150) / degrees
  // Wallace's approximation, within a few per cent for every t.
  var z = (degrees * log1p(square)).squareRoot() * (8 * degrees + 1) / (8 * degrees + 3)
  for _ in 0..<30 {
    let log = UpperTail.logNormalTwoSided(z)
    // d log P / dz = -2 phi(z) / P.
    let slope = -exp(0.5 * Foundation.log(2 / Double.pi) - 0.5 * z * z - log)
    let step = (log - target) / slope
    z -= max(-0.5 * z, min(step, 0.5 * z))
    if abs(step) < 1e-13 * z { break }
  }
  return t < 0 ? -z : z
}
