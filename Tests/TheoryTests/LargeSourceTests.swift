import Fieldwork
import Foundation
import TestSupport
import Testing

/// Reference values: sums over a grid of 4001^2 nodes in logarithms, the same to all digits with 2001^2 (NumPy).
@Suite("W[J] wherever it is finite")
struct LargeSourceTests {
  private func functional(
    _ unit: String, _ sw: Double, _ sb: Double, width: Int, output: Double? = nil,
    _ points: Points
  ) throws -> GeneratingFunctional {
    try GeneratingFunctional(
      Ensemble(
        inputs: points[0].count, hidden: [HiddenLayer(Activation(unit), width: width)],
        weights: [.gaussian(sw), .gaussian(output ?? sw)],
        biases: [.gaussian(sb), .gaussian(sb)]), points: points)
  }

  @Test("bounded and growing units at sources whose exponentials overflow")
  func large() throws {
    let points = try Points.line(0.4, -0.9)
    let cases: [(GeneratingFunctional, [Double], Double)] = [
      (try functional("tanh", 1.2, 0.5, width: 3, points), [30, 30], 2960.0789354001145),
      (try functional("tanh", 1.2, 0.5, width: 3, points), [300, -200], 181135.88749575755),
      (try functional("erf", 0.1, 0.1, width: 3, points), [300, -200], 561.9695417361372),
      (try functional("softplus", 0.02, 0.01, width: 100, points), [300, 200], 36.52693013674232),
    ]
    for (functional, sources, right) in cases {
      let w = functional.logZ(sources)
      let value = try #require(w.value, "\(sources): \(w.reason ?? "")")
      let error = try #require(w.error)
      #expect(abs(value - right) <= error + 1e-12 * right, "\(value) \(right)")
      #expect(error < 1e-8 * right)
    }
  }

  @Test("tanh grows like the square of the sources, whatever their size")
  func enormous() throws {
    // Saturated units: W = sb^2 J^2/2 + sw^2 J^2/2 + N ln of what saturation costs.
    let functional = try functional("tanh", 1.2, 0.5, width: 3, .line(0.4))
    var last = 0.0
    for j in [1e3, 1e4, 1e5, 1e6] {
      let w = functional.logZ([j])
      let value = try #require(w.value, "\(j): \(w.reason ?? "")")
      let ratio = value / (0.5 * (0.25 + 1.44) * j * j)
      #expect(ratio < 1 && ratio > last)
      last = ratio
    }
    #expect(last > 0.999_999)
  }

  @Test("cos with a uniform phase at large sources is a Bessel function")
  func phase() throws {
    // E exp(a cos^2 p) = exp(a/2) I_0(a/2); I_0(200) from its asymptotic series.
    let ensemble = try Ensemble("cos", width: 2, weightSigma: 1, biasSigma: 0)
    let functional = try GeneratingFunctional(ensemble, points: .line(0.3))
    let j = 40.0
    // a = sw^2 J^2 / 2N = 400.
    let x = 200.0
    let series = 1 + 1 / (8 * x) + 9 / (128 * x * x) + 225 / (3072 * x * x * x)
    let right = 2 * (2 * x - 0.5 * log(2 * .pi * x) + log(series))
    let w = functional.logZ([j])
    #expect(abs(try #require(w.value) - right) < 1e-8)
  }

  @Test("small sources: W is half the two-point function, to all digits")
  func small() throws {
    let points = try Points.line(0.7)
    let ensemble = try Ensemble(
      inputs: 1, hidden: [HiddenLayer(Activation("relu"), width: 4)],
      weights: [.gaussian(1), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)])
    let w = try GeneratingFunctional(ensemble, points: points).logZ([1e-6])
    let right = 0.5 * 0.5 * 0.49 * 1e-12
    #expect(abs(try #require(w.value) - right) < 1e-11 * right)
  }

  @Test("what is infinite is said to be, with the threshold; square roots and logarithms are not")
  func infinite() throws {
    let relu = try functional("relu", 1, 0, width: 2, .line(1))
    // a = J^2/N < 1, with W = N ln(1/2 + 1/(2 sqrt(1 - a))).
    for share in [0.5, 0.99999, 0.9999999] {
      let w = relu.logZ([(2 * share).squareRoot()])
      let right = 2 * log(0.5 + 0.5 / (1 - share).squareRoot())
      #expect(abs(try #require(w.value) - right) < 1e-8 * right)
    }
    #expect(relu.logZ([1.5]).reason?.contains("exceed the threshold") == true)
    #expect(
      try functional("gauss", 1, 1, width: 2, .line(1)).logZ([0.1]).reason?.contains("infinite")
        == true)
    let pole = try GeneratingFunctional(
      Ensemble(
        inputs: 1, hidden: [HiddenLayer(Activation(Formula("log(abs(x))")), width: 50)],
        weights: [.gaussian(1), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)]),
      points: .line(1))
    #expect(pole.logZ([1]).reason?.contains("not bounded at x = 0") == true)
    for text in ["sqrt(abs(x))", "log(1+x^2)", "sqrt(1+x^2)", "log(1+exp(x))"] {
      let ensemble = try Ensemble(
        inputs: 1, hidden: [HiddenLayer(Activation(Formula(text)), width: 50)],
        weights: [.gaussian(1), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)])
      let w = try GeneratingFunctional(ensemble, points: .line(1)).logZ([1])
      #expect(w.value != nil, "\(text): \(w.reason ?? "")")
    }
  }
}

