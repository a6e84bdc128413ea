import Foundation
import NumericalMethods

/// The Wetterich-Morris equation in the local potential approximation for potentials truncated at a power
/// of the field, U = u2 phi^2/2! + u4 phi^4/4! + ... , Litim regulator, M components:
///
///     k d_k U = V_d k^(d+2) [ (M - 1) / (k^2 + U'/phi) + 1 / (k^2 + U'') ]
///
/// This is the deep infrared of the Gauss-net's kinetic term. With its whole exponential, E(p) = 1/K_W(p)
/// and R_k = [E(k) - E(p)] theta(k^2 - p^2), in units of m0 (`full`):
///
///     x d_x U = V_d x^(d+2) e^(x^2) [ (M - 1) / (e^(x^2) - 1 + U'/phi) + 1 / (e^(x^2) - 1 + U'') ]
///
/// (arXiv:2108.01403, 2212.11811.) Both are regular at k = 0 and can be integrated either way.
public struct PolynomialFlow: Sendable {
  public enum Kernel: String, Sendable, Hashable, Codable, CaseIterable {
    case deepInfrared = "deep-infrared"
    case full
  }

  public let dimension: Double
  public let components: Double
  /// Highest power of the field: even, 4 to 24.
  public let order: Int
  public let kernel: Kernel
  private let volume: Double

  public struct Refused: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// - Throws: `Refused` for numbers out of range.
  public init(
    dimension: Double, order: Int, components: Double = 1, kernel: Kernel = .deepInfrared
  ) throws(Refused) {
    guard dimension.isFinite, (0...20).contains(dimension) else {
      throw Refused(description: "the dimension must be from 0 to 20, found \(dimension)")
    }
    guard order % 2 == 0, (4...24).contains(order) else {
      throw Refused(description: "the order must be even, from 4 to 24, found \(order)")
    }
    guard components.isFinite, (-4...1e6).contains(components) else {
      throw Refused(description: "the components must be from -4 to 1e6, found \(components)")
    }
    self.dimension = dimension
    self.order = order
    self.components = components
    self.kernel = kernel
    volume = thresholdVolume(dimension)
  }

  /// Number of couplings u2, u4, ..., u_order.
  public var count: Int { order / 2 }

  private static func factorial(_ n: Int) -> Double {
    (1...max(1, n)).reduce(1) { $0 * Double($1) }
  }

  /// (2j)!, from g_j phi^(2j) to u_2j.
  private var factorials: [Double] { (1...count).map { Self.factorial(2 * $0) } }

  /// The factor before the brackets of dU/dk, and the base of the denominators with the weight of U.
  private func threshold(_ k: Double) -> (factor: Double, base: Double, weight: Double) {
    let factor = volume * pow(k, dimension + 1)
    switch kernel {
    case .deepInfrared: return (factor, k * k, 1)
    case .full:
      // Divided by e^(x^2), which overflows.
      let damping = exp(-k * k)
      return (factor, 1 - damping, damping)
    }
  }

  /// Scratch of one integration.
  private final class Scratch {
    let g: UnsafeMutablePointer<Double>
    let denominator: UnsafeMutablePointer<Double>
    let inverse: UnsafeMutablePointer<Double>
    let square: UnsafeMutablePointer<Double>

    init(_ n: Int) {
      g = .allocate(capacity: 4 * (n + 1))
      g.initialize(repeating: 0, count: 4 * (n + 1))
      denominator = g + (n + 1)
      inverse = denominator + (n + 1)
      square = inverse + (n + 1)
    }

    deinit { g.deallocate() }
  }

  /// 1 / P as a power series in phi^2, P = base + weight sum_j c_j g_j phi^(2j - 2).
  private func invert(
    _ s: Scratch, base: Double, weight: Double, _ c: (Int) -> Double
  ) -> Bool {
    let n = count
    s.denominator[0] = base + weight * c(1) * s.g[1]
    for j in 1..<n { s.denominator[j] = weight * c(j + 1) * s.g[j + 1] }
    s.denominator[n] = 0
    guard s.denominator[0] > 0 else { return false }
    let first = 1 / s.denominator[0]
    s.inverse[0] = first
    for k in 1...n {
      var sum = 0.0
      for j in 1...k { sum += s.denominator[j] * s.inverse[k - j] }
      s.inverse[k] = -first * sum
    }
    return true
  }

  private static func radial(_ j: Int) -> Double { Double(2 * j * (2 * j - 1)) }
  private static func angular(_ j: Int) -> Double { Double(2 * j) }

  /// du/dk.
  private func slope(
    _ k: Double, _ u: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>,
    _ factorials: [Double], _ s: Scratch
  ) -> Bool {
    let (factor, base, weight) = threshold(k)
    for j in 1...count { s.g[j] = u[j - 1] / factorials[j - 1] }
    guard invert(s, base: base, weight: weight, Self.radial) else { return false }
    for j in 1...count { out[j - 1] = factor * factorials[j - 1] * s.inverse[j] }
    if components != 1 {
      guard invert(s, base: base, weight: weight, Self.angular) else { return false }
      for j in 1...count {
        out[j - 1] += (components - 1) * factor * factorials[j - 1] * s.inverse[j]
      }
    }
    return true
  }

