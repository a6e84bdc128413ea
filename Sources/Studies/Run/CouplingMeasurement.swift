import Correlators
import EffectiveAction
import Ensembles
import Sampling
import Statistics

/// The `couplings` measurement of one case.
struct CouplingMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: CouplingOptions
  let theory: StudyTheory

  var name: String { "couplings" }

  private func source(_ points: Points, order: Int) -> CumulantSource {
    CumulantSource(study: study, index: index, points: points, order: order, theory: theory)
  }

  private var train: CumulantSource { source(study.points, order: options.sextic ? 6 : 4) }
  private var test: CumulantSource? { options.testPoints.map { source($0, order: 4) } }

  func requirements() -> [SamplingRequirement] {
    [train.requirement(), test?.requirement()].compactMap { $0 }
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    own.result.couplings = try evaluate(sums)
    own.warnings += CouplingResult.warnings(own.result.couplings ?? [], place: place)
  }

  /// - Throws: `IntegralUnavailable` where the vertices cannot be integrated.
  func evaluate(_ sums: [ReplicatedSums]) throws -> [CouplingResult]? {
    guard let ensemble = study.cases[index].ensemble, let sample = train.sample(sums.first) else {
      return nil
    }
    let propagator = try Propagator(ensemble, vertexLines: options.cutoffs.vertex)
    let analysis = try CouplingAnalysis(
      propagator, points: study.points, testPoints: options.testPoints,
      cutoffs: options.cutoffs.resolved(propagator), terms: options.terms, sextic: options.sextic)
    return analysis.couplings(sample, test: test?.sample(sums.count > 1 ? sums[1] : nil))
      .map { CouplingResult($0, vertex: options.cutoffs.vertex) }
  }
}

/// The `six-point` measurement of one case.
struct SixPointMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: CutoffOptions
  let theory: StudyTheory

  var name: String { "six-point" }

  private var source: CumulantSource {
    CumulantSource(study: study, index: index, points: study.points, order: 6, theory: theory)
  }

  func requirements() -> [SamplingRequirement] { [source.requirement()].compactMap { $0 } }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    own.result.six_point = try evaluate(sums)
  }

  /// - Throws: `IntegralUnavailable` where the vertices cannot be integrated.
  func evaluate(_ sums: [ReplicatedSums]) throws -> [SixPointResult]? {
    guard let ensemble = study.cases[index].ensemble, let sample = source.sample(sums.first) else {
      return nil
    }
    let propagator = try Propagator(ensemble, vertexLines: options.vertex)
    return try SixPointPrediction.all(
      propagator, points: study.points, cutoffs: options.resolved(propagator), sample: sample
    ).map { SixPointResult($0) }
  }
}
