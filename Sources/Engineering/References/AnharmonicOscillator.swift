import Foundation
import NumericalMethods

/// phi^4 theory in one dimension, H = p^2/2 + m^2 x^2/2 + (lambda/24) x^4, even and odd states apart.
///
/// Energies and matrix elements on a uniform grid of x with the kinetic energy of band-limited functions
/// (sinc functions; Colbert and Miller, J. Chem. Phys. 96, 1982), which converges exponentially, in units in which the
/// larger one of the two terms of the potential is of order one; of a double well the points under a high barrier
/// are left out. The gap of a double well is no difference of energies: see `Tunnelling`.
public struct AnharmonicOscillator: Sendable {
  public let massSquared: Double
  public let coupling: Double
  /// Energies, ascending: even and odd states alternate. Pairs closer than rounding are equal.
  public let energies: [Double]
  /// E1 - E0 with its numerical error; where it is too small for a double, 0 with a bound as its error.
  public let gap: Double
  public let gapError: Double
  /// <0| x |n>, <0| x^2 |0>, <0| x^4 |0>.
  public let positions: [Double]
  public let second: Double
  public let fourth: Double
  /// Errors of the ten lowest energies and of the moments: changes from a coarser grid, with rounding.
  public let error: Double
  public let secondError: Double
  public let fourthError: Double
  private let coarse: OscillatorSpectrum
  private let fine: OscillatorSpectrum

  public struct Refused: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// - Throws: `Refused` where the potential is not bounded from below, or out of the range of doubles.
  /// - Complexity: four diagonalisations of matrices of 30 to 150 rows.
  public init(massSquared: Double = 1, coupling: Double) throws(Refused) {
    guard massSquared.isFinite, coupling.isFinite,
      coupling > 0 || (coupling == 0 && massSquared > 0)
    else {
      throw Refused(
        description:
          "the potential must be bounded from below: lambda above 0, or lambda 0 and m^2 above 0; found m^2 = \(massSquared), lambda = \(coupling)"
      )
    }
    let well = QuarticWell(massSquared: massSquared, coupling: coupling)
    guard (1e-60...1e60).contains(well.frequency), well.bottom.isFinite, well.offset < 1e60 else {
      throw Refused(
        description:
          "the well is out of the range of double precision, found m^2 = \(massSquared), lambda = \(coupling)"
      )
    }
    guard let coarse = OscillatorSpectrum(well, cutoff: 80),
      let fine = OscillatorSpectrum(well, cutoff: 120)
    else { throw Refused(description: "the Hamiltonian cannot be diagonalised") }
    self.massSquared = massSquared
    self.coupling = coupling
    self.coarse = coarse
    self.fine = fine
    let omega = well.frequency
    let unit = 1 / omega
    let depth = well.bottom * omega
    energies = fine.levels.map { depth + omega * $0 }
    positions = fine.positions.map { $0 * unit.squareRoot() }
    second = fine.second * unit
    fourth = fine.fourth * unit * unit
    let changes = zip(coarse.levels, fine.levels).prefix(10).map { abs($0 - $1) }
    let rounding = 4e-16 * (abs(depth) + 120 * omega)
    error = omega * (changes.max() ?? 0) + rounding
    secondError = unit * abs(coarse.second - fine.second) + 4e-15 * second
    fourthError = unit * unit * abs(coarse.fourth - fine.fourth) + 4e-15 * fourth
    guard error < 1e-6 * (omega + abs(energies[0])) else {
      throw Refused(
        description:
          "the oscillator at m^2 = \(massSquared), lambda = \(coupling) is not resolved: its energies have an error of \(error)"
      )
    }
    let split = Tunnelling(well, fine.levels[0], difference: fine.levels[1] - fine.levels[0])
    gap = omega * split.gap
    gapError = omega * split.error
  }

  /// C(t) = <x(t) x(0)> = sum_n |<0|x|n>|^2 exp(-(E_n - E_0) t), in infinite volume.
  public func correlator(_ t: Double) -> Double { correlator(t, fine) }

  /// The numerical error of C(t): its change from a coarser grid, with rounding.
  public func correlatorError(_ t: Double) -> Double {
    let value = correlator(t)
    let error = abs(correlator(t, coarse) - value) + abs(t) * value * gapError + 1e-14 * value
    // It is never above C(0).
    return min(error, second)
  }

