import Ensembles
import Foundation
import NumericalMethods

/// The density of one output at one or two points by Fourier inversion of its characteristic function,
///
///     p(f) = (2 pi)^-m  int phi(t) exp(-i t.f) d^m t,
///
/// as a sum over equally spaced t: phi is computed once, then p at any field values.
///
/// The part of phi that does not decay is the chance that every unit is zero (relu without biases):
/// an atom at f = 0, taken out and given apart.
public struct CharacteristicInversion: Sendable {
  /// Standard deviations at the points.
  public let sigma: [Double]
  /// Probability of f = 0 exactly.
  public let atom: Double
  /// The last phi that was used: what the sum leaves out.
  public let edge: Double
  /// E[f^2] and E[f^4] at the first point.
  let exactSecond: Double
  let exactFourth: Double
  /// f_1 = sigma_1 g_1, f_2 = sigma_2 (rho g_1 + rest g_2).
  private let rho: Double
  private let rest: Double
  private let step: Double
  private let top: Int
  /// phi at i step (one point), or `rows[i][j]` at (i step, (j - top) step).
  private let rows: [[Double]]

  /// - Throws: `OutputDensity.Unavailable` where phi decays too slowly, or there is no density.
  /// - Complexity: one point 10^3, two points 10^4 to 10^5 characteristic functions, of 10^2 to 10^4
  ///   nodes each.
  public init(_ ensemble: Ensemble, points: Points) throws(OutputDensity.Unavailable) {
    precondition(points.count == 1 || points.count == 2)
    // The law of one output.
    let single = ensemble.ofFirstOutput
    let generating: GeneratingFunctional
    let unit: UnitMoments
    do {
      generating = try GeneratingFunctional(single, points: points)
      unit = try UnitMoments.exact(single, points: points, order: 4)
    } catch {
      throw OutputDensity.Unavailable(description: "\(error)")
    }
    if ensemble.hidden[0].activation.name == NormalizedExponential.name {
      throw OutputDensity.Unavailable(
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
      throw OutputDensity.Unavailable(
        description: "the output is zero at a point: its density is an atom")
    }
    // Two outputs in units of their standard deviations, made independent to second order.
    let rho = points.count == 2 ? (bias + scale * unit.values[2][1]) / (sigma[0] * sigma[1]) : 0
    let rest = (1 - rho * rho).squareRoot()
    guard rest > 1e-4 else {
      throw OutputDensity.Unavailable(
        description: "the outputs at the two points are proportional: they have no joint density")
    }
    // Where phi has come to rest: the atom, or zero.
    let atom = OutputAtom(single, points: points, indices: [])?.probability ?? 0
    // Beyond `period` the density is neglected; phi is summed up to `top`.
    let period = 24.0
    let step = 2 * Double.pi / (2 * period)
    let limit = points.count == 1 ? 4000 : 90
    let phi: @Sendable ([Double]) -> Double = { t in
      // t.g for the transposed inverse of that map.
      let own = t.count == 1 ? t : [t[0] - rho * t[1] / rest, t[1] / rest]
      return generating.characteristicValue(zip(own, sigma).map { $0 / $1 })
    }
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
          throw OutputDensity.Unavailable(
            description: String(
              format:
                "its characteristic function has only fallen to %.2g where the inversion ends: the density is too sharp",
              edge))
        }
      }
    }
    if points.count == 1 {
      let series = (0...top).map { phi([step * Double($0)]) - atom }
      edge = abs(series[top])
      rows = [series]
    } else {
      guard atom < 1e-9 else {
        throw OutputDensity.Unavailable(
          description: "at two points the joint density has atoms and edges")
      }
      let rows = Self.plane(top, step, phi)
      edge = (rows[top] + rows.map { max(abs($0[0]), abs($0[2 * top])) }).reduce(0) {
        max($0, abs($1))
      }
      self.rows = rows
    }
    self.sigma = sigma
    self.atom = atom
    self.rho = rho
    self.rest = rest
    self.step = step
    self.top = top
    (exactSecond, exactFourth) = moments(0)
  }

  /// phi on the half plane.
  private static func plane(
    _ top: Int, _ step: Double, _ phi: @Sendable ([Double]) -> Double
  ) -> [[Double]] {
    let stop = WorkBudget.current.stop
    return concurrentMap(top + 1) { i in
      (0...2 * top).map { stop.isStopped ? 0 : phi([step * Double(i), step * Double($0 - top)]) }
    }
  }

  /// p at field values, one a point, without the atom. Cost: as many terms as phi has values.
  public func density(_ field: [Double]) -> Double {
    let scaled = zip(field, sigma).map { $0 / $1 }
    return standardDensity(scaled) / sigma.reduce(1, *)
  }

  /// p of f / sigma.
  func standardDensity(_ x: [Double]) -> Double {
    guard x.count == 2 else {
      let series = rows[0]
      var sum = 0.5 * series[0]
      for k in 1...top { sum += series[k] * cos(step * Double(k) * x[0]) }
      return sum * step / .pi
    }
    let (f, g) = (x[0], (x[1] - rho * x[0]) / rest)
    // (step/2pi)^2 sum_ij phi cos(t_i f + t_j g), t_i and -t_i together; the cosines by rotation
    // from one j to the next.
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
}
