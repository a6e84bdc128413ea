import Correlators
import Foundation

/// Warnings about deviations that are noise in part or in whole, one per order and kind for all
/// cases together.
enum NoiseWarnings {
  static func find(_ study: Study, _ correlators: [[Correlator]]) -> [StudyWarning] {
    let orders = Set(correlators.flatMap { $0.map(\.order) }).filter { $0 > 2 }.sorted()
    return orders.flatMap { order -> [StudyWarning] in
      var faint: [String] = []
      var below: [String] = []
      for (item, measured) in zip(study.cases, correlators) {
        guard let own = measured.first(where: { $0.order == order }) else { continue }
        let label = item.label.isEmpty ? "the only case" : item.label
        if own.faint > 0 { faint.append("\(label): \(own.faint)") }
        // Only plain averages over outputs have the background as their noise.
        if [.outputs, .file].contains(study.sampling.estimator),
          let value = own.deviation.value, let level = own.background.mean, value < level
        {
          below.append(label)
        }
      }
      var warnings: [StudyWarning] = []
      if !faint.isEmpty {
        warnings.append(
          StudyWarning(
            code: "noise",
            message:
              "order \(order): elements with |m| below five sigma, by case: \(faint.joined(separator: "; ")); the mean of |m| is biased upward where they weigh in; with that bias taken off to first order it may come out negative",
            where: "correlators"))
      }
      if !below.isEmpty {
        warnings.append(
          StudyWarning(
            code: "below-background",
            message:
              "order \(order): the deviation lies below the background of the mean at \(below.joined(separator: "; ")); a curve that flattens there shows noise, not physics",
            where: "correlators"))
      }
      return warnings
    }
  }
}
