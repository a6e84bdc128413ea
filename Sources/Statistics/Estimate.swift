import Foundation
import NumericalMethods

/// A number with its one-sigma error, and the exact value where one is known.
///
/// Prints as `0.31498(72)`: the error in units of the last digits shown.
public struct Estimate: Sendable, Hashable, Codable, CustomStringConvertible {
  public var value: Double?
  public var error: Double?
  /// Degrees of freedom that the error is known with; nil where it is exact, or as good as that.
  public var degrees: Double?
  public var exact: Double?
  /// Numerical error of `exact`; nil where it is negligible.
  public var exactError: Double?
  /// The first orders of an expansion in 1/width, where there is no exact value.
  public var expansion: Double?

  /// Values that are not finite become nil, so that none can reach a results file.
  public init(
    value: Double?, error: Double?, degrees: Double? = nil, exact: Double? = nil,
    exactError: Double? = nil
  ) {
    func finite(_ x: Double?) -> Double? { x.flatMap { $0.isFinite ? $0 : nil } }
    self.value = finite(value)
    self.error = finite(error)
    self.degrees = self.error == nil ? nil : finite(degrees)
    self.exact = finite(exact)
    self.exactError = finite(exactError).flatMap { $0 > 0 ? $0 : nil }
  }

  public static func exactly(_ value: Double, error: Double = 0) -> Estimate {
    Estimate(value: value, error: error, exact: value)
  }

  enum CodingKeys: String, CodingKey {
    case value, error, degrees, exact, expansion
    case exactError = "exact_error"
  }

  /// A value or error that does not exist is written as null; the others are left out.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(value, forKey: .value)
    try container.encode(error, forKey: .error)
    try container.encodeIfPresent(degrees, forKey: .degrees)
    try container.encodeIfPresent(exact, forKey: .exact)
    try container.encodeIfPresent(exactError, forKey: .exactError)
    try container.encodeIfPresent(expansion, forKey: .expansion)
  }

  /// The same times a known number.
  public func scaled(_ factor: Double) -> Estimate {
    var result = Estimate(
      value: value.map { factor * $0 }, error: error.map { abs(factor) * $0 },
      degrees: degrees, exact: exact.map { factor * $0 },
      exactError: exactError.map { abs(factor) * $0 })
    result.expansion = expansion.map { factor * $0 }
    return result
  }

  /// How far the value is from the exact one, in sigmas: (value - exact) / error with both errors together,
  /// carried from Student's t to the normal deviate that is exceeded as often. nil without an exact value or
  /// with an error of zero.
  public var deviation: Double? { exact.flatMap(sigmas) }

  /// The same from any number, in units of the error and that of the exact value.
  public func sigmas(from expected: Double) -> Double? {
    guard let value, let error, error > 0 else { return nil }
    let other = exact == nil ? 0 : exactError ?? 0
    let t = (value - expected) / hypot(error, other)
    // Welch and Satterthwaite, the exact value's error being known.
    let share = 1 + other * other / (error * error)
    return degrees.map { normalDeviate(ofStudent: t, degrees: $0 * share * share) } ?? t
  }

  /// The interval about the value that holds the truth with a probability of 68.27%.
  public var interval: Double? {
    error.map { $0 * (degrees.map { studentFactor(degrees: $0) } ?? 1) }
  }

  public var description: String {
    guard let value else { return "-" }
    // An error at the level of rounding is none that a reader can use.
    guard let error, error > 1e-12 * abs(value) else { return String(format: "%.10g", value) }
    return Self.format(value, error)
  }

  /// Two digits of the error, the value to the same place.
  static func format(_ value: Double, _ error: Double) -> String {
    var place = Int(floor(log10(error))) - 1
    var digits = (error / pow(10, Double(place))).rounded()
    if digits >= 100 {
      digits = 10
      place += 1
    }
    let size = abs(value) > 0 ? Int(floor(log10(max(abs(value), error)))) : place + 1
    if size > 7 || size < -5 {
      // Scientific: both in units of 10^size.
      let scaled = value / pow(10, Double(size))
      let decimals = max(0, size - place)
      return String(format: "%.*f(%.0f)e%d", decimals, scaled, digits, size)
    }
    if place >= 0 {
      let unit = pow(10, Double(place))
      return String(format: "%.0f(%.0f)", (value / unit).rounded() * unit, digits * unit)
    }
    return String(format: "%.*f(%.0f)", -place, value, digits)
  }
}
