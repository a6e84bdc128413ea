import ArgumentParser

/// What options may be: a value out of range is refused before anything is computed, with what is allowed.
enum Allowed {
  /// - Throws: `ValidationError` naming the option, what is allowed and what was found.
  static func check(_ option: String, _ value: Double?, _ range: ClosedRange<Double>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
      "--\(option) must be from \(shown(range.lowerBound)) to \(shown(range.upperBound)), found \(value)."
    )
  }

  static func check(_ option: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
      "--\(option) must be from \(range.lowerBound) to \(range.upperBound), found \(value).")
  }

  /// Each of a list, and how many there may be.
  static func check(
    _ option: String, _ values: [Double], _ range: ClosedRange<Double>, count: ClosedRange<Int>
  ) throws {
    try check(option, count: values.count, count)
    for value in values { try check(option, value, range) }
  }

  static func check(
    _ option: String, _ values: [Int], _ range: ClosedRange<Int>, count: ClosedRange<Int>
  ) throws {
    try check(option, count: values.count, count)
    for value in values { try check(option, value, range) }
  }

  private static func check(_ option: String, count: Int, _ range: ClosedRange<Int>) throws {
    guard !range.contains(count) else { return }
    throw ValidationError(
      "--\(option) takes \(range.lowerBound) to \(range.upperBound) values, found \(count).")
  }

  private static func shown(_ bound: Double) -> String {
    Int(exactly: bound).map { "\($0)" } ?? "\(bound)"
  }
}
