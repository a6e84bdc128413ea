import Ensembles
import Foundation
import NumericalMethods

/// A quadrature rule over the law of one hidden unit at several points: weights, and the unit at
/// every point for each node.
///
/// Homogeneous units (linear, relu, leaky-relu) at up to three directions have nodes on the unit
/// sphere of directions, their length integrated in closed form.
struct UnitNodes {
  let points: Int
  let weights: [Double]
  /// `units[node * points + p]`.
  let units: [Double]
  /// Directions of the sphere the nodes lie on; nil for nodes of the Gaussian itself.
  let sphere: Int?

  /// How fine: the error of what is computed is the difference between the two.
  enum Resolution { case coarse, fine }

  /// Nodes of a product rule beyond which an ensemble is refused.
  static let most = 2e7

  /// Nodes along each axis of the product rule.
  private static func line(
    _ unit: any HiddenUnit, _ directions: GaussianDirections, fine: Bool, stretch: Double
  ) -> Double {
    let place = max(1, min(3, directions.count)) - 1
    let base: Double = unit.isSmooth ? [200, 64, 40][place] : [200, 400, 90][place]
    let needed = 2 * GaussianRule.reach * stretch * max(1, directions.spread) + 1
    return max(base, needed) * (fine ? 1.3 : 1) * max(1, stretch)
  }

  /// Whether the finer rule has no more than `most` nodes.
  static func areFew(
    _ unit: any HiddenUnit, covariance: SymmetricMatrix, stretch: Double = 1
  ) -> Bool {
    let directions = GaussianDirections(covariance)
    guard directions.count <= 3, !(unit.isHomogeneous && directions.count <= 2 && stretch == 1)
    else { return true }
    let line = line(unit, directions, fine: true, stretch: stretch)
    // Between kinks in one direction, pieces of a standard deviation have 16 nodes.
    let factor = directions.count == 1 && !unit.isSmooth ? 16 : 1.0
    return factor * pow(line, Double(directions.count)) <= most
  }

  /// - Parameter stretch: factor on the reach of the rule, for integrands that grow.
  /// - Parameter radial: whether lengths may be integrated in closed form.
  init(
    _ unit: any HiddenUnit, uniformPhase: Bool, covariance: SymmetricMatrix,
    resolution: Resolution, stretch: Double = 1, radial: Bool = true
  ) {
    let directions = GaussianDirections(covariance)
    let points = covariance.count
    var weights: [Double] = []
    var units: [Double] = []
    let variances = directions.variances
    let fine = resolution == .fine
    func add(_ weight: Double, _ u: [Double], _ phase: Double = 0) {
      weights.append(weight)
      for p in 0..<points {
        var z = phase
        for (k, x) in u.enumerated() { z += directions.slopes[p][k] * x }
        units.append(unit.value(z, variance: variances[p]))
      }
    }
    self.points = points
    let r = directions.count
    if radial, unit.isHomogeneous, r <= 2, r >= 1 {
      sphere = r
      Self.sphere(directions, fine: fine) { add($1, $0) }
    } else if r <= 3 {
      sphere = nil
      let phases = uniformPhase ? (fine ? 48 : 40) : 1
      Self.gaussian(unit, directions, fine: fine, stretch: stretch) { u, weight in
        for k in 0..<phases {
          add(weight / Double(phases), u, 2 * .pi * Double(k) / Double(phases))
        }
      }
    } else {
      // The two resolutions are two independent shifts of a lattice.
      sphere = nil
      let count = 1 << 16
      let rule = LatticeRule(dimensions: r + 1, count: count, replicate: fine ? 0 : 1)
      var u = [Double](repeating: 0, count: r + 1)
      for i in 0..<count {
        rule.normals(i, into: &u)
        let phase = uniformPhase ? Double.pi * erfc(-u[r] / 2.0.squareRoot()) : 0
        add(1 / Double(count), Array(u.prefix(r)), phase)
      }
    }
    self.weights = weights
    self.units = units
  }

  /// Directions on the circle (or the two ends of a line), split where a unit has its kink.
  private static func sphere(
    _ directions: GaussianDirections, fine: Bool, _ body: ([Double], Double) -> Void
  ) {
    guard directions.count == 2 else {
      body([1], 0.5)
      body([-1], 0.5)
      return
    }
    let turn = 2 * Double.pi
    var cuts = directions.slopes.flatMap { slope -> [Double] in
      guard slope[0] != 0 || slope[1] != 0 else { return [] }
      let angle = atan2(slope[1], slope[0]) + 0.5 * .pi
      return [angle, angle + .pi].map { $0 - turn * ($0 / turn).rounded(.down) }
    }
    cuts = (cuts + [0, 0.5 * .pi, .pi, 1.5 * .pi, turn]).sorted()
    let rule = GaussLegendre(count: fine ? 40 : 28)
    for (from, to) in zip(cuts, cuts.dropFirst()) where to > from {
      rule.forEach(from: from, to: to) { body([cos($0), sin($0)], $1 / turn) }
    }
  }

