import Fieldwork
import Foundation
import TestSupport
import Testing

/// Over 1500 seeds, 68.27% of what is derived from sampled correlators must lie within one sigma of the exact
/// value, in sigmas that Student's t with blocks - 1 degrees of freedom is carried to, within four binomial
/// sigmas.
@Suite("Coverage of couplings and actions")
struct DerivedCoverageTests {
  static let seeds = 1500
  static let runs = 10

  @Test("lambda, fits, kappa, the six-point prediction and the tensors of the action")
  func coverage() throws {
    let ensemble = try Ensemble("erf", width: 5, weightSigma: 1.5, biasSigma: 0.8)
    let points = Points(valid: [[0.3], [0.9]])
    let exact = try ExactCumulants(ensemble, points: points, order: 6)
    let formula = CorrelatorFormula.kernel(points: 2, outputs: 1, order: 6)
    let propagator = try Propagator(ensemble)
    let analysis = try CouplingAnalysis(
      propagator, points: points, cutoffs: [20], terms: [.lambda0, .lambda2], sextic: true)
    let names = [
      "mean of lambda", "lambda0", "lambda2", "kappa", "six-point", "g0", "g2", "g4", "g6",
    ]
    let seeds = Self.seeds
    let hits = UnsafeMutableBufferPointer<[Bool]>.allocate(capacity: seeds)
    hits.initialize(repeating: [])
    defer {
      hits.deinitialize()
      hits.deallocate()
    }
    nonisolated(unsafe) let shared = hits
    DispatchQueue.concurrentPerform(iterations: seeds) { seed in
      let sampler = NetworkSampler.make(
        ensemble, points: points, quantity: .kernel, seed: UInt64(seed) + 77)
      let plan = MomentPlan(slots: sampler.slots, monomials: formula.monomials)
      let layout = CellLayout(runs: Self.runs, samplesPerRun: 6400, cellsPerRun: 4)
      guard let cells = try? SamplingPass(sampler: sampler, plan: plan, layout: layout).run()
      else { return }
      let sample = CumulantSample(
        layout.replicatedSums(cells, position: plan.position), formula: formula,
        second: exact.connected[2], exact: exact)
      let c = analysis.couplings(sample)[0]
      let six = try? SixPointPrediction.all(
        propagator, points: points, cutoffs: [20], sample: sample)[0]
      let action = sample.estimate { tensors in
        guard
          let a = try? EdgeworthAction(
            connected: tensors, transform: sample.transform, order: 2)
        else { return [.nan, .nan, .nan, .nan] }
        return [
          a.g0, a.couplings[2]!.values[1], a.couplings[4]!.values[2], a.couplings[6]!.values[3],
        ]
      }
      let all =
        [c.mean, c.fit?.values[0], c.fit?.values[1], c.sextic?.mean, six?.prediction]
        + action.map { Optional($0) }
      shared[seed] = all.map { abs($0?.deviation ?? .infinity) <= 1 }
    }
    let nominal = 1 - UpperTail.normalTwoSided(1)
    let sigma = (nominal * (1 - nominal) / Double(seeds)).squareRoot()
    for (k, name) in names.enumerated() {
      let share = Double(hits.filter { $0.count == names.count && $0[k] }.count) / Double(seeds)
      #expect(abs(share - nominal) < 4 * sigma, "\(name): \(share) against \(nominal)")
    }
  }

  @Test("Generalised least squares: the p-value of a true model is uniform (4 binomial sigmas)")
  func goodness() throws {
    // A Gaussian field has no connected four-point function: lambda = 0 is true.
    let ensemble = try Ensemble("erf", width: 5, biasSigma: 0.5)
    let points = Points(valid: [[0.5], [1]])
    let formula = CorrelatorFormula.outputs(points: 2, outputs: 1, order: 4, evenOnly: true)
    let analysis = try CouplingAnalysis(Propagator(ensemble), points: points, cutoffs: [1])
    var below: [Double: Int] = [0.05: 0, 0.5: 0]
    var covered = 0
    let trials = 600
    for seed in 0..<trials {
      var generator = testGenerator(seed: UInt64(seed))
      func normal() -> Double {
        let (u, v) = (
          Double.random(in: 1e-300..<1, using: &generator),
          Double.random(in: 0..<1, using: &generator)
        )
        return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
      }
      let runs = (0..<Self.runs).map { _ in
        (0..<8).map { _ -> (count: Double, sums: [Double]) in
          var sums = [Double](repeating: 0, count: formula.monomials.count)
          for _ in 0..<150 {
            let (a, b) = (normal(), normal())
            let f = [a, 0.6 * a + 0.8 * b]
            for (k, m) in formula.monomials.enumerated() {
              sums[k] += m.reduce(1) { $0 * f[$1] }
            }
          }
          return (150, sums)
        }
      }
      let sample = CumulantSample(
        ReplicatedSums(blocks: runs, moments: formula.monomials.count), formula: formula)
      let fit = try #require(analysis.couplings(sample)[0].fit)
      let p = try #require(fit.chiSquare?.p_value)
      for level in below.keys where p < level { below[level]! += 1 }
      if abs(fit.values[0].sigmas(from: 0)!) <= 1 { covered += 1 }
    }
    for (level, count) in below {
      let sigma = (level * (1 - level) / Double(trials)).squareRoot()
      #expect(
        abs(Double(count) / Double(trials) - level) < 4 * sigma,
        "p < \(level): \(count) of \(trials)")
    }
    let nominal = 1 - UpperTail.normalTwoSided(1)
    let sigma = (nominal * (1 - nominal) / Double(trials)).squareRoot()
    #expect(abs(Double(covered) / Double(trials) - nominal) < 4 * sigma)
  }
}
