import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Correlated output weights")
struct IndependenceTests {
  private func cosNet(
    _ width: Int, sigma: Double = 1.1, _ correlation: OutputCorrelation? = nil
  ) throws -> Ensemble {
    try Ensemble(
      inputs: 1, hidden: [HiddenLayer(try Activation("cos"), width: width)],
      weights: [.gaussian(1.3), .gaussian(sigma)],
      biases: [Ensemble.uniformPhase(), .gaussian(0)], correlation: correlation)
  }

  private func gc4(_ ensemble: Ensemble, _ points: Points) throws -> [Double] {
    try ExactCumulants(ensemble, points: points, order: 4).connected[4]
  }

  @Test("The solvable family of arXiv:2307.03223 at coincident points, to the digits of its table")
  func table() throws {
    let origin = Points(valid: [[0]])
    let table: [(Int, [Double], Int)] = [
      (4, [0.137259, 0.123597, 0.062149, 0.003365], 6),
      (16, [0.034315, 0.033528, 0.027532, 0.006407], 6),
      (64, [0.008579, 0.008531, 0.008119, 0.005176], 6),
    ]
    for (width, expected, places) in table {
      for (beta, value) in zip([0, 0.01, 0.1, 1], expected) {
        let own = try gc4(cosNet(width, beta == 0 ? nil : .quartic(beta: beta)), origin)[0]
        #expect(abs(own - value) < 0.500001 * pow(10, -Double(places)), "N \(width), beta \(beta)")
      }
    }
  }

  @Test("Its correlators at any points, by the formulas of the paper")
  func formulas() throws {
    let x = [0.0, 0.5, -0.4, 0.9]
    let points = Points(valid: x.map { [$0] })
    let (width, beta, s0, s1) = (7, 0.3, 1.3, 1.1)
    let ensemble = try cosNet(width, .quartic(beta: beta))
    // m_k = E[S^k] by a plain rule in S.
    func moment(_ k: Int) -> Double {
      let n = Double(width)
      var sums = (0.0, 0.0)
      for i in 1..<200_000 {
        let s = 1e-4 * Double(i)
        let w = pow(s, n / 2 - 1) * exp(-n * s / (2 * s1 * s1) - beta * s * s)
        sums.0 += w * pow(s, Double(k))
        sums.1 += w
      }
      return sums.0 / sums.1
    }
    let (m1, m2, n) = (moment(1), moment(2), Double(width))
    let a = s0 * s0 / 2
    let kernel = try InfiniteWidthKernel(ensemble, points: points).matrix
    func r2(_ i: Int, _ j: Int) -> Double { (x[i] - x[j]) * (x[i] - x[j]) }
    #expect(abs(kernel[0, 3] - m1 / 2 * exp(-a * r2(0, 3))) < 1e-8)
    var crossed = 0.0
    var paired = 0.0
    for (b, c, d) in [(1, 2, 3), (2, 1, 3), (3, 1, 2)] {
      let sum = x[0] + x[b] - x[c] - x[d]
      crossed += exp(-a * sum * sum)
      paired += exp(-a * (r2(0, b) + r2(c, d)))
    }
    let front: Double = n * m2 / (n + 2)
    let expected: Double =
      front * (3 / (8 * n) * crossed + (n - 1) / (4 * n) * paired) - m1 * m1 / 4 * paired
    let transform = CumulantTransform(slots: 4, maximumOrder: 4, evenOnly: true)
    let own = try gc4(ensemble, points)[transform.multisets[4].index(of: [0, 1, 2, 3])]
    #expect(abs(own - expected) < 1e-7)
  }

