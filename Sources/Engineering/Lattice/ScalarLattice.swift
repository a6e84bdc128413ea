import CSampling
import Foundation

/// phi^4 theory on a periodic lattice of size^dimension sites, in lattice units:
///
///     S = sum_x [ sum_mu (phi(x + mu) - phi(x))^2 / 2 + m^2 phi^2 / 2 + lambda phi^4 / 24 ].
///
/// A lattice of spacing a is the same with phi a^((d-2)/2), a^2 m^2 and a^(4-d) lambda.
public struct ScalarLattice: Sendable, Hashable {
  public let dimension: Int
  /// Sites along each axis.
  public let size: Int
  public let massSquared: Double
  public let coupling: Double

  /// Of one axis: its correlator is the sum over all pairs of slices.
  public static let longestSide = 20_000

  public struct Refused: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// - Throws: `Refused` for sizes out of range, or an action that is not bounded from below.
  public init(dimension: Int, size: Int, massSquared: Double, coupling: Double) throws(Refused) {
    guard (1...4).contains(dimension) else {
      throw Refused(description: "the dimension must be from 1 to 4, found \(dimension)")
    }
    guard (3...Self.longestSide).contains(size), pow(Double(size), Double(dimension)) <= 1e8 else {
      throw Refused(
        description:
          "the side must be from 3 to \(Self.longestSide), and the lattice have up to 10^8 sites, found \(size)"
      )
    }
    guard massSquared.isFinite, coupling.isFinite,
      coupling > 0 || (coupling == 0 && massSquared > 0)
    else {
      throw Refused(
        description:
          "the action must be bounded from below: lambda above 0, or lambda 0 and m^2 above 0; found m^2 = \(massSquared), lambda = \(coupling)"
      )
    }
    self.dimension = dimension
    self.size = size
    self.massSquared = massSquared
    self.coupling = coupling
  }

  public var volume: Int { (0..<dimension).reduce(1) { n, _ in n * size } }

  var vector: fw_lattice {
    fw_lattice(
      dimension: Int32(dimension), size: Int64(size), mass_squared: massSquared,
      coupling: coupling)
  }

  /// D0 = V^-1 sum_k 1/(khat^2 + m0^2), khat^2 = sum 4 sin^2(k/2): <phi^2> without coupling.
  public func freeVariance(massSquared m: Double) -> Double {
    let line = (0..<size).map { k in
      let s = sin(Double.pi * Double(k) / Double(size))
      return 4 * s * s
    }
    var sum = 0.0
    for site in 0..<volume {
      var (rest, k2) = (site, m)
      for _ in 0..<dimension {
        k2 += line[rest % size]
        rest /= size
      }
      sum += 1 / k2
    }
    return sum / Double(volume)
  }
}
