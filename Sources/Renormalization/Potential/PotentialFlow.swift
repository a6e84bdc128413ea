import Foundation
import NumericalMethods

/// The flow of the whole potential U_k(phi) on a grid, from the ultraviolet to the infrared, one component:
///
///     k d_k U = V_d k^(d+2) / (k^2 + U'')
///
/// as a conservation law for the slope m = U',
///
///     d m / d(-log k) = - d/dphi [ V_d k^(d+2) / (k^2 + dm/dphi) ],
///
/// a nonlinear diffusion, well posed in this direction only. Cells of equal width on [0, phi_max]; the flux
/// at an edge takes the slopes of m on either side, so that potentials with kinks are allowed and the
/// denominator stays positive: U_k becomes convex as k falls (arXiv:1903.09503). m is odd in phi; at
/// phi_max the flux is extrapolated. The method of lines with CVODE, a tridiagonal Jacobian.
public struct PotentialFlow: Sendable {
  public let dimension: Double
  public let fieldRange: Double
  /// Cells.
  public let points: Int
  /// 2, for potentials with kinks, or 4, for smooth ones.
  public let accuracy: Int
  private let volume: Double

  public struct Snapshot: Sendable, Codable {
    public var k: Double
    /// Field values, from 0 on.
    public var field: [Double]
    /// U_k - U_k(0).
    public var potential: [Double]
    public var slope: [Double]
    /// U_k'' at the field values.
    public var curvature: [Double]

    /// Derivatives at phi = 0, from a polynomial fitted to the inner part of the grid; nil where a flat
    /// part begins within 32 cells, too close for a series.
    public var u2: Double
    public var u4: Double?
    public var u6: Double?
  }

  /// - Throws: `PolynomialFlow.Refused` for numbers out of range.
  public init(
    dimension: Double, fieldRange: Double, points: Int = 400, accuracy: Int = 4
  ) throws(PolynomialFlow.Refused) {
    guard dimension.isFinite, (0...20).contains(dimension) else {
      throw PolynomialFlow.Refused(
        description: "the dimension must be from 0 to 20, found \(dimension)")
    }
    guard fieldRange.isFinite, fieldRange > 0 else {
      throw PolynomialFlow.Refused(
        description: "the range of the field must be above 0, found \(fieldRange)")
    }
    guard (16...20_000).contains(points) else {
      throw PolynomialFlow.Refused(
        description: "the grid must have 16 to 20000 points, found \(points)")
    }
    guard accuracy == 2 || accuracy == 4 else {
      throw PolynomialFlow.Refused(
        description: "the accuracy in space must be 2 or 4, found \(accuracy)")
    }
    self.dimension = dimension
    self.fieldRange = fieldRange
    self.points = points
    self.accuracy = accuracy
    volume = thresholdVolume(dimension)
  }

  /// U'(phi) of u2 phi^2/2! + u4 phi^4/4! + ... + kink |phi|, for phi above 0.
  public static func slope(of couplings: [Double], kink: Double = 0) -> (Double) -> Double {
    { phi in
      var sum = kink
      var factor = phi
      for (j, u) in couplings.enumerated() {
        sum += u * factor
        factor *= phi * phi / Double((2 * j + 2) * (2 * j + 3))
      }
      return sum
    }
  }

  private var step: Double { fieldRange / Double(points) }

