import CSampling
import Fieldwork
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("phi^4 on a lattice")
struct LatticeTests {
  private func settings(_ change: (inout LatticeHMC.Settings) -> Void) -> LatticeHMC.Settings {
    var settings = LatticeHMC.Settings()
    change(&settings)
    return settings
  }

  @Test("The force is minus the gradient of the action, in one to four dimensions, at every level")
  func force() {
    var random = SeededGenerator(seed: 2)
    for (dimension, size) in [(1, 7), (2, 5), (3, 4), (4, 3)] {
      var lattice = fw_lattice(
        dimension: Int32(dimension), size: Int64(size), mass_squared: -0.7, coupling: 3.1)
      let volume = (0..<dimension).reduce(1) { n, _ in n * size }
      var phi = (0..<volume).map { _ in random.normal() }
      for level in 0..<3 where level <= InstructionSet.chosen.level {
        var pi = [Double](repeating: 0, count: volume)
        fw_lattice_kick(Int32(level), &lattice, phi, &pi, 1)
        for x in [0, volume / 2, volume - 1] {
          let h = 1e-5
          let kept = phi[x]
          phi[x] = kept + h
          let up = fw_lattice_action(Int32(level), &lattice, phi)
          phi[x] = kept - h
          let down = fw_lattice_action(Int32(level), &lattice, phi)
          phi[x] = kept
          #expect(abs(pi[x] + (up - down) / (2 * h)) < 1e-6, "d = \(dimension), level \(level)")
        }
      }
    }
  }

  @Test("Tori of three and four sites against exact values, within 4 sigma of about 10^-3")
  func tori() throws {
    for (size, m2, lambda, known) in [
      (3, 1.0, 6.0, [0.223181248, 0.138424944, 0.063582796, 0.618199693]),
      (4, 1, 6, [0.21489522, 0.12898521, 0.05086533, 0.62550966]),
      (4, -1, 12, [0.33196947, 0.26589431, 0.13192426, 1.7594939]),
      (4, -4, 48, [0.29549243, 0.17750344, 0.10500688, 1.3679351]),
    ] {
      let lattice = try ScalarLattice(
        dimension: 2, size: size, massSquared: m2, coupling: lambda)
      for acceleration in [nil, 1.0] {
        let run = try LatticeHMC(
          lattice,
          settings: settings {
            $0.trajectories = acceleration == nil ? 60_000 : 10_000
            $0.acceleration = acceleration
            $0.seed = 12
          }
        ).run(threads: 2)
        let o = run.observables
        for (v, exact) in zip([o.phi2, o.phi4, o.neighbour, o.susceptibility], known) {
          #expect(abs(v.value - exact) < 4 * v.error, "L \(size), m2 \(m2): \(v), \(exact)")
          #expect(v.error < 0.02 * exact)
        }
        #expect(abs(run.exponential.value! - 1) < 5 * run.exponential.error!)
        #expect(run.ratio < 1.02 && run.warnings.isEmpty, "\(run.warnings)")
      }
    }
  }

  @Test("A torus of eight sites: known values of phi^2, phi^4, chi and U4 within 4 sigma")
  func eight() throws {
    let run = try LatticeHMC(
      ScalarLattice(dimension: 2, size: 8, massSquared: -1, coupling: 12),
      settings: settings {
        $0.trajectories = 48_000
        $0.seed = 21
      }
    ).run(threads: 2)
    let o = run.observables
    for (v, known, error) in [
      (o.phi2, 0.31269, 0.00002), (o.phi4, 0.24020, 0.00002), (o.susceptibility, 1.9305, 0.0008),
      (o.binder, 0.0717, 0.0003),
    ] {
      #expect(abs(v.value - known) < 4 * hypot(v.error, error), "\(v), \(known)")
      #expect(v.error < 0.05 * known)
    }
  }