  /// The product rule over independent normals: equally spaced, or between kinks along each axis
  /// where there is one direction.
  private static func gaussian(
    _ unit: any HiddenUnit, _ directions: GaussianDirections, fine: Bool, stretch: Double,
    _ body: ([Double], Double) -> Void
  ) {
    let r = directions.count
    let reach = GaussianRule.reach * stretch
    let normal = 1 / (2 * Double.pi).squareRoot()
    var nodes: [(Double, Double)] = []
    if r == 1, !unit.isSmooth {
      let rule = GaussLegendre(count: fine ? 16 : 12)
      let cuts = directions.slopes.flatMap { slope in
        slope[0] == 0 ? [] : unit.kinks.map { $0 / slope[0] }
      }.filter { abs($0) < reach }.sorted()
      var from = -reach
      for to in cuts + [reach] where to > from {
        let pieces = Int(((to - from) * max(1, directions.spread)).rounded(.up))
        for j in 0..<pieces {
          rule.forEach(
            from: from + (to - from) * Double(j) / Double(pieces),
            to: from + (to - from) * Double(j + 1) / Double(pieces)
          ) { nodes.append(($0, $1 * normal * exp(-0.5 * $0 * $0))) }
        }
        from = to
      }
    } else {
      // Kinks in two or three directions: a finer grid, whose error shows between resolutions.
      let count = Int(line(unit, directions, fine: fine, stretch: stretch))
      let step = 2 * reach / Double(count - 1)
      nodes = (0..<count).map { i in
        let u = -reach + step * Double(i)
        return (u, step * normal * exp(-0.5 * u * u))
      }
    }
    func visit(_ u: [Double], _ weight: Double, _ radius: Double) {
      guard u.count < r else {
        body(u, weight)
        return
      }
      for (x, w) in nodes where radius + x * x <= reach * reach {
        visit(u + [x], weight * w, radius + x * x)
      }
    }
    visit([], 1, 0)
  }

  /// ln E exp(+-lambda sum (sum_p J_p s_p)^2) over units, the exponents of several sets of sources added, as a
  /// sum of logarithms; with the largest exponent at a node, and the largest share of one node in the mean. nil
  /// where the mean is infinite.
  func logMeanExponential(
    _ sources: [[Double]], lambda: Double, growing: Bool
  ) -> (value: Double, exponent: Double, share: Double)? {
    var (largest, total, steepest) = (-Double.infinity, 0.0, 0.0)
    // E of the exponential minus 1, which alone keeps its digits at small sources.
    var (rest, highest) = (0.0, 0.0)
    for (k, w) in weights.enumerated() where w > 0 {
      var form = 0.0
      for j in sources {
        var y = 0.0
        for p in 0..<points { y += j[p] * units[k * points + p] }
        form += y * y
      }
      let exponent: Double
      if let sphere {
        // E over a length: (1 -+ 2 lambda form)^(-r/2).
        let change = growing ? -2 * lambda * form : 2 * lambda * form
        guard change > -1 else { return nil }
        exponent = -0.5 * Double(sphere) * log1p(change)
      } else {
        exponent = growing ? lambda * form : -lambda * form
        steepest = max(steepest, abs(exponent))
      }
      highest = max(highest, abs(exponent))
      if highest < 0.5 { rest += w * expm1(exponent) }
      let value = log(w) + exponent
      if value > largest {
        total = total * exp(largest - value) + 1
        largest = value
      } else {
        total += exp(value - largest)
      }
    }
    return (highest < 0.5 ? log1p(rest) : largest + log(total), steepest, 1 / total)
  }

  /// E exp(-lambda sum (sum_p t_p s_p)^2), of exponents that only fall.
  func meanDecay(_ sources: [[Double]], lambda: Double) -> Double {
    var sum = 0.0
    for (k, w) in weights.enumerated() {
      var form = 0.0
      for j in sources {
        var y = 0.0
        for p in 0..<points { y += j[p] * units[k * points + p] }
        form += y * y
      }
      if let sphere {
        sum += w * pow(1 + 2 * lambda * form, -0.5 * Double(sphere))
      } else {
        sum += w * exp(-lambda * form)
      }
    }
    return sum
  }
}
