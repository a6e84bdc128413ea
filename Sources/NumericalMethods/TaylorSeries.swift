import Foundation

/// A function of one variable to fourth order about a point: coefficients f^(k) / k!.
///
/// Arithmetic is that of truncated power series; elementary functions follow from their
/// differential equations, so that derivatives are exact to rounding.
public struct TaylorSeries: Sendable, Hashable {
  public static let order = 4

  /// Coefficients 0 ... 4; the rest is zero.
  public private(set) var coefficients = SIMD8<Double>()

  public init(constant: Double) { coefficients[0] = constant }

  /// The variable itself at x.
  public init(variable x: Double) {
    coefficients[0] = x
    coefficients[1] = 1
  }

  private init(_ coefficients: SIMD8<Double>) { self.coefficients = coefficients }

  public var value: Double { coefficients[0] }

  /// The k-th derivative, k <= 4.
  public func derivative(_ k: Int) -> Double {
    coefficients[k] * [1, 1, 2, 6, 24][k]
  }

  public static func + (a: Self, b: Self) -> Self { Self(a.coefficients + b.coefficients) }
  public static func - (a: Self, b: Self) -> Self { Self(a.coefficients - b.coefficients) }
  public static prefix func - (a: Self) -> Self { Self(-a.coefficients) }
  public static func * (a: Double, b: Self) -> Self { Self(a * b.coefficients) }
  public static func + (a: Double, b: Self) -> Self { Self(constant: a) + b }

  public static func * (a: Self, b: Self) -> Self {
    var c = SIMD8<Double>()
    for k in 0...order {
      var sum = 0.0
      for j in 0...k { sum += a.coefficients[j] * b.coefficients[k - j] }
      c[k] = sum
    }
    return Self(c)
  }

  public static func / (a: Self, b: Self) -> Self {
    var c = SIMD8<Double>()
    for k in 0...order {
      var sum = a.coefficients[k]
      for j in 0..<k { sum -= c[j] * b.coefficients[k - j] }
      c[k] = sum / b.coefficients[0]
    }
    return Self(c)
  }

  /// The series with the given value whose derivative is `slope` times that of this one.
  private func integrated(value: Double, _ slope: (SIMD8<Double>, Int) -> Double) -> Self {
    var c = SIMD8<Double>()
    c[0] = value
    for k in 1...Self.order {
      // k c_k = sum_j j u_j slope_(k-j), where the slope may use what is known of c.
      var sum = 0.0
      for j in 1...k { sum += Double(j) * coefficients[j] * slope(c, k - j) }
      c[k] = sum / Double(k)
    }
    return Self(c)
  }

  /// A function of this series with the derivative series `slope`.
  private func composed(value: Double, slope: Self) -> Self {
    integrated(value: value) { _, k in slope.coefficients[k] }
  }

  public var exponential: Self { integrated(value: exp(value)) { c, k in c[k] } }

  public var logarithm: Self { composed(value: log(value), slope: Self(constant: 1) / self) }

  public var squareRoot: Self {
    var c = SIMD8<Double>()
    c[0] = value.squareRoot()
    for k in 1...Self.order {
      var sum = coefficients[k]
      for j in 1..<max(k, 1) where k > 1 { sum -= c[j] * c[k - j] }
      c[k] = sum / (2 * c[0])
    }
    return Self(c)
  }

  public var sineAndCosine: (sine: Self, cosine: Self) {
    var s = SIMD8<Double>()
    var c = SIMD8<Double>()
    s[0] = sin(value)
    c[0] = cos(value)
    for k in 1...Self.order {
      var up = 0.0
      var down = 0.0
      for j in 1...k {
        up += Double(j) * coefficients[j] * c[k - j]
        down -= Double(j) * coefficients[j] * s[k - j]
      }
      s[k] = up / Double(k)
      c[k] = down / Double(k)
    }
    return (Self(s), Self(c))
  }

  /// tanh, from t' = 1 - t^2.
  public var hyperbolicTangent: Self {
    integrated(value: tanh(value)) { c, k in
      var square = 0.0
      for j in 0...k { square += c[j] * c[k - j] }
      return (k == 0 ? 1 : 0) - square
    }
  }

  /// erf, from erf' = 2/sqrt(pi) exp(-u^2).
  public var errorFunction: Self {
    composed(
      value: erf(value), slope: 2 / Double.pi.squareRoot() * (-(self * self)).exponential)
  }

  public var arctangent: Self {
    composed(
      value: atan(value), slope: Self(constant: 1) / (Self(constant: 1) + self * self))
  }

  /// 1 / (1 + exp(-u)), without overflow.
  public var logistic: Self { 0.5 * (Self(constant: 1) + (0.5 * self).hyperbolicTangent) }

  /// log(1 + exp(u)), without overflow.
  public var softplus: Self {
    composed(value: max(value, 0) + log1p(exp(-abs(value))), slope: logistic)
  }

  /// u Phi(u); Phi keeps its digits in the lower tail.
  public var gelu: Self {
    let root = 0.5.squareRoot()
    let density = (-0.5 * (self * self)).exponential
    let phi = composed(
      value: 0.5 * erfc(-value * root), slope: root / Double.pi.squareRoot() * density)
    return self * phi
  }

  /// A whole power by repeated products, any other through the logarithm.
  public func power(_ exponent: Double) -> Self {
    if exponent == exponent.rounded(), abs(exponent) <= 64 {
      var result = Self(constant: 1)
      for _ in 0..<Int(abs(exponent)) { result = result * self }
      return exponent < 0 ? Self(constant: 1) / result : result
    }
    return (exponent * logarithm).exponential
  }
}
