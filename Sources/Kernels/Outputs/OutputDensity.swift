import Dispatch
import Ensembles
import Foundation
import NumericalMethods
import Synchronization

/// The exact density of one output at one or two points, at any width, by Fourier inversion of its
/// characteristic function:
///
///     p(f) = (2 pi)^-m  int phi(t) exp(-i t.f) d^m t
///
/// The part of phi that does not decay is the chance that every unit is zero (relu without biases):
/// an atom at f = 0, taken out and given apart.
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
  /// - Complexity: one point 10^3, two points 10^4 to 10^5 characteristic functions, of 10^2 to 10^4
  ///   nodes each.
  public init(_ ensemble: Ensemble, points: Points, indices: [Int], count: Int = 121)
    throws(Unavailable)
  {
    precondition(points.count == 1 || points.count == 2)
    // The law of one output.
    let single: Ensemble
    let generating: GeneratingFunctional
    let unit: UnitMoments
    do {
      single = try Ensemble(
        inputs: ensemble.inputs, outputs: 1, hidden: ensemble.hidden, weights: ensemble.weights,
        biases: ensemble.biases, parametrisation: ensemble.parametrisation)
      generating = try GeneratingFunctional(single, points: points)
      unit = try UnitMoments.exact(single, points: points, order: 4)
    } catch let error as GeneratingFunctional.Unavailable {
      throw Unavailable(description: error.description)
    } catch {
      throw Unavailable(description: "\(error)")
    }
    if ensemble.hidden[0].activation.name == NormalizedExponential.name {
      throw Unavailable(
        description:
          "the output of gauss has the tail of a log-normal variable: no equally spaced inversion resolves it"
      )
    }
    let n = Double(single.hidden[0].width)
    let scale = single.weightVariance(layer: 1)
    let bias = single.biasVariance(layer: 1)
    func moments(_ p: Int) -> (Double, Double) {
      let q = unit.values[2][points.count == 1 || p == 0 ? 0 : 2]
      let m = unit.values[4][points.count == 1 || p == 0 ? 0 : 4]
      let k = bias + scale * q
      return (k, 3 * k * k + 3 * scale * scale * (m - q * q) / n)
    }
    let sigma = (0..<points.count).map { moments($0).0.squareRoot() }
    guard sigma.allSatisfy({ $0 > 0 }) else {
      throw Unavailable(description: "the output is zero at a point: its density is an atom")
    }
    // Two outputs in units of their standard deviations, made independent to second order:
    // f_1 = g_1, f_2 = rho g_1 + rest g_2.
    let rho = points.count == 2 ? (bias + scale * unit.values[2][1]) / (sigma[0] * sigma[1]) : 0
    let rest = (1 - rho * rho).squareRoot()
    guard rest > 1e-4 else {
      throw Unavailable(
        description: "the outputs at the two points are proportional: they have no joint density")
    }
    // Where phi has come to rest: the atom, or zero.
    let dead = bias == 0 ? Self.zeroProbability(single, points) : 0
    atom = pow(dead, n)
    // Beyond `period` the density is neglected; phi is summed up to `top`.
    let period = 24.0
    let step = 2 * Double.pi / (2 * period)
    let limit = points.count == 1 ? 4000 : 90
    let phi: @Sendable ([Double]) -> Double = { t in
      // t.g for the transposed inverse of that map.
      let own = t.count == 1 ? t : [t[0] - rho * t[1] / rest, t[1] / rest]
      return generating.characteristicValue(zip(own, sigma).map { $0 / $1 })
    }
    let atom = self.atom
    var top = limit
    for k in 1...limit {
      let x = step * Double(k)
      let edge =
        points.count == 1
        ? abs(phi([x]) - atom) : max(abs(phi([x, 0])), abs(phi([0, x])), abs(phi([x, x])))
      if edge < 1e-11 {
        top = k
        break
      }
      if k == limit {
        guard edge < 1e-5 else {
          throw Unavailable(
            description: String(
              format:
                "its characteristic function has only fallen to %.2g where the inversion ends: the density is too sharp",
              edge))
        }
      }
    }
    self.points = indices
    let nodes = (0..<count).map { -Self.reach + 2 * Self.reach * Double($0) / Double(count - 1) }
    fields = nodes.map { $0 * sigma[0] }
    let edges: Double
    let values: [Double]
    if points.count == 1 {
      let series = (0...top).map { phi([step * Double($0)]) - atom }
      edges = abs(series[top])
      values = nodes.map { f in
        var sum = 0.5 * series[0]
        for k in 1...top { sum += series[k] * cos(step * Double(k) * f) }
        return sum * step / .pi
      }
      density = values.map { $0 / sigma[0] }
    } else {
      guard atom < 1e-9 else {
        throw Unavailable(description: "at two points the joint density has atoms and edges")
      }
      let rows = Self.plane(top, step, phi)
      edges = (rows[top] + rows.map { max(abs($0[0]), abs($0[2 * top])) }).reduce(0) {
        max($0, abs($1))
      }
      values = Self.invert(rows, top, step, nodes, rho, rest)
      density = values.map { $0 / (sigma[0] * sigma[1]) }
    }
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
    (exact_second, exact_fourth) = moments(0)
    error = max(abs(normalisation - 1), abs(second_moment / exact_second - 1), edges)
    guard error < 0.02 else {
      throw Unavailable(
        description: String(
          format:
            "normalisation %.4f and second moment %.4f of the exact one over six standard deviations: the tails are too heavy",
          normalisation, second_moment / exact_second))
    }
  }

  /// The chance that a unit is zero at all points: half for relu, and its like.
  private static func zeroProbability(_ ensemble: Ensemble, _ points: Points) -> Double {
    let unit = ensemble.hidden[0].activation.unit
    guard unit is Relu, points.count == 1 else { return 0 }
    return 0.5
  }

  /// phi on the half plane: `rows[i][j]` at (i step, (j - top) step), i from 0 to top.
  private static func plane(
    _ top: Int, _ step: Double, _ phi: @Sendable ([Double]) -> Double
  ) -> [[Double]] {
    let done = Mutex([[Double]](repeating: [], count: top + 1))
    DispatchQueue.concurrentPerform(iterations: top + 1) { i in
      let row = (0...2 * top).map { phi([step * Double(i), step * Double($0 - top)]) }
      done.withLock { $0[i] = row }
    }
    return done.withLock { $0 }
  }

  /// p at all pairs of field values, in units of the standard deviations.
  private static func invert(
    _ rows: [[Double]], _ top: Int, _ step: Double, _ nodes: [Double], _ rho: Double, _ rest: Double
  ) -> [Double] {
    let count = nodes.count
    let done = Mutex([[Double]](repeating: [], count: count))
    DispatchQueue.concurrentPerform(iterations: count) { a in
      let line = nodes.map { second -> Double in
        let (f, g) = (nodes[a], (second - rho * nodes[a]) / rest)
        // (step/2pi)^2 sum_ij phi cos(t_i f + t_j g), t_i and -t_i together; the cosines by
        // rotation from one j to the next.
        let (turn, lift) = (cos(step * g), sin(step * g))
        var sum = 0.0
        for i in 0...top {
          let start = step * (Double(i) * f - Double(top) * g)
          var (c, s) = (cos(start), sin(start))
          var line = 0.0
          for phi in rows[i] {
            line += phi * c
            (c, s) = (c * turn - s * lift, s * turn + c * lift)
          }
          sum += (i == 0 ? 1 : 2) * line
        }
        return sum * (step / (2 * .pi)) * (step / (2 * .pi)) / rest
      }
      done.withLock { $0[a] = line }
    }
    return done.withLock { $0.flatMap { $0 } }
  }
}
