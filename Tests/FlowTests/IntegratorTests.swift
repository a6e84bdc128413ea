import Foundation
import NumericalMethods
import Testing

@Suite("Initial value problems")
struct IntegratorTests {
  @Test(
    "An oscillator, forwards and backwards: the error follows the tolerance",
    arguments: [1e-6, 1e-9, 1e-12])
  func oscillator(tolerance: Double) {
    for direction in [1.0, -1.0] {
      let times = [1, 2.5, 10].map { $0 * direction }
      let (states, end) = ExplicitIntegrator.integrate(
        from: 0, [1, 0], at: times, relative: tolerance, absolute: [tolerance, tolerance],
        steps: 1000
      ) { _, y, out in
        out[0] = y[1]
        out[1] = -y[0]
        return true
      }
      #expect(end == .finished && states.count == 3)
      for (t, y) in zip(times, states) {
        #expect(abs(y[0] - cos(t)) < 50 * tolerance && abs(y[1] + sin(t)) < 50 * tolerance)
      }
    }
  }

  @Test("A pole stops the integration where it is; a stiff equation is given up")
  func ends() throws {
    let pole = ExplicitIntegrator.integrate(
      from: 0, [1], at: [2], relative: 1e-10, absolute: [1e-10], steps: 1000,
      stop: { _, y in y[0] > 1e9 }
    ) { _, y, out in
      out[0] = y[0] * y[0]
      return true
    }
    guard case .stopped(let t) = pole.end else {
      Issue.record("ended as \(pole.end)")
      return
    }
    #expect(abs(t - 1) < 1e-8 && pole.states.isEmpty)
    let stiff = ExplicitIntegrator.integrate(
      from: 0, [0], at: [10], relative: 1e-8, absolute: [1e-8], steps: 1000
    ) { t, y, out in
      out[0] = -1e6 * (y[0] - sin(t))
      return true
    }
    #expect(stiff.end == .stiff)
  }
}
