import Fieldwork
import Foundation
import TestSupport
import Testing

/// All estimators against exact values, fixed seeds; the bounds are in sigma.
@Suite("Estimators")
struct EstimatorTests {
  /// Root mean square of (value - exact)/error over the elements, and the largest.
  private func pulls(_ correlators: [Correlator]) -> (rms: Double, worst: Double) {
    let all = correlators.flatMap { c in
      c.elements.flatMap { [$0.full.deviation, $0.connected.deviation].compactMap { $0 } }
    }
    return (
      (all.reduce(0) { $0 + $1 * $1 } / Double(max(1, all.count))).squareRoot(),
      all.map(abs).max() ?? 0
    )
  }

  static let ensembles: [(String, Double)] = [
    ("relu", 0), ("erf", 1), ("tanh", 0.5), ("gelu", 0.3), ("softplus", 0.4), ("sin", 0.7),
    ("cos", 0), ("linear", 0.6), ("leaky-relu", 0),
  ]

  @Test(
    "every estimator gives the exact correlators (rms below 3.5, worst below 6 sigma)",
    arguments: ensembles, [Estimator.outputs, .conditional, .neurons])
  func unbiased(_ unit: (String, Double), _ estimator: Estimator) throws {
    let ensemble = try Ensemble(unit.0, width: 6, weightSigma: 1.1, biasSigma: unit.1)
    let result = try sampledCorrelators(
      ensemble, points: .line(0.4, 1.1), estimator: estimator, orders: [2, 4, 6],
      networks: 20_000, runs: 20, seed: 17, threads: 2)
    let (rms, worst) = pulls(result)
    // Elements of one sample move together (relu at one sign: one mode), so the rms is one draw.
    #expect(rms < 3.5 && worst < 6, "\(unit.0) \(estimator): \(rms) \(worst)")
  }

  @Test(
    "relu d=1: the published coefficients from samples, within 2% and 4 sigma",
    arguments: [Estimator.conditional, .neurons])
  func reluCoefficients(_ estimator: Estimator) throws {
    for (inputs, points, exact) in [
      (1, try Points.line(0.2, 0.6, 1.2), 5.0),
      (2, try Points([[0.5, 0.5], [0.5, 1], [1, 0.5], [1, 1]], inputs: 2), 4.948),
      (
        3, try Points([[0.2, 0.2, 0.2], [1, 1, 0.2], [0.2, 1, 1], [1, 0.2, 1]], inputs: 3), 4.742
      ),
    ] {
      let ensemble = try Ensemble("relu", inputs: inputs, width: 20)
      let deviation = try sampledCorrelators(
        ensemble, points: points, estimator: estimator, orders: [4], networks: 60_000, seed: 5,
        threads: 2)[0].deviation
      let value = 20 * (deviation.value ?? 0)
      let error = 20 * (deviation.error ?? 1)
      #expect(error / value < 0.02)
      #expect(abs(value - exact) < 4 * error + 5e-4)
    }
  }

  @Test(
    "the covariance form has the error that theory gives it: 1.77 for relu N = 20, 1.31 for erf N = 5"
  )
  func efficiency() throws {
    for (name, sb, x, width, coefficient) in [
      ("relu", 0.0, 1.0, 20, 1.77), ("erf", 1.0, 1.0, 5, 1.31),
    ] {
      let networks = 20_000
      let runs = 40
      let element = try sampledCorrelators(
        Ensemble(name, width: width, biasSigma: sb), points: .line(x), estimator: .conditional,
        orders: [4], networks: networks, runs: runs, seed: 23, threads: 2)[0].elements[0].connected
      let measured =
        (element.error ?? 0) / (element.value ?? 1) * Double(networks * runs).squareRoot()
      // The error of an error from 40 runs is 11%.
      #expect(abs(measured / coefficient - 1) < 0.45)
    }
  }

  @Test("published forms: raw moments minus exact Wick terms, unbiased but noisier")
  func published() throws {
    let ensemble = try Ensemble("relu", width: 10)
    let points = try Points.line(0.5, 1)
    for estimator in [Estimator.outputs, .conditional] {
      let raw = try sampledCorrelators(
        ensemble, points: points, estimator: estimator, orders: [4], networks: 20_000, runs: 20,
        seed: 3, threads: 2, form: .published)
      let best = try sampledCorrelators(
        ensemble, points: points, estimator: estimator, orders: [4], networks: 20_000, runs: 20,
        seed: 3, threads: 2)
      #expect(pulls(raw).worst < 5 && pulls(best).worst < 5)
      #expect((raw[0].deviation.error ?? 0) > (best[0].deviation.error ?? 1))
    }
  }

