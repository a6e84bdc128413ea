import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("The law of the outputs: generating functionals and densities")
struct OutputTests {
  @Test("relu, d = 1, one sign: W = N log[1/2 + 1/(2 sqrt(1 - a))], infinite beyond a = 1")
  func relu() throws {
    let points = try Points.line(0.4, 1)
    for n in [1, 3, 10, 100] {
      let ensemble = try Ensemble("relu", width: n, weightSigma: 1.2)
      let functional = try GeneratingFunctional(ensemble, points: points)
      for j in [[0.5, 0.2], [1.0, -0.1], [2, 1], [9, 40]] {
        let a = pow(1.2, 4) / Double(n) * pow(0.4 * j[0] + j[1], 2)
        let w = functional.logZ(j)
        if a < 1 {
          let exact = Double(n) * log(0.5 + 0.5 / (1 - a).squareRoot())
          #expect(abs(try #require(w.value) - exact) < 1e-12 * max(1, exact))
        } else {
          #expect(w.value == nil && w.reason != nil)
        }
        let phi = pow(0.5 + 0.5 / (1 + a).squareRoot(), Double(n))
        #expect(abs(functional.characteristic(j).value! - phi) < 1e-12)
      }
    }
  }

  @Test("linear nets: E exp(J f) of a product of Gaussians in closed form, biases included")
  func linear() throws {
    // f = W z with z ~ N(0, c): E exp((so^2 J^2/2N) z^2) = (1 - so^2 J^2 c/N)^(-1/2).
    let ensemble = try Ensemble("linear", width: 5, weightSigma: 0.9, biasSigma: 0.4)
    let functional = try GeneratingFunctional(ensemble, points: .line(0.7))
    let c = 0.16 + 0.81 * 0.49
    let a = 0.81 * 1.1 * 1.1 * c / 5
    let exact = 0.5 * 0.16 * 1.21 - 2.5 * log(1 - a)
    #expect(abs(functional.logZ([1.1]).value! - exact) < 1e-13)
  }

  @Test(
    "derivatives of W at zero are the connected correlators",
    arguments: ["erf", "tanh", "relu", "gelu", "softplus", "cos", "sin", "linear"])
  func derivatives(name: String) throws {
    let points = try Points.line(0.5, -0.8)
    let ensemble = try Ensemble(name, width: 3, biasSigma: 0.5)
    let functional = try GeneratingFunctional(ensemble, points: points)
    let exact = try ExactCorrelators(
      ensemble, points: points,
      transform: CumulantTransform(slots: 2, maximumOrder: 4, evenOnly: true)
    ).tensors.connected
    func w(_ t: Double) -> Double { functional.logZ([t, 0.6 * t]).value ?? .nan }
    let (k2, k4) = zip([2, 4], [3, 5]).reduce(into: (0.0, 0.0)) { result, entry in
      for (i, tuple) in Multisets(slots: 2, order: entry.0).tuples.enumerated() {
        let ones = tuple.filter { $0 == 1 }.count
        let weight = pow(0.6, Double(ones)) * (binomial(entry.0, ones).map(Double.init) ?? 0)
        if entry.0 == 2 {
          result.0 += weight * exact[2][i]
        } else {
          result.1 += weight * exact[4][i]
        }
      }
    }
    // W = k2 t^2/2 + k4 t^4/24 + O(t^6).
    let h = 0.05
    let (a, b) = (w(h) / (h * h), w(2 * h) / (4 * h * h))
    #expect(abs((4 * a - b) / 3 - 0.5 * k2) < 3e-6 * max(1, k2), "\(name)")
    #expect(abs((b - a) / (3 * h * h) - k4 / 24) < 2e-2 * max(abs(k4) / 24, 1e-3), "\(name)")
  }

  @Test("gauss: W is infinite at any source, the characteristic function is not")
  func gauss() throws {
    let functional = try GeneratingFunctional(Ensemble("gauss", width: 10), points: .line(0.1, 0.3))
    #expect(functional.logZ([1e-3, 0]).value == nil)
    #expect(functional.logZ([0, 0]).value == 0)
    let phi = functional.characteristic([0.4, 0.1])
    #expect(phi.value! > 0 && phi.value! < 1 && phi.error! < 1e-9)
  }

