import Correlators

/// Numbers whose squares leave the range of float64 have no errors: said, not only left out.
enum OverflowWarnings {
  /// The square root of the largest float64.
  static let limit = 1.3e154

  static func find(_ correlators: [CorrelatorResult], at place: String) -> [StudyWarning] {
    correlators.compactMap { correlator in
      let lost = correlator.elements.filter { element in
        [element.full, element.connected].contains {
          abs($0.value ?? 0) > limit && !($0.error?.isFinite ?? false)
        }
      }
      guard !lost.isEmpty else { return nil }
      return StudyWarning(
        code: "overflow",
        message:
          "order \(correlator.order): \(lost.count) of \(correlator.elements.count) elements are so large that their squares, and with them their errors, are beyond the range of float64; take smaller weights, biases or points",
        where: place)
    }
  }
}
