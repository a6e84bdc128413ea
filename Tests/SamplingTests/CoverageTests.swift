import Fieldwork
import Foundation
import TestSupport
import Testing

/// Over 2000 seeds, values within one sigma of the exact ones, in sigmas that Student's t with blocks - 1
/// degrees of freedom is carried to, must be 68.27% of all, within four binomial sigmas; ten blocks make the
/// difference to a normal law plain.
@Suite("Coverage of the quoted errors")
struct CoverageTests {
  static let seeds = 2000
  static let runs = 10

  private func expectCoverage(_ hits: Int, _ trials: Int, _ what: Comment) {
    let nominal = 1 - UpperTail.normalTwoSided(1)
    let sigma = (nominal * (1 - nominal) / Double(trials)).squareRoot()
    let share = Double(hits) / Double(trials)
    #expect(abs(share - nominal) < 4 * sigma, "\(what): \(share) against \(nominal)")
  }

  private func covers(_ e: Estimate) -> Bool { abs(e.deviation ?? .infinity) <= 1 }

  @Test("elements, deviations and slopes", arguments: [Estimator.conditional, .neurons, .outputs])
  func coverage(estimator: Estimator) throws {
    let points = try Points.line(0.6)
    // Outputs need many networks: one width of them must do.
    let widths = estimator == .outputs ? [4] : [4, 8, 16]
    // Enough networks that cumulants of a run are close to normal: outputs have long tails.
    let networks = estimator == .outputs ? 25_600 : 3200
    let ensembles = try widths.map { try Ensemble("erf", width: $0, weightSigma: 2, biasSigma: 1) }
    struct Tally {
      var two = 0
      var four = 0
      var deviation = 0
      var clear = 0
      var slope = 0
      var slopes = 0
    }
    let seeds = Self.seeds
    let tallies = UnsafeMutableBufferPointer<Tally>.allocate(capacity: seeds)
    tallies.initialize(repeating: Tally())
    defer { tallies.deallocate() }
    nonisolated(unsafe) let shared = tallies
    DispatchQueue.concurrentPerform(iterations: seeds) { seed in
      var tally = Tally()
      var curve: [WidthPoint] = []
      for ensemble in ensembles {
        guard
          let result = try? sampledCorrelators(
            ensemble, points: points, estimator: estimator, orders: [2, 4], networks: networks,
            runs: Self.runs, seed: UInt64(seed) + 1000, blocks: 10)
        else { continue }
        if ensemble.hidden[0].width == widths[0] {
          tally.two = covers(result[0].elements[0].full) ? 1 : 0
          tally.four = covers(result[1].elements[0].connected) ? 1 : 0
        }
        if result[1].faint == 0 {
          if ensemble.hidden[0].width == widths[0] {
            tally.clear = 1
            tally.deviation = covers(result[1].deviation) ? 1 : 0
          }
          curve.append(
            WidthPoint(
              width: Double(ensemble.hidden[0].width), estimate: result[1].deviation,
              replicated: result[1].replicated.deviation))
        }
      }
      if curve.count == widths.count,
        let slope = WidthFit.power(curve, order: 4, quantity: "deviation")?.slope
      {
        tally.slopes = 1
        tally.slope =
          covers(
            Estimate(value: slope.value, error: slope.error, degrees: slope.degrees, exact: -1))
          ? 1 : 0
      }
      shared[seed] = tally
    }
    func total(_ key: KeyPath<Tally, Int>) -> Int { tallies.reduce(0) { $0 + $1[keyPath: key] } }
    expectCoverage(total(\.two), seeds, "two-point, \(estimator)")
    expectCoverage(total(\.four), seeds, "connected four-point, \(estimator)")
    if estimator != .outputs {
      #expect(total(\.clear) > seeds * 9 / 10 && total(\.slopes) > seeds * 9 / 10)
      expectCoverage(total(\.deviation), total(\.clear), "deviation, \(estimator)")
      // Units serve every width at once, so that the slope is -1 exactly.
      if estimator == .conditional {
        expectCoverage(total(\.slope), total(\.slopes), "slope, \(estimator)")
      }
    }
  }
}
