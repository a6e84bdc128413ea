import Combinatorics
import Correlators
import EffectiveAction
import Ensembles
import Kernels
import Sampling
import Statistics

/// The `independence` measurement of one case: the connected four-point function in its finite-width
/// and its correlation part, and its response to the strength of the correlation.
struct IndependenceMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let theory: StudyTheory

  var name: String { "independence" }
  private var estimator: Estimator { study.sampling.estimator }

  private var source: CumulantSource {
    CumulantSource(study: study, index: index, points: study.points, order: 4, theory: theory)
  }

  private var fours: [[Int]] { Multisets(slots: study.points.count, order: 4).tuples }

  /// Whether the score can be sampled along with the outputs.
  private var isScored: Bool {
    estimator == .outputs && (item.ensemble.map(CorrelatedOutputSampler.hasScore) ?? false)
  }

  /// The correlators; with outputs also the products with the score, and for neurons the unit's
  /// moments (which the correlators are made of).
  func requirements() -> [SamplingRequirement] {
    var result = [source.requirement()].compactMap { $0 }
    if isScored {
      result.append(
        SamplingRequirement(
          points: study.points, quantity: .scoredOutputs,
          monomials: LinearResponse.monomials(points: study.points.count)))
    }
    return result
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    own.result.independence = evaluate(sums)
  }

  func evaluate(_ sums: [ReplicatedSums]) -> IndependenceResult? {
    guard let ensemble = item.ensemble, let sample = source.sample(sums.first) else { return nil }
    let total = sample.estimate { $0[4] }
    var result = IndependenceResult(
      correlation: ensemble.correlation?.description ?? "independent",
      strength: ensemble.correlation?.strength ?? 0,
      elements: zip(fours, total).map { .init(indices: $0, connected: $1) })
    let split = FourPointSplit(ensemble)
    let unit = theory.unitMoments[index]
    if let split {
      if estimator == .neurons, let sums = sums.first {
        let parts = sums.estimates {
          split.parts(ofUnitMeans: $0, points: study.points.count).flatMap { $0 }
        }
        let known = unit.map { split.parts($0).values }
        func estimate(_ k: Int, _ i: Int) -> Estimate {
          var own = parts[k * fours.count + i]
          own.exact = known?[k][i]
          return own
        }
        for i in fours.indices {
          result.elements[i].finite_width = estimate(0, i)
          result.elements[i].correlation = estimate(1, i)
        }
      } else if let unit {
        let (values, errors) = split.parts(unit)
        for i in fours.indices {
          result.elements[i].finite_width = .exactly(values[0][i], error: errors[0][i])
          result.elements[i].correlation = .exactly(values[1][i], error: errors[1][i])
        }
      }
    }
    let response = LinearResponse(ensemble, transform: sample.transform)
    let exact = sample.exact.map(response.exact)
    if isScored, sums.count > 1 {
      let sampled = response.sampled(sums[1], points: study.points.count)
      for i in fours.indices {
        result.elements[i].response = sampled[i]
        result.elements[i].response?.exact = exact?[i]
      }
    } else if ensemble.correlation != nil, let exact {
      for i in fours.indices { result.elements[i].response = .exactly(exact[i]) }
    }
    return result
  }
}
