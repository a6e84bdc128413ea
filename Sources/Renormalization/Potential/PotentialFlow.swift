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
    /// part begins within 32 cells, too close for a series, or where they depend on what is fitted.
    public var u2: Double
    public var u4: Double?
    public var u6: Double?
    /// Their changes on a grid with two thirds of the points; nil where that was not looked at.
    public var u2_error: Double?
    public var u4_error: Double?
    public var u6_error: Double?
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

  /// U''(phi) of u2 phi^2/2! + u4 phi^4/4! + ...
  public static func curvature(of couplings: [Double]) -> (Double) -> Double {
    { phi in
      var sum = 0.0
      var factor = 1.0
      for (j, u) in couplings.enumerated() {
        sum += u * factor
        factor *= phi * phi / Double((2 * j + 1) * (2 * j + 2))
      }
      return sum
    }
  }

  /// The order in space for a start: 4 where it is convex and smooth. Concave parts become flat with kinks at their
  /// ends, where only the monotone scheme of order 2 is stable.
  public static func accuracy(for couplings: [Double], kink: Double, fieldRange: Double) -> Int {
    let curvature = curvature(of: couplings)
    let isConvex = (0...1000).allSatisfy { curvature(fieldRange * Double($0) / 1000) >= 0 }
    return kink == 0 && isConvex ? 4 : 2
  }

  /// Looks at a start before it is integrated.
  ///
  /// - Throws: `PolynomialFlow.Refused` where the potential is not bounded from below, where it still falls at the
  ///   end of the range, or where k^2 + U'' is not positive: the flow would not end, or not begin.
  public static func check(
    _ couplings: [Double], kink: Double = 0, from k: Double, fieldRange: Double
  ) throws(PolynomialFlow.Refused) {
    guard couplings.allSatisfy(\.isFinite), kink.isFinite, kink >= 0 else {
      throw PolynomialFlow.Refused(
        description: "the couplings must be finite, and a kink c |phi| not negative; found \(kink)")
    }
    if let top = couplings.lastIndex(where: { $0 != 0 }), couplings[top] < 0 {
      throw PolynomialFlow.Refused(
        description:
          "the potential at the start must be bounded from below, found u\(2 * top + 2) = \(couplings[top]) as its highest coupling"
      )
    }
    let slope = slope(of: couplings, kink: kink)(fieldRange)
    let curvature = curvature(of: couplings)
    guard slope.isFinite, curvature(fieldRange).isFinite else {
      throw PolynomialFlow.Refused(
        description: "the potential overflows within the range of the field, found \(fieldRange)")
    }
    guard slope >= 0 else {
      throw PolynomialFlow.Refused(
        description:
          "the potential at the start still falls at the end of the range, phi = \(fieldRange): take a wider one"
      )
    }
    let lowest = (0...1000).map { curvature(fieldRange * Double($0) / 1000) }.min() ?? 0
    guard k * k + lowest > 0 else {
      throw PolynomialFlow.Refused(
        description:
          "k^2 + U'' must be above 0 at the start: with U'' down to \(lowest) it begins above k = \((-lowest).squareRoot())"
      )
    }
  }

  /// m at the grid points i h, i = 1 ... points, from U' given; 0 at i = 0.
  ///
  /// - Parameters:
  ///   - slope: U' at the start.
  ///   - scales: descending from below `start`.
  ///   - relative: tolerance; by default 1e-9, or 1e-7 for the scheme of second order.
  /// - Returns: the potential at the scales that were reached, and the scale where it ended: k^2 + U'' too close to
  ///   0 for double precision, or more than 20 000 steps on 400 points, fewer on more.
  public func follow(
    slope initial: (Double) -> Double, from start: Double, through scales: [Double],
    relative: Double? = nil
  ) -> (snapshots: [Snapshot], end: Double?) {
    let n = points
    let m0 = (1...n).map { initial(step * Double($0)) }
    let fluxes = FluxStencil(points: n, spacing: step, wide: accuracy == 4)
    let (volume, dimension) = (self.volume, self.dimension)
    // Time is -log k.
    let problem = StiffIntegrator.Problem(
      slope: { t, m, out in
        let k = exp(-t)
        return fluxes.slope(k * k, volume * pow(k, dimension + 2), m, out)
      },
      jacobian: { t, m, out in
        let k = exp(-t)
        return fluxes.jacobian(k * k, volume * pow(k, dimension + 2), m, out)
      }, band: (fluxes.band, fluxes.band))
    let tolerance = relative ?? (accuracy == 4 ? 1e-9 : 1e-7)
    let size = max(m0.map { abs($0) }.max() ?? 1, 1e-6)
    let (states, end) = StiffIntegrator.integrate(
      problem, from: -log(start), m0, at: scales.map { -log($0) }, relative: tolerance,
      absolute: [Double](repeating: tolerance * size * 1e-3, count: n),
      steps: max(2000, 8_000_000 / n))
    let snapshots = zip(scales, states).map { snapshot($0, $1) }
    switch end {
    case .finished: return (snapshots, nil)
    case .stopped(let t), .exhausted(let t): return (snapshots, exp(-t))
    }
  }

  /// The same, with the errors of u2, u4 and u6 from a second run on a coarser grid; derivatives that are not known to
  /// a tenth of their size are left out.
  public func followed(
    slope initial: (Double) -> Double, from start: Double, through scales: [Double]
  ) throws(PolynomialFlow.Refused) -> (snapshots: [Snapshot], end: Double?) {
    let (found, end) = follow(slope: initial, from: start, through: scales)
    let coarse = try PotentialFlow(
      dimension: dimension, fieldRange: fieldRange, points: max(16, 2 * points / 3),
      accuracy: accuracy
    ).follow(slope: initial, from: start, through: scales).snapshots
    let snapshots = found.enumerated().map { i, fine -> Snapshot in
      var s = fine
      guard i < coarse.count else { return s }
      func error(_ value: Double?, _ other: Double?) -> Double? {
        guard let value, let other else { return nil }
        return abs(value - other) + 1e-9 * abs(value)
      }
      s.u2_error = error(s.u2, coarse[i].u2)
      s.u4_error = error(s.u4, coarse[i].u4)
      s.u6_error = error(s.u6, coarse[i].u6)
      func isKnown(_ value: Double?, _ error: Double?) -> Bool {
        guard let value, let error else { return false }
        return error < 0.1 * abs(value)
      }
      if !isKnown(s.u4, s.u4_error) { (s.u4, s.u4_error) = (nil, nil) }
      if !isKnown(s.u6, s.u6_error) { (s.u6, s.u6_error) = (nil, nil) }
      return s
    }
    return (snapshots, end)
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
    let fit = derivatives(field, slope, cells: min(inner, points))
    // Derivatives that depend on the part of the grid which is fitted are noise.
    let other = derivatives(field, slope, cells: max(10, min(inner, points) * 3 / 4))
    func settled(_ k: Int) -> Double? {
      abs(fit[k] - other[k]) < 0.1 * abs(fit[k]) ? fit[k] : nil
    }
    return Snapshot(
      k: k, field: field, potential: potential, slope: slope, curvature: curvature, u2: fit[0],
      u4: settled(1), u6: settled(2))
  }

  /// u2, u4 and u6 from the slope at the first cells.
  private func derivatives(_ field: [Double], _ slope: [Double], cells: Int) -> [Double] {
    let scale = field[cells]
    let fit = LinearFit(
      columns: (0..<(cells < 24 ? 5 : 9)).map { j in
        (1...cells).map { pow(field[$0] / scale, Double(2 * j + 1)) }
      })
    let c = fit?.solve((1...cells).map { slope[$0] }) ?? [Double](repeating: .nan, count: 3)
    return [c[0] / scale, 6 * c[1] / (scale * scale * scale), 120 * c[2] / pow(scale, 5)]
  }
}