  private func correlator(_ t: Double, _ spectrum: OscillatorSpectrum) -> Double {
    let omega = fine.frequency
    let sum = spectrum.levels.indices.reduce(0.0) { sum, n in
      let excitation = n == 1 ? gap : omega * (spectrum.levels[n] - spectrum.levels[0])
      return sum + spectrum.positions[n] * spectrum.positions[n] * exp(-excitation * abs(t))
    }
    return sum / omega
  }
}

/// The potential in units of a frequency: x in 1/sqrt(omega), energies in omega, counted from the bottom.
struct QuarticWell: Sendable {
  /// omega, which makes the larger one of the two terms of order one.
  let frequency: Double
  let massSquared: Double
  let coupling: Double
  /// The lowest value of the potential; 0 without a double well.
  let bottom: Double
  /// Where it is: 0, or +-offset.
  let offset: Double

  init(massSquared: Double, coupling: Double) {
    let omega = max(
      max(massSquared, 0).squareRoot(), cbrt(0.5 * coupling),
      (2 * max(-massSquared, 0)).squareRoot())
    frequency = omega
    self.massSquared = massSquared / omega / omega
    self.coupling = coupling / omega / omega / omega
    let isDouble = massSquared < 0
    bottom = isDouble ? -1.5 * self.massSquared * self.massSquared / self.coupling : 0
    offset = isDouble ? (-6 * self.massSquared / self.coupling).squareRoot() : 0
  }

  /// At the distance y from `offset`: nothing cancels at the bottom.
  func callAsFunction(_ y: Double) -> Double {
    guard offset > 0 else { return y * y * (0.5 * massSquared + coupling / 24 * y * y) }
    let product = y * (y + 2 * offset)
    return coupling / 24 * product * product
  }
}

/// Even and odd levels of a `QuarticWell` and matrix elements of its ground state.
struct OscillatorSpectrum: Sendable {
  let frequency: Double
  /// Above the bottom, ascending: even and odd ones alternate.
  let levels: [Double]
  let positions: [Double]
  let second: Double
  let fourth: Double

  /// - Parameter cutoff: largest potential and kinetic energy that the grid holds.
  init?(_ well: QuarticWell, cutoff: Double) {
    let step = Double.pi / (2 * cutoff).squareRoot()
    // Points (j + 1/2) h for j >= 0, of which one is moved to the bottom of a well that is far away.
    let isFar = well.offset > 1e6 * step
    let shift = isFar ? 0 : (well.offset / step - 0.5).rounded(.up)
    func distance(_ j: Double) -> Double {
      isFar ? j * step : (j + shift + 0.5) * step - well.offset
    }
    var points: [Double] = []
    let start = isFar ? -4096.0 : max(-shift, -4096)
    for k in 0..<8192 {
      let j = start + Double(k)
      if well(distance(j)) <= cutoff { points.append(j) } else if j > 0 { break }
    }
    let n = points.count
    guard n > 12, n < 2000 else { return nil }
    // The sum of two indices, by which a point couples to the mirror image of another.
    let mirror = isFar ? Double.infinity : 2 * shift + 1
    var parities: [(values: [Double], vectors: [[Double]])] = []
    for sign in [1.0, -1.0] {
      let matrix = SymmetricMatrix(count: n) { i, j in
        func kinetic(_ d: Double) -> Double {
          guard d != 0 else { return Double.pi * Double.pi / (6 * step * step) }
          return (d.truncatingRemainder(dividingBy: 2) == 0 ? 1 : -1) / (step * step * d * d)
        }
        let own = kinetic(points[i] - points[j])
        let image = mirror.isFinite ? kinetic(points[i] + points[j] + mirror) : 0
        return own + sign * image + (i == j ? well(distance(points[i])) : 0)
      }
      guard let found = matrix.eigen() else { return nil }
      parities.append(found)
    }
    frequency = well.frequency
    let (even, odd) = (parities[0], parities[1])
    let ground = even.vectors[0]
    let places = points.map { distance($0) + well.offset }
    func moment(_ power: Double) -> Double {
      zip(ground, places).reduce(0) { $0 + $1.0 * $1.0 * pow($1.1, power) }
    }
    second = moment(2)
    fourth = moment(4)
    var levels: [Double] = []
    var positions: [Double] = []
    for k in 0..<n {
      levels += [even.values[k], max(odd.values[k], even.values[k])]
      let element = places.indices.reduce(0) { $0 + ground[$1] * odd.vectors[k][$1] * places[$1] }
      positions += [0, element]
    }
    self.levels = levels
    self.positions = positions
  }
}