  @Test("A shared scale: Gc4 = Var(tau) sum KK + E[tau^2] Gc4 of the network without it")
  func sharedScale() throws {
    let points = Points(valid: [[0.4], [-0.9]])
    for law in OutputCorrelation.ScaleLaw.allCases {
      for variance in [0.0, 0.3, 2] {
        let plain = try Ensemble("erf", width: 6, biasSigma: 0.5)
        let scaled = try plain.correlated(.sharedScale(law: law, variance: variance))
        let kernel = try InfiniteWidthKernel(scaled, points: points).matrix
        let transform = CumulantTransform(slots: 2, maximumOrder: 4, evenOnly: true)
        for (i, t) in transform.multisets[4].tuples.enumerated() {
          let wick =
            kernel[t[0], t[1]] * kernel[t[2], t[3]] + kernel[t[0], t[2]] * kernel[t[1], t[3]]
            + kernel[t[0], t[3]] * kernel[t[1], t[2]]
          let expected = variance * wick + (1 + variance) * (try gc4(plain, points)[i])
          #expect(relativeDifference(try gc4(scaled, points)[i], expected) < 1e-12)
        }
      }
    }
  }

  @Test("Every estimator agrees with the exact values (5 sigma), laws x estimators x orders")
  func estimators() throws {
    let points = Points(valid: [[0.3], [-0.8]])
    let laws: [OutputCorrelation] = [
      .quartic(beta: 0.5), .sharedScale(law: .gamma, variance: 0.4),
      .sharedScale(law: .logNormal, variance: 0.2),
    ]
    var chi = 0.0
    var count = 0.0
    for law in laws {
      for (k, estimator) in [Estimator.outputs, .conditional, .neurons].enumerated() {
        let ensemble = try Ensemble(
          inputs: 1, hidden: [HiddenLayer(try Activation("tanh"), width: 6)],
          weights: [.gaussian(1.4), .gaussian(1.2)], biases: [.gaussian(0.3), .gaussian(0)],
          correlation: law)
        let measured = try sampledCorrelators(
          ensemble, points: points, estimator: estimator, orders: [2, 4, 6], networks: 40_000,
          runs: 20, seed: 5 + UInt64(k))
        for correlator in measured {
          for e in correlator.elements {
            let pull = try #require(e.connected.deviation)
            #expect(abs(pull) < 5, "\(law) \(estimator) \(e.indices): \(pull)")
            chi += pull * pull
            count += 1
          }
        }
      }
    }
    // Pulls of many correlated elements: of the order of one.
    #expect(chi / count > 0.3 && chi / count < 2.2)
  }

