import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("The free scalar as an ensemble of networks")
struct FreeScalarTests {
  @Test("Propagators: closed forms, the published check value, and sums over momenta")
  func propagators() throws {
    let line = try FreeScalar(width: 4)
    #expect(abs(line.propagator([1.3]) - exp(-1.3) / 2) < 1e-15)
    let disc = try FreeScalar(dimension: 2, cutoff: 5, width: 4)
    #expect(abs(disc.propagator([0.8, 0]) - 0.0934140) < 5e-8)
    #expect(abs(disc.propagator([0.48, 0.64]) - disc.propagator([0, 0.8])) < 1e-12)
    // At one point: log(1 + L^2)/(4 pi); (L - atan L)/(2 pi^2); (L^2 - log(1 + L^2))/(16 pi^2).
    for (d, exact) in [
      (1, atan(5.0) / .pi), (2, log(26.0) / (4 * .pi)), (3, (5 - atan(5.0)) / (2 * .pi * .pi)),
      (4, (25 - log(26.0)) / (16 * .pi * .pi)),
    ] {
      let theory = try FreeScalar(dimension: d, cutoff: 5, width: 1)
      let zero = [Double](repeating: 0, count: d)
      #expect(relativeDifference(theory.propagator(zero), exact) < 1e-12, "d = \(d)")
      #expect(relativeDifference(theory.normalisation, exact) < 1e-12)
    }
    let lattice = try FreeScalar(dimension: 2, momenta: .lattice(size: 4), width: 2)
    let own = try ScalarLattice(dimension: 2, size: 4, massSquared: 1, coupling: 0)
    #expect(abs(lattice.propagator([0, 0]) - own.freeVariance(massSquared: 1)) < 1e-14)
    // A large box is the continuum.
    let box = try FreeScalar(cutoff: 5, momenta: .box(length: 200), width: 1)
    let open = try FreeScalar(cutoff: 5, width: 1)
    #expect(abs(box.propagator([0.7]) - open.propagator([0.7])) < 0.01)
  }

