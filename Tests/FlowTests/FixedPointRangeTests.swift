import Fieldwork
import Foundation
import TestSupport
import Testing

/// Reference values: expansions about the minimum of order 9 to 16 in 30 digits (mpmath) where they converge, and
/// otherwise, near two dimensions, the equation for rho(u') on 64 to 96 Chebyshev nodes by an independent program.
@Suite("The Wilson-Fisher point of the whole potential in every dimension")
struct FixedPointRangeTests {
  @Test(
    "nu and omega between three and four dimensions, as by expansions about the minimum",
    arguments: [
      (3.99, 0.0, 0.50062867403156, 0.00989986681648),
      (3.99, 1, 0.50083885789473, 0.00990272171682),
      (3.99, 20, 0.50197806444695, 0.00995433951003), (3.95, 1, 0.50430227751485, 0.04779534854003),
      (3.95, 3, 0.50589005788416, 0.047958671510), (3.7, 1, 0.5297252009, 0.246637893),
      (3.5, 0, 0.538765706905, 0.37878767), (3.5, 4, 0.590694452276, 0.3927734705),
      (3.5, 20, 0.642634627038, 0.45308654937), (3.3, 1, 0.58639731, 0.4969935),
      (3.3, 3, 0.6335406328, 0.51328415),
    ])
  func expansions(d: Double, m: Double, nu: Double, omega: Double) throws {
    let found = try PotentialFixedPoint(dimension: d, components: m)
    #expect(found.point.relevant == 1 && found.error < 1e-7)
    #expect(try relativeDifference(#require(found.point.nu), nu) < 4e-9)
    #expect(try relativeDifference(#require(found.point.omega), omega) < 4e-8)
  }

