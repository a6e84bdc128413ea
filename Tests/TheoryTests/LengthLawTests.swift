import Fieldwork
import Foundation
import Testing

@Suite("Sums without an end of their own")
struct LengthLawTests {
  @Test("log K_nu(x) ends for every order and argument")
  func bessel() {
    // mpmath, 30 digits; K_(1/2) in closed form.
    #expect(abs(logBesselK(0, 1e-300) - 6.5379827338810342) < 1e-12)
    #expect(abs(logBesselK(5e6, 1) / 75590470.768108683 - 1) < 1e-13)
    for x in [1e-12, 1.0, 700, 1e12] {
      let exact = 0.5 * log(0.5 * Double.pi / x) - x
      #expect(abs(logBesselK(0.5, x) - exact) < 1e-13 * max(1, abs(exact)))
    }
    #expect(logBesselK(3, 0) == .infinity)
    #expect(logBesselK(3, .infinity) == -.infinity)
    #expect(logBesselK(3, -1).isNaN && logBesselK(3, .nan).isNaN && logBesselK(.nan, 1).isNaN)
  }

  @Test("the law of a squared length goes over into the free one as the coupling vanishes")
  func weakCoupling() {
    for width in [1, 8, 1_000_000] {
      for beta in [0, Double.leastNonzeroMagnitude, 1e-300, 1e-30, 1e-20] {
        let law = SquaredLengthLaw(width: width, beta: beta)
        for k in 1...3 {
          let exact = SquaredLengthLaw.gaussianMoment(k, width: width)
          #expect(abs(law.moment(k) / exact - 1) < 1e-11)
        }
      }
    }
  }

  @Test(
    "of a coupling without bound only u^(N/2-1) exp(-b u^2) is left: <u> = Gamma((N+2)/4)/Gamma(N/4)/sqrt(b)"
  )
  func strongCoupling() {
    for width in [1, 4, 20] {
      let b = 1e30
      let n = Double(width)
      let exact = tgamma((n + 2) / 4) / tgamma(n / 4) / b.squareRoot()
      #expect(abs(SquaredLengthLaw(width: width, beta: b).moment(1) / exact - 1) < 1e-10)
    }
  }
}
