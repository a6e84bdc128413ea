import Renormalization
import Statistics

/// The `fixed-points` measurement: it depends on the dimension alone, so that the first case stands for
/// all of them.
struct FixedPointMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: FixedPointOptions

  var name: String { "fixed-points" }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    guard index == 0, let dimension = options.dimension(of: study) else { return }
    var all: [FixedPointResult] = []
    for order in options.orders {
      let found: [FixedPoint]
      do {
        switch options.expansion {
        case .zero:
          found = try PolynomialFlow(
            dimension: dimension, order: order, components: options.components
          ).fixedPoints()
        case .minimum:
          found =
            try MinimumFlow(
              dimension: dimension, order: order, components: options.components,
              anomalous: options.anomalous
            ).wilsonFisher().map { [$0] } ?? []
        }
      } catch {
        own.warn("no-fixed-point", "order \(order): \(error)", at: place)
        continue
      }
      all += found.map { FixedPointResult(order: order, expansion: options.expansion, $0) }
    }
    if options.potential, dimension > 2, dimension < 4 {
      do {
        let full = try PotentialFixedPoint(
          dimension: dimension, components: options.components, anomalous: options.anomalous)
        all.append(FixedPointResult(order: nil, expansion: nil, full.point))
      } catch {
        own.warn("no-fixed-point", "the whole potential: \(error)", at: place)
      }
    }
    own.fixedPoints = FixedPointList(
      dimension: dimension, components: options.components, points: all)
  }
}

extension FixedPointOptions {
  /// The dimension given, or the inputs of the networks.
  func dimension(of study: Study) -> Double? {
    dimension ?? study.cases.first?.inputs.map { Double($0) }
  }
}
