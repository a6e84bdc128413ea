import Fieldwork
import Foundation
import TestSupport
import Testing

/// Equal to as many digits as are printed: half a unit of the last one.
func agrees(_ value: Double?, _ printed: Double, digits: Int) -> Bool {
  guard let value else { return false }
  let unit = pow(10, floor(log10(abs(printed))) - Double(digits - 1))
  return abs(value - printed) <= 0.500001 * unit
}

@Suite("Couplings from exact correlators")
struct CouplingTests {
  private let base = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2]

  private func couplings(
    _ ensemble: Ensemble, _ points: Points, test: Points? = nil, cutoffs: [Double],
    terms: [QuarticTerm] = [.lambda0], sextic: Bool = false
  ) throws -> [Couplings] {
    let all = try CouplingAnalysis(
      Propagator(ensemble), points: points, testPoints: test, cutoffs: cutoffs, terms: terms,
      sextic: sextic)
    return all.couplings(
      CumulantSample(try ExactCumulants(ensemble, points: points, order: sextic ? 6 : 4)),
      test: try test.map { CumulantSample(try ExactCumulants(ensemble, points: $0, order: 4)) })
  }

  private func line(_ x: [Double], scale: Double = 1) -> Points {
    Points(valid: x.map { [$0 * scale] })
  }

  @Test("Constant and x-dependent couplings, train and test inputs (arXiv:2008.08601, section 4)")
  func fits() throws {
    let root = 0.5.squareRoot()
    func fit(
      _ name: String, _ width: Int, _ bias: Double, _ scale: Double, _ cutoff: Double,
      _ terms: [QuarticTerm]
    ) throws -> CouplingFit {
      let ensemble = try Ensemble(name, width: width, biasSigma: bias)
      return try #require(
        try couplings(
          ensemble, line(base, scale: scale * root), test: line(base, scale: scale),
          cutoffs: [cutoff], terms: terms)[0].fit)
    }
    let gauss = try fit("gauss", 1000, 1, 0.01, .infinity, [.lambda0])
    #expect(agrees(gauss.values[0].value, -5.3462e-3, digits: 5))
    #expect(agrees(gauss.train.mean.value, 4.8e-5, digits: 2))
    #expect(agrees(gauss.test?.mean.value, 1.17e-4, digits: 3))
    let gauss2 = try fit("gauss", 1000, 1, 0.01, .infinity, [.lambda0, .lambda2])
    #expect(agrees(gauss2.values[0].value, 1.4e-4, digits: 2))
    #expect(agrees(gauss2.values[1].value, -2.19e-2, digits: 3))
    #expect(agrees(gauss2.train.mean.value, 4.7e-6, digits: 2))
    #expect(agrees(gauss2.test?.mean.value, 1.1e-5, digits: 2))
    #expect(agrees(gauss2.conditionNumber, 3.44e4, digits: 3))
    let gauss3 = try fit("gauss", 1000, 1, 0.01, .infinity, QuarticTerm.allCases)
    #expect(agrees(gauss3.conditionNumber, 1.31e6, digits: 3))

    let erf = try fit("erf", 5, 1, 0.01, 100, [.lambda0])
    #expect(agrees(erf.values[0].value, -3.7095e-2, digits: 5))
    #expect(agrees(erf.train.mean.value, 8.1e-5, digits: 2))
    #expect(agrees(erf.test?.mean.value, 1.97e-4, digits: 3))
    let erf2 = try fit("erf", 5, 1, 0.01, 100, [.lambda0, .lambda2])
    #expect(agrees(erf2.values[0].value, -3.739e-2, digits: 4))
    #expect(agrees(erf2.values[1].value, 2.36e-4, digits: 3))
    #expect(agrees(erf2.train.mean.value, 1.4e-6, digits: 2))
    #expect(agrees(erf2.test?.mean.value, 6.3e-6, digits: 2))
    #expect(agrees(erf2.conditionNumber, 1.60e2, digits: 3))
    let erf3 = try fit("erf", 5, 1, 0.01, 100, QuarticTerm.allCases)
    #expect(agrees(erf3.conditionNumber, 9.11e4, digits: 3))

    let relu = try fit("relu", 20, 0, 1, 100, [.lambda0])
    #expect(agrees(relu.values[0].value, -6.25e-11, digits: 3))
    #expect(relu.train.mean.value! < 1e-14 && relu.test!.mean.value! < 1e-14)
    let relu2 = try fit("relu", 20, 0, 1, 100, [.lambda0, .lambda2])
    #expect(relu2.conditionNumber == nil && relu2.values.allSatisfy { $0.value == nil })
    #expect(relu2.unidentifiable.count == 1)
    #expect(relu2.unidentifiable[0].contains("lambda0, lambda2"))
  }

  @Test("ReLU-nets: slopes -5, -6, -7 and intercepts over the 21 cutoffs, d = 1, 2, 3")
  func reluFlow() throws {
    let cutoffs = [
      7, 10, 15, 20, 30, 40, 50, 70, 100, 200, 500, 1e3, 2e3, 5e3, 7e3, 1e4, 2e4, 4e4, 6e4, 8e4,
      1e5,
    ]
    let sets: [([[Double]], Double, Double)] = [
      (base.map { [$0] }, -0.2041, -0.2041),
      ([[0.5, 0.5], [0.5, 1], [1, 0.5], [1, 1]], -0.0617, -0.0614),
      ([[0.2, 0.2, 0.2], [1, 1, 0.2], [0.2, 1, 1], [1, 0.2, 1]], -0.1280, -0.1266),
    ]
    for (d, (points, logMean, meanLog)) in sets.enumerated() {
      let ensemble = try Ensemble("relu", inputs: d + 1, width: 20)
      let all = try couplings(ensemble, Points(valid: points), cutoffs: cutoffs)
      let power = Double(d + 5)
      for c in all {
        #expect(abs(c.logMean!.value! - logMean) < 5e-5)
        #expect(
          abs(log10(abs(c.mean.value!)) + power * log10(c.cutoff) - meanLog) < 5.1e-5)
      }
      let first = log10(abs(all[0].mean.value!))
      let last = log10(abs(all[20].mean.value!))
      #expect(abs((last - first) / log10(1e5 / 7) + power) < 1e-12)
    }
  }

  @Test("An erf-net with points of both signs: I4 changes sign, and the mean means nothing")
  func signChanging() throws {
    let ensemble = try Ensemble("erf", width: 5, biasSigma: 1)
    let c = try couplings(ensemble, line([-1, -0.6, -0.2, 0.2, 0.6, 1]), cutoffs: [100])[0]
    let integrals = c.elements.map(\.integral.value)
    let lambdas = c.elements.compactMap(\.coupling.value)
    #expect(agrees(integrals.min(), -7.0, digits: 2) && agrees(integrals.max(), 7.5, digits: 2))
    #expect(abs(c.negativeIntegrals - 56.0 / 126) < 1e-12)
    #expect(agrees(lambdas.min(), -0.159, digits: 3) && agrees(lambdas.max(), 0.191, digits: 3))
    #expect(agrees(c.mean.value, 1.078e-3, digits: 4))
    // The zero at (.2, .6, 1, -.6).
    let points = line([0.2, 0.6, 1, -0.6])
    let around = try VertexIntegrals(
      Propagator(ensemble), points: points, integrands: [.init([0, 1, 2, 3])],
      cutoffs: [7.7043, 7.7045])
    #expect(around.value(.init([0, 1, 2, 3]), cutoff: 0).value > 0)
    #expect(around.value(.init([0, 1, 2, 3]), cutoff: 1).value < 0)
  }

  @Test(
    "Six-point verification: means over unique tuples (arXiv:2008.08601, table of exact values)")
  func sixPoint() throws {
    func ratios(
      _ name: String, _ width: Int, _ bias: Double, _ points: Points, _ cutoff: Double
    ) throws -> SixPointPrediction {
      let ensemble = try Ensemble(name, width: width, biasSigma: bias)
      return try SixPointPrediction.all(
        Propagator(ensemble), points: points, cutoffs: [cutoff],
        sample: CumulantSample(try ExactCumulants(ensemble, points: points, order: 6)))[0]
    }
    for (width, gaussian, prediction) in [
      (20, 0.53763, 0.94086), (100, 0.86625, 0.99619), (1000, 0.98518, 0.99996),
    ] {
      let p = try ratios("relu", width, 0, line(base), 100)
      #expect(agrees(p.gaussian.value, gaussian, digits: 5))
      #expect(agrees(p.prediction.value, prediction, digits: 5))
      #expect(agrees(p.perTuple.value, prediction, digits: 5))
    }
    let erf = try ratios("erf", 5, 1, line([-1, -0.6, -0.2, 0.2, 0.6, 1]), 100)
    #expect(agrees(erf.gaussian.value, 0.96708, digits: 5))
    #expect(agrees(erf.perTuple.value, 0.99974, digits: 5))
    #expect(agrees(erf.prediction.value, 0.96548, digits: 5))
    let near = try ratios("erf", 5, 1, line(base, scale: 0.01), 100)
    #expect(agrees(near.gaussian.value, 0.967238, digits: 6))
    #expect(agrees(near.prediction.value, 0.999928, digits: 6))
    let centred = line([-1, -0.6, -0.2, 0.2, 0.6, 1], scale: 0.01)
    for (width, gaussian, tuple, mean) in [
      (100, 0.29117, 0.40821, 0.408213), (1000, 0.94293, 0.98084, 0.980835),
    ] {
      let p = try ratios("gauss", width, 1, centred, .infinity)
      #expect(agrees(p.gaussian.value, gaussian, digits: 5))
      #expect(agrees(p.perTuple.value, tuple, digits: 5))
      #expect(agrees(p.prediction.value, mean, digits: 6))
    }
  }

  @Test("Gauss-net test vectors: I4, u4 = 24 lambda, I6 in closed form")
  func gaussVectors() throws {
    let one = [[0.1], [-0.2], [0.3], [0.5], [-0.4], [0.25]]
    let two = [[0.1, 0], [-0.2, 0.3], [0.3, -0.1], [0.5, 0.2], [-0.4, 0.1], [0.25, -0.35]]
    for (d, points, i4, u4, i6) in [
      (1, one, 3.70410717093, -0.239617505743, 5.07281516729),
      (2, two, 8.21826590716, -0.114001279285, 9.6155381343),
    ] {
      let ensemble = try Ensemble("gauss", inputs: d, width: 10, weightSigma: 1.2, biasSigma: 0.5)
      let c = try couplings(ensemble, Points(valid: points), cutoffs: [.infinity], sextic: true)[0]
      let e = try #require(c.elements.first { $0.indices == [0, 1, 2, 3] })
      #expect(agrees(e.integral.value, i4, digits: 12))
      #expect(agrees(e.coupling.value.map { 24 * $0 }, u4, digits: 12))
      let six = try #require(c.sextic?.elements.first { $0.indices == [0, 1, 2, 3, 4, 5] })
      #expect(agrees(six.integral.value, i6, digits: 11))
    }
  }

  @Test("kappa of a Gauss-net at one point: the exchange of two quartic vertices taken out")
  func sextic() throws {
    // At x = 0, sw = 1, d = 1: u6 = 720 kappa, canonical and raw couplings agree up to
    // Z = C / m0^2 with C = (2 pi)^(-1/2), m0^2 = 2.
    for (bias, width) in [(1.0, 1000), (0.25, 10)] {
      let ensemble = try Ensemble("gauss", width: width, biasSigma: bias)
      let c = try couplings(ensemble, line([0]), cutoffs: [.infinity], sextic: true)[0]
      let n = Double(width)
      let z = 1 / (2 * Double.pi).squareRoot() / 2
      // Dimensionless canonical couplings: u4 m0^(d-4) / Z^2 and u6 m0^(2d-6) / Z^3.
      let u4 = 24 * c.mean.value! / (z * z) / pow(2, 1.5)
      let expected4 = -(3 / n) * (exp(4 * bias * bias) - 1) * (16 * Double.pi).squareRoot()
      #expect(relativeDifference(u4, expected4) < 1e-12)
      let u6 = 720 * c.sextic!.mean.value! / (z * z * z) / 4
      let e4 = exp(4 * bias * bias)
      let tree = exp(12 * bias * bias) - 3 * e4 + 2
      let expected6 =
        -(15 / (n * n)) * tree * (96 * Double.pi * Double.pi).squareRoot()
        + 10 * 0.4.squareRoot() * expected4 * expected4
      #expect(relativeDifference(u6, expected6) < 1e-10)
    }
  }

  @Test("The full kernel in the vertices, by name, gives the d of the first version of the paper")
  func fullVertex() throws {
    let ensemble = try Ensemble("erf", width: 5, biasSigma: 1)
    let points = line(base, scale: 0.01)
    let cutoffs = [1e4, 1e5]
    func slope(_ lines: Propagator.VertexLines) throws -> Double {
      let all = try CouplingAnalysis(
        Propagator(ensemble, vertexLines: lines), points: points, cutoffs: cutoffs
      ).couplings(CumulantSample(try ExactCumulants(ensemble, points: points, order: 4)))
      return log10(all[1].mean.value! / all[0].mean.value!)
    }
    #expect(abs(try slope(.full) + 1) < 1e-3)
    #expect(abs(try slope(.weights)) < 0.05)
  }

  @Test("What has no coupling is refused with a sentence")
  func refused() throws {
    let erf = try Ensemble("erf", width: 5, biasSigma: 1)
    #expect(throws: IntegralUnavailable.self) {
      try CouplingAnalysis(Propagator(erf), points: line([1]), cutoffs: [.infinity])
    }
    #expect(throws: IntegralUnavailable.self) {
      try CouplingAnalysis(Propagator(erf), points: line([1]), cutoffs: [-1])
    }
    let wide = try Ensemble("relu", inputs: 4, width: 5)
    #expect(throws: IntegralUnavailable.self) {
      try CouplingAnalysis(
        Propagator(wide), points: Points(valid: [[1, 0, 0, 0]]), cutoffs: [1])
    }
    // relu at opposite signs: the integral vanishes, and there is no coupling.
    let relu = try Ensemble("relu", width: 5)
    let c = try couplings(relu, line([-1, 1]), cutoffs: [1])[0]
    #expect(c.excluded == 3 && c.elements[1].coupling.value == nil)
    #expect(abs(c.mean.value! + 12.5 / 5) < 1e-12)
  }
}