  @Test("Free fields in one to four dimensions: <phi^2> = V^-1 sum 1/(khat^2 + m^2) within 4 sigma")
  func free() throws {
    for (dimension, size) in [(1, 16), (2, 6), (3, 4), (4, 3)] {
      let lattice = try ScalarLattice(
        dimension: dimension, size: size, massSquared: 0.8, coupling: 0)
      let run = try LatticeHMC(
        lattice,
        settings: settings {
          $0.trajectories = 8000; $0.seed = 3
        }
      ).run(threads: 2)
      let v = run.observables.phi2
      #expect(
        abs(v.value - lattice.freeVariance(massSquared: 0.8)) < 4 * v.error, "d = \(dimension)")
      #expect(abs(run.observables.binder.value) < 4 * run.observables.binder.error + 1e-3)
      // chi = 1/m^2.
      let chi = run.observables.susceptibility
      #expect(abs(chi.value - 1.25) < 4 * chi.error)
    }
  }

  @Test("The time lattice against its transfer matrix: 200 short runs have pulls of unit width")
  func pulls() throws {
    let exact = try OscillatorLattice(coupling: 6, spacing: 0.5, sites: 16)
    let lattice = try ScalarLattice(
      dimension: 1, size: 16, massSquared: 0.25, coupling: 6 * 0.125)
    var pulls: [Double] = []
    for seed in 0..<200 {
      let run = try LatticeHMC(
        lattice,
        settings: settings {
          $0.trajectories = 1500
          $0.thermalisation = 300
          $0.chains = 2
          $0.length = 2
          $0.seed = UInt64(seed + 1)
        }
      ).run(threads: 2)
      let v = run.observables.scaled(spacing: 0.5, dimension: 1).phi2
      pulls.append((v.value - exact.second) / v.error)
    }
    let mean = pulls.reduce(0, +) / 200
    let width = (pulls.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 199).squareRoot()
    #expect(abs(width - 1) < 0.12, "\(width)")
    #expect(abs(mean) < 4 / 200.0.squareRoot(), "\(mean)")
  }

  @Test("The same numbers on any number of threads; sizes out of range are refused")
  func reproducible() throws {
    let lattice = try ScalarLattice(dimension: 2, size: 8, massSquared: -1, coupling: 12)
    let own = settings {
      $0.trajectories = 500; $0.thermalisation = 100
    }
    let one = try LatticeHMC(lattice, settings: own).run(threads: 1).observables
    let two = try LatticeHMC(lattice, settings: own).run(threads: 2).observables
    let encoder = Results.encoder()
    #expect(try encoder.encode(one) == encoder.encode(two))
    for (d, l, m2, g) in [
      (0, 4, 1.0, 1.0), (5, 4, 1, 1), (2, 2, 1, 1), (2, 4, -1, 0), (4, 200, 1, 1),
    ] {
      #expect(throws: ScalarLattice.Refused.self) {
        try ScalarLattice(dimension: d, size: l, massSquared: m2, coupling: g)
      }
    }
  }

  @Test(
    "A run that is stopped goes on bit by bit, and a finished one can be extended; damage is told")
  func checkpoints() throws {
    let lattice = try ScalarLattice(dimension: 2, size: 8, massSquared: -1, coupling: 12)
    var settings = LatticeHMC.Settings()
    settings.trajectories = 400
    settings.thermalisation = 100
    settings.chains = 3
    func json(_ run: LatticeHMC.Run) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(run.observables), as: UTF8.self)
    }
    let whole = try json(LatticeHMC(lattice, settings: settings).run(threads: 1))
    let folder = TemporaryDirectory().file("chains")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let count = Mutex(0)
    for limit in [37, 300, 800] {
      count.withLock { $0 = 0 }
      #expect(throws: LatticeHMC.Interrupted.self) {
        _ = try LatticeHMC(lattice, settings: settings).run(threads: 2, checkpoints: folder) {
          count.withLock {
            $0 += 1
            return $0 > limit
          }
        }
      }
    }
    let resumed = try LatticeHMC(lattice, settings: settings).run(threads: 2, checkpoints: folder)
    #expect(try json(resumed) == whole)
    settings.trajectories = 700
    let extended = try LatticeHMC(lattice, settings: settings).run(threads: 1, checkpoints: folder)
    #expect(try json(extended) == json(LatticeHMC(lattice, settings: settings).run()))
    #expect(extended.trajectories == 2100)
    for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
      try Data("nonsense".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
    }
    do {
      _ = try LatticeHMC(lattice, settings: settings).run(checkpoints: folder)
      Issue.record("a damaged checkpoint is taken")
    } catch { #expect("\(error)".contains("damaged")) }
  }

  @Test("Binder cumulants of two sizes cross at the transition; masses without tadpoles")
  func scan() throws {
    var settings = LatticeHMC.Settings()
    settings.trajectories = 3000
    settings.thermalisation = 300
    settings.seed = 5
    let found = try LatticeScan(
      dimension: 2, coupling: 6, sizes: [8, 16], masses: [-1.32, -1.28, -1.24, -1.2, -1.16],
      settings: settings
    ).run(threads: 2)
    #expect(found.points.count == 10 && found.crossings.count == 1)
    let mass = try #require(found.crossings[0].mass_squared)
    #expect(abs(mass.value! + 1.235) < 4 * mass.error! && mass.error! < 0.03, "\(mass)")
    // mu^2 - lambda A(mu^2)/2 = m^2, with A by a sum over a large torus.
    let ratio = try #require(LatticeScan.couplingRatio(massSquared: -1.25, coupling: 6))
    let mu2 = 6 / ratio
    let big = try ScalarLattice(dimension: 2, size: 400, massSquared: 1, coupling: 1)
    #expect(abs(mu2 - 3 * big.freeVariance(massSquared: mu2) + 1.25) < 1e-6)
    #expect(throws: ScalarLattice.Refused.self) {
      _ = try LatticeScan(dimension: 2, coupling: 6, sizes: [8], masses: [1, 2])
    }
    #expect(throws: ScalarLattice.Refused.self) {
      _ = try LatticeScan(dimension: 2, coupling: -6, sizes: [8], masses: [1, 2, 3])
    }
  }
}
