import EffectiveAction
import Kernels
import NumericalMethods

/// Memory of what a study computes beside its samples: kernels and vertices, the tensors of actions, the
/// covariances of fits. Each grows as a power of the number of points.
struct TheoryCost {
  /// Of the case that needs most.
  let bytes: Double

  /// - Throws: `StudyError` (65) naming the measurement that does not fit into the memory of the work
  ///   budget.
  init(_ study: Study, file: String) throws(StudyError) {
    var largest = 0.0
    for item in study.cases {
      for part in Self.parts(study, item) {
        if let refusal = WorkBudget.refusal(part.what, bytes: part.bytes) {
          throw StudyError(.badStudy, "\(file): \(part.key): \(refusal); use fewer points")
        }
        largest = max(largest, part.bytes)
      }
    }
    bytes = largest
  }

  private typealias Part = (key: String, what: String, bytes: Double)

  private static func parts(_ study: Study, _ item: StudyCase) -> [Part] {
    let points = study.points.count
    let n = Double(points)
    let layers = Double((item.ensemble?.hidden.count ?? 0) + 1)
    // The matrices themselves; measured, they also stand in results and in the text of them.
    var matrices = item.ensemble == nil ? 1 : layers + 3
    var parts: [Part] = []
    for measurement in study.measurements {
      switch measurement {
      case .kernel(let options):
        matrices = layers * (options.tangent == nil ? 1 : 2) * 8
        guard options.expansion.vertex else { continue }
        parts.append(
          (
            "measure.kernel", "the vertex of \(points) points",
            WidthExpansion.vertexBytes(points: points, layers: Int(layers))
          ))
      case .couplings where study.sampling.estimator != .exact:
        let elements = tupleCount(slots: points, order: 4)
        parts.append(
          (
            "measure.couplings", "the covariance of the four-point function at \(points) points",
            24 * elements * elements
          ))
      case .action(let options):
        parts.append(
          (
            "measure.action", "the action of order \(options.order) at \(points) points",
            EdgeworthAction.bytes(points: points, order: options.order)
          ))
      default: continue
      }
    }
    parts.append(("points", "the kernel of \(points) points", 8 * n * n * matrices))
    return parts
  }
}
