import Fieldwork
import Foundation
import Synchronization
import TestSupport
import Testing

/// Errors at few runs. Over 600 seeds, the numbers of pulls beyond 1, 2 and 3 sigmas (Student's t with the
/// blocks less one as its degrees of freedom, carried to normal deviates) must be those of a normal variable,
/// within four binomial sigmas and one seed.
@Suite("Coverage at 1, 2, 4 and 10 runs")
struct BlockCoverageTests {
  static let seeds = 600

  /// Pulls by name, over all seeds.
  private func pulls(
    _ body: @escaping @Sendable (UInt64) -> [String: Double?]
  ) -> [String: [Double]] {
    let all = Mutex<[String: [Double]]>([:])
    DispatchQueue.concurrentPerform(iterations: Self.seeds) { seed in
      let own = body(UInt64(seed) + 1)
      all.withLock { all in
        for (name, pull) in own { if let pull { all[name, default: []].append(pull) } }
      }
    }
    return all.withLock { $0 }
  }

  private func check(_ pulls: [String: [Double]], names: [String], runs: Int) {
    for name in names {
      let own = pulls[name] ?? []
      #expect(own.count == Self.seeds, "\(name) at \(runs) runs: \(own.count) pulls")
      for sigmas in [1.0, 2, 3] {
        let expected = UpperTail.normalTwoSided(sigmas) * Double(own.count)
        let beyond = own.filter { abs($0) > sigmas }.count
        #expect(
          abs(Double(beyond) - expected) < 4 * expected.squareRoot() + 1,
          "\(name) at \(runs) runs: \(beyond) beyond \(sigmas) sigmas, \(expected) expected")
      }
    }
  }

  @Test("Correlators, couplings and slopes", arguments: [1, 2, 4, 10])
  func coverage(runs: Int) throws {
    let widths = [4, 8, 16]
    let points = Points(valid: [[0.3], [0.9]])
    let ensembles = try widths.map {
      try Ensemble("erf", width: $0, weightSigma: 2, biasSigma: 1)
    }
    let exact = try ensembles.map { try ExactCumulants($0, points: points, order: 4) }
    let formula = CorrelatorFormula.kernel(points: 2, outputs: 1, order: 4)
    let analysis = try CouplingAnalysis(
      Propagator(ensembles[0]), points: points, cutoffs: [20], terms: [.lambda0])
    let networks = 19_200 / runs
    let found = pulls { seed in
      var own: [String: Double?] = [:]
      var curve: [WidthPoint] = []
      for (k, ensemble) in ensembles.enumerated() {
        let sampler = NetworkSampler.make(ensemble, points: points, quantity: .kernel, seed: seed)
        let plan = MomentPlan(slots: sampler.slots, monomials: formula.monomials)
        let layout = CellLayout(
          runs: runs, samplesPerRun: networks,
          cellsPerRun: CellLayout.cellsPerRun(blocks: 64, runs: runs))
        guard let cells = try? SamplingPass(sampler: sampler, plan: plan, layout: layout).run()
        else { return [:] }
        let sums = layout.replicatedSums(cells, position: plan.position)
        let correlators = CorrelatorAnalysis(
          formula: formula, outputs: 1, exactFirst: [0, 0], exactSecond: exact[k].connected[2],
          exact: ExactCorrelators(connected: exact[k].connected, transform: formula.transform)
        ).measure(sums, orders: [2, 4])
        curve.append(
          WidthPoint(
            width: Double(ensemble.hidden[0].width), estimate: correlators[1].deviation,
            replicated: correlators[1].replicated.deviation))
        guard k == 0 else { continue }
        own["two-point"] = correlators[0].elements[0].full.deviation
        own["four-point"] = correlators[1].elements[2].connected.deviation
        own["deviation"] = correlators[1].deviation.deviation
        let sample = CumulantSample(
          sums, formula: formula, second: exact[k].connected[2], exact: exact[k])
        let coupling = analysis.couplings(sample)[0]
        own["lambda"] = coupling.mean.deviation
        own["fitted lambda"] = coupling.fit?.values[0].deviation
      }
      own["slope"] = WidthFit.power(curve, order: 4, quantity: "deviation")?.slope?
        .sigmas(from: -1)
      return own
    }
    check(
      found, names: ["two-point", "four-point", "deviation", "lambda", "fitted lambda", "slope"],
      runs: runs)
  }

  @Test("Two runs: no pull of 40 true seeds beyond 4 sigmas, where leaving out runs gives 16.9")
  func twoRuns() throws {
    let points = try Points.line(0.6)
    let ensemble = try Ensemble("erf", width: 4, weightSigma: 2, biasSigma: 1)
    var (blocks, runs) = ([Double](), [Double]())
    for seed in 0..<40 {
      for form in [CorrelatorAnalysis.Form.unbiased, .published] {
        let own = try sampledCorrelators(
          ensemble, points: points, estimator: .conditional, orders: [2, 4], networks: 16_384,
          runs: 2, seed: UInt64(seed), form: form, blocks: 256)
        let e = own[0].elements[0].full
        if form == .unbiased {
          blocks.append(abs(e.deviation!))
        } else {
          runs.append(abs(e.deviation!))
          #expect(e.degrees == 1)
          // In sigmas of Student's t with one degree of freedom nothing is far off.
          #expect(abs(e.deviation!) < 4)
        }
      }
    }
    #expect(blocks.max()! < 4)
    #expect(blocks.filter { $0 > 1 }.count < 24)
  }
}
