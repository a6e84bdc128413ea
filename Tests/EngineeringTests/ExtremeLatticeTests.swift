import Fieldwork
import Foundation
import Testing

@Suite("Lattices and free theories at extreme numbers")
struct ExtremeLatticeTests {
  private func settings(_ length: Double, trajectories: Int = 4000) -> LatticeHMC.Settings {
    var settings = LatticeHMC.Settings()
    settings.trajectories = trajectories
    settings.thermalisation = 1000
    settings.chains = 2
    settings.length = length
    settings.seed = 14
    return settings
  }

  @Test(
    "at very strong coupling every site is alone: <phi^2> = sqrt(24/lambda) Gamma(3/4)/Gamma(1/4)")
  func strongCoupling() throws {
    // Neighbours and the mass are corrections of order 1/sqrt(lambda).
    for coupling in [1e10, 1e16, 1e30] {
      let lattice = try ScalarLattice(dimension: 1, size: 8, massSquared: 1, coupling: coupling)
      // Two periods of a site, whose frequency is the fourth root of lambda.
      let run = try LatticeHMC(lattice, settings: settings(3 / pow(coupling, 0.25))).run()
      let exact = (24 / coupling).squareRoot() * tgamma(0.75) / tgamma(0.25)
      let found = run.observables.phi2
      // Four sigma.
      #expect(abs(found.value - exact) < 4 * found.error + 5 / coupling.squareRoot() * exact)
      #expect(found.error < 0.05 * exact)
      #expect(run.acceptance > 0.5)
    }
  }

  @Test("a trajectory of too many steps is refused with the length that is allowed")
  func tooManySteps() throws {
    for (massSquared, coupling) in [(1.0, 1e30), (1, 1e40), (1, 1e100), (1e90, 1), (-1e90, 1)] {
      let lattice = try ScalarLattice(
        dimension: 2, size: 4, massSquared: massSquared, coupling: coupling)
      let error = #expect(throws: LatticeHMC.Failed.self) {
        try LatticeHMC(lattice, settings: settings(1, trajectories: 100)).run()
      }
      #expect(error?.description.contains("choose a length of up to") ?? false)
    }
  }

  @Test("what lattices need beyond the machine is refused before it is asked for")
  func sizes() throws {
    #expect(throws: ScalarLattice.Refused.self) {
      try ScalarLattice(dimension: 1, size: 20_001, massSquared: 1, coupling: 1)
    }
    let long = try ScalarLattice(dimension: 1, size: 20_000, massSquared: 1, coupling: 1)
    #expect(throws: (any Error).self) {
      try LatticeHMC(long, settings: settings(1, trajectories: 1_000_000_000)).run()
    }
    var accelerated = settings(1, trajectories: 100)
    accelerated.acceleration = 1
    #expect(throws: LatticeHMC.Failed.self) {
      try LatticeHMC(long, settings: accelerated).run()
    }
  }

  @Test("momenta that would be proposed in vain are refused, those of alpha 0 and -1 never")
  func momenta() throws {
    for alpha in [-0.5, 1, 4] {
      #expect(throws: FreeScalar.Refused.self) {
        try FreeScalar(dimension: 4, mass: 1e-3, alpha: alpha, cutoff: 1e9, width: 1)
      }
      _ = try FreeScalar(dimension: 2, mass: 1, alpha: alpha, cutoff: 3, width: 1)
    }
    for alpha in [-1.0, 0] {
      _ = try FreeScalar(dimension: 4, mass: 1e-3, alpha: alpha, cutoff: 1e9, width: 1)
    }
  }
}
