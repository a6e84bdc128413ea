import Correlators
import EffectiveAction
import Statistics

/// A measurement of one case of a study: what it needs sampled, and what it makes of it. A new one is
/// a type of its own and a line in `Measurement.ofCase`.
protocol CaseMeasurement: Sendable {
  var study: Study { get }
  /// Which case of the study.
  var index: Int { get }
  var name: String { get }

  /// Points and products of what is sampled; none where nothing is drawn.
  func requirements() -> [SamplingRequirement]

  /// Adds results and warnings.
  ///
  /// - Parameter sums: one for each requirement, in their order; none with `exact`.
  /// - Throws: `IntegralUnavailable` or `EdgeworthAction.Unavailable` where the result does not exist:
  ///   it stays null, with a warning that says why.
  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws
}

extension CaseMeasurement {
  func requirements() -> [SamplingRequirement] { [] }

  var item: StudyCase { study.cases[index] }

  /// For warnings.
  var place: String { item.label.isEmpty ? name : "\(item.label): \(name)" }
}

/// What is found about one case, with what fits and warnings across cases need of it.
struct CaseAnalysis: Sendable {
  var result: CaseResult
  var correlators: [Correlator] = []
  var warnings: [StudyWarning] = []
  var scale: ScaleMeasurement.Found?
  var fixedPoints: FixedPointList?

  mutating func warn(_ code: String, _ message: String, at place: String) {
    warnings.append(StudyWarning(code: code, message: message, where: place))
  }
}

extension Measurement {
  /// The measurement of one case.
  func ofCase(_ index: Int, in study: Study, theory: StudyTheory) -> any CaseMeasurement {
    switch self {
    case .correlators(let orders):
      CorrelatorMeasurement(study: study, index: index, orders: orders, theory: theory)
    case .kernel(let options):
      KernelMeasurement(study: study, index: index, options: options, theory: theory)
    case .generatingFunctional(let sources):
      GeneratingMeasurement(study: study, index: index, sources: sources)
    case .outputDensity(let points):
      DensityMeasurement(study: study, index: index, sets: points)
    case .couplings(let options):
      CouplingMeasurement(study: study, index: index, options: options, theory: theory)
    case .sixPoint(let options):
      SixPointMeasurement(study: study, index: index, options: options, theory: theory)
    case .action(let options):
      ActionMeasurement(study: study, index: index, options: options, theory: theory)
    case .independence:
      IndependenceMeasurement(study: study, index: index, theory: theory)
    case .cutoffFlow(let options):
      CutoffFlowMeasurement(study: study, index: index, options: options, theory: theory)
    case .activeFlow(let sextic):
      ScaleMeasurement(study: study, index: index, sextic: sextic, theory: theory)
    case .passiveFlow(let options):
      PassiveFlowMeasurement(study: study, index: index, options: options, theory: theory)
    case .fixedPoints(let options):
      FixedPointMeasurement(study: study, index: index, options: options)
    case .potential(let options):
      PotentialMeasurement(study: study, index: index, options: options, theory: theory)
    case .symmetry(let tests):
      SymmetryMeasurement(study: study, index: index, tests: tests, theory: theory)
    case .locality(let options):
      LocalityMeasurement(study: study, index: index, options: options, theory: theory)
    case .reflectionPositivity(let options):
      PositivityMeasurement(study: study, index: index, options: options)
    case .observables(let options):
      ObservableMeasurement(study: study, index: index, options: options)
    case .identities(let options):
      IdentityMeasurement(study: study, index: index, options: options)
    }
  }
}