  @Test(
    "Every member of the family has the propagator and its own four-point function, within 5 sigma")
  func family() throws {
    for (d, alpha, cutoff, amplitudes, momenta) in [
      (1, 0.0, nil as Double?, "constant", "continuum"), (1, -1, 6, "gaussian", "continuum"),
      (2, 0, 5, "constant", "continuum"), (2, -1, 5, "constant", "continuum"),
      (2, -0.5, 5, "gaussian", "continuum"), (2, 0.5, 5, "constant", "continuum"),
      (3, 0, 4, "constant", "continuum"), (3, -1, 4, "constant", "continuum"),
      (4, 0, 3, "constant", "continuum"), (2, 0, 5, "constant", "{box: 6}"),
      (2, 0, nil, "gaussian", "{lattice: 5}"), (2, -1, nil, "constant", "{lattice: 5}"),
    ] {
      let far = (0..<d).map { $0 == 0 ? "1" : "0" }.joined(separator: ", ")
      let near = (0..<d).map { $0 == d - 1 ? "2" : "0" }.joined(separator: ", ")
      let zero = (0..<d).map { _ in "0" }.joined(separator: ", ")
      let results = try runStudy(
        """
        theory: {free-scalar: {dimension: \(d), alpha: \(alpha), amplitudes: \(amplitudes), momenta: \(momenta), width: 3\(cutoff.map { ", cutoff: \($0)" } ?? "")}}
        points: [[\(zero)], [\(far)], [\(near)]]
        sampling: {networks: 20000, runs: 10, seed: 17}
        """)
      for order in try #require(results.cases[0].correlators) {
        for e in order.elements {
          let what = "d \(d), alpha \(alpha), \(amplitudes), \(momenta): \(e.indices)"
          let (value, exact) = (e.connected.value!, e.connected.exact!)
          #expect(abs(value - exact) < 5 * e.connected.error!, "\(what): \(e.connected), \(exact)")
        }
      }
    }
  }

  @Test("Locality: single fields and coincident pairs cluster, other pairs by their differences")
  func locality() throws {
    func measured(_ points: String, _ options: String = "") throws -> [LocalityResult] {
      try runStudy(
        """
        theory: {free-scalar: {width: 4}}
        points: \(points)
        sampling: {networks: 20000, runs: 10}
        measure: [locality: {orders: [2, 4]\(options)}]
        """
      ).cases[0].locality!
    }
    for r in try measured("[[0], [0.1], [0.3], [0.6]]") {
      for p in r.curve { #expect(abs(p.value! - p.exact!) < 5 * p.error!, "\(r.channel)") }
      guard r.kind == "2|2" else {
        #expect(r.verdict == .clusters && r.decay.kind == .exponential, "\(r.order) \(r.channel)")
        #expect(abs(r.decay.length!.value! - 1) < 1e-4)
        continue
      }
      // (D0/2) [D(d + d') + D(d - d')] - D(d) D(d'), with the distances d, d' within the pairs.
      let x = [0, 0.1, 0.3, 0.6]
      let groups = r.channel.split(separator: "|").map {
        $0.split(separator: " ").map { x[Int($0)!] }
      }
      let (d, e) = (groups[0][1] - groups[0][0], groups[1][1] - groups[1][0])
      func propagator(_ r: Double) -> Double { exp(-abs(r)) / 2 }
      let plateau =
        (0.25 * (propagator(d + e) + propagator(d - e)) - propagator(d) * propagator(e)) / 4
      #expect(r.verdict == .doesNotCluster && abs(r.decay.limit!.value! - plateau) < 1e-6)
    }
    // Coincident pairs: D0 (D0 - D0) is left, and only with constant amplitudes and alpha = 0.
    let pairs = try measured("[[0]]", ", channels: [[1], [2, 3]]")
    #expect(pairs.allSatisfy { $0.verdict == .clusters })
    // All far apart, a parallelogram keeps D0^2/(2N).
    let theory = try FreeScalar(width: 4)
    #expect(abs(theory.connectedFourPoint([[0], [40], [100], [140]]) - 0.25 / 8) < 1e-12)
    #expect(abs(theory.connectedFourPoint([[0], [40], [100], [170]])) < 1e-12)
  }

  @Test(
    "Symmetries of the free scalar: translations, rotations of the momenta, exactly and sampled")
  func symmetry() throws {
    for (momenta, isotropic) in [("continuum, cutoff: 5", true), ("{lattice: 6}", false)] {
      let results = try runStudy(
        """
        theory: {free-scalar: {dimension: 2, momenta: \(momenta), width: 4}}
        points: [[0, 0], [1, 0], [1, 2]]
        sampling: {networks: 40000, runs: 10}
        measure: [symmetry: [{group: translations}, {group: O, side: input}, {group: permutations, side: input}]]
        """)
      for t in try #require(results.cases[0].symmetry) {
        let holds = isotropic || t.group != "O(2)"
        #expect((t.verdict == .holdsExactly) == holds, "\(momenta) \(t.group) \(t.order)")
        #expect(!holds || t.p_value! > 1e-3)
      }
    }
  }

  @Test("What makes no theory is refused with a sentence")
  func refusals() {
    for (theory, part) in [
      ("{dimension: 2, width: 3}", "cutoff"), ("{dimension: 5, width: 3}", "from 1 to 4"),
      ("{width: 3, mass: -1}", "from 1e-9 to 1e6"), ("{width: 3, alpha: 0.5}", "cutoff"),
      ("{}", "width"), ("{width: 3, momenta: {box: 3}}", "need a cutoff"),
      ("{width: 3, momenta: hexagonal}", "expected continuum"),
      ("{width: 3, spin: 1}", "unknown key"),
    ] {
      let message =
        refusal("theory: {free-scalar: \(theory)}\npoints: [[0]]") ?? "accepted"
      #expect(message.contains(part), "\(theory): \(message)")
    }
    let both =
      refusal(
        "theory: {free-scalar: {width: 3}}\nensemble: {hidden: [{activation: relu, width: 2}]}\npoints: [[0]]"
      )
      ?? ""
    #expect(both.contains("exclude one another"))
    let kernel =
      refusal(
        "theory: {free-scalar: {width: 3}}\npoints: [[0]]\nsampling: {estimator: conditional}")
      ?? ""
    #expect(kernel.contains("sampled by `outputs`"))
  }
}
