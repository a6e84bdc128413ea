import Ensembles
import Foundation
import NumericalMethods

/// Where depth neither damps nor amplifies: the susceptibilities of a unit at the fixed points of
///
///     K = Cb + Cw <s^2>_K,    chi_par = Cw d<s^2>/dK,    chi_perp = Cw <s'^2>_K
///
/// chi_par moves the magnitude of one input, chi_perp the angle between two; perturbations decay
/// over the depth -1/ln chi. The critical line is chi_perp = 1 (arXiv:1611.01232); at chi_par = 1
/// too, magnitudes keep as well (arXiv:2106.10165).
public struct Criticality: Sendable {
  private let unit: any HiddenUnit
  private let uniformPhase: Bool
  /// Expectations on a geometric grid of K, to bracket roots.
  private let grid: [(kernel: Double, input: SingleInput)]

  /// Variances within which fixed points are looked for.
  public static let range = 1e-6...1e6

  /// - Throws: `Unavailable` for a unit that jumps, or whose normaliser ties it to the first layer.
  public init(_ activation: Activation, uniformPhase: Bool = false)
    throws(InfiniteWidthKernel.Unavailable)
  {
    unit = activation.unit
    self.uniformPhase = uniformPhase
    guard !unit.hasJumps else {
      throw .init(description: "\(activation.label) jumps: chi_perp does not exist")
    }
    guard unit.poles.isEmpty else {
      throw .init(description: "\(activation.label) has a pole: chi_perp does not exist")
    }
    guard !(unit is NormalizedExponential) else {
      throw .init(description: "gauss is defined in the first layer only: it has no depth")
    }
    let unit = self.unit
    grid = Self.grid(240, Self.range).map {
      ($0, SingleInput(unit, variance: $0, uniformPhase: uniformPhase))
    }
  }

  /// A point of the critical line.
  public struct Point: Sendable, Codable, Hashable {
    public var sigma_w: Double
    public var sigma_b: Double
    /// The fixed point; nil where every K is one (scale-invariant units).
    public var kernel: Double?
    public var chi_parallel: Double
  }

  /// What depth does at given standard deviations.
  public struct Phase: Sendable, Codable, Hashable {
    /// The fixed point that K = 1 flows to; nil where K grows without bound.
    public var kernel: Double?
    public var chi_parallel: Double?
    public var chi_perpendicular: Double?
  }

  private func at(_ k: Double) -> SingleInput {
    SingleInput(unit, variance: k, uniformPhase: uniformPhase)
  }

  /// Cw and Cb at which K is a fixed point with chi_perp = 1.
  private func critical(kernel k: Double, _ known: SingleInput? = nil)
    -> (cw: Double, cb: Double, chiParallel: Double)?
  {
    let s = known ?? at(k)
    guard s.slopeSquare > 1e-300, s.slopeSquare.isFinite else { return nil }
    let cw = 1 / s.slopeSquare
    return (cw, k - cw * s.square[0], cw * s.square[1])
  }

  private func point(kernel k: Double) -> Point? {
    guard let c = critical(kernel: k), c.cb >= -1e-13 * k else { return nil }
    return Point(
      sigma_w: c.cw.squareRoot(), sigma_b: max(0, c.cb).squareRoot(),
      kernel: k, chi_parallel: c.chiParallel)
  }

  /// The point of a scale-invariant unit, where K stays whatever it is.
  private var scaleInvariant: Point? {
    guard unit.isHomogeneous, let c = critical(kernel: 1) else { return nil }
    return Point(
      sigma_w: c.cw.squareRoot(), sigma_b: 0, kernel: nil, chi_parallel: c.chiParallel)
  }

  /// The end of the line at K = 0, for units with s(0) = 0 and a slope there.
  private var origin: Point? {
    let s = at(0)
    guard !uniformPhase, s.square[0] == 0, s.slopeSquare > 0 else { return nil }
    let cw = 1 / s.slopeSquare
    return Point(sigma_w: cw.squareRoot(), sigma_b: 0, kernel: 0, chi_parallel: cw * s.square[1])
  }