@Suite("Moments that do not exist, and atoms")
struct ExistenceTests {
  private func net(_ text: String, sigma: Double = 1) throws -> Ensemble {
    try Ensemble(
      inputs: 1, hidden: [HiddenLayer(Activation(Formula(text)), width: 4)],
      weights: [.gaussian(sigma), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)])
  }

  @Test("poles: a moment of order n exists where n times the power is below 1")
  func poles() throws {
    for text in ["1/x", "1/x^2", "1/sqrt(abs(x))", "1/(x-0.5)", "x/(x^2-1)", "tan(x)"] {
      let reason = #expect(throws: InfiniteWidthKernel.Unavailable.self) {
        try InfiniteWidthKernel(net(text), points: .line(1))
      }
      #expect(reason?.description.contains("order 2 does not exist") == true, "\(text)")
    }
    // E |z|^-1/2 = 2^-1/4 Gamma(1/4)/sqrt(pi): this kernel exists.
    let half = try InfiniteWidthKernel(net("abs(x)^(-0.25)"), points: .line(1))
    let right = pow(2, -0.25) * exp(lgamma(0.25)) / Double.pi.squareRoot()
    #expect(abs(half.matrix[0, 0] - right) < 1e-2 * right)
    // E (ln|z|)^2 = pi^2/8 + (gamma + ln 2)^2/4.
    let log2 = try InfiniteWidthKernel(net("log(abs(x))"), points: .line(1))
    let exact = Double.pi * Double.pi / 8 + pow(0.5772156649015329 + log(2.0), 2) / 4
    #expect(abs(log2.matrix[0, 0] - exact) < 1e-3 * exact)
    // A removable pole is none.
    #expect(throws: Never.self) { try InfiniteWidthKernel(net("sin(x)/x"), points: .line(1)) }
  }

  @Test("exp(x^2/4) has a second moment at sigma 0.6 and none at 1.1")
  func growth() throws {
    // E exp(z^2/2) = 1/sqrt(1 - sigma^2).
    let known = try InfiniteWidthKernel(net("exp(x^2/4)", sigma: 0.6), points: .line(1))
    #expect(abs(known.matrix[0, 0] - 1.25) < 1e-9)
    let reason = #expect(throws: InfiniteWidthKernel.Unavailable.self) {
      try InfiniteWidthKernel(net("exp(x^2/4)", sigma: 1.1), points: .line(1))
    }
    #expect(reason?.description.contains("does not exist") == true)
  }

  @Test("relu without biases is zero exactly with probability 2^-N, at two points by their angle")
  func atoms() throws {
    let relu = try Ensemble("relu", inputs: 2, width: 3, weightSigma: 1, biasSigma: 0)
    func atom(_ ensemble: Ensemble, _ points: [[Double]]) -> Double? {
      OutputAtom(ensemble, points: Points(valid: points), indices: [0])?.probability
    }
    #expect(abs(try #require(atom(relu, [[1, 0.5]])) - 0.125) < 1e-15)
    // At right angles a quarter of all units are off at both.
    #expect(abs(try #require(atom(relu, [[1, 0], [0, 2]])) - 1 / 64.0) < 1e-15)
    #expect(atom(try Ensemble("relu", inputs: 2, width: 3, biasSigma: 1), [[1, 0]]) == nil)
    #expect(atom(try Ensemble("tanh", inputs: 2, width: 3, biasSigma: 0), [[1, 0]]) == nil)
    // A unit that is off between -1 and 1.
    let dead = try net("relu(x-1)-relu(-x-1)")
    let share = try #require(OutputAtom(dead, points: .line(1), indices: [0])).probability
    #expect(abs(share - pow(erf(0.5.squareRoot()), 4)) < 1e-14)
  }
}
