import Foundation
import NumericalMethods
import Renormalization
import Statistics

/// The `potential` measurement of one case. Networks are known at k = 0: the passive flow brings their
/// couplings up to the scale where the grid starts, and the grid comes back down with all powers of the
/// field. What it finds at the end beside what was measured says what the truncation at phi^6 left out.
struct PotentialMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: PotentialOptions
  let theory: StudyTheory

  var name: String { "potential" }

  private var isMeasured: Bool { options.couplings == nil }

  private var scale: ScaleMeasurement {
    ScaleMeasurement(study: study, index: index, sextic: true, theory: theory)
  }

  func requirements() -> [SamplingRequirement] { isMeasured ? scale.requirements() : [] }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    guard let inputs = item.inputs else { return }
    let d = Double(inputs)
    var measured: NetworkCouplings?
    let couplings: [Double]
    if let given = options.couplings {
      couplings = given
    } else {
      guard let found = try scale.evaluate(sums)?.couplings.canonical, let u4 = found.u4.value,
        let u6 = found.u6.value
      else { return }
      measured = NetworkCouplings(u2: found.u2, u4: u4, u6: u6)
      let path = try PolynomialFlow(dimension: d, order: 6)
        .follow([found.u2, u4, u6], from: 0, through: [options.from])
      guard let top = path.couplings.last else {
        return own.warn(
          "pole",
          String(
            format:
              "the passive flow of the networks ends in a pole at k = %.5g, below `from`: there is no potential to start with",
            path.pole ?? .nan), at: place)
      }
      couplings = top
    }
    let range = options.range ?? Self.range(d, couplings, options.from)
    do {
      try PotentialFlow.check(couplings, kink: options.kink, from: options.from, fieldRange: range)
    } catch {
      return own.warn("potential-start", "there is no flow of the potential: \(error)", at: place)
    }
    let flow = try PotentialFlow(
      dimension: d, fieldRange: range, points: options.points,
      accuracy: PotentialFlow.accuracy(for: couplings, kink: options.kink, fieldRange: range))
    let count = 12
    let scales = (1...count).map {
      options.from * pow(options.to / options.from, Double($0) / Double(count))
    }
    let (snapshots, end) = try flow.followed(
      slope: PotentialFlow.slope(of: couplings, kink: options.kink), from: options.from,
      through: scales)
    if let end {
      own.warn(
        "potential-ended",
        String(
          format:
            "the integration ended at k = %.5g: k^2 + U'' is too close to 0 for double precision where the potential has become flat, or too many steps are needed; below k it stays as it is",
          end
        ), at: place)
    }
    own.result.potential = PotentialResult(
      start: .init(k: options.from, couplings: couplings), measured: measured,
      snapshots: snapshots.map(PotentialResult.Snapshot.init), end: end)
  }

  /// Six times the free fluctuation of the field, sqrt of the integral of 1/(p^2 + |u2|) over |p| < k, or
  /// half as far again as the last zero of U'' where there is one beyond.
  private static func range(_ d: Double, _ couplings: [Double], _ k: Double) -> Double {
    let mass = max(abs(couplings.first ?? 0), 1e-4 * k * k)
    let rule = GaussLegendre(count: 64)
    // S_d / (2 pi)^d; over the logarithm of p, which resolves the mass.
    let area = 2 / (pow(4 * .pi, 0.5 * d) * tgamma(0.5 * d))
    let (low, high) = (log(1e-4 * k), log(k))
    let half = 0.5 * (high - low)
    var sum = 0.0
    for (x, weight) in zip(rule.nodes, rule.weights) {
      let p = exp(low + half * (1 + x))
      sum += weight * half * area * pow(p, d) / (p * p + mass)
    }
    let free = 6 * sum.squareRoot()
    let curvature = PotentialFlow.curvature(of: couplings)
    let last = (0...4000).last { curvature(free * Double($0) / 1000) < 0 } ?? 0
    return max(free, 1.5 * free * Double(last) / 1000)
  }
}
