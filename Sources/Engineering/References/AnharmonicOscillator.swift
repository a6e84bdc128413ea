import Foundation
import NumericalMethods

/// phi^4 theory in one dimension, H = p^2/2 + m^2 x^2/2 + (lambda/24) x^4, by diagonalisation in the
/// eigenstates of a harmonic oscillator, even and odd states apart.
///
/// Eigenvalues converge exponentially with the basis; `error` compares two sizes.
public struct AnharmonicOscillator: Sendable {
  public let massSquared: Double
  public let coupling: Double
  /// Energies, ascending: even and odd states alternate.
  public let energies: [Double]
  /// <0| x |n>, <0| x^2 |0>, <0| x^4 |0>.
  public let positions: [Double]
  public let second: Double
  public let fourth: Double
  /// Largest change of energies below the tenth and of <x^4> when the basis grows by a third.
  public let error: Double

  public struct Refused: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  private struct Spectrum {
    var energies: [Double]
    var positions: [Double]
    var second: Double
    var fourth: Double
  }

  /// - Parameter states: basis states of each parity.
  /// - Throws: `Refused` where the potential is not bounded from below, or the basis does not converge.
  public init(massSquared: Double = 1, coupling: Double, states: Int = 120) throws(Refused) {
    guard massSquared.isFinite, coupling.isFinite,
      coupling > 0 || (coupling == 0 && massSquared > 0)
    else {
      throw Refused(
        description:
          "the potential must be bounded from below: lambda above 0, or lambda 0 and m^2 above 0; found m^2 = \(massSquared), lambda = \(coupling)"
      )
    }
    guard (10...1000).contains(states) else {
      throw Refused(description: "the basis must have 10 to 1000 states, found \(states)")
    }
    guard let small = Self.spectrum(massSquared, coupling, states),
      let large = Self.spectrum(massSquared, coupling, states + states / 3)
    else { throw Refused(description: "the Hamiltonian cannot be diagonalised") }
    self.massSquared = massSquared
    self.coupling = coupling
    energies = large.energies
    positions = large.positions
    second = large.second
    fourth = large.fourth
    let changes =
      zip(small.energies.prefix(10), large.energies).map { abs($0 - $1) }
      + [abs(small.fourth - large.fourth), abs(small.second - large.second)]
    error = changes.max() ?? 0
    guard error < 1e-6 * (1 + abs(large.energies[0])) else {
      throw Refused(
        description: "the basis of \(states) states is too small: raise it (error \(error))")
    }
  }

  /// The gap E1 - E0.
  public var gap: Double { energies[1] - energies[0] }

  /// C(t) = <x(t) x(0)> = sum_n |<0|x|n>|^2 exp(-(E_n - E_0) t), in infinite volume.
  public func correlator(_ t: Double) -> Double {
    zip(energies, positions).reduce(0) {
      $0 + $1.1 * $1.1 * exp(-($1.0 - energies[0]) * abs(t))
    }
  }

  private static func spectrum(_ m2: Double, _ lambda: Double, _ states: Int) -> Spectrum? {
    // The frequency that makes the ground state's <x^4> term and kinetic term alike.
    let omega = max(max(m2, 0).squareRoot(), pow(lambda / 2, 1.0 / 3), 0.5 * abs(m2).squareRoot())
    let size = 2 * states
    // x = (a + a*) / sqrt(2 omega); powers as matrix products in a basis a little larger.
    let full = size + 8
    var x = [[Double]](repeating: [Double](repeating: 0, count: full), count: full)
    for n in 0..<full - 1 {
      let value = (Double(n + 1) / (2 * omega)).squareRoot()
      x[n][n + 1] = value
      x[n + 1][n] = value
    }
    // Banded products: x couples neighbours only.
    func times(_ a: [[Double]], reach: Int) -> [[Double]] {
      var result = [[Double]](repeating: [Double](repeating: 0, count: full), count: full)
      for i in 0..<full {
        for k in max(0, i - reach)...min(full - 1, i + reach) where a[i][k] != 0 {
          for j in [k - 1, k + 1] where j >= 0 && j < full { result[i][j] += a[i][k] * x[k][j] }
        }
      }
      return result
    }
    let x2 = times(x, reach: 1)
    let x4 = times(times(x2, reach: 2), reach: 3)
    var levels: [(energy: Double, vector: [Double], parity: Int)] = []
    for parity in 0..<2 {
      // H = omega (n + 1/2) + (m^2 - omega^2) x^2/2 + lambda x^4/24.
      let matrix = SymmetricMatrix(count: states) { i, j in
        let (a, b) = (2 * i + parity, 2 * j + parity)
        return (i == j ? omega * (Double(a) + 0.5) : 0)
          + 0.5 * (m2 - omega * omega) * x2[a][b] + lambda / 24 * x4[a][b]
      }
      guard let (values, vectors) = matrix.eigen() else { return nil }
      levels += zip(values, vectors).map { ($0, $1, parity) }
    }
    levels.sort { $0.energy < $1.energy }
    let ground = levels[0]
    func element(
      _ operatorMatrix: [[Double]], _ level: (energy: Double, vector: [Double], parity: Int)
    )
      -> Double
    {
      var sum = 0.0
      for (i, u) in ground.vector.enumerated() {
        let a = 2 * i + ground.parity
        for (j, v) in level.vector.enumerated() {
          sum += u * v * operatorMatrix[a][2 * j + level.parity]
        }
      }
      return sum
    }
    // Higher states do not enter C(t) at double precision.
    let kept = levels.prefix(min(levels.count, 60))
    return Spectrum(
      energies: kept.map(\.energy),
      positions: kept.map { $0.parity == ground.parity ? 0 : element(x, $0) },
      second: element(x2, ground), fourth: element(x4, ground))
  }
}