  /// The critical points with a given standard deviation of the biases, sigma_w ascending.
  public func points(sigmaB: Double) -> [Point] {
    if let invariant = scaleInvariant { return sigmaB == 0 ? [invariant] : [] }
    let target = sigmaB * sigmaB
    var found: [Point] = []
    if sigmaB == 0, let origin { found.append(origin) }
    func gap(_ k: Double, _ known: SingleInput? = nil) -> Double? {
      critical(kernel: k, known).map { $0.cb - target }
    }
    for (one, two) in zip(grid, grid.dropFirst()) {
      let (low, high) = (one.kernel, two.kernel)
      guard let a = gap(low, one.input), let b = gap(high, two.input), a * b < 0 else { continue }
      // Below rounding a sign says nothing.
      guard max(abs(a), abs(b)) > 1e-12 * high else { continue }
      let root = Self.bisect(low, high) { gap($0) ?? 0 }
      if let c = critical(kernel: root) {
        found.append(
          Point(
            sigma_w: c.cw.squareRoot(), sigma_b: sigmaB, kernel: root, chi_parallel: c.chiParallel))
      }
    }
    return found.sorted { $0.sigma_w < $1.sigma_w }
  }

  /// The critical line, parametrised by the fixed point, up to a sigma_b.
  public func line(upTo sigmaB: Double = 2, count: Int = 60) -> [Point] {
    if let invariant = scaleInvariant { return [invariant] }
    return (origin.map { [$0] } ?? [])
      + Self.grid(count, 1e-3...1e4).compactMap(point).filter { $0.sigma_b <= sigmaB }
  }

  /// The fixed point that K = 1 flows to, and the susceptibilities there.
  public func phase(sigmaW: Double, sigmaB: Double) -> Phase {
    let (cw, cb) = (sigmaW * sigmaW, sigmaB * sigmaB)
    func gap(_ k: Double) -> Double { cb + cw * at(k).square[0] - k }
    func result(_ k: Double) -> Phase {
      let s = at(k)
      return Phase(
        kernel: k, chi_parallel: cw * s.square[1], chi_perpendicular: cw * s.slopeSquare)
    }
    if unit.isHomogeneous {
      let growth = cw * at(1).slopeSquare
      let chi = Phase(kernel: nil, chi_parallel: growth, chi_perpendicular: growth)
      guard growth < 1 else { return chi }
      return Phase(kernel: cb / (1 - growth), chi_parallel: growth, chi_perpendicular: growth)
    }
    let start = grid.firstIndex { $0.kernel >= 1 } ?? 0
    func onGrid(_ i: Int) -> Double { cb + cw * grid[i].input.square[0] - grid[i].kernel }
    let rising = onGrid(start) > 0
    var i = start
    while grid.indices.contains(rising ? i + 1 : i - 1) {
      let next = rising ? i + 1 : i - 1
      if (onGrid(next) > 0) != rising {
        let (low, high) = (min(i, next), max(i, next))
        return result(Self.bisect(grid[low].kernel, grid[high].kernel, gap))
      }
      i = next
    }
    return rising ? Phase() : result(0)
  }

  private static func grid(_ count: Int, _ range: ClosedRange<Double>) -> [Double] {
    let (low, high) = (log(range.lowerBound), log(range.upperBound))
    return (0..<count).map { exp(low + (high - low) * Double($0) / Double(count - 1)) }
  }

  private static func bisect(_ low: Double, _ high: Double, _ f: (Double) -> Double) -> Double {
    var (low, high) = (low, high)
    let sign = f(low) > 0
    for _ in 0..<100 where high - low > 1e-14 * high {
      let middle = 0.5 * (low + high)
      if (f(middle) > 0) == sign { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }
}
