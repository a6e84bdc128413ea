import Ensembles
import Foundation
import Kernels
import NumericalMethods

/// Integrals over the place of one vertex in boxes [-L, L]^d,
///
///     I(L) = int d^dy  prod_i K_W(x_i, y)  K_W(y, y)^t  |y|^(2m),
///
/// for many sets of points and many cutoffs at once: the propagators at a node are computed once and
/// shared by all of them, and the box of one cutoff is part of the next.
///
/// Gaussian kernels (`gauss`, `cos`) in closed form, all space included; homogeneous ones exactly in L.
/// Otherwise Gauss-Legendre rules of rising order between the kinks, until the largest change, relative
/// to the integral of the modulus, is below the tolerance: 1e-12, 1e-10, 1e-8 in d = 1, 2, 3.
public struct VertexIntegrals: Sendable {
  /// What is integrated: points (indices, ascending), self-loops t, and the power m of |y|^2.
  public struct Integrand: Sendable, Hashable {
    public let points: [Int]
    public let selfLoops: Int
    public let moment: Int

    public init(_ points: [Int], selfLoops: Int = 0, moment: Int = 0) {
      self.points = points.sorted()
      self.selfLoops = selfLoops
      self.moment = moment
    }
  }

  public let cutoffs: [Double]
  private let place: [Integrand: Int]
  /// `values[cutoff][integrand]`.
  private let values: [[IntegralValue]]
  /// L dI/dL, likewise; empty unless asked for.
  private let slopes: [[IntegralValue]]

  /// - Parameters:
  ///   - cutoffs: positive, in any order; infinity stands for all space.
  ///   - derivatives: whether L dI/dL is wanted as well, as an integral over the faces of the box.
  /// - Throws: `IntegralUnavailable` for d > 3, an integral over all space that diverges, or a kernel
  ///   that cannot be resolved.
  /// - Complexity: nodes x (points + integrands); nodes: 10^2 to 10^3 in d = 1, 10^4 to 10^5 in d = 2,
  ///   10^5 to 10^6 in d = 3.
  public init(
    _ propagator: Propagator, points: Points, integrands: [Integrand], cutoffs: [Double],
    derivatives: Bool = false
  ) throws(IntegralUnavailable) {
    try Self.check(propagator, cutoffs)
    let unique = Array(Set(integrands)).sorted {
      Self.key($0).lexicographicallyPrecedes(Self.key($1))
    }
    self.cutoffs = cutoffs
    place = Dictionary(uniqueKeysWithValues: zip(unique, unique.indices))
    if let gaussian = propagator.gaussian {
      let boxes = cutoffs.map {
        GaussianBox(gaussian, dimensions: propagator.inputs, cutoff: $0)
      }
      values = boxes.map { box in unique.map { box.integral($0, points: points) } }
      slopes = derivatives ? boxes.map { box in unique.map { box.slope($0, points: points) } } : []
      return
    }
    guard !unique.isEmpty, !cutoffs.isEmpty else {
      values = cutoffs.map { _ in [] }
      slopes = []
      return
    }
    let finite = Array(Set(cutoffs)).sorted()
    let cubature = try Cubature(
      propagator, points: points, integrands: unique, cutoffs: finite)
    let rows = try cubature.values()
    values = cutoffs.map { rows[finite.firstIndex(of: $0)!] }
    if derivatives {
      let faces = try cubature.slopes(rows)
      slopes = cutoffs.map { faces[finite.firstIndex(of: $0)!] }
    } else {
      slopes = []
    }
  }

  /// The value at a cutoff, by its place in `cutoffs`.
  public func value(_ integrand: Integrand, cutoff: Int) -> IntegralValue {
    guard let k = place[integrand] else {
      preconditionFailure("an integral that was not asked for: \(integrand)")
    }
    return values[cutoff][k]
  }

  /// L dI/dL at a cutoff, by its place in `cutoffs`.
  /// - Precondition: made with `derivatives`.
  public func slope(_ integrand: Integrand, cutoff: Int) -> IntegralValue {
    guard let k = place[integrand], !slopes.isEmpty else {
      preconditionFailure("a derivative that was not asked for: \(integrand)")
    }
    return slopes[cutoff][k]
  }

  private static func key(_ i: Integrand) -> [Int] {
    i.points + [1 << 30] + [Int](repeating: 1 << 31, count: i.selfLoops) + [i.moment]
  }

  static func check(_ propagator: Propagator, _ cutoffs: [Double]) throws(IntegralUnavailable) {
    guard cutoffs.allSatisfy({ $0 > 0 && ($0 <= 1e12 || $0 == .infinity) }) else {
      throw IntegralUnavailable(
        description: "cutoffs must be above 0 and up to 1e12, or infinite, found \(cutoffs)")
    }
    if cutoffs.contains(.infinity), !propagator.isIntegrable {
      throw IntegralUnavailable(
        description:
          "the integral over all space diverges for \(propagator.ensemble.hidden[0].activation.label); give a finite cutoff"
      )
    }
    guard propagator.gaussian != nil || propagator.inputs <= 3 else {
      throw IntegralUnavailable(
        description:
          "vertices are integrated in up to 3 dimensions (any number for gauss and cos), found \(propagator.inputs)"
      )
    }
  }
}

