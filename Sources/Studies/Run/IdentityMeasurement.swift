import Correlators
import Duality
import Engineering
import Foundation
import Sampling
import Statistics

/// The `identities` measurement of one case: every identity and order is a set of combinations of means that
/// vanish, tested like a symmetry.
struct IdentityMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: IdentityOptions

  var name: String { "identities" }

  private struct Test {
    let name: String
    let order: Int
    let statements: [ScalarIdentities.Statement]
  }

  private var identities: ScalarIdentities? {
    item.theory.map { ScalarIdentities($0, points: study.points.coordinates) }
  }

  private var tests: [Test] {
    guard let identities else { return [] }
    var all: [Test] = []
    for kind in identities.kinds {
      for order in options.orders {
        let statements = identities.statements(kind, order: order)
        if !statements.isEmpty {
          all.append(Test(name: kind.name, order: order, statements: statements))
        }
      }
    }
    return all
  }

  private func monomials(_ tests: [Test]) -> [[Int]] {
    var known = Set<[Int]>()
    var all: [[Int]] = []
    for test in tests {
      for statement in test.statements {
        for term in statement.terms where known.insert(term.slots).inserted {
          all.append(term.slots)
        }
      }
    }
    return all
  }

  func requirements() -> [SamplingRequirement] {
    guard let identities else { return [] }
    return [
      SamplingRequirement(
        points: study.points, quantity: identities.quantity, monomials: monomials(tests))
    ]
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    guard let sums = sums.first else { return }
    let tests = tests
    let place = Dictionary(
      monomials(tests).enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    let means = sums.means
    var results: [IdentityResult] = []
    for test in tests {
      let terms = test.statements.map { s in s.terms.map { ($0.factor, place[$0.slots]!) } }
      let found = InvarianceTest(
        blocks: sums.blockCounts.count, weights: sums.blockCounts,
        scales: scales(terms, means, sums), seed: study.sampling.seed
      ) { block in
        terms.map { list in
          list.reduce(0) { $0 + $1.0 * sums.blockSums[block][$1.1] / sums.blockCounts[block] }
        }
      }
      results.append(
        IdentityResult(
          identity: test.name, order: test.order, statements: test.statements.count,
          p_value: found.pValue, p_adjusted: nil,
          largest: found.largest.map {
            LargestComponent(
              value: $0.value, error: $0.error, sigma: $0.sigma, p_value: $0.pValue,
              where: test.statements[$0.component].label)
          }, verdict: found.undecided == nil ? .holds : .undecided, undecided: found.undecided))
    }
    let adjusted = HolmCorrection.adjusted(
      results.map { r in r.p_value.map { min(1, 2 * min($0, r.largest?.p_value ?? 1)) } })
    for i in results.indices {
      results[i].p_adjusted = adjusted[i]
      if let reason = results[i].undecided {
        own.warn(
          "undecided",
          "\(results[i].identity) of order \(results[i].order): nothing was tested: \(reason)",
          at: self.place)
      }
      guard let p = adjusted[i], p < options.level else { continue }
      results[i].verdict = .broken
      own.warn(
        "identity-broken",
        "\(results[i].identity) of order \(results[i].order) must hold and is rejected (adjusted p = \(PValue.text(p))): the sampler is wrong or has not thermalised",
        at: self.place)
    }
    own.result.identities = results
  }

  /// The size of a statement: its largest term or, where all vanish on average, its spread over blocks.
  private func scales(_ terms: [[(Double, Int)]], _ means: [Double], _ sums: ReplicatedSums)
    -> [Double]
  {
    terms.map { list in
      let size = list.map { abs($0.0 * means[$0.1]) }.max() ?? 0
      var square = 0.0
      for b in sums.blockCounts.indices {
        let v = list.reduce(0) { $0 + $1.0 * sums.blockSums[b][$1.1] / sums.blockCounts[b] }
        square += v * v
      }
      let spread = (square / Double(sums.blockCounts.count)).squareRoot()
      return max(size, spread, 1e-300)
    }
  }
}
