import Combinatorics
import Duality
import Ensembles
import Foundation

/// Checks tests of symmetries and of locality against the ensembles, the points and the estimator.
struct DualityValidation {
  let source: String

  /// Elements of a group times the cube of its dimension, the cost of drawing them.
  private static let largestGroup = 3e9

  private func refuse(_ key: String, _ reason: String) -> StudyError {
    StudyError(.badStudy, "\(source): \(key): \(reason)")
  }

  func check(
    _ tests: [SymmetryOptions], _ cases: [StudyCase], _ points: Points,
    _ sampling: SamplingSettings
  ) throws(StudyError) {
    for (k, test) in tests.enumerated() {
      let key = tests.count > 1 ? "measure.symmetry.\(k)" : "measure.symmetry"
      let side = test.group.side
      for item in cases {
        let dimension = side == .output ? item.outputs : points[0].count
        if let reason = test.group.whyUnavailable(dimension) {
          throw refuse("\(key).group", reason)
        }
        guard Double(test.elements) * pow(Double(dimension), 3) <= Self.largestGroup else {
          throw refuse(
            "\(key).elements",
            "\(test.elements) matrices of \(dimension) x \(dimension) are too many: use fewer elements, outputs or inputs"
          )
        }
        if [.unitary, .specialUnitary].contains(test.group.name),
          let ensemble = item.ensemble, !ensemble.isComplex
        {
          throw refuse(
            "\(key).group", "\(test.group.name.rawValue) needs complex outputs (`complex: true`)")
        }
        try checkSize(test, item, points, key)
      }
      try checkEstimator(test, cases, points, sampling, key)
    }
    if sampling.tilt { throw refuse("measure.symmetry", "not with `tilt`") }
    if sampling.saveOutputs, tests.contains(where: { ($0.orders.max() ?? 0) > 4 }) {
      throw refuse(
        "measure.symmetry.orders", "orders above 4 and `save_outputs` exclude one another")
    }
  }

  func check(
    _ options: LocalityOptions, _ cases: [StudyCase], _ points: Points, _ sampling: SamplingSettings
  ) throws(StudyError) {
    let key = "measure.locality"
    switch sampling.estimator {
    case .outputs, .conditional, .exact: break
    case .neurons:
      throw refuse(key, "use `estimator: conditional`, `outputs` or `exact`, not neurons")
    case .file:
      throw refuse(
        key, "recorded networks are known at their points only, and locality moves the points")
    }
    for e in options.directions where e.count != points[0].count {
      throw refuse("\(key).direction", "expected \(points[0].count) components, found \(e.count)")
    }
    if let place = options.points.first(where: { $0 >= points.count }) {
      throw refuse(
        "\(key).points", "the study has \(points.count) points, found the place \(place)")
    }
    if !options.points.isEmpty, options.points.count < (options.orders.max() ?? 0) {
      throw refuse(
        "\(key).points",
        "order \(options.orders.max() ?? 0) needs as many points, found \(options.points.count)")
    }
    for order in options.orders where options.channels(order: order).isEmpty {
      throw refuse("\(key).channels", "no group is a part of the \(order) points of order \(order)")
    }
    for item in cases where item.ensemble.map({ !$0.oddCorrelatorsVanish }) ?? true {
      if sampling.estimator == .conditional {
        throw refuse(key, "`conditional` needs output weights and biases of mean 0: use outputs")
      }
    }
    if sampling.tilt { throw refuse(key, "not with `tilt`") }
  }

  func check(_ options: PositivityOptions, _ points: Points, _ sampling: SamplingSettings)
    throws(StudyError)
  {
    let key = "measure.reflection-positivity"
    guard sampling.estimator == .outputs || (sampling.estimator == .exact && options.fields == [1])
    else {
      throw refuse(
        key,
        "use `estimator: outputs`, or `exact` for operators of one field, not \(sampling.estimator.rawValue)"
      )
    }
    guard options.axis < points[0].count else {
      throw refuse(
        "\(key).axis", "the inputs have \(points[0].count) axes, from 0 on, found \(options.axis)")
    }
  }

  private func checkEstimator(
    _ test: SymmetryOptions, _ cases: [StudyCase], _ points: Points, _ sampling: SamplingSettings,
    _ key: String
  ) throws(StudyError) {
    let estimator = sampling.estimator
    if test.field == .ntk {
      guard estimator != .file, estimator != .exact else {
        throw refuse("\(key).of", "the tangent kernel is computed from networks that are drawn")
      }
      guard cases.allSatisfy({ $0.ensemble?.correlation == nil }),
        cases.allSatisfy({ $0.ensemble?.outputScales.isEmpty ?? true })
      else {
        throw refuse("\(key).of", "the tangent kernel is for independent weights of equal variance")
      }
      return
    }
    switch (test.group.side, estimator) {
    case (_, .exact), (.output, .outputs), (.output, .file), (.input, .outputs): return
    case (.output, _):
      throw refuse(
        "\(key).side",
        "`\(estimator.rawValue)` imposes the symmetry of the outputs by construction: use `estimator: outputs`"
      )
    case (.input, .conditional):
      if let odd = test.orders.first(where: { $0 % 2 == 1 }) {
        throw refuse("\(key).orders", "order \(odd) vanishes with `conditional`: use outputs")
      }
    case (.input, .file):
      // Recorded networks are known at their points only.
      let known = Set(points.coordinates)
      let elements = test.group.elements(
        test.elements, dimension: points[0].count, seed: sampling.seed)
      for element in elements {
        guard points.coordinates.allSatisfy({ known.contains(element.image($0)) }) else {
          throw refuse(
            "\(key).group",
            "recorded networks are known at their points only, and the transformation (\(element.label)) leads to others"
          )
        }
      }
    case (.input, .neurons):
      throw refuse("\(key).side", "use `estimator: outputs` or `conditional`")
    }
  }

  private func checkSize(
    _ test: SymmetryOptions, _ item: StudyCase, _ points: Points, _ key: String
  ) throws(StudyError) {
    let slots = test.group.side == .output ? points.count * item.outputs : points.count
    for order in test.orders where order <= 4 || test.group.side == .input {
      guard let count = Multisets.count(slots: slots, order: order),
        count <= 200_000 / (test.group.side == .input ? test.elements : 1)
      else {
        throw refuse(
          "\(key).orders",
          "order \(order) at \(points.count) points has more than 200000 elements: use fewer points, outputs or group elements"
        )
      }
    }
  }
}