  @Test("means, other densities and several outputs, odd orders included (worst below 6 sigma)")
  func general() throws {
    let points = try Points.line(0.4, -0.9)
    let unit = HiddenLayer(try Activation("tanh"), width: 4)
    for last in [
      try Density(sigma: 0.8, mean: [0.3, 0]), try Density(.laplace, sigma: 1),
      try Density(.uniform, sigma: 1.2, mean: [0.2]), try Density(.studentT, sigma: 1, dof: 20),
    ] {
      let ensemble = try Ensemble(
        inputs: 1, outputs: 2, hidden: [unit], weights: [.gaussian(1.2), last],
        biases: [.gaussian(0.5), .gaussian(0.3)])
      for estimator in [Estimator.outputs, .neurons] {
        let orders = ensemble.oddCorrelatorsVanish ? [2, 4] : [1, 2, 3, 4]
        let result = try sampledCorrelators(
          ensemble, points: points, estimator: estimator, orders: orders, networks: 20_000,
          runs: 20, seed: 31, threads: 2)
        let (rms, worst) = pulls(result)
        #expect(rms < 2 && worst < 6, "\(last) \(estimator)")
      }
    }
  }

  @Test("deep networks: conditional and outputs agree (5 sigma), linear nets as known exactly")
  func deep() throws {
    let linear = HiddenLayer(try Activation("linear"), width: 5)
    let ensemble = try Ensemble(
      inputs: 1, hidden: [linear, linear],
      weights: [.gaussian(1), .gaussian(1), .gaussian(1)],
      biases: [.gaussian(0), .gaussian(0), .gaussian(0)])
    // E[Kh^2] / E[Kh]^2 = (1 + 2/5)^2, so G4 = 3 * 1.96 x^4 and Gc4 = 3 (1.96 - 1) x^4.
    for estimator in [Estimator.conditional, .outputs] {
      let c = try sampledCorrelators(
        ensemble, points: .line(1), estimator: estimator, orders: [2, 4], networks: 4000, runs: 20,
        seed: 2, threads: 2)
      let two = c[0].elements[0].full
      let four = c[1].elements[0].connected
      #expect(abs((two.value ?? 0) - 1) < 5 * (two.error ?? 0))
      #expect(abs((four.value ?? 0) - 2.88) < 5 * (four.error ?? 0))
    }
  }

  @Test("more elements than a covariance is kept for: the chi-square still comes, and is fair")
  func manyElements() throws {
    let points = try Points((0..<46).map { [0.1 * Double($0) - 2] }, inputs: 1)
    let result = try sampledCorrelators(
      Ensemble("erf", width: 10, biasSigma: 1), points: points, estimator: .conditional,
      orders: [2], networks: 6400, runs: 10, seed: 12, threads: 2, blocks: 256)[0]
    #expect(result.elements.count == 1081 && result.covariance == nil)
    let chi = try #require(result.chiSquare)
    #expect(chi.modes > 5 && chi.p_value > 1e-3 && chi.p_value < 0.999)
  }

  @Test("the tilt has no variance where plain units miss most of the moment")
  func tilt() throws {
    let ensemble = try Ensemble("gauss", inputs: 2, width: 3, weightSigma: 1.2, biasSigma: 1)
    let points = try Points([[0.3, -0.2], [1, 0.4]], inputs: 2)
    let exact = try UnitMoments.exact(ensemble, points: points, order: 6)
    let tuples = (1...6).flatMap { Multisets(slots: 2, order: $0).tuples }
    let sampler = TiltedUnitSampler(ensemble, points: points, tuples: tuples, seed: 1)
    let plan = MomentPlan(slots: tuples.count, monomials: tuples.indices.map { [$0] })
    let layout = CellLayout(runs: 2, samplesPerRun: 500, cellsPerRun: 2)
    let sums = layout.replicatedSums(
      try SamplingPass(sampler: sampler, plan: plan, layout: layout).run(),
      position: plan.position)
    var k = 0
    for n in 1...6 {
      for value in exact.values[n] {
        #expect(relativeDifference(sums.means[k], value) < 1e-12)
        k += 1
      }
    }
  }
}
