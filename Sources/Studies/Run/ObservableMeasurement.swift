import Correlators
import Engineering
import Foundation
import Sampling
import Statistics

/// The `observables` measurement of one case: functions of means over networks, with errors from leaving out
/// one block at a time.
struct ObservableMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: ObservableOptions

  var name: String { "observables" }

  private var readout: ObservableReadout? { options.readout(item) }

  func requirements() -> [SamplingRequirement] {
    guard let readout else { return [] }
    return [
      SamplingRequirement(
        points: study.points, quantity: readout.quantity,
        monomials: (0..<readout.slots).map { [$0] })
    ]
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    guard let readout, let sums = sums.first else { return }
    let means = sums.means
    let without = sums.meansWithoutBlock
    let knife = Jackknife(counts: sums.blockCounts)
    own.result.observables = readout.quantities.map { quantity in
      let full = quantity(means)
      let left = without.map { quantity($0) }
      let exact = item.freeTheory?.exact(quantity, at: readout.place)
      // A quantity that does not exist with some block left out is not known.
      guard full.isFinite, left.allSatisfy(\.isFinite) else {
        return ObservableResult(
          quantity: quantity.name, time: quantity.time,
          estimate: Estimate(value: nil, error: nil, exact: exact))
      }
      return ObservableResult(
        quantity: quantity.name, time: quantity.time,
        estimate: Estimate(
          value: knife.corrected(full: full) { left[$0] },
          error: knife.error(full: full) { left[$0] }, exact: exact))
    }
  }
}
