import Ensembles
import Foundation
import NumericalMethods

/// ln E exp(lambda sum_i (sum_p J_ip s_p)^2) over one hidden unit where the sources are so large that
/// the mean sits away from the bulk of the Gaussian.
///
/// All sums are of logarithms. The exponent minus u^2/2 is scanned along directions of u; an equally spaced rule
/// over the box that holds all within exp(-40) of its maximum is refined until two rules agree.
struct SourceMean {
  let unit: any HiddenUnit
  let uniformPhase: Bool
  let directions: GaussianDirections
  let sources: [[Double]]
  let lambda: Double

  /// Nodes beyond which a rule is not refined.
  static let limit = 6e6
  /// Difference of the finest two rules beyond which there is no value.
  static let tolerance = 1e-4
  /// What is below exp(-depth) of the maximum is left out.
  static let depth = 40.0

  /// lambda sum_i (sum_p J_ip s(z_p + phase))^2 - u^2 / 2.
  private func exponent(_ u: [Double], _ phase: Double) -> Double {
    var form = 0.0
    let units = directions.slopes.indices.map { p -> Double in
      var z = phase
      for (k, x) in u.enumerated() { z += directions.slopes[p][k] * x }
      return unit.value(z, variance: directions.variances[p])
    }
    for j in sources {
      var y = 0.0
      for p in units.indices { y += j[p] * units[p] }
      form += y * y
    }
    var length = 0.0
    for x in u { length += x * x }
    return lambda * form - 0.5 * length
  }

  /// - Parameter growth: of the exponent, relative to u^2/2; below 1.
  /// - Returns: the logarithm and its error; nil where the rules do not agree.
  func logarithm(growth: Double) -> (value: Double, error: Double)? {
    guard directions.count <= 3, let box = box(growth: growth) else { return nil }
    let axes = directions.count + (uniformPhase ? 1 : 0)
    var last: Double?
    var best: (value: Double, error: Double)?
    var nodes = axes <= 1 ? 400.0 : 48.0
    while pow(nodes, Double(axes)) <= Self.limit {
      let next = sum(box, Int(nodes))
      guard next.isFinite else { return nil }
      if let last {
        let change = abs(next - last)
        best = (next, change + 4 * Double.ulpOfOne * abs(next))
        if change <= 1e-13 * max(1, abs(next)) { break }
      }
      last = next
      nodes *= axes <= 1 ? 2 : axes == 2 ? 1.5 : 1.3
    }
    return best.flatMap { $0.error <= Self.tolerance + 1e-10 * abs($0.value) ? $0 : nil }
  }

  /// Where the exponent is within `depth` of its maximum, axis by axis.
  private func box(growth: Double) -> [ClosedRange<Double>]? {
    let r = directions.count
    guard r > 0 else { return [] }
    let rays = Self.rays(r)
    let phases = uniformPhase ? (0..<16).map { 2 * .pi * Double($0) / 16 } : [0]
    var found: [(place: [Double], value: Double)] = []
    var best = -Double.infinity
    func look(_ u: [Double]) {
      let value = phases.map { exponent(u, $0) }.max() ?? -.infinity
      guard value.isFinite else { return }
      best = max(best, value)
      found.append((u, value))
    }
    look([Double](repeating: 0, count: r))
    for ray in rays {
      var radius = 0.05
      // Beyond its last rise the exponent falls as -(1 - growth) u^2 / 2.
      var highest = -Double.infinity
      while radius < 1e9 {
        let u = ray.map { $0 * radius }
        look(u)
        let value = found[found.count - 1].value
        highest = max(highest, value)
        if radius > 12, value < highest - Self.depth - 0.25 * (1 - growth) * radius * radius {
          break
        }
        if radius > 12, value < highest - 1e3 { break }
        radius *= 1.12
      }
    }
    guard best.isFinite else { return nil }
    return (0..<r).map { k in
      var (low, high) = (0.0, 0.0)
      var isFirst = true
      for (u, value) in found where value > best - Self.depth {
        // A step along the ray, and one to the next ray.
        let slack = 0.5 + (r == 1 ? 0.13 : 0.2) * u.reduce(0) { $0 + $1 * $1 }.squareRoot()
        low = isFirst ? u[k] - slack : min(low, u[k] - slack)
        high = isFirst ? u[k] + slack : max(high, u[k] + slack)
        isFirst = false
      }
      return low...high
    }
  }

  private static func rays(_ r: Int) -> [[Double]] {
    switch r {
    case 1: return [[1], [-1]]
    case 2:
      return (0..<96).map { [cos(2 * .pi * Double($0) / 96), sin(2 * .pi * Double($0) / 96)] }
    default:
      // Fibonacci's spiral.
      return (0..<600).map { k in
        let z = 1 - (2 * Double(k) + 1) / 600
        let angle = 2.399963229728653 * Double(k)
        let side = (1 - z * z).squareRoot()
        return [side * cos(angle), side * sin(angle), z]
      }
    }
  }

  /// The rule with so many nodes an axis, by its logarithm.
  private func sum(_ box: [ClosedRange<Double>], _ count: Int) -> Double {
    let phases = uniformPhase ? count : 1
    let steps = box.map { ($0.upperBound - $0.lowerBound) / Double(count) }
    var (largest, total) = (-Double.infinity, 0.0)
    var u = [Double](repeating: 0, count: box.count)
    func visit(_ k: Int) {
      guard k < box.count else {
        for phase in 0..<phases {
          let value = exponent(u, 2 * .pi * Double(phase) / Double(phases))
          if value > largest {
            total = total * exp(largest - value) + 1
            largest = value
          } else {
            total += exp(value - largest)
          }
        }
        return
      }
      for i in 0..<count {
        u[k] = box[k].lowerBound + (Double(i) + 0.5) * steps[k]
        visit(k + 1)
      }
    }
    visit(0)
    let measure = steps.reduce(0) { $0 + log($1 / (2 * Double.pi).squareRoot()) }
    return largest + log(total) + measure - log(Double(phases))
  }
}
