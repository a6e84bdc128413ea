import Dispatch
import Fieldwork
import Foundation
import Synchronization
import TestSupport
import Testing

/// What the tests say of symmetries that hold.
@Suite("Honest p-values")
struct HonestyTests {
  private static let seeds = 2000

  /// p-values over seeds: Hotelling's, and that of the largest element.
  private func pValues(
    _ ensemble: Ensemble, points: [[Double]], group: SymmetryGroup, order: Int, elements: Int,
    quantity: SampledQuantity = .outputs, seeds: Int = HonestyTests.seeds
  ) -> (hotelling: [Double], largest: [Double]) {
    let base = Points(valid: points)
    let isInput = group.side == .input
    let list = group.elements(
      elements, dimension: isInput ? points[0].count : ensemble.outputs, seed: 1)
    let input = InputTransformation(
      points: base, order: order, elements: list,
      basis: quantity == .kernel ? .kernel : .outputs(ensemble.outputs))
    let output = OutputTransformation(
      points: points.count, outputs: ensemble.outputs, order: order, elements: list)
    let monomials = isInput ? input.monomials : output.tuples
    let layout = CellLayout(runs: 1, samplesPerRun: 256 * 64, cellsPerRun: 256)
    let results = Mutex([(Int, Double, Double)]())
    DispatchQueue.concurrentPerform(iterations: seeds) { k in
      let sampler = NetworkSampler.make(
        ensemble, points: isInput ? input.points : base, quantity: quantity, seed: UInt64(k + 1))
      let plan = MomentPlan(slots: sampler.slots, monomials: monomials)
      guard let cells = try? SamplingPass(sampler: sampler, plan: plan, layout: layout).run()
      else { return }
      let sums = layout.replicatedSums(cells, position: plan.position)
      let components = isInput ? input.components : output.components
      let test = InvarianceTest(
        blocks: sums.blockCounts.count, weights: sums.blockCounts,
        scales: [Double](repeating: 1, count: components), seed: UInt64(k)
      ) { b in
        let means = sums.blockSums[b].map { $0 / sums.blockCounts[b] }
        return isInput ? input.differences(means) : output.differences(means)
      }
      results.withLock { $0.append((k, test.pValue ?? .nan, test.largest?.pValue ?? 1)) }
    }
    let sorted = results.withLock { $0 }.sorted { $0.0 < $1.0 }
    return (sorted.map(\.1), sorted.map(\.2))
  }

  /// The p-value of Kolmogorov and Smirnov's test of uniformity, asymptotic.
  private func uniformity(_ p: [Double]) -> Double {
    let sorted = p.sorted()
    let n = Double(p.count)
    let distance =
      sorted.enumerated().map { i, x in max(Double(i + 1) / n - x, x - Double(i) / n) }.max() ?? 0
    let t = distance * (n.squareRoot() + 0.12 + 0.11 / n.squareRoot())
    var sum = 0.0
    for k in 1...100 {
      let term = exp(-2 * Double(k * k) * t * t)
      sum += k % 2 == 1 ? term : -term
    }
    return 2 * sum
  }

  private func check(_ p: (hotelling: [Double], largest: [Double]), _ what: String) {
    #expect(uniformity(p.hotelling) > 1e-3, "\(what): \(uniformity(p.hotelling))")
    let rate = Double(p.largest.filter { $0 < 0.05 }.count) / Double(p.largest.count)
    #expect(rate <= 0.065, "\(what): Bonferroni rate \(rate)")
  }

  @Test("O(3) and O(5) of the outputs: uniform over 2000 seeds")
  func outputs() throws {
    let three = try Ensemble("relu", outputs: 3, width: 6)
    check(
      pValues(
        three, points: [[0.5], [1]], group: SymmetryGroup(.orthogonal), order: 2, elements: 2),
      "O(3)")
    let five = try Ensemble("erf", outputs: 5, width: 6, biasSigma: 1)
    check(
      pValues(five, points: [[0.5]], group: SymmetryGroup(.orthogonal), order: 2, elements: 2),
      "O(5)")
    check(
      pValues(
        three, points: [[0.5]], group: SymmetryGroup(.specialOrthogonal), order: 4, elements: 2),
      "SO(3), order 4")
  }

  @Test("Rotations of the inputs in two and three dimensions: uniform over 2000 seeds")
  func inputs() throws {
    for d in [2, 3] {
      let net = try Ensemble("relu", inputs: d, width: 6, biasSigma: 0.5)
      let points = [[0.4, -0.7, 0.2], [1.0, 0.3, -0.5]].map { Array($0.prefix(d)) }
      let group = SymmetryGroup(.orthogonal, side: .input)
      check(pValues(net, points: points, group: group, order: 2, elements: 3), "input O(\(d))")
      check(
        pValues(net, points: points, group: group, order: 4, elements: 2, quantity: .kernel),
        "input O(\(d)), order 4, random kernels")
    }
  }

  @Test("Translations of a periodic net under any weight density: uniform over 2000 seeds")
  func translations() throws {
    let unit = try Activation.periodic(Activation("relu"))
    let net = try Ensemble(
      inputs: 1, hidden: [HiddenLayer(unit, width: 6)],
      weights: [
        Density(.studentT, sigma: 1.3, dof: 3, mean: [0.4]), .gaussian(1),
      ], biases: [Ensemble.uniformPhase(period: 1), .gaussian(0)])
    check(
      pValues(
        net, points: [[0.1], [0.7]], group: SymmetryGroup(.translations), order: 2, elements: 4),
      "translations")
  }

  @Test("U(2) of complex outputs: uniform over 2000 seeds")
  func unitary() throws {
    let net = try Ensemble(
      inputs: 1, outputs: 4, hidden: [HiddenLayer(Activation("relu"), width: 6)],
      weights: [.gaussian(1), .gaussian(0.5.squareRoot())], biases: [.gaussian(0), .gaussian(0)],
      isComplex: true)
    check(
      pValues(net, points: [[0.8]], group: SymmetryGroup(.unitary), order: 2, elements: 3), "U(2)")
  }

  @Test("Heavy tails: honest on the safe side, or flagged by the kurtosis of the blocks")
  func heavyTails() throws {
    let net = try Ensemble("gauss", outputs: 3, width: 3, biasSigma: 1)
    let p = pValues(
      net, points: [[0.01]], group: SymmetryGroup(.orthogonal), order: 2, elements: 2, seeds: 1000)
    for (level, limit) in [(0.05, 0.07), (0.01, 0.02)] {
      for values in [p.hotelling, p.largest] {
        let rate = Double(values.filter { $0 < level }.count) / Double(values.count)
        #expect(rate <= limit, "\(level): \(rate)")
      }
    }
    // Where single networks carry everything the blocks tell.
    let results = try runStudy(
      """
      ensemble: {outputs: 3, hidden: [{activation: gauss, width: 3}], biases: {sigma: 1}}
      points: [[0.01]]
      sampling: {estimator: outputs, networks: 20000, runs: 10}
      measure: [symmetry: {group: O}]
      """)
    #expect(results.warnings.contains { $0.code == "heavy-blocks" })
    #expect(results.cases[0].symmetry!.allSatisfy { $0.p_adjusted! > 0.01 })
  }
}
