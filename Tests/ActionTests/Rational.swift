/// Exact fractions, for power series with which diagrams are checked.
struct Rational: Equatable, CustomStringConvertible {
  let numerator: Int
  let denominator: Int

  init(_ numerator: Int, _ denominator: Int = 1) {
    var (a, b) = (abs(numerator), abs(denominator))
    while b != 0 { (a, b) = (b, a % b) }
    let sign = denominator < 0 ? -1 : 1
    self.numerator = sign * numerator / max(1, a)
    self.denominator = sign * denominator / max(1, a)
  }

  static func + (a: Rational, b: Rational) -> Rational {
    Rational(
      a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
  }
  static func - (a: Rational, b: Rational) -> Rational { a + Rational(-1) * b }
  static func * (a: Rational, b: Rational) -> Rational {
    // Cross-cancelled first: the products stay small.
    let (x, y) = (Rational(a.numerator, b.denominator), Rational(b.numerator, a.denominator))
    return Rational(x.numerator * y.numerator, unreduced: x.denominator * y.denominator)
  }
  static func / (a: Rational, b: Rational) -> Rational {
    a * Rational(b.denominator, b.numerator)
  }

  private init(_ numerator: Int, unreduced denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }

  var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }
}

/// Power series in two couplings, truncated by total degree.
struct CouplingSeries {
  let degree: Int
  /// `terms[i][j]` multiplies a^i b^j.
  var terms: [[Rational]]

  init(degree: Int, _ term: (Int, Int) -> Rational = { _, _ in Rational(0) }) {
    self.degree = degree
    terms = (0...degree).map { i in (0...degree - i).map { term(i, $0) } }
  }

  static func * (a: CouplingSeries, b: CouplingSeries) -> CouplingSeries {
    var result = CouplingSeries(degree: a.degree)
    for i in 0...a.degree {
      for j in 0...a.degree - i {
        for k in 0...a.degree - i - j {
          for l in 0...a.degree - i - j - k {
            result.terms[i + k][j + l] =
              result.terms[i + k][j + l] + a.terms[i][j] * b.terms[k][l]
          }
        }
      }
    }
    return result
  }
  static func - (a: CouplingSeries, b: CouplingSeries) -> CouplingSeries {
    CouplingSeries(degree: a.degree) { a.terms[$0][$1] - b.terms[$0][$1] }
  }
  static func * (a: Int, b: CouplingSeries) -> CouplingSeries {
    CouplingSeries(degree: b.degree) { Rational(a) * b.terms[$0][$1] }
  }

  /// 1 / self, for a series that starts with 1.
  var inverse: CouplingSeries {
    var result = CouplingSeries(degree: degree) { Rational($0 + $1 == 0 ? 1 : 0) }
    for _ in 0..<degree + 1 {
      // x -> x (2 - s x) doubles the number of right orders.
      let two = CouplingSeries(degree: degree) { Rational($0 + $1 == 0 ? 2 : 0) }
      result = result * (two - self * result)
    }
    return result
  }
}
