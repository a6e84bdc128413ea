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
      let exact = exact(quantity)
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

  /// At this width, of free theories.
  private func exact(_ quantity: FieldQuantity) -> Double? {
    guard let theory = item.freeTheory, let readout else { return nil }
    let n = Double(theory.components)
    let origin = [Double](repeating: 0, count: theory.dimension)
    func along(_ axis: Int, _ t: Double) -> [Double] {
      (0..<theory.dimension).map { $0 == axis ? t : 0 }
    }
    let size: Int? = if case .torus(let size, _) = readout.place { size } else { nil }
    switch quantity.name {
    case .phi2: return n * theory.propagator(origin)
    case .phi4:
      let d0 = theory.propagator(origin)
      let four = [[Double]](repeating: origin, count: 4)
      // sum_ij <phi_i^2 phi_j^2>.
      return (n * n + 2 * n) * d0 * d0 + n * theory.connectedFourPoint(four)
        + n * (n - 1) * theory.connectedFourPoint(four, components: [0, 0, 1, 1])
    case .neighbour: return n * theory.propagator(along(0, 1))
    case .susceptibility: return n / (theory.mass * theory.mass)
    case .correlator:
      let t = quantity.time ?? 0
      guard let size else { return n * theory.propagator(along(options.axis, t)) }
      return n * zeroMomentum(theory, size, t)
    case .effectiveMass:
      let t = quantity.time ?? 0
      guard let size else {
        let earlier = options.times.last { $0 < t } ?? 0
        let ratio =
          theory.propagator(along(options.axis, t))
          / theory.propagator(along(options.axis, earlier))
        return ratio > 0 ? -log(ratio) / (t - earlier) : nil
      }
      let c = [t - 1, t, t + 1].map { zeroMomentum(theory, size, $0) }
      return acosh((c[0] + c[2]) / (2 * c[1]))
    case .correlationLength:
      // chi/F = (khat^2 + m^2)/m^2 at the lowest momentum.
      return 1 / theory.mass
    case .magnetisation, .binder: return nil
    }
  }

  /// (1/L) sum_k cos(k t)/(khat^2 + m^2).
  private func zeroMomentum(_ theory: FreeScalar, _ size: Int, _ t: Double) -> Double {
    var sum = 0.0
    for j in 0..<size {
      let k = 2 * Double.pi * Double(j) / Double(size)
      let s = 2 * sin(0.5 * k)
      sum += cos(k * t) / (s * s + theory.mass * theory.mass)
    }
    return sum / Double(size)
  }
}
