import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Exact references in one dimension")
struct ReferenceTests {
  /// E0, gap, <x^2>, <x^4>, C(1), C(2).
  private static let oscillators: [(coupling: Double, known: [Double])] = [
    (
      1,
      [
        0.527736127314, 1.103564405454, 0.452843673320, 0.599139631956, 0.150170393019,
        0.049808616835,
      ]
    ),
    (
      6,
      [
        0.620927029826, 1.405039134341, 0.354840251173, 0.354782371537, 0.086966022013,
        0.021337068636,
      ]
    ),
    (
      24,
      [
        0.803770651234, 1.934121616774, 0.257149821443, 0.182206943264, 0.037098515987,
        0.005362576740,
      ]
    ),
  ]

  @Test("The anharmonic oscillator to eleven digits", arguments: 0..<3)
  func oscillator(which: Int) throws {
    let (coupling, known) = Self.oscillators[which]
    let o = try AnharmonicOscillator(coupling: coupling)
    let found = [o.energies[0], o.gap, o.second, o.fourth, o.correlator(1), o.correlator(2)]
    for (a, b) in zip(found, known) { #expect(abs(a - b) < 1e-12, "\(a), \(b)") }
    #expect(o.error < 1e-12)
    // The virial theorem, <p^2> = m^2 <x^2> + (lambda/6) <x^4>, and E0 from it.
    let energy =
      0.5 * (o.second + coupling / 6 * o.fourth) + 0.5 * o.second + coupling / 24 * o.fourth
    #expect(abs(energy - o.energies[0]) < 1e-11)
  }

  @Test("Without a coupling it is harmonic; a double well has a small gap; nonsense is refused")
  func limits() throws {
    let free = try AnharmonicOscillator(massSquared: 2.25, coupling: 0)
    #expect(
      abs(free.energies[3] - 1.5 * 3.5) < 1e-11 && abs(free.correlator(1) - exp(-1.5) / 3) < 1e-12)
    let well = try AnharmonicOscillator(massSquared: -4, coupling: 6)
    #expect(well.gap > 0 && well.gap < 0.1 && well.error < 1e-9)
    for (m2, lambda) in [(1.0, -1.0), (-1, 0), (.nan, 1)] {
      #expect(throws: AnharmonicOscillator.Refused.self) {
        try AnharmonicOscillator(massSquared: m2, coupling: lambda)
      }
    }
  }

  @Test("Zero dimensions: the table to seven digits, at every width and without one")
  func singlePoint() {
    for (width, one, six) in [
      (1, (0.9588025, 1.4128303), (0.7719239, 1.0276230)),
      (4, (0.7888986, 1.5885568), (0.4902777, 0.5726522)),
      (16, (0.7593278, 1.5168477), (0.4728968, 0.5410001)),
      (nil, (0.7505111464, 1.4969331217), (0.4679199170, 0.5320800830)),
    ] as [(Int?, (Double, Double), (Double, Double))] {
      for (lambda, known) in [(1.0, one), (6, six)] {
        let theory = SinglePointTheory(
          width: width, interaction: LocalInteraction(quartic: lambda))
        let tolerance = width == nil ? 1e-10 : 6e-8
        #expect(abs(theory.moment(2) - known.0) < tolerance, "\(theory), \(theory.moment(2))")
        #expect(abs(theory.moment(4) - known.1) < tolerance, "\(theory), \(theory.moment(4))")
      }
    }
    // Free: <phi^2> = D0, <phi^4> = 3 D0^2 (1 + (E[a^4]/2 - 1)/N) with a weak quartic term.
    let free = SinglePointTheory(
      width: 5, amplitudes: .gaussian, variance: 2, interaction: LocalInteraction(quartic: 1e-7))
    #expect(abs(free.moment(2) - 2) < 1e-5 && abs(free.moment(4) - 12 * (1 + 0.1)) < 1e-4)
  }

  @Test(
    "An interaction box: known values, the oscillator in the middle of a long one, any potential")
  func box() throws {
    let known = OscillatorBox(
      mass: 1, length: 6, spacing: 0.1, interaction: LocalInteraction(quartic: 6))
    #expect(abs(known.correlator(at: [3, 3]) - 0.354516) < 5e-7)
    #expect(abs(known.correlator(at: [2.5, 3.5]) - 0.0869845) < 5e-8)
    #expect(abs(known.correlator(at: [4, 2]) - 0.0213729) < 5e-8)
    let long = OscillatorBox(
      mass: 1, length: 24, spacing: 0.02, interaction: LocalInteraction(quartic: 6))
    #expect(abs(long.correlator(at: [12, 12]) - 0.354840251173) < 3e-5)
    // Far outside it is free.
    #expect(abs(known.correlator(at: [-20, -19]) - 0.5 * exp(-1)) < 1e-9)
    // A mass term alone is a free field of another mass.
    let massive = OscillatorBox(
      mass: 1, length: 24, spacing: 0.02, interaction: LocalInteraction(quadratic: 3))
    #expect(abs(massive.correlator(at: [12, 13]) - 0.25 * exp(-2)) < 3e-5)
  }

  @Test("The time lattice to ten digits by its transfer matrix")
  func lattice() throws {
    let t = try OscillatorLattice(coupling: 6, spacing: 0.25, sites: 64)
    for (a, b) in [
      (t.second, 0.3509590244), (t.fourth, 0.3438526902), (t.correlator(4), 0.0871472431),
      (t.correlator(8), 0.0216575191), (t.gap, 1.3922202704),
    ] { #expect(abs(a - b) < 1e-10, "\(a), \(b)") }
    #expect(
      abs(t.correlator(0) - t.second) < 1e-12 && abs(t.correlator(60) - t.correlator(4)) < 1e-13)
    // The free lattice: 1/(2 m sqrt(1 + a^2 m^2/4)) times coth-like corrections of the period.
    let free = try OscillatorLattice(coupling: 0, spacing: 0.5, sites: 200)
    #expect(abs(free.second - 1 / (2 * (1 + 0.0625).squareRoot())) < 1e-10)
  }
}

