import Combinatorics
import Correlators
import Engineering
import Ensembles
import Foundation
import Kernels
import Sampling
import Statistics

/// The `correlators` measurement of one case: what it needs sampled, and what it makes of it.
struct CorrelatorMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let orders: [Int]
  let theory: StudyTheory

  var name: String { "correlators" }
  private var settings: SamplingSettings { study.sampling }

  private func formula() -> CorrelatorFormula {
    let top = orders.max() ?? 2
    let points = study.points.count
    switch settings.estimator {
    case .outputs, .file:
      // Nothing is known of recorded networks: their odd moments are measured.
      let even = settings.estimator == .outputs && (item.isEven ?? false)
      return .outputs(points: points, outputs: item.outputs, order: max(2, top), evenOnly: even)
    case .conditional:
      return .kernel(
        points: points, outputs: item.outputs, order: max(2, top), ensemble: item.ensemble)
    case .neurons, .exact:
      return .units(item.ensemble!, points: points, order: max(2, top))
    }
  }

  func requirements() -> [SamplingRequirement] {
    guard settings.estimator != .exact else { return [] }
    let quantity: SampledQuantity =
      switch settings.estimator {
      case .conditional: .kernel
      case .neurons: .units
      default: .outputs
      }
    return [
      SamplingRequirement(
        points: study.points, quantity: quantity, monomials: formula().monomials)
    ]
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    own.correlators = try evaluate(sums.first)
    own.result.correlators = own.correlators.map(CorrelatorResult.init)
  }

  /// The correlators, with their replicate values for fits. `sums` is nil for `exact`.
  func evaluate(_ sums: ReplicatedSums?) throws(StudyError) -> [Correlator] {
    let formula = formula()
    let transform = formula.transform
    var exact: ExactCorrelators?
    if let ensemble = item.ensemble, let unit = theory.unitMoments[index] {
      exact = ExactCorrelators(
        ensemble, unit: unit, points: study.points.count, transform: transform)
    } else if let theory = item.freeTheory, (orders.max() ?? 2) <= 4 {
      exact = ExactCorrelators(
        connected: theory.connected(at: study.points, transform), transform: transform)
    }
    let second = exactSecond(exact, transform)
    let first: [Double]? =
      exact?.tensors.connected[1]
      ?? (item.ensemble.map { $0.oddCorrelatorsVanish } ?? (second != nil)
        ? [Double](repeating: 0, count: transform.slots) : nil)
    if settings.form == .published, second == nil {
      throw StudyError(
        .badStudy,
        "sampling.form: `published` subtracts the exact two-point function, which is not known here"
      )
    }
    let analysis = CorrelatorAnalysis(
      formula: formula, outputs: item.outputs, form: settings.form, exactFirst: first,
      exactSecond: second, exact: exact)
    guard let sums else { return analysis.exactOnly(orders: orders) }
    return analysis.measure(sums, orders: orders).map(withDepth)
  }

  /// Beside the elements of deep networks, what is known of them: exact values of linear and
  /// (leaky-)relu nets, or the first orders in 1/width,
  ///
  ///     G2 = K + delta,   Gc4(1234) = [V_(12)(34) + V_(13)(24) + V_(14)(23)] / n
  private func withDepth(_ correlator: Correlator) -> Correlator {
    guard let ensemble = item.ensemble, !ensemble.isShallow, ensemble.outputScales.isEmpty,
      [2, 4].contains(correlator.order)
    else { return correlator }
    let expansion = theory.expansions[index]?.layers.last
    let exact = theory.exactWidths[index]
    let pairs = Multisets(slots: study.points.count, order: 2)
    func pair(_ a: Int, _ b: Int) -> Int { pairs.index(of: [a, b].sorted()) }
    var result = correlator
    for (i, element) in correlator.elements.enumerated() {
      let x = element.indices
      let outputs = element.outputs ?? x.map { _ in 0 }
      if correlator.order == 2 {
        let same = outputs[0] == outputs[1]
        result.elements[i].full.exact = same ? exact?.mean(x[0], x[1]) : 0
        if result.elements[i].full.exact == nil, let shift = expansion?.shift {
          result.elements[i].full.expansion = expansion!.kernel[x[0], x[1]] + shift[x[0], x[1]]
        }
        result.elements[i].connected.exact = result.elements[i].full.exact
        result.elements[i].connected.expansion = result.elements[i].full.expansion
        continue
      }
      let matchings = pairings(of: 4).filter { matching in
        matching.allSatisfy { outputs[$0.0] == outputs[$0.1] }
      }
      let known = matchings.map { m in
        exact?.covariance(x[m[0].0], x[m[0].1], x[m[1].0], x[m[1].1])
      }
      if known.allSatisfy({ $0 != nil }) {
        result.elements[i].connected.exact = known.reduce(0) { $0 + ($1 ?? 0) }
      } else if let vertex = expansion?.vertex, let width = expansion?.width {
        result.elements[i].connected.expansion =
          matchings.reduce(0) {
            $0 + vertex[pair(x[$1[0].0], x[$1[0].1]), pair(x[$1[1].0], x[$1[1].1])]
          } / Double(width)
      }
    }
    return result
  }

  /// The exact two-point function over slots: the kernel of one hidden layer, exact moments with
  /// means, or the kernel given with recorded networks.
  private func exactSecond(_ exact: ExactCorrelators?, _ transform: CumulantTransform) -> [Double]?
  {
    if let given = item.kernel { return overSlots(given, transform) }
    if let exact { return exact.tensors.connected[2] }
    if let ensemble = item.ensemble, ensemble.isShallow, let kernel = theory.kernels[index] {
      return overSlots(kernel.matrix.rows, transform)
    }
    return nil
  }

  private func overSlots(_ kernel: [[Double]], _ transform: CumulantTransform) -> [Double] {
    transform.multisets[2].tuples.map { pair in
      guard pair[0] % item.outputs == pair[1] % item.outputs else { return 0 }
      let scale = item.ensemble?.scale(ofOutput: pair[0] % item.outputs) ?? 1
      return scale * scale * kernel[pair[0] / item.outputs][pair[1] / item.outputs]
    }
  }
}