/// Products of one-dimensional Gaussian integrals over [-L, L], or the line.
struct GaussianBox {
  let gaussian: (amplitude: Double, rate: Double)
  let dimensions: Int
  let cutoff: Double

  init(_ gaussian: (amplitude: Double, rate: Double), dimensions: Int, cutoff: Double) {
    self.gaussian = gaussian
    self.dimensions = dimensions
    self.cutoff = cutoff
  }

  func integral(_ integrand: VertexIntegrals.Integrand, points: Points) -> IntegralValue {
    let n = Double(integrand.points.count)
    let b = n * gaussian.rate
    var scale = pow(gaussian.amplitude, n + Double(integrand.selfLoops))
    // Moments 0, 2, ... of each axis.
    var axes: [[Double]] = []
    for a in 0..<dimensions {
      let x = integrand.points.map { points[$0][a] }
      let mean = n > 0 ? x.reduce(0, +) / n : 0
      scale *= exp(-gaussian.rate * x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
      axes.append(moments(b, mean, through: 2 * integrand.moment))
    }
    return IntegralValue(value: scale * Self.combined(axes, integrand.moment))
  }

  /// L d/dL of the integral: one axis at a time at its two ends.
  func slope(_ integrand: VertexIntegrals.Integrand, points: Points) -> IntegralValue {
    guard cutoff.isFinite else { return IntegralValue(value: 0) }
    let n = Double(integrand.points.count)
    let b = n * gaussian.rate
    var scale = pow(gaussian.amplitude, n + Double(integrand.selfLoops))
    var axes: [[Double]] = []
    var ends: [[Double]] = []
    for a in 0..<dimensions {
      let x = integrand.points.map { points[$0][a] }
      let mean = n > 0 ? x.reduce(0, +) / n : 0
      scale *= exp(-gaussian.rate * x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
      axes.append(moments(b, mean, through: 2 * integrand.moment))
      let (low, high) = (-cutoff - mean, cutoff - mean)
      ends.append(
        (0...2 * integrand.moment).map { k in
          pow(cutoff, Double(k)) * exp(-b * high * high)
            + pow(-cutoff, Double(k)) * exp(-b * low * low)
        })
    }
    let sum = (0..<dimensions).reduce(0.0) { sum, a in
      var own = axes
      own[a] = ends[a]
      return sum + Self.combined(own, integrand.moment)
    }
    return IntegralValue(value: cutoff * scale * sum)
  }

  /// The integral of |y|^(2m) from the moments of each axis, by the multinomial theorem.
  private static func combined(_ axes: [[Double]], _ moment: Int) -> Double {
    var powers = [Double](repeating: 0, count: moment + 1)
    powers[0] = 1
    for own in axes {
      var next = [Double](repeating: 0, count: powers.count)
      for m in powers.indices {
        var choose = 1.0
        for k in 0...m {
          next[m] += choose * powers[m - k] * own[2 * k]
          choose *= Double(m - k) / Double(k + 1)
        }
      }
      powers = next
    }
    return powers[moment]
  }

  /// int y^k exp(-b (y - c)^2) dy, k = 0 ... top.
  private func moments(_ b: Double, _ c: Double, through top: Int) -> [Double] {
    guard b > 0 else {
      return (0...top).map { k -> Double in
        guard k % 2 == 0 else { return 0 }
        return 2 * pow(cutoff, Double(k + 1)) / Double(k + 1)
      }
    }
    if cutoff.isFinite { return boxMoments(b, c, through: top) }
    // Of t = y - c first: M_k = (k - 1) M_(k-2) / 2b.
    var central = [Double](repeating: 0, count: top + 1)
    central[0] = (Double.pi / b).squareRoot()
    for k in stride(from: 2, through: top, by: 2) {
      central[k] = Double(k - 1) * central[k - 2] / (2 * b)
    }
    return (0...top).map { k in
      var sum = 0.0
      var choose = 1.0
      for j in 0...k {
        sum += choose * pow(c, Double(k - j)) * central[j]
        choose *= Double(k - j) / Double(j + 1)
      }
      return sum
    }
  }

  /// The same over [-L, L], by Gauss-Legendre between where the Gaussian has fallen by exp(-40) from its largest
  /// value in the box: recursions from error functions cancel where the box is far off the centre or small.
  private func boxMoments(_ b: Double, _ c: Double, through top: Int) -> [Double] {
    let (left, right) = (max(0, -cutoff - c), max(0, c - cutoff))
    let low = max(-cutoff, c - (right * right + 40 / b).squareRoot())
    let high = min(cutoff, c + (left * left + 40 / b).squareRoot())
    var sums = [Double](repeating: 0, count: top + 1)
    let panels = 24
    let step = (high - low) / Double(panels)
    for panel in 0..<panels {
      let from = low + step * Double(panel)
      Self.legendre.forEach(from: from, to: from + step) { y, w in
        var term = w * exp(-b * (y - c) * (y - c))
        for k in 0...top {
          sums[k] += term
          term *= y
        }
      }
    }
    return sums
  }

  private static let legendre = GaussLegendre(count: 16)
}