  /// d(du/dk)/du, column by column.
  private func jacobian(
    _ k: Double, _ u: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>,
    _ factorials: [Double], _ s: Scratch
  ) -> Bool {
    let n = count
    let (factor, base, weight) = threshold(k)
    for j in 1...n { s.g[j] = u[j - 1] / factorials[j - 1] }
    for i in 0..<n * n { out[i] = 0 }
    func add(_ scale: Double, _ c: (Int) -> Double) -> Bool {
      guard invert(s, base: base, weight: weight, c) else { return false }
      for k in 0...n {
        var sum = 0.0
        for j in 0...k { sum += s.inverse[j] * s.inverse[k - j] }
        s.square[k] = sum
      }
      // d (1/P)_i / d g_j = -weight c_j (1/P^2)_(i - j + 1)
      for j in 1...n {
        for i in max(1, j - 1)...n {
          out[(j - 1) * n + i - 1] -=
            scale * factor * weight * c(j) * s.square[i - j + 1] * factorials[i - 1]
            / factorials[j - 1]
        }
      }
      return true
    }
    return add(1, Self.radial) && (components == 1 || add(components - 1, Self.angular))
  }

  /// A trajectory: the couplings at scales, and the pole in which it ended.
  public struct Trajectory: Sendable {
    public var scales: [Double]
    /// `couplings[i]` = u2, u4, ... at scale i.
    public var couplings: [[Double]]
    /// Where u4 diverges; nil where the last scale was reached.
    public var pole: Double?
    /// Where the integration was given up after too many steps.
    public var abandoned: Double?
  }

  /// Follows couplings from a scale through others, towards the ultraviolet or the infrared.
  ///
  /// Poles: u4 diverges at a finite scale while k^2 + u2 is still of order one, so that no event on the
  /// denominator would fire; a trajectory ends where V_d k^(d+2) |u4| / A^3 exceeds 1e8 (times e^(x^2)
  /// for the full kernel), or the step underflows.
  /// - Complexity: ten to a thousand steps of O(order^2) each.
  public func follow(
    _ couplings: [Double], from start: Double, through scales: [Double],
    relative: Double = 1e-11
  ) -> Trajectory {
    precondition(couplings.count == count)
    let s = Scratch(count)
    let factorials = factorials
    func trajectory(_ states: [[Double]], _ pole: Double?) -> Trajectory {
      Trajectory(scales: Array(scales.prefix(states.count)), couplings: states, pole: pole)
    }
    let sizes = couplings.map { max(abs($0), 1e-3) * 1e-3 * relative }
    func stop(_ k: Double, _ u: [Double]) -> Bool {
      let (factor, base, weight) = threshold(k)
      let a = base + weight * u[0]
      return a <= 0 || factor * k * weight * abs(u[1]) / (a * a * a) > 1e8
    }
    // Most flows are not stiff, and then explicit steps are several times cheaper.
    let explicit = ExplicitIntegrator.integrate(
      from: start, couplings, at: scales, relative: relative, absolute: sizes,
      steps: 1000 + 10 * scales.count, stop: stop
    ) { slope($0, $1, $2, factorials, s) }
    switch explicit.end {
    case .finished: return trajectory(explicit.states, nil)
    case .stopped(let k): return trajectory(explicit.states, k)
    case .stiff: break
    }
    let implicit = StiffIntegrator.integrate(
      StiffIntegrator.Problem(
        slope: { slope($0, $1, $2, factorials, s) },
        jacobian: { jacobian($0, $1, $2, factorials, s) }),
      from: start, couplings, at: scales, relative: relative, absolute: sizes, stop: stop)
    switch implicit.end {
    case .finished: return trajectory(implicit.states, nil)
    case .stopped(let k): return trajectory(implicit.states, k)
    case .exhausted(let k):
      var given = trajectory(implicit.states, nil)
      given.abandoned = k
      return given
    }
  }

  /// k d_k of the dimensionless couplings u_2j k^(j(d-2)-d), and its derivative (the stability matrix).
  public func dimensionless(_ u: [Double]) -> (beta: [Double], matrix: GeneralMatrix)? {
    precondition(kernel == .deepInfrared)
    let s = Scratch(count)
    var beta = [Double](repeating: 0, count: count)
    var columns = [Double](repeating: 0, count: count * count)
    guard slope(1, u, &beta, factorials, s), jacobian(1, u, &columns, factorials, s) else {
      return nil
    }
    var matrix = GeneralMatrix(count: count) { columns[$1 * count + $0] }
    for j in 1...count {
      let canonical = Double(j) * (dimension - 2) - dimension
      beta[j - 1] += canonical * u[j - 1]
      matrix[j - 1, j - 1] += canonical
    }
    return (beta, matrix)
  }

  /// From u2 alone the higher couplings of a fixed point follow one by one; what is left over is the
  /// first coupling beyond the truncation, which must vanish.
  func beyond(_ u2: Double) -> (couplings: [Double], rest: Double) {
    let s = Scratch(count + 1)
    var g = [Double](repeating: 0, count: count + 2)
    g[1] = u2 / 2
    let a = 1 + u2
    for k in 1...count {
      // beta_k = 0 with (1/P)_k linear in g_(k+1): -c_(k+1) g_(k+1) / a^2 + the rest.
      var sum = 0.0
      for (c, scale) in [(Self.radial, 1.0), (Self.angular, components - 1)] where scale != 0 {
        s.denominator[0] = a
        for j in 1...k { s.denominator[j] = j < k ? c(j + 1) * g[j + 1] : 0 }
        s.inverse[0] = 1 / a
        for i in 1...k {
          var part = 0.0
          for j in 1...i { part += s.denominator[j] * s.inverse[i - j] }
          s.inverse[i] = -part / a
        }
        sum += scale * s.inverse[k]
      }
      let canonical = Double(k) * (dimension - 2) - dimension
      let weight = Self.radial(k + 1) + (components - 1) * Self.angular(k + 1)
      g[k + 1] = (canonical * g[k] / volume + sum) * a * a / weight
    }
    let couplings = (1...count).map { Self.factorial(2 * $0) * g[$0] }
    return (couplings, g[count + 1])
  }
}
