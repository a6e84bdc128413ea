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
    let quantities = readout.quantities
    // A quantity that does not exist with some block left out is not finite, and so not known.
    let estimates = sums.estimates { means in quantities.map { $0(means) } }
    own.result.observables = zip(quantities, estimates).map { quantity, estimate in
      var estimate = estimate
      estimate.exact = item.freeTheory?.exact(quantity, at: readout.place)
        .flatMap { $0.isFinite ? $0 : nil }
      return ObservableResult(quantity: quantity.name, time: quantity.time, estimate: estimate)
    }
  }
}
