import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Flows of networks: cutoff, active, passive")
struct NetworkFlowTests {
  private func flow(_ ensemble: Ensemble, _ points: [[Double]], _ cutoffs: [Double], order: Int = 4)
    throws -> CutoffFlow
  {
    let list = Points(valid: points)
    return try CutoffFlow(
      Propagator(ensemble), points: list, cutoffs: cutoffs,
      sample: CumulantSample(try ExactCumulants(ensemble, points: list, order: order)))
  }

  static let cutoffs = [
    7, 10, 15, 20, 30, 40, 50, 70, 100, 200, 500, 1e3, 2e3, 5e3, 7e3, 1e4, 2e4, 4e4, 6e4, 8e4, 1e5,
  ]

  @Test("ReLU-nets: beta = -(d+4) lambda and -(d+6) kappa exactly, d = 1, 2, 3")
  func relu() throws {
    let sets: [[[Double]]] = [
      [[0.2], [0.4], [0.6], [0.8], [1.0], [1.2]], [[0.5, 0.5], [0.5, 1], [1, 0.5], [1, 1]],
      [[0.2, 0.2, 0.2], [1, 1, 0.2], [0.2, 1, 1], [1, 0.2, 1]],
    ]
    for (k, points) in sets.enumerated() {
      let d = Double(k + 1)
      let ensemble = try Ensemble("relu", inputs: k + 1, width: 20)
      let own = try flow(ensemble, points, Self.cutoffs, order: k == 0 ? 6 : 4)
      #expect(abs(own.lambda.slope!.value! + d + 4) < 1e-6)
      for e in own.lambda.exponent { #expect(abs(e + d + 4) < 1e-10) }
      #expect(own.lambda.behaviour == .relevant)
      if k == 0 {
        #expect(abs(own.kappa!.slope!.value! + 7) < 1e-6)
        for e in own.kappa!.exponent { #expect(abs(e + 7) < 1e-10) }
      }
    }
  }

  @Test("erf: converged at L = 100 for small inputs, then the crossover; the full kernel gives -d")
  func erf() throws {
    let ensemble = try Ensemble("erf", width: 5, biasSigma: 1)
    let small = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2].map { [0.01 * $0] }
    let own = try flow(ensemble, small, [100, 5e7, 1e10])
    #expect(own.lambda.behaviour == .relevant)
    // From 0 towards -d, the crossover at L = 3e7 for the largest of these inputs.
    #expect(own.lambda.exponent[1] < -0.1 && own.lambda.exponent[1] > -0.25)
    #expect(own.lambda.exponent[2] < -0.6 && own.lambda.exponent[2] > -1)
    // beta of the mean is the derivative of the mean.
    let h = 1e-4
    let near = try flow(ensemble, small, [5e7 * (1 - h), 5e7 * (1 + h)]).lambda.values
    let difference = (near[1].value! - near[0].value!) / (2 * h)
    #expect(relativeDifference(own.lambda.beta[1].value!, difference) < 1e-5)
    #expect(abs(own.lambda.exponent[0]) < 1e-3)
    let unit = try flow(ensemble, [-1, -0.6, -0.2, 0.2, 0.6, 1].map { [$0] }, [100])
    #expect(abs(unit.lambda.exponent[0] + 1) < 0.05)
    let full = try CutoffFlow(
      Propagator(ensemble, vertexLines: .full), points: Points(valid: small), cutoffs: [1e5],
      sample: CumulantSample(try ExactCumulants(ensemble, points: Points(valid: small), order: 4)))
    #expect(abs(full.lambda.exponent[0] + 1) < 1e-3)
  }

  @Test("gauss: the flow ends as exp(-2 sw^2 L^2/d), in boxes and over all space")
  func gauss() throws {
    let ensemble = try Ensemble("gauss", width: 10, biasSigma: 0.5)
    let own = try flow(ensemble, [[0.01], [0.02]], [1, 3, 8, .infinity])
    #expect(abs(own.lambda.exponent[3]) == 0 && own.lambda.behaviour == .marginal)
    #expect(abs(own.lambda.exponent[2]) < 1e-50)
    #expect(own.lambda.exponent[0] < -0.1)
  }

  @Test("The derivative over the faces is that of the integral, all kinds of kernels")
  func derivative() throws {
    for (name, d, bias) in [
      ("erf", 1, 0.7), ("erf", 2, 0.7), ("erf", 3, 0.7), ("relu", 2, 0.5), ("gauss", 2, 0.5),
      ("tanh", 1, 0.5), ("relu", 2, 0.0),
    ] {
      let ensemble = try Ensemble(name, inputs: d, width: 4, biasSigma: bias)
      func coordinate(_ k: Int, _ a: Int) -> Double { 0.3 + 0.5 * Double(a) - 0.4 * Double(k) }
      let points = Points(valid: (0..<2).map { k in (0..<d).map { coordinate(k, $0) } })
      let i = VertexIntegrals.Integrand([0, 0, 1, 1])
      let (L, h) = (2.3, 1e-3)
      let all = try VertexIntegrals(
        Propagator(ensemble), points: points, integrands: [i],
        cutoffs: [L, L * (1 + h), L * (1 - h), L * (1 + 2 * h), L * (1 - 2 * h)],
        derivatives: true)
      func v(_ k: Int) -> Double { all.value(i, cutoff: k).value }
      let difference = (8 * (v(1) - v(2)) - (v(3) - v(4))) / (12 * h)
      #expect(relativeDifference(all.slope(i, cutoff: 0).value, difference) < 1e-6, "\(name) \(d)")
    }
  }

  @Test("N u4 of Gauss-nets at seven sigma_w, and the exact fit of the N = 3 panel")
  func activeFlow() throws {
    let points = Points(valid: [-1, -0.6, -0.2, 0.2, 0.6, 1].map { [0.01 * $0] })
    func u4(_ sigma: Double) throws -> Double {
      let ensemble = try Ensemble("gauss", width: 1, weightSigma: sigma, biasSigma: 1)
      let own = try flow(ensemble, points.coordinates, [.infinity])
      return 24 * own.lambda.values[0].value!
    }
    for (sigma, expected, digits) in [
      (1.0, -128.29633, 8), (2, -16.037387, 8), (5, -1.0265511, 8), (10, -0.12839527, 8),
      (20, -0.016099045, 8), (50, -1.09123e-3, 6), (100, -3.6032e-4, 5),
    ] {
      #expect(agreesWith(try u4(sigma), expected, digits: digits), "sigma_w \(sigma)")
    }
    let sigmas = stride(from: 1.0, through: 10, by: 0.5).map { $0 } + [20]
    let x = sigmas.map { log10($0) }
    let fit = LinearFit(columns: [x.map { _ in 1 }, x])!
      .solve(try sigmas.map { log10(abs(try u4($0)) / 3) })
    #expect(agreesWith(fit[1], -2.99924, digits: 6) && agreesWith(fit[0], 1.63076, digits: 6))
  }

  @Test("Raw, canonical and dimensionless couplings; the dilatation identity")
  func normalisations() throws {
    for d in [1, 2, 3] {
      for sigma in [0.7, 1, 2.5] {
        let ensemble = try Ensemble(
          "gauss", inputs: d, width: 10, weightSigma: sigma, biasSigma: 0.25)
        let origin = Points(valid: [[Double](repeating: 0, count: d)])
        let c = try CouplingAnalysis(
          Propagator(ensemble), points: origin, cutoffs: [.infinity], sextic: true
        ).couplings(CumulantSample(try ExactCumulants(ensemble, points: origin, order: 6)))[0]
        let scales = try #require(NetworkCouplings.Scales(Propagator(ensemble)))
        #expect(
          abs(scales.massSquared - 2 * sigma * sigma / Double(d)) < 1e-14 * scales.massSquared)
        let f = scales.factors(.dimensionless)
        let known = NetworkCouplings.gaussNet(dimension: Double(d), width: 10, biasSigma: 0.25)
        #expect(relativeDifference(24 * c.mean.value! * f.u4, known.u4) < 1e-12)
        #expect(relativeDifference(720 * c.sextic!.mean.value! * f.u6, known.u6) < 1e-10)
        #expect(abs(scales.free(.dimensionless) - 1) < 1e-14)
        #expect(abs(scales.free(.canonical) - scales.massSquared) < 1e-13)
      }
    }
    let one = NetworkCouplings.gaussNet(dimension: 1, width: 1, biasSigma: 1)
    #expect(agreesWith(one.u4, -1140.0, digits: 5) && agreesWith(one.u6, -6.685e7 + 0, digits: 2))
    let quarter = NetworkCouplings.gaussNet(dimension: 1, width: 1, biasSigma: 0.25)
    #expect(agreesWith(quarter.u4, -6.041, digits: 4) && agreesWith(quarter.u6, 108.5, digits: 4))
    for name in ["gauss", "relu", "erf", "tanh"] {
      let points = Points(valid: [[0.3], [-0.2], [0.8]])
      let reference = try Ensemble(name, width: 6, weightSigma: 1.1, biasSigma: 0.4)
      let dilated = try Ensemble(name, width: 6, weightSigma: 1.9, biasSigma: 0.4)
      let identity = try DilatationIdentity(dilated, reference: reference, points: points)
      #expect(identity.deviation < 1e-9, "\(name)")
    }
  }
}

/// Equal to as many digits as are printed.
func agreesWith(_ value: Double?, _ printed: Double, digits: Int) -> Bool {
  guard let value else { return false }
  let unit = pow(10, floor(log10(abs(printed))) - Double(digits - 1))
  return abs(value - printed) <= 0.500001 * unit
}
