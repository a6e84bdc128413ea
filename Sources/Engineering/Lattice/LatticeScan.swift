import Foundation
import NumericalMethods
import Statistics

/// phi^4 on tori of several sizes over a range of m^2 at one coupling: where Binder's cumulants of two sizes cross
/// lies the transition.
public struct LatticeScan: Sendable {
  public struct Point: Sendable, Codable {
    public var size: Int
    public var mass_squared: Double
    public var binder: Estimate
    public var susceptibility: Estimate
    public var magnetisation: Estimate
    public var correlation_length: Estimate?
    public var trajectories: Int
    public var warnings: [String]
  }

  /// Where the cumulants of two sizes are equal, by cubics through the four values of m^2 around the place where
  /// their order changes; nil where it does not. Errors come from values moved by their errors.
  public struct Crossing: Sendable, Codable {
    public var sizes: [Int]
    public var mass_squared: Estimate?
    public var binder: Estimate?
    /// lambda/mu^2 in two dimensions, mu^2 = m^2 + (lambda/2) int d^2k/(2 pi)^2 1/(khat^2 + mu^2) the mass
    /// without its tadpole: 66.658(13) in the continuum (arXiv:2512.16536).
    public var coupling_ratio: Estimate?
    /// Share of the moved values that cross.
    public var found: Double
  }

  public struct Found: Sendable, Codable {
    public var points: [Point]
    public var crossings: [Crossing]
  }

  public let dimension: Int
  public let coupling: Double
  public let sizes: [Int]
  public let masses: [Double]
  public let settings: LatticeHMC.Settings

  /// - Throws: `ScalarLattice.Refused` for sizes or couplings out of range, or fewer than three masses.
  public init(
    dimension: Int, coupling: Double, sizes: [Int], masses: [Double],
    settings: LatticeHMC.Settings = LatticeHMC.Settings()
  ) throws(ScalarLattice.Refused) {
    guard masses.count >= 3, Set(masses).count == masses.count, !sizes.isEmpty else {
      throw ScalarLattice.Refused(
        description: "a scan needs a size and at least three values of m^2")
    }
    for size in sizes {
      for m in masses {
        _ = try ScalarLattice(
          dimension: dimension, size: size, massSquared: m, coupling: coupling)
      }
    }
    self.dimension = dimension
    self.coupling = coupling
    self.sizes = Array(Set(sizes)).sorted()
    self.masses = masses.sorted()
    self.settings = settings
  }

  /// - Throws: as `LatticeHMC.run`.
  public func run(
    threads: Int? = nil, checkpoints: String? = nil,
    stop: @escaping @Sendable () -> Bool = { false }, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> Found {
    var points: [Point] = []
    let total = sizes.count * masses.count
    for size in sizes {
      for m in masses {
        progress(points.count, total)
        let lattice = try ScalarLattice(
          dimension: dimension, size: size, massSquared: m, coupling: coupling)
        let run = try LatticeHMC(lattice, settings: settings).run(
          threads: threads, checkpoints: checkpoints, stop: stop)
        func estimate(_ v: LatticeObservables.Value) -> Estimate {
          Estimate(value: v.value, error: v.error)
        }
        let o = run.observables
        points.append(
          Point(
            size: size, mass_squared: m, binder: estimate(o.binder),
            susceptibility: estimate(o.susceptibility), magnetisation: estimate(o.magnetisation),
            correlation_length: o.correlation_length.map(estimate),
            trajectories: run.trajectories, warnings: run.warnings))
      }
    }
    progress(total, total)
    return analyse(points)
  }

  /// Crossings of finished points.
  func analyse(_ points: [Point]) -> Found {
    var random = SeededGenerator(seed: settings.seed, stream: "crossings")
    let crossings = zip(sizes, sizes.dropFirst()).map { a, b -> Crossing in
      func values(_ size: Int) -> [Estimate] {
        points.filter { $0.size == size }.sorted { $0.mass_squared < $1.mass_squared }
          .map(\.binder)
      }
      let (first, second) = (values(a), values(b))
      let centre = crossing(first.map { $0.value ?? 0 }, second.map { $0.value ?? 0 })
      func move(_ e: Estimate) -> Double { (e.value ?? 0) + random.normal() * (e.error ?? 0) }
      let others = (0..<400).compactMap { _ in crossing(first.map(move), second.map(move)) }
      func spread(_ f: ((mass: Double, binder: Double)) -> Double) -> Double? {
        guard others.count > 40 else { return nil }
        let values = others.map(f)
        let mean = values.reduce(0, +) / Double(values.count)
        return
          (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1))
          .squareRoot()
      }
      return Crossing(
        sizes: [a, b],
        mass_squared: centre.map { Estimate(value: $0.mass, error: spread { $0.mass }) },
        binder: centre.map { Estimate(value: $0.binder, error: spread { $0.binder }) },
        coupling_ratio: dimension == 2
          ? centre.flatMap { c in
            Self.couplingRatio(massSquared: c.mass, coupling: coupling).map { ratio in
              Estimate(
                value: ratio,
                error: spread {
                  Self.couplingRatio(massSquared: $0.mass, coupling: coupling) ?? ratio
                })
            }
          } : nil,
        found: Double(others.count) / 400)
    }
    return Found(points: points, crossings: crossings)
  }

  /// From cumulants at all masses, ascending. Below the transition in m^2 the larger size has the larger one.
  private func crossing(_ a: [Double], _ b: [Double]) -> (mass: Double, binder: Double)? {
    let gap = zip(a, b).map { $1 - $0 }
    // The last change from above to below, so that noise deep in the ordered phase does not count.
    guard let at = gap.indices.dropLast().last(where: { gap[$0] >= 0 && gap[$0 + 1] < 0 }) else {
      return nil
    }
    let start = max(0, min(at - 1, masses.count - 4))
    let near = start..<min(masses.count, start + 4)
    func interpolate(_ values: [Double], _ x: Double) -> Double {
      near.reduce(0) { sum, i in
        near.filter { $0 != i }.reduce(values[i]) {
          $0 * (x - masses[$1]) / (masses[i] - masses[$1])
        } + sum
      }
    }
    var (low, high) = (masses[at], masses[at + 1])
    for _ in 0..<60 {
      let centre = 0.5 * (low + high)
      if interpolate(b, centre) >= interpolate(a, centre) { low = centre } else { high = centre }
    }
    return (low, interpolate(a, low))
  }

  /// lambda/mu^2 of two dimensions; nil where mu^2 would not be positive.
  public static func couplingRatio(massSquared: Double, coupling: Double) -> Double? {
    func tadpole(_ mu2: Double) -> Double {
      // int dk/(2 pi) 1/(a - 2 cos k) = 1/sqrt(a^2 - 4).
      let nodes = 64 + Int(60 / mu2.squareRoot())
      var sum = 0.0
      for j in 0..<nodes {
        let a = 4 + mu2 - 2 * cos(2 * Double.pi * (Double(j) + 0.5) / Double(nodes))
        sum += 1 / (a * a - 4).squareRoot()
      }
      return sum / Double(nodes)
    }
    func excess(_ mu2: Double) -> Double { mu2 - massSquared - 0.5 * coupling * tadpole(mu2) }
    var (low, high) = (1e-8, 1e4)
    guard excess(low) < 0, excess(high) > 0 else { return nil }
    for _ in 0..<200 {
      let centre = (low * high).squareRoot()
      if excess(centre) < 0 { low = centre } else { high = centre }
    }
    return coupling / low
  }
}