  @Test(
    "nu, omega and u'(0) between two and three dimensions",
    arguments: [
      (2.5, -1.0, 0.560336, 0.932086, nil), (2.5, 0, 0.66439199524, 0.8925931489, -0.255475381),
      (2.01, 0, 0.764044265, 1.0965293011, nil),
      (2.5, 1, 0.86525763582, 0.8916089866, -0.387438345),
      (2.2, 1, 1.361721746, 1.05586394, -0.577615485), (2.1, 1, 2.08672903312, 1.1713002753, nil),
      (2.02, 1, 7.278473672, 1.52580557, nil), (2.01, 1, 13.262569805, 1.6762250366, nil),
      (2.2, 2, 4.04607696, 1.66210499, -0.777765644), (2.05, 2, 19.2277036, 1.945181, -0.947129789),
      (2.02, 2, 49.241984, 1.979274, nil), (2.2, 3, 4.58675229, 1.75618996, -0.828947144),
      (2.1, 4, 9.741104, 1.893790, -0.926341174), (2.02, 20, 49.9603208, 1.9799631, nil),
      (2.9999, 20, 0.9607765415, 0.93684698, nil), (2.1, 1000, 9.999231899, 1.8999825, nil),
    ] as [(Double, Double, Double, Double, Double?)])
  func low(d: Double, m: Double, nu: Double, omega: Double, start: Double?) throws {
    let found = try PotentialFixedPoint(dimension: d, components: m)
    #expect(found.point.relevant == 1)
    let digits = 2e-6
    #expect(try relativeDifference(#require(found.point.nu), nu) < digits)
    #expect(try relativeDifference(#require(found.point.omega), omega) < digits)
    if let start { #expect(abs(found.point.couplings["u2"]! - start) < 2e-9) }
    // The stated errors hold against the reference, up to its last digit.
    let (a, b) = (found.point.errors["nu"]!, found.point.errors["omega"]!)
    #expect(abs(found.point.nu! - nu) < a + digits * nu && a < 1e-4 * nu)
    #expect(abs(found.point.omega! - omega) < b + digits * omega && b < 1e-4 * omega)
  }

  @Test(
    "Without a gap anywhere: one relevant direction, nu falls and u'(0) rises with the dimension")
  func everywhere() throws {
    for m in [0.0, 2.5] {
      var last: (nu: Double, start: Double)?
      for d in [2.06, 2.35, 2.68, 3.37, 3.96, 3.997] {
        let point = try PotentialFixedPoint(dimension: d, components: m).point
        let nu = try #require(point.nu)
        let start = try #require(point.couplings["u2"])
        #expect(point.relevant == 1 && nu > 0.5 && start > -1 && start < 0)
        if let last { #expect(nu < last.nu && start > last.start, "M \(m), d \(d)") }
        last = (nu, start)
      }
    }
  }

  @Test(
    "Both ends: 1/2 + (M + 2)/(M + 8) (4 - d)/4 near four, 1/(d - 2) near two from two components on"
  )
  func ends() throws {
    for m in [0.0, 1, 3, 20] {
      let point = try PotentialFixedPoint(dimension: 3.998, components: m).point
      let slope = (m + 2) / (m + 8) / 4
      #expect(abs(point.nu! - 0.5 - 0.002 * slope) < 2e-6 && abs(point.omega! - 0.002) < 6e-6)
    }
    for m in [2.0, 3, 4] {
      let point = try PotentialFixedPoint(dimension: 2.01, components: m).point
      #expect(abs(0.01 * point.nu! - 1) < 0.01 && abs(point.omega! - 1.99) < 0.002)
    }
    let exact = try PotentialFixedPoint(dimension: 2.5, components: .infinity)
    #expect(exact.point.nu == 2 && exact.point.omega == 1.5 && exact.error == 0)
    let many = try PotentialFixedPoint(dimension: 2.5, components: 1000).point
    #expect(abs(many.nu! - 2) < 2e-3 && abs(many.omega! - 1.5) < 2e-3)
  }

  @Test("The potential solves its equation, and has its minimum at kappa")
  func potential() throws {
    let found = try PotentialFixedPoint(dimension: 2.6, components: 2)
    let (rho, u) = (found.rho, found.potential)
    #expect(rho[0] == 0 && zip(rho, rho.dropFirst()).allSatisfy { $0 < $1 })
    let lowest = u.indices.min { u[$0] < u[$1] }!
    let kappa = try #require(found.point.couplings["kappa"])
    #expect(rho[lowest - 1] < kappa && kappa < rho[lowest + 1])
    // At the origin u = V M / (d (1 + u'(0))).
    let start = 2 * thresholdVolume(2.6) / (2.6 * (1 + found.point.couplings["u2"]!))
    #expect(relativeDifference(u[0], start) < 1e-10)
  }

  @Test(
    "LPA' away from three dimensions: eta grows towards two, the expansion about the minimum agrees"
  )
  func anomalous() throws {
    var last = 0.0
    for d in [3.9, 3.5, 3.0, 2.6] {
      let prime = try PotentialFixedPoint(dimension: d, anomalous: true).point
      #expect(prime.eta > last && prime.relevant == 1)
      last = prime.eta
      if d >= 3.5 {
        let minimum = try #require(
          try MinimumFlow(dimension: d, order: 9, anomalous: true).wilsonFisher())
        #expect(relativeDifference(prime.eta, minimum.eta) < 1e-5)
        #expect(try relativeDifference(#require(prime.nu), #require(minimum.nu)) < 1e-5)
      }
    }
  }

  @Test("Outside the range there is a sentence and no number")
  func refusals() throws {
    for (d, m) in [
      (2.0, 1.0), (4, 1), (1.5, 1), (4.5, 1), (.nan, 1), (3, -2), (3, -3), (3, .nan), (3, 1001),
      (3, -.infinity), (2.0005, 3), (3.999_999_999, 1), (2.9, -1.95),
    ] {
      #expect(throws: PolynomialFlow.Refused.self, "\(d), \(m)") {
        try PotentialFixedPoint(dimension: d, components: m)
      }
    }
    for m in [-2.0, -2.5, -4] {
      let flow = try PolynomialFlow(dimension: 3, order: 6, components: m)
      #expect(throws: PolynomialFlow.Refused.self) { try flow.fixedPoints() }
      #expect(throws: PolynomialFlow.Refused.self) {
        try MinimumFlow(dimension: 3, order: 4, components: m)
      }
    }
    for m in [Double.nan, .infinity, 1e300] {
      #expect(throws: PolynomialFlow.Refused.self) {
        try MinimumFlow(dimension: 3, order: 4, components: m)
      }
    }
  }

  @Test("Truncations state errors that hold: the values of the tables, at any order")
  func truncationErrors() throws {
    let sixth = try #require(try PolynomialFlow(dimension: 3, order: 6).wilsonFisher())
    // u2* = -1/7 there.
    #expect(
      abs(sixth.couplings["u2"]! + 1.0 / 7) <= sixth.errors["u2"]! && sixth.errors["nu"]! < 1e-12)
    for order in [8, 16, 24] {
      for point in try PolynomialFlow(dimension: 3, order: order).fixedPoints() {
        #expect(point.errors["nu"] != nil || point.nu == nil)
        #expect(
          point.couplings.keys.allSatisfy { point.label == "Gaussian" || point.errors[$0] != nil })
      }
    }
    let minimum = try #require(try MinimumFlow(dimension: 3, order: 3).wilsonFisher())
    // In 30 digits (mpmath): nu of the three-parameter equations.
    #expect(abs(minimum.nu! - 0.7289924) < 1e-7 && minimum.errors["nu"]! < 1e-8)
  }
}
