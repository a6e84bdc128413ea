import Combinatorics
import Correlators
import Ensembles
import Kernels
import Sampling
import Statistics

/// Connected correlators of the first output of one case at a set of points: what they need sampled,
/// and what they are. Couplings, predictions and actions are functions of them.
struct CumulantSource {
  let study: Study
  /// Which case of the study.
  let index: Int
  let points: Points
  let order: Int
  let theory: StudyTheory
  /// Whether odd correlators are taken as zero where nothing is known of the networks.
  var assumesEven = false

  private var item: StudyCase { study.cases[index] }
  private var estimator: Estimator { study.sampling.estimator }

  private func formula() -> CorrelatorFormula {
    switch estimator {
    case .outputs, .file:
      let even = item.isEven ?? assumesEven
      return .outputs(points: points.count, outputs: 1, order: order, evenOnly: even)
    case .conditional:
      return .kernel(points: points.count, outputs: 1, order: order, ensemble: item.ensemble)
    case .neurons, .exact:
      return .units(item.ensemble!.ofFirstOutput, points: points.count, order: order)
    }
  }

  func requirement() -> SamplingRequirement? {
    guard estimator != .exact else { return nil }
    var monomials = formula().monomials
    let quantity: SampledQuantity
    switch estimator {
    case .conditional: quantity = .kernel
    case .neurons: quantity = .units
    default:
      quantity = .outputs
      monomials = monomials.map { $0.map { $0 * item.outputs } }
    }
    return SamplingRequirement(points: points, quantity: quantity, monomials: monomials)
  }

  /// - Parameter sums: nil for `exact`.
  /// - Returns: nil where nothing is drawn and nothing exact is known.
  func sample(_ sums: ReplicatedSums?) -> CumulantSample? {
    let exact = theory.cumulants(ofCase: index, in: study, points: points, order: order)
    guard let sums else { return exact.map { CumulantSample($0) } }
    let second = exact?.connected[2] ?? theory.secondCumulants(ofCase: index, in: study, points)
    return CumulantSample(sums, formula: formula(), second: second, exact: exact)
  }
}