@Suite("The Gamma method")
struct GammaMethodTests {
  /// x_(t+1) = a x_t + sqrt(1 - a^2) e: tau_int = (1 + a) / (2 (1 - a)), unit variance.
  private func chain(_ a: Double, _ n: Int, seed: UInt64) -> [Double] {
    var random = SeededGenerator(seed: seed)
    var x = random.normal()
    return (0..<n).map { _ in
      x = a * x + (1 - a * a).squareRoot() * random.normal()
      return x
    }
  }

  @Test("Autoregressive chains: tau within 4 sigma of (1 + a)/(2 (1 - a)), pulls of unit width")
  func autoregression() {
    for a in [0.0, 0.5, 0.9] {
      let exact = (1 + a) / (2 * (1 - a))
      let one = GammaMethod(chains: [chain(a, 200_000, seed: 1)])
      #expect(
        abs(one.autocorrelationTime - exact) < 4 * one.autocorrelationTimeError + 0.02 * exact)
      let pulls = (0..<400).map { seed -> Double in
        let g = GammaMethod(
          chains: (0..<2).map { chain(a, 3000, seed: UInt64(10 * seed + $0 + 2)) })
        return g.value / g.error
      }
      let width = (pulls.map { $0 * $0 }.reduce(0, +) / 400).squareRoot()
      #expect(abs(width - 1) < 0.12, "a = \(a): \(width)")
    }
  }

  @Test("Derived quantities: the error of a ratio by its gradient")
  func derived() {
    let x = chain(0.5, 100_000, seed: 5)
    let rows = x.map { [$0 + 3, 2 * $0 + 5] }
    let g = GammaMethod(chains: [rows]) { $0[1] / $0[0] }
    // d(y/x) = (2 - 5/3) dx / 3.
    let plain = GammaMethod(chains: [x])
    #expect(relativeDifference(g.error, plain.error / 9) < 0.02)
    #expect(abs(g.autocorrelationTime - plain.autocorrelationTime) < 0.05)
  }

  @Test("Chains that disagree show in the ratio")
  func ratio() {
    let same = (0..<4).map { chain(0.5, 4000, seed: UInt64($0)) }
    #expect(GammaMethod.ratio(same) < 1.01)
    var apart = same
    apart[0] = apart[0].map { $0 + 1 }
    #expect(GammaMethod.ratio(apart) > 1.05)
  }
}
