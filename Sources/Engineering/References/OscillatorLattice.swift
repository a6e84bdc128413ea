import Foundation
import NumericalMethods

/// The anharmonic oscillator on a periodic time lattice,
///
///     S = sum_t a [ ((phi_(t+1) - phi_t)/a)^2/2 + m^2 phi^2/2 + lambda phi^4/24 ],
///
/// by its transfer matrix on a grid of field values: the trapezoidal rule converges exponentially.
public struct OscillatorLattice: Sendable {
  public let spacing: Double
  public let sites: Int
  /// <phi^2>, <phi^4>.
  public let second: Double
  public let fourth: Double
  /// -log of the ratio of the two largest eigenvalues, over the spacing.
  public let gap: Double
  private let values: [Double]
  private let positions: [[Double]]

  /// - Throws: `AnharmonicOscillator.Refused` for numbers out of range.
  public init(
    massSquared: Double = 1, coupling: Double, spacing a: Double, sites: Int, points: Int = 320
  )
    throws(AnharmonicOscillator.Refused)
  {
    guard a > 0, a.isFinite, (2...1_000_000).contains(sites), (32...2000).contains(points) else {
      throw AnharmonicOscillator.Refused(
        description:
          "expected a spacing above 0, 2 to 1000000 sites and 32 to 2000 grid points, found \(a), \(sites), \(points)"
      )
    }
    guard coupling > 0 || (coupling == 0 && massSquared > 0) else {
      throw AnharmonicOscillator.Refused(
        description:
          "the potential must be bounded from below, found m^2 = \(massSquared), lambda = \(coupling)"
      )
    }
    func potential(_ x: Double) -> Double { x * x * (0.5 * massSquared + coupling / 24 * x * x) }
    // Far enough that the weight of a site and its smoothing by its neighbours are beyond double precision.
    var reach = 1.0
    let depth = massSquared < 0 ? -1.5 * massSquared * massSquared / coupling : 0
    while a * (potential(reach) - depth) + 0.1 * reach * reach < 45, reach < 1e3 { reach *= 1.05 }
    let h = 2 * reach / Double(points - 1)
    let grid = (0..<points).map { -reach + h * Double($0) }
    let matrix = SymmetricMatrix(count: points) { i, j in
      let d = grid[i] - grid[j]
      return h * exp(-d * d / (2 * a) - 0.5 * a * (potential(grid[i]) + potential(grid[j])))
    }
    guard let (eigenvalues, vectors) = matrix.eigen(), let top = eigenvalues.last, top > 0 else {
      throw AnharmonicOscillator.Refused(description: "the transfer matrix cannot be diagonalised")
    }
    // From the largest down, relative to it; what is far below does not count.
    let kept = eigenvalues.indices.reversed().prefix(60).filter { eigenvalues[$0] > 1e-14 * top }
    let ratios = kept.map { eigenvalues[$0] / top }
    func element(_ i: Int, _ j: Int, _ power: Int) -> Double {
      var sum = 0.0
      for k in 0..<points {
        sum += vectors[kept[i]][k] * vectors[kept[j]][k] * pow(grid[k], Double(power))
      }
      return sum
    }
    let weights = ratios.map { pow($0, Double(sites)) }
    let z = weights.reduce(0, +)
    func mean(_ power: Int) -> Double {
      kept.indices.reduce(0) {
        $0 + (weights[$1] > 1e-17 ? weights[$1] * element($1, $1, power) : 0)
      } / z
    }
    self.spacing = a
    self.sites = sites
    second = mean(2)
    fourth = mean(4)
    gap = -log(ratios[1]) / a
    values = ratios
    positions = kept.indices.map { i in kept.indices.map { j in element(i, j, 1) } }
  }

  /// <phi_0 phi_n> at distance n spacings.
  public func correlator(_ n: Int) -> Double {
    let z = values.reduce(0) { $0 + pow($1, Double(sites)) }
    var sum = 0.0
    for i in values.indices {
      for j in values.indices {
        sum +=
          pow(values[i], Double(sites - n)) * pow(values[j], Double(n)) * positions[i][j]
          * positions[i][j]
      }
    }
    return sum / z
  }
}