  /// m at the grid points i h, i = 1 ... points, from U' given; 0 at i = 0.
  ///
  /// - Parameters:
  ///   - slope: U' at the start.
  ///   - scales: descending from below `start`.
  /// - Returns: the potential at the scales that were reached, and the scale where it ended.
  public func follow(
    slope initial: (Double) -> Double, from start: Double, through scales: [Double],
    relative: Double = 1e-9
  ) -> (snapshots: [Snapshot], end: Double?) {
    let n = points
    let h = step
    let m0 = (1...n).map { initial(h * Double($0)) }
    let wide = accuracy == 4
    let band = wide ? 4 : 2
    // Fluxes at the edges i + 1/2, i = 0 ... n; reflections m(-phi) = -m(phi).
    func at(_ m: UnsafePointer<Double>, _ i: Int) -> Double {
      i == 0 ? 0 : i > 0 ? m[min(i, n) - 1] : -m[-i - 1]
    }
    func gradient(_ m: UnsafePointer<Double>, _ edge: Int) -> Double {
      if edge >= n { return (at(m, n) - at(m, n - 1)) / h }
      if wide, edge < n - 1 {
        return (27 * (at(m, edge + 1) - at(m, edge)) - (at(m, edge + 2) - at(m, edge - 1)))
          / (24 * h)
      }
      return (at(m, edge + 1) - at(m, edge)) / h
    }
    let volume = self.volume
    let dimension = self.dimension
    final class Work {
      var flux: [Double]
      init(_ n: Int) { flux = [Double](repeating: 0, count: n + 2) }
    }
    let work = Work(n)
    // Time is -log k.
    let problem = StiffIntegrator.Problem(
      slope: { t, m, out in
        let k = exp(-t)
        let front = volume * pow(k, dimension + 2)
        for edge in 0...n {
          let denominator = k * k + gradient(m, edge)
          guard denominator > 0 else { return false }
          work.flux[edge] = front / denominator
        }
        for i in 1...n {
          let difference: Double
          if i == n {
            // Extrapolated: the flux of free cells is constant there to second order.
            difference = work.flux[n - 1] - work.flux[n - 2]
          } else if wide, i > 1, i < n - 1 {
            difference =
              (27 * (work.flux[i] - work.flux[i - 1]) - (work.flux[i + 1] - work.flux[i - 2]))
              / 24
          } else if wide, i == 1 {
            // The flux is even in phi: edge -1 mirrors edge 0.
            difference =
              (27 * (work.flux[1] - work.flux[0]) - (work.flux[2] - work.flux[0])) / 24
          } else {
            difference = work.flux[i] - work.flux[i - 1]
          }
          out[i - 1] = -difference / h
        }
        return true
      }, band: (band, band))
    let size = max(m0.map { abs($0) }.max() ?? 1, 1e-6)
    let tolerance = [Double](repeating: relative * size * 1e-3, count: n)
    let (states, end) = StiffIntegrator.integrate(
      problem, from: -log(start), m0, at: scales.map { -log($0) }, relative: relative,
      absolute: tolerance)
    let snapshots = zip(scales, states).map { snapshot($0, $1) }
    if case .stopped(let t) = end { return (snapshots, exp(-t)) }
    return (snapshots, nil)
  }

  private func snapshot(_ k: Double, _ m: [Double]) -> Snapshot {
    let h = step
    let slope = [0] + m
    let field = (0...points).map { h * Double($0) }
    func at(_ i: Int) -> Double { i < 0 ? -slope[-i] : slope[min(i, points)] }
    let curvature = (0...points).map { i -> Double in
      guard i < points else { return (slope[points] - slope[points - 1]) / h }
      // Of second order the mean over both sides: at a kink nothing else is right.
      guard accuracy == 4, i < points - 1 else { return (at(i + 1) - at(i - 1)) / (2 * h) }
      return (8 * (at(i + 1) - at(i - 1)) - (at(i + 2) - at(i - 2))) / (12 * h)
    }
    // Simpson's rule cell by cell, with the slope at the middle by cubic interpolation.
    var potential = [0.0]
    for i in 0..<points {
      let middle =
        i + 2 <= points
        ? (9 * (at(i) + at(i + 1)) - (at(i - 1) + at(i + 2))) / 16 : 0.5 * (at(i) + at(i + 1))
      potential.append(potential[i] + h / 6 * (slope[i] + 4 * middle + slope[i + 1]))
    }
    // U' = u2 phi + u4 phi^3/3! + ... by least squares over the inner fifth of the grid, whose number
    // of points averages the noise of the integration.
    var inner = max(24, points / 9)
    // Short of a flat part, beyond which no power series reaches.
    if let flat = curvature.firstIndex(where: { $0 < 0 }), flat > 0 {
      guard flat >= 32 else {
        return Snapshot(
          k: k, field: field, potential: potential, slope: slope, curvature: curvature,
          u2: curvature[0], u4: nil, u6: nil)
      }
      inner = min(inner, flat / 2)
    }
    let nodes = Array(1...min(inner, points))
    let scale = field[nodes[nodes.count - 1]]
    let fit = LinearFit(
      columns: (0..<(inner < 24 ? 5 : 9)).map { j in
        nodes.map { pow(field[$0] / scale, Double(2 * j + 1)) }
      })
    let c = fit?.solve(nodes.map { slope[$0] }) ?? [Double](repeating: .nan, count: 3)
    return Snapshot(
      k: k, field: field, potential: potential, slope: slope, curvature: curvature,
      u2: c[0] / scale, u4: 6 * c[1] / (scale * scale * scale), u6: 120 * c[2] / pow(scale, 5))
  }
}