  @Test("The split is exact, and only independent weights have no correlation part")
  func split() throws {
    let points = Points(valid: [[0.4], [-0.9], [1.3]])
    for name in ["erf", "relu", "cos"] {
      for law in [
        nil, OutputCorrelation.quartic(beta: 0.2), .sharedScale(law: .gamma, variance: 0.3),
      ] {
        let base = try Ensemble(name, width: 9, weightSigma: 1.2)
        let ensemble = try base.correlated(law)
        let unit = try UnitMoments.exact(ensemble, points: points, order: 4)
        let parts = try #require(FourPointSplit(ensemble)).parts(unit.values)
        let total = try gc4(ensemble, points)
        let scale = total.map { abs($0) }.max()!
        for i in total.indices {
          #expect(abs(parts[0][i] + parts[1][i] - total[i]) < 1e-12 * scale)
          if law == nil { #expect(parts[1][i] == 0) }
        }
        if law != nil { #expect(parts[1].contains { abs($0) > 1e-3 * scale }) }
      }
    }
    // With an output bias the neurons are not everything.
    #expect(FourPointSplit(try Ensemble("erf", width: 9, biasSigma: 1)) == nil)
  }

  @Test("Linear response: the joint cumulant with the score is the derivative of Gc4")
  func response() throws {
    let points = Points(valid: [[0.2], [0.9]])
    let transform = CumulantTransform(slots: 2, maximumOrder: 4, evenOnly: true)
    func law(_ kind: Int, _ alpha: Double) -> OutputCorrelation {
      switch kind {
      case 0: .quartic(beta: alpha)
      case 1: .sharedScale(law: .gamma, variance: alpha)
      default: .sharedScale(law: .logNormal, variance: alpha)
      }
    }
    for kind in 0..<3 {
      for alpha in [0.05, 0.6] {
        let ensemble = try cosNet(5, law(kind, alpha))
        let exact = LinearResponse(ensemble, transform: transform).exact(
          try ExactCumulants(ensemble, points: points, order: 4).connected)
        let h = 1e-4
        let up = try gc4(cosNet(5, law(kind, alpha + h)), points)
        let down = try gc4(cosNet(5, law(kind, alpha - h)), points)
        for i in exact.indices {
          #expect(abs(exact[i] - (up[i] - down[i]) / (2 * h)) < 1e-6)
        }
      }
    }
  }

  @Test("Linear response sampled with the score, at strength zero and beyond (5 sigma)")
  func sampledResponse() throws {
    let points = Points(valid: [[0.2], [0.9]])
    let transform = CumulantTransform(slots: 2, maximumOrder: 4, evenOnly: true)
    for law in [
      OutputCorrelation.quartic(beta: 0), .quartic(beta: 0.4),
      .sharedScale(law: .gamma, variance: 0), .sharedScale(law: .logNormal, variance: 0),
    ] {
      let ensemble = try cosNet(5, law)
      #expect(CorrelatedOutputSampler.hasScore(ensemble))
      let sampler = NetworkSampler.make(
        ensemble, points: points, quantity: .scoredOutputs, seed: 3)
      let plan = MomentPlan(slots: sampler.slots, monomials: LinearResponse.monomials(points: 2))
      let layout = CellLayout(runs: 20, samplesPerRun: 40_000, cellsPerRun: 2)
      let cells = try SamplingPass(sampler: sampler, plan: plan, layout: layout).run(threads: 2)
      let response = LinearResponse(ensemble, transform: transform)
      let sampled = response.sampled(
        layout.replicatedSums(cells, position: plan.position), points: 2)
      let exact = response.exact(try ExactCumulants(ensemble, points: points, order: 4).connected)
      for (e, known) in zip(sampled, exact) {
        let pull = (e.value! - known) / e.error!
        #expect(abs(pull) < 5, "\(law): \(e) against \(known)")
      }
    }
    let scaled = try cosNet(5, .sharedScale(law: .gamma, variance: 0.3))
    #expect(!CorrelatedOutputSampler.hasScore(scaled))
  }

  @Test("Strength zero is the independent ensemble; streams tell strengths apart")
  func zero() throws {
    let plain = try cosNet(4)
    let zero = try cosNet(4, .quartic(beta: 0))
    let points = Points(valid: [[0.1]])
    #expect(relativeDifference(try gc4(plain, points)[0], try gc4(zero, points)[0]) < 1e-14)
    #expect(zero.streamName != plain.streamName)
    #expect(try cosNet(4, .quartic(beta: 1)).streamName != zero.streamName)
    for k in 0...4 { #expect(zero.momentRatio(k) == 1) }
    // The law of the squared length without deformation is that of independent Gaussians.
    for width in [1, 3, 10, 1000] {
      let law = SquaredLengthLaw(width: width, beta: 0)
      for k in 1...4 {
        #expect(
          relativeDifference(law.moment(k), SquaredLengthLaw.gaussianMoment(k, width: width))
            < 1e-12)
      }
    }
  }

  @Test("Correlations that make no sense are refused")
  func refused() throws {
    let biased = try Ensemble("erf", width: 4, biasSigma: 1)
    #expect(throws: InvalidEnsemble.self) { try biased.correlated(.quartic(beta: 1)) }
    #expect(throws: InvalidEnsemble.self) { try cosNet(4, .quartic(beta: -1)) }
    #expect(throws: InvalidEnsemble.self) { try cosNet(4, .quartic(beta: .nan)) }
    #expect(throws: InvalidEnsemble.self) {
      try cosNet(4, .sharedScale(law: .gamma, variance: -0.1))
    }
    let two = try Ensemble("erf", outputs: 2, width: 4)
    #expect(throws: InvalidEnsemble.self) { try two.correlated(.quartic(beta: 1)) }
    #expect(throws: GeneratingFunctional.Unavailable.self) {
      try GeneratingFunctional(cosNet(4, .quartic(beta: 1)), points: Points(valid: [[0]]))
    }
  }
}