  @Test("several outputs: independent given the units, so W adds up to order J^2 only")
  func outputs() throws {
    let ensemble = try Ensemble("erf", outputs: 2, width: 4, biasSigma: 0.5)
    let functional = try GeneratingFunctional(ensemble, points: .line(0.5))
    let root = (2.0).squareRoot()
    let both = functional.logZ([1, 1]).value!
    let alone = functional.logZ([1, 0]).value!
    // Equal to one output with the source sqrt(2): sources enter by the sum of squares.
    #expect(abs(both - functional.logZ([root, 0]).value!) < 1e-12)
    #expect(both > 2 * alone)
  }

  @Test("a density of one output: Gaussian for wide nets, known for width one")
  func density() throws {
    let wide = try Ensemble("erf", width: 100_000, biasSigma: 1)
    let d = try OutputDensity(wide, points: .line(0.7), indices: [0])
    let sigma = d.exact_second.squareRoot()
    for (f, p) in zip(d.fields, d.density) {
      let gaussian = exp(-0.5 * f * f / d.exact_second) / (sigma * (2 * .pi).squareRoot())
      #expect(abs(p - gaussian) < 1e-5 / sigma)
    }
    // A linear net of width two: f = W1 z1 + W2 z2 has the Laplace density exp(-|f|/s)/2s.
    let laplace = try Ensemble("linear", width: 2, weightSigma: 1, biasSigma: 0)
    let root = (0.5).squareRoot()
    let two = try? OutputDensity(laplace, points: .line(1), indices: [0])
    #expect(two == nil || abs(two!.density[60] - root) < 1e-2)
    // With an output bias the cusp is smoothed and the inversion exact: by convolution.
    let smoothed = try Ensemble(
      inputs: 1, hidden: [HiddenLayer(Activation("linear"), width: 2)],
      weights: [.gaussian(1), .gaussian(1)], biases: [.gaussian(0), .gaussian(0.5)])
    let s = try OutputDensity(smoothed, points: .line(1), indices: [0])
    let scale = 0.5.squareRoot()
    let rule = GaussLegendre(count: 200)
    for k in [10, 50, 60, 75] {
      var exact = 0.0
      for (low, high) in [(-20.0, 0.0), (0, 20)] {
        rule.forEach(from: low, to: high) { u, w in
          let x = s.fields[k] - u
          exact +=
            w * exp(-abs(u) / scale) / (2 * scale) * exp(-2 * x * x)
            / (0.5 * (2 * .pi).squareRoot())
        }
      }
      #expect(abs(s.density[k] - exact) < 1e-7)
    }
    #expect(abs(s.normalisation - 1) < 1e-3 && s.atom == 0)
  }

  @Test("two outputs: normalised, with the right moments, and Gaussian for wide nets")
  func joint() throws {
    let ensemble = try Ensemble("tanh", width: 2000, biasSigma: 0.6)
    let points = try Points.line(-1, 1.2)
    let d = try OutputDensity(ensemble, points: points, indices: [0, 1], count: 41)
    #expect(abs(d.normalisation - 1) < 1e-5 && abs(d.second_moment / d.exact_second - 1) < 1e-4)
    let k = try InfiniteWidthKernel(ensemble, points: points).matrix
    let det = k[0, 0] * k[1, 1] - k[0, 1] * k[0, 1]
    for (i, j) in [(20, 20), (23, 15), (18, 26)] {
      let f = d.fields[i]
      let g = d.fields[j] * (k[1, 1] / k[0, 0]).squareRoot()
      let form = (k[1, 1] * f * f - 2 * k[0, 1] * f * g + k[0, 0] * g * g) / det
      let gaussian = exp(-0.5 * form) / (2 * .pi * det.squareRoot())
      #expect(abs(d.density[i * 41 + j] - gaussian) < 2e-3 * gaussian + 1e-6)
    }
  }

  @Test("densities that do not exist say why")
  func none() throws {
    #expect(throws: OutputDensity.Unavailable.self) {
      try OutputDensity(Ensemble("gauss", width: 10), points: .line(0.1), indices: [0])
    }
    #expect(throws: OutputDensity.Unavailable.self) {
      try OutputDensity(Ensemble("relu", width: 10), points: .line(0.5, 1), indices: [0, 1])
    }
  }
}
