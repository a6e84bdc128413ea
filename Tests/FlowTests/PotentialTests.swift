import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("The full potential")
struct PotentialTests {
  @Test("Exponents of the full potential: nu to nine digits, omega to eight, O(M), LPA'")
  func fixedPoints() throws {
    let ising = try PotentialFixedPoint(dimension: 3)
    #expect(agreesWith(ising.point.nu, 0.6495617739, digits: 10))
    #expect(agreesWith(ising.point.omega, 0.65574594, digits: 8))
    #expect(agreesWith(ising.point.eigenvalues.first { $0.real > 1 }?.real, 3.1800065, digits: 8))
    #expect(agreesWith(ising.point.couplings["kappa"], 0.03064794, digits: 7))
    #expect(agreesWith(ising.point.couplings["u2"], -0.18606425, digits: 8))
    #expect(agreesWith(ising.point.couplings["u4"], 14.599, digits: 5))
    #expect(agreesWith(ising.point.couplings["u6"], 998.4, digits: 4))
    #expect(ising.error < 1e-10 && ising.point.relevant == 1)
    for (m, nu, omega) in [
      (0.0, 0.5920826926, 0.65787948), (2, 0.7082109075, 0.67122119),
      (3, 0.7611231372, 0.69983732), (4, 0.8043476966, 0.7337529263),
    ] {
      let point = try PotentialFixedPoint(dimension: 3, components: m).point
      #expect(abs(point.nu! - nu) < 1.01e-10 && abs(point.omega! - omega) < 6e-9, "M \(m)")
    }
    // The approach to many components, where nu = omega = 1.
    let limit = PotentialFixedPoint.manyComponents(3)
    #expect(limit.nu == 1 && limit.omega == 1)
    let distances = try [5.0, 10, 20].map { m in
      1 - (try PotentialFixedPoint(dimension: 3, components: m).point.nu!)
    }
    #expect(distances[0] > distances[1] && distances[1] > distances[2] && distances[2] < 0.05)
    let prime = try PotentialFixedPoint(dimension: 3, anomalous: true)
    #expect(agreesWith(prime.point.eta, 0.1119795373, digits: 10))
    #expect(agreesWith(prime.point.nu, 0.6272103560, digits: 10))
    #expect(agreesWith(prime.point.omega, 0.84838358, digits: 8))
  }

  @Test("Truncations converge to the full potential")
  func convergence() throws {
    let full = try PotentialFixedPoint(dimension: 3).point.nu!
    let errors = try [8, 12, 16, 24].map { order in
      abs(try #require(try PolynomialFlow(dimension: 3, order: order).wilsonFisher()?.nu) - full)
    }
    #expect(errors[3] < 5e-4 && errors[2] < errors[1] && errors[1] < errors[0])
  }

  @Test("Zero dimensions are exact: ordinary integrals, to 1e-6")
  func zeroDimensions() throws {
    for (m2, lambda, expected) in [
      (1.0, 1.0, [1.3324252475, 0.6078986614, 0.7714507]),
      (1, 10, [2.5543632703, 4.0307099088, 24.272792]),
      (-1, 6, [0.9598796267, 1.0307828139, 5.4522554]),
    ] {
      let flow = try PotentialFlow(dimension: 0, fieldRange: 6)
      let (snapshots, end) = flow.follow(
        slope: { m2 * $0 + lambda * $0 * $0 * $0 / 6 }, from: 1e6, through: [1e-6],
        relative: 1e-11)
      #expect(end == nil)
      let s = try #require(snapshots.first)
      for (found, known) in zip([s.u2, s.u4, s.u6], expected) {
        let found = try #require(found)
        #expect(relativeDifference(found, known) < 1e-6, "\(m2), \(lambda)")
      }
    }
  }

  @Test(
    "The grid and the polynomials agree in the symmetric phase; the broken phase becomes convex")
  func grid() throws {
    let truncated = try PolynomialFlow(dimension: 3, order: 16)
    let start = [0.5, 1] + [Double](repeating: 0, count: 6)
    let path = truncated.follow(start, from: 1, through: [0.1])
    let flow = try PotentialFlow(dimension: 3, fieldRange: 3)
    let (snapshots, _) = flow.follow(
      slope: { 0.5 * $0 + $0 * $0 * $0 / 6 }, from: 1, through: [0.1], relative: 1e-10)
    #expect(relativeDifference(snapshots[0].u2, path.couplings[0][0]) < 1e-6)
    #expect(relativeDifference(try #require(snapshots[0].u4), path.couplings[0][1]) < 1e-5)
    // Deep in the broken phase U'' > -k^2 at all scales.
    let broken = try PotentialFlow(dimension: 3, fieldRange: 1.2, accuracy: 2)
    let (states, end) = broken.follow(
      slope: { -0.3 * $0 + 2 * $0 * $0 * $0 }, from: 1, through: [0.3, 0.1, 0.03])
    #expect(end == nil && states.count == 3)
    for s in states {
      #expect((s.curvature.min() ?? -1) > -1.001 * s.k * s.k)
    }
    let lowest = states[2].potential.min() ?? 0
    #expect(abs(lowest) < 1e-3 && abs(states[2].curvature[0]) < 1e-3)
    // A kinked start becomes smooth.
    let kinked = try PotentialFlow(dimension: 1, fieldRange: 4, accuracy: 2)
    let (smooth, stopped) = kinked.follow(slope: { 1 + 0 * $0 }, from: 10, through: [1, 0.1])
    #expect(stopped == nil && (smooth.last?.curvature.min() ?? -1) > -0.02)
  }
}
