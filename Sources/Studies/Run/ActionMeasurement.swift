import Correlators
import EffectiveAction
import Ensembles
import Foundation
import NumericalMethods
import Sampling
import Statistics

/// The `action` measurement of one case: tensors of every order with errors, values of S, and cuts
/// through it beside the exact action.
struct ActionMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: ActionOptions
  let theory: StudyTheory

  var name: String { "action" }

  private var source: CumulantSource {
    CumulantSource(
      study: study, index: index, points: study.points, order: max(2, 2 * options.order + 2),
      theory: theory, assumesEven: options.order == 2)
  }

  func requirements() -> [SamplingRequirement] { [source.requirement()].compactMap { $0 } }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    let found = try evaluate(sums)
    own.result.action = found?.result
    own.warnings += found?.warnings ?? []
  }

  /// - Throws: `EdgeworthAction.Unavailable` where there is no action at these points.
  func evaluate(_ sums: [ReplicatedSums]) throws -> (
    result: ActionResult, warnings: [StudyWarning]
  )? {
    guard let sample = source.sample(sums.first) else { return nil }
    let transform = sample.transform
    func action(_ tensors: [[Double]], _ order: Int) throws -> EdgeworthAction {
      try EdgeworthAction(
        connected: tensors, transform: transform, order: order, jitter: options.jitter)
    }
    let best = try action(sample.connected, options.order)
    // Every tensor in one list, so that all share one jackknife.
    let powers = best.couplings.keys.sorted()
    let own = sample.estimate { tensors in
      guard let a = try? action(tensors, options.order) else {
        return [Double](
          repeating: .nan,
          count: 1 + powers.reduce(0) { $0 + (best.couplings[$1]?.values.count ?? 0) })
      }
      return [a.g0] + powers.flatMap { a.couplings[$0]?.values ?? [] }
    }
    var result = ActionResult(order: options.order, condition_number: best.conditionNumber)
    result.mean = best.mean.contains { $0 != 0 } ? best.mean : nil
    result.g0 = [TensorElement(indices: [], own[0])]
    var next = 1
    for power in powers {
      let tuples = best.couplings[power]!.indices.tuples
      result.set(
        power,
        tuples.map { tuple in
          defer { next += 1 }
          return TensorElement(indices: tuple, own[next])
        })
    }
    let (exact, reason) = exactAction(study.points)
    let values = sample.estimate { tensors in
      let actions = (0...options.order).map { try? action(tensors, $0) }
      return options.fields.flatMap { field in
        actions.map { $0?(field) ?? .nan }
          + (actions[options.order]?.gradient(field) ?? field.map { _ in .nan })
      }
    }
    var rest = values[...]
    result.values = options.fields.map { field in
      let orders = Array(rest.prefix(options.order + 1))
      let gradient = Array(rest.dropFirst(options.order + 1).prefix(field.count))
      rest = rest.dropFirst(options.order + 1 + field.count)
      return ActionResult.Value(
        field: field, orders: orders, exact: exact.flatMap { finite($0(field)) },
        gradient: gradient)
    }
    result.curves = try curves(sample)
    result.unbounded = best.unboundedDirection
    var warnings = warnings(best, result)
    if let reason, study.points.count <= 2 {
      warnings.append(
        StudyWarning(
          code: "no-exact-action", message: "there is no exact action to compare with: \(reason)",
          where: place))
    }
    return (result, warnings)
  }

  /// The exact action, or why there is none.
  private func exactAction(_ points: Points) -> (ExactAction?, String?) {
    guard let ensemble = item.ensemble else { return (nil, nil) }
    do { return (try ExactAction(ensemble, points: points), nil) } catch {
      return (nil, error.description)
    }
  }

  private func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }

  /// Cuts through the action: the marginal at the first point, or with two points the principal axes
  /// of K.
  private func curves(_ sample: CumulantSample) throws -> [ActionResult.Curve] {
    let joint = study.points.count == 2
    let points = joint ? study.points : Points(valid: [study.points[0]])
    let part = joint ? sample : sample.restricted(to: [0])
    let transform = part.transform
    let kernel = SymmetricMatrix(count: points.count) {
      part.connected[2][transform.multisets[2].index(of: [$0, $1])]
    }
    guard let (values, vectors) = kernel.eigen() else { return [] }
    let exact = exactAction(points).0
    return zip(values, vectors).reversed().compactMap { variance, direction in
      guard variance > 0 else { return nil }
      let sigma = variance.squareRoot()
      // The far side mirrors this one for even ensembles; both are shown.
      let steps = (-60...60).map { 3.2 * sigma * Double($0) / 60 }
      let fields = steps.map { t in direction.map { $0 * t * (direction[0] < 0 ? -1 : 1) } }
      let mean = part.connected[1]
      let shifted = fields.map { zip($0, mean).map { $0 + $1 } }
      let all = part.estimate { tensors in
        (0...options.order).flatMap { order -> [Double] in
          guard
            let a = try? EdgeworthAction(
              connected: tensors, transform: transform, order: order, jitter: options.jitter)
          else { return shifted.map { _ in .nan } }
          return shifted.map { a($0) }
        }
      }
      return ActionResult.Curve(
        points: joint ? [0, 1] : [0], direction: direction, sigma: sigma, fields: steps,
        orders: (0...options.order).map { order in
          Array(all[order * steps.count..<(order + 1) * steps.count])
        }, exact: exact.map { exact in shifted.map { finite(exact($0)) } })
    }
  }

  private func warnings(_ best: EdgeworthAction, _ result: ActionResult) -> [StudyWarning] {
    var warnings: [StudyWarning] = []
    func warn(_ code: String, _ message: String) {
      warnings.append(StudyWarning(code: code, message: message, where: place))
    }
    if best.conditionNumber > EdgeworthAction.conditionLimit {
      warn(
        "condition",
        String(
          format:
            "the two-point function has the condition number %.2g: its inverse amplifies every error of the correlators with four to six powers; take points farther apart, fewer of them, or a `jitter`",
          best.conditionNumber))
    }
    if options.jitter > 0 {
      warn(
        "jitter",
        String(
          format:
            "%.2g of the mean diagonal element was added to the diagonal of the two-point function: this is the action of slightly noisy outputs",
          options.jitter))
    }
    if let direction = result.unbounded {
      warn(
        "unbounded",
        "the highest power of the action falls without bound in the direction (\(direction.map { String(format: "%.3g", $0) }.joined(separator: ", "))): the truncation holds within about two standard deviations only"
      )
    }
    if item.ensemble?.hidden.contains(where: { $0.activation.unit.growth == .faster }) ?? false {
      warn(
        "indeterminate-moments",
        "the outputs have tails like log-normal variables: their moments do not determine their density, and an action rebuilt from moments is one of many"
      )
    }
    if item.ensemble == nil, options.order == 2 {
      warn(
        "odd-correlators",
        "odd correlators of the recorded networks are taken as zero: order 2 is known for even ones only"
      )
    }
    if study.points.count > 2 {
      warn(
        "marginal",
        "this is the action of the joint density of \(study.points.count) points, not a restriction of an action in the continuum"
      )
    }
    return warnings
  }
}

extension Study {
  /// The action of the first case from exact correlators alone, with what its reader must know.
  /// - Throws: `StudyError` where there are no exact correlators, or no action.
  public func exactAction() throws(StudyError) -> (ActionResult, [StudyWarning]) {
    for case .action(let options) in measurements {
      let theory = StudyTheory(self)
      try theory.requireMoments(of: self)
      do {
        if let found = try ActionMeasurement(
          study: self, index: 0, options: options, theory: theory
        ).evaluate([]) {
          return (found.result, found.warnings)
        }
      } catch {
        throw StudyError(.badStudy, "no action: \(error)")
      }
    }
    throw StudyError(.badStudy, "measure: the study does not measure the action")
  }
}
