import Fieldwork
import Foundation
import TestSupport
import Testing

/// Reference values: both parities in sinc functions and 60 to 95 digits (mpmath, inverse iteration).
@Suite("Gaps that are small against the energies")
struct TunnellingTests {
  @Test(
    "The gap of a double well to ten digits, from shallow ones to 1e-54 below E0",
    arguments: [
      (-1.0, 1.0, -0.855623555056467, 0.025734906613595, 4.9893877439041, 33.070113510781),
      (-4, 6, -2.661448066829926, 0.0097163499082379, 3.578719148528, 15.537904703043),
      (-3, 1, -12.2895200368018, 6.0810249314983e-12, 17.58184214272, 323.64805113087),
      (-5, 1, -35.92729599991089, 2.333226741382e-26, 29.680335735564, 899.79506142328),
      (-8, 1, -94.00523925123517, 3.1924693386179e-54, 47.748678440026, 2303.8735061518),
    ])
  func gaps(m2: Double, lambda: Double, e0: Double, gap: Double, x2: Double, x4: Double) throws {
    let o = try AnharmonicOscillator(massSquared: m2, coupling: lambda)
    #expect(relativeDifference(o.gap, gap) < 1e-9, "\(o.gap)")
    #expect(abs(o.gap - gap) < o.gapError + 1e-12 * gap && o.gapError < 1e-8 * gap)
    #expect(abs(o.energies[0] - e0) < o.error && o.error < 1e-11 * abs(e0) + 1e-11)
    #expect(abs(o.second - x2) < o.secondError + 1e-13 * x2 && o.secondError < 1e-10 * x2)
    #expect(abs(o.fourth - x4) < o.fourthError + 1e-13 * x4 && o.fourthError < 1e-10 * x4)
    // The first excitation alone is left at late times.
    let t = 1e12
    #expect(
      relativeDifference(o.correlator(t), o.positions[1] * o.positions[1] * exp(-gap * t)) < 1e-2)
  }

  @Test("Any depth: a positive gap with its error, or a bound where a double holds none")
  func depths() throws {
    var last = Double.infinity
    for m2 in [-0.01, -0.5, -2, -6, -12, -16, -30, -1e3, -1e6] {
      let o = try AnharmonicOscillator(massSquared: m2, coupling: 1)
      #expect(o.gap < last && o.gapError > 0)
      if o.gap == 0 {
        #expect(o.gapError < 1e-250)
      } else {
        #expect(o.gap > 0 && o.gapError < 1e-8 * o.gap)
        last = o.gap
      }
      // Each well is harmonic far down: E0 = -3 m^4/(2 lambda) + |m|/sqrt 2 + ...
      if m2 <= -30 {
        let harmonic = -1.5 * m2 * m2 + (-m2 / 2).squareRoot()
        #expect(abs(o.energies[0] - harmonic) < 0.1 + o.error)
      }
    }
  }

  @Test("Scales drop out: x in units of a length, energies in those of its inverse square")
  func scaling() throws {
    let one = try AnharmonicOscillator(massSquared: -2, coupling: 1)
    for s in [1e-9, 1e-3, 1e6] {
      let other = try AnharmonicOscillator(massSquared: -2 * s * s, coupling: s * s * s)
      #expect(relativeDifference(other.energies[0], s * one.energies[0]) < 1e-12)
      #expect(relativeDifference(other.gap, s * one.gap) < 1e-10)
      #expect(relativeDifference(other.second, one.second / s) < 1e-12)
    }
    for (m2, lambda) in [(1e300, 1.0), (1, 1e300), (-1e200, 1), (-1, 1e-300)] {
      #expect(throws: AnharmonicOscillator.Refused.self) {
        try AnharmonicOscillator(massSquared: m2, coupling: lambda)
      }
    }
  }

  @Test(
    "On a time lattice the gap tends to that of the oscillator as the spacing squared, however small it is"
  )
  func lattice() throws {
    for (m2, gap) in [
      (-1.0, 0.025734906613595), (-3, 6.0810249314983e-12), (-5, 2.333226741382e-26),
    ] {
      let errors = try [0.2, 0.1].map { a -> Double in
        let t = try OscillatorLattice(massSquared: m2, coupling: 1, spacing: a, sites: 64)
        #expect(t.gap > 0 && t.gapError < 1e-8 * t.gap)
        return log(t.gap / gap)
      }
      #expect(abs(errors[0] / errors[1] - 4) < 0.4, "\(m2): \(errors)")
    }
    // Half way around nothing but the lowest pair is left of the effective mass.
    let t = try OscillatorLattice(massSquared: -1, coupling: 1, spacing: 0.2, sites: 400)
    #expect(relativeDifference(t.effectiveMass(200), 0.2 * t.gap) < 1e-6)
  }

  @Test(
    "Far correlators of a lattice decay to the end: no floor of rounding between states of one parity"
  )
  func farCorrelator() throws {
    let free = try OscillatorLattice(coupling: 0, spacing: 0.5, sites: 400)
    // 2 sinh(a E/2) = a m.
    let energy = 4 * asinh(0.25)
    #expect(abs(free.gap - energy) < 1e-10)
    for n in [20, 100, 200] {
      let ratio = free.correlator(n) / free.correlator(n - 1)
      let (a, b) = (Double(n), Double(400 - n))
      let wave = { (x: Double, y: Double) in exp(-0.5 * energy * x) + exp(-0.5 * energy * y) }
      #expect(relativeDifference(ratio, wave(a, b) / wave(a - 1, b + 1)) < 1e-8, "\(n)")
      #expect(abs(free.effectiveMass(n) - 0.5 * energy) < 1e-10)
    }
  }
}
