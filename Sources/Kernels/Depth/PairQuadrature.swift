import Ensembles
import Foundation
import NumericalMethods

/// Expectations of several functions of two Gaussian pre-activations at once.
///
/// Smooth units: the equally spaced rule, nodes growing until two rules agree to 1e-12. Units with
/// kinks: Gauss-Legendre between them.
struct PairQuadrature {
  let unit: any HiddenUnit
  let a: Double
  let c: Double
  let b: Double
  private let alpha: Double
  private let beta: Double
  private let gamma: Double

  /// Covariance ((a, c), (c, b)).
  init(_ unit: any HiddenUnit, _ a: Double, _ c: Double, _ b: Double) {
    self.unit = unit
    self.a = max(0, a)
    self.c = c
    self.b = max(0, b)
    alpha = self.a.squareRoot()
    beta = alpha > 0 ? c / alpha : 0
    let rest = self.b - beta * beta
    gamma = rest > 1e-13 * self.b ? rest.squareRoot() : 0
  }

  /// Nodes of the finer rule between kinks beyond which there is no mean.
  private static let mostNodes = 2e8

  /// Whether the rules resolve a unit at these variances.
  private var isResolved: Bool {
    guard !unit.isSmooth else { return true }
    let line = 14 * (2 * GaussianRule.reach / Self.piece(alpha, b) + Double(unit.kinks.count) + 12)
    return pow(line, gamma > 0 ? 2 : 1) <= Self.mostNodes
  }

  /// The longest piece between kinks, in standard deviations.
  private static func piece(_ alpha: Double, _ b: Double) -> Double {
    1.5 / max(1, alpha, b.squareRoot())
  }

  /// Sums over nodes, not a number where pre-activations spread too widely for the rules: `payload` is evaluated at each pre-activation, once for every z_a, and
  /// `combine` adds weight times each function.
  func mean<Payload>(
    _ count: Int, payload: (_ z: Double, _ variance: Double) -> Payload,
    combine: (Payload, Payload, _ weight: Double, UnsafeMutablePointer<Double>) -> Void
  ) -> (values: [Double], error: Double) {
    var last: [Double]?
    var error = Double.infinity
    func compare(_ next: [Double]) -> Bool {
      defer { last = next }
      guard let last else { return false }
      let scale = next.reduce(0) { max($0, abs($1)) }
      error = zip(next, last).reduce(0) { max($0, abs($1.0 - $1.1)) }
      return error <= 1e-12 * scale
    }
    if unit.isSmooth {
      for nodes in [40, 60, 90, 135, 203, 305, 458, 687] {
        let rule = Self.rule(nodes)
        guard rule.resolves(spread: max(alpha, b.squareRoot())) else { continue }
        if compare(smooth(count, rule, payload, combine)) { break }
      }
    } else if isResolved {
      for nodes in [10, 14] {
        if compare(piecewise(count, GaussLegendre(count: nodes), payload, combine)) { break }
      }
    }
    return (last ?? [Double](repeating: .nan, count: count), error)
  }

  private static let rules = Dictionary(
    uniqueKeysWithValues: [40, 60, 90, 135, 203, 305, 458, 687].map {
      ($0, GaussianRule(count: $0))
    })
  private static func rule(_ count: Int) -> GaussianRule {
    rules[count] ?? GaussianRule(count: count)
  }

  private func smooth<Payload>(
    _ count: Int, _ rule: GaussianRule, _ payload: (Double, Double) -> Payload,
    _ combine: (Payload, Payload, Double, UnsafeMutablePointer<Double>) -> Void
  ) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    let (nodes, weights) = (rule.nodes, rule.weights)
    sums.withUnsafeMutableBufferPointer { out in
      for i in nodes.indices {
        let u = nodes[i]
        let first = payload(alpha * u, a)
        guard gamma > 0 else {
          combine(first, payload(beta * u, b), weights[i], out.baseAddress!)
          continue
        }
        let room = GaussianRule.reach * GaussianRule.reach - u * u
        for j in nodes.indices where nodes[j] * nodes[j] <= room {
          combine(
            first, payload(beta * u + gamma * nodes[j], b), weights[i] * weights[j],
            out.baseAddress!)
        }
      }
    }
    return sums
  }

  private func piecewise<Payload>(
    _ count: Int, _ rule: GaussLegendre, _ payload: (Double, Double) -> Payload,
    _ combine: (Payload, Payload, Double, UnsafeMutablePointer<Double>) -> Void
  ) -> [Double] {
    let normal = 1 / (2 * Double.pi).squareRoot()
    let piece = Self.piece(alpha, b)
    func split(_ cuts: [Double], _ body: (Double, Double) -> Void) {
      var from = -GaussianRule.reach
      for to in cuts.sorted() + [GaussianRule.reach] where to > from {
        let pieces = Int(((to - from) / piece).rounded(.up))
        let step = (to - from) / Double(pieces)
        for j in 0..<pieces {
          rule.forEach(from: from + Double(j) * step, to: from + Double(j + 1) * step) {
            body($0, $1 * normal * exp(-0.5 * $0 * $0))
          }
        }
        from = to
      }
    }
    func cuts(_ offset: Double, _ slope: Double) -> [Double] {
      guard abs(slope) > 1e-12 else { return [] }
      return unit.kinks.map { ($0 - offset) / slope }.filter { abs($0) < GaussianRule.reach }
    }
    var sums = [Double](repeating: 0, count: count)
    sums.withUnsafeMutableBufferPointer { out in
      // Nearly collinear inputs: the kinks of z_b sweep the inner range within a narrow strip.
      let strip =
        gamma > 0 && gamma < 0.7 * abs(beta)
        ? PiecewiseQuadrature.strip.flatMap { cuts(gamma * $0, beta) } : []
      split(cuts(0, alpha) + strip + (gamma > 0 ? [] : cuts(0, beta))) { u, w in
        let first = payload(alpha * u, a)
        guard gamma > 0 else {
          combine(first, payload(beta * u, b), w, out.baseAddress!)
          return
        }
        split(cuts(beta * u, gamma)) { v, x in
          combine(first, payload(beta * u + gamma * v, b), w * x, out.baseAddress!)
        }
      }
    }
    return sums
  }
}
