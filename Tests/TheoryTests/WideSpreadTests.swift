import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Pre-activations that spread very widely")
struct WideSpreadTests {
  /// Two inputs of length s at an angle of 60 degrees, weights of variance 1 in each direction.
  private func tanhPair(_ s: Double) throws -> Double {
    let ensemble = try Ensemble(
      "tanh", inputs: 2, width: 3, weightSigma: 2.0.squareRoot(), biasSigma: 0)
    let kernel = try CrossKernel(
      ensemble, points: Points([[s, 0]], inputs: 2), outputBias: false)
    // Output weights have twice the variance.
    return try kernel.values(at: [0.5 * s, 0.75.squareRoot() * s]).cross[0][0] / 2
  }

  @Test(
    "<tanh tanh> of wide Gaussians: (2/pi) asin(1/2) less pi/(6 sqrt 3)/s^2, whatever the spread")
  func hyperbolicTangent() throws {
    // mpmath, nested quadrature of 25 digits with breaks at the kink.
    #expect(abs(try tanhPair(100) - 0.33330310707279157) < 1e-11)
    // tanh is the sign smeared with the logistic density, of variance pi^2/12; the next term is of order s^-4.
    let first = Double.pi / (6 * 3.0.squareRoot())
    for s in [1e3, 1e5, 1e8, 1e12] {
      #expect(abs(try tanhPair(s) - (1.0 / 3 - first / (s * s))) < 2e-11)
    }
  }

  @Test("expectations of one relu scale with its variance at any size")
  func homogeneous() {
    for k in [1e-8, 1, 1e8, 1e30, 1e100] {
      let single = SingleInput(Relu(), variance: k)
      #expect(abs(single.square[0] / (0.5 * k) - 1) < 1e-13)
      #expect(abs(single.square[1] / 0.5 - 1) < 1e-12)
      #expect(abs(single.fourth[0] / (1.5 * k * k) - 1) < 1e-13)
      #expect(abs(single.sixth / (7.5 * k * k * k) - 1) < 1e-13)
      #expect(abs(single.slopeSquare - 0.5) < 1e-13)
    }
  }

  @Test("a rule that would take for ever is refused, not begun")
  func refusals() throws {
    let kinked = Activation(try Formula("abs(x)+max(x-1,0)"))
    #expect(throws: InfiniteWidthKernel.Unavailable.self) {
      try PairDerivatives.at(kinked.unit, 1e12, 0.5e12, 1e12)
    }
    for name in ["tanh", "erf", "softplus"] {
      let ensemble = try Ensemble(
        name, inputs: 2, width: 3, weightSigma: 1e6, biasSigma: 0)
      #expect(throws: GeneratingFunctional.Unavailable.self) {
        try GeneratingFunctional(ensemble, points: Points([[1e6, 0], [0, 1e6]], inputs: 2))
      }
    }
  }
}
