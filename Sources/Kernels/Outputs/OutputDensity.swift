import Ensembles
import Foundation
import NumericalMethods

/// The exact density of one output at one or two points, at any width, on a grid of field values, with
/// checks: `CharacteristicInversion`.
public struct OutputDensity: Sendable, Codable {
  /// Points (indices of the study).
  public var points: [Int]
  /// Field values along each axis.
  public var fields: [Double]
  /// p(f), for two points `density[i * fields.count + j]`.
  public var density: [Double]
  /// Probability of f = 0 exactly.
  public var atom: Double
  /// Integral of the density plus the atom.
  public var normalisation: Double
  /// E[f^2] and E[f^4] at the first point from the density, and exactly.
  public var second_moment: Double
  public var fourth_moment: Double
  public var exact_second: Double
  public var exact_fourth: Double
  /// Largest of what the checks above are off by, relative, and the last phi that was used.
  public var error: Double

  public struct Unavailable: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// Fields in units of the standard deviation reach this far.
  public static let reach = 6.0

  /// - Parameters:
  ///   - points: one or two points, with their indices.
  ///   - count: field values along each axis.
  /// - Throws: `Unavailable` where phi decays too slowly, or the checks fail.
  /// - Complexity: that of the characteristic function, and count (count^2) sums over it.
  public init(_ ensemble: Ensemble, points: Points, indices: [Int], count: Int = 121)
    throws(Unavailable)
  {
    let inversion = try CharacteristicInversion(ensemble, points: points)
    let sigma = inversion.sigma
    let nodes = (0..<count).map { -Self.reach + 2 * Self.reach * Double($0) / Double(count - 1) }
    let values = Self.grid(nodes, inversion)
    self.points = indices
    fields = nodes.map { $0 * sigma[0] }
    atom = inversion.atom
    let unit = sigma.reduce(1, *)
    density = values.map { $0 / unit }
    // Integrals over the whole period follow from phi near zero; over the shown range they are a
    // check of density and moments together.
    let h = 2 * Self.reach / Double(count - 1)
    var sums = (0.0, 0.0, 0.0)
    for (i, f) in nodes.enumerated() {
      let end = i == 0 || i == count - 1 ? 0.5 : 1
      var p = 0.0
      if points.count == 1 {
        p = values[i]
      } else {
        for j in 0..<count {
          p += (j == 0 || j == count - 1 ? 0.5 : 1) * h * values[i * count + j]
        }
      }
      sums.0 += end * h * p
      sums.1 += end * h * p * f * f
      sums.2 += end * h * p * f * f * f * f
    }
    normalisation = sums.0 + atom
    second_moment = sums.1 * sigma[0] * sigma[0]
    fourth_moment = sums.2 * pow(sigma[0], 4)
    exact_second = inversion.exactSecond
    exact_fourth = inversion.exactFourth
    error = max(abs(normalisation - 1), abs(second_moment / exact_second - 1), inversion.edge)
    guard error < 0.02 else {
      throw Unavailable(
        description: String(
          format:
            "normalisation %.4f and second moment %.4f of the exact one over six standard deviations: the tails are too heavy",
          normalisation, second_moment / exact_second))
    }
  }

  /// p at all nodes, or all pairs of them, in units of the standard deviations.
  private static func grid(_ nodes: [Double], _ inversion: CharacteristicInversion) -> [Double] {
    guard inversion.sigma.count == 2 else { return nodes.map { inversion.standardDensity([$0]) } }
    let stop = WorkBudget.current.stop
    return concurrentMap(nodes.count) { a in
      nodes.map { stop.isStopped ? 0 : inversion.standardDensity([nodes[a], $0]) }
    }.flatMap { $0 }
  }
}
