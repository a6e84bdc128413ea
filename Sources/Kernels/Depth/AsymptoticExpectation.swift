import Ensembles
import Foundation
import NumericalMethods

/// E[s(z1) s(z2)] of a smooth unit where pre-activations spread so widely that neither Hermite
/// polynomials nor nodes in standard deviations resolve the unit.
///
/// The unit is its asymptote, A(z) = below |z| + c for z < 0 and above z + c' for z > 0, whose Gaussian
/// means are closed forms, plus a rest g that lives near z = 0 and is integrated there, whatever the
/// variance. Given z1, z2 is Gaussian; z1 takes an equally spaced rule.
struct AsymptoticExpectation {
  private let unit: any HiddenUnit
  private let below: (slope: Double, offset: Double)
  private let above: (slope: Double, offset: Double)
  /// Nodes near zero with weights times g, and times s^2 - A^2.
  private let nodes: [Double]
  private let rest: [Double]
  private let squareRest: [Double]

  /// Where the unit has become its asymptote.
  private static let far = 45.0

  /// A narrow Gaussian takes a rule in its own standard deviations.
  private static let narrow = 1.5
  private static let rule = GaussianRule(count: 96)

  /// nil where the unit has no such asymptote.
  init?(_ unit: any HiddenUnit) {
    guard unit.isSmooth else { return nil }
    let slopes: (Double, Double)
    switch unit.growth {
    case .bounded: slopes = (0, 0)
    case .linear(let below, let above): slopes = (below, above)
    case .faster: return nil
    }
    let far = 300.0
    func value(_ z: Double) -> Double { unit.value(z, variance: 1) }
    let low = value(-far) - slopes.0 * far
    let high = value(far) - slopes.1 * far
    func asymptote(_ z: Double) -> Double {
      z < 0 ? -slopes.0 * z + low : slopes.1 * z + high
    }
    // The rest must have died out, and not come back.
    for z in [45.0, 60, 100, 150, 220] {
      for side in [z, -z] where abs(value(side) - asymptote(side)) > 1e-12 * (1 + abs(value(side)))
      {
        return nil
      }
    }
    self.unit = unit
    below = (slopes.0, low)
    above = (slopes.1, high)
    var nodes: [Double] = []
    var rest: [Double] = []
    var squareRest: [Double] = []
    let legendre = GaussLegendre(count: 12)
    let edges = [0, 0.7, 1.5, 2.5, 4, 6, 9, 13, 19, 29, 45.0]
    for (a, b) in zip(edges, edges.dropFirst()) {
      for sign in [-1.0, 1] {
        legendre.forEach(from: a, to: b) { z, w in
          let s = value(sign * z)
          let line = asymptote(sign * z)
          guard abs(s - line) > 1e-18 * (1 + abs(line)) else { return }
          nodes.append(sign * z)
          rest.append(w * (s - line))
          squareRest.append(w * (s - line) * (s + line))
        }
      }
    }
    self.nodes = nodes
    self.rest = rest
    self.squareRest = squareRest
  }

  /// E[s(z)], z ~ N(mu, variance).
  private func mean(_ mu: Double, _ variance: Double) -> Double {
    let sigma = variance.squareRoot()
    guard sigma > Self.narrow else {
      return Self.rule.mean { unit.value(mu + sigma * $0, variance: 1) }
    }
    let t = mu / sigma
    let upper = 0.5 * erfc(-t / 2.0.squareRoot())
    let density = exp(-0.5 * t * t) / (2 * Double.pi).squareRoot()
    let partial = sigma * density
    var sum: Double = above.slope * (mu * upper + partial) + above.offset * upper
    sum += below.slope * (partial - mu * (1 - upper)) + below.offset * (1 - upper)
    return sum + near(rest, mu, sigma)
  }

  /// sum of weights times the Gaussian density at the nodes.
  private func near(_ weights: [Double], _ mu: Double, _ sigma: Double) -> Double {
    let factor = 1 / sigma
    var sum = 0.0
    for (z, w) in zip(nodes, weights) {
      let u = (z - mu) * factor
      sum += w * exp(-0.5 * u * u)
    }
    return sum * factor / (2 * Double.pi).squareRoot()
  }

  /// E[s(z)^2] at mean zero.
  func square(_ variance: Double) -> Double {
    let sigma = variance.squareRoot()
    guard sigma > Self.narrow else {
      return Self.rule.mean { u in
        let s = unit.value(sigma * u, variance: 1)
        return s * s
      }
    }
    // E[A^2] over either half: (slope |z| + offset)^2.
    func half(_ line: (slope: Double, offset: Double)) -> Double {
      let first = sigma / (2 * Double.pi).squareRoot()
      return 0.5 * line.slope * line.slope * variance + 2 * line.slope * line.offset * first
        + 0.5 * line.offset * line.offset
    }
    return half(below) + half(above) + near(squareRest, 0, sigma)
  }

  /// E[s(z1) s(z2)], with the narrower variable as the outer one.
  func pair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double {
    guard c11 <= c22 else { return pair(c22, c12, c11) }
    guard c11 > 0 else { return unit.value(0, variance: 1) * mean(0, c22) }
    let sigma = c11.squareRoot()
    let slope = c12 / c11
    let variance = max(0, c22 - c12 * slope)
    // Given z1 the mean of the other changes over this many standard deviations of z1, around zero.
    let width = max(1, variance.squareRoot()) / max(abs(slope) * sigma, 1e-300)
    var sum = 0.0
    func add(_ u: Double, _ weight: Double) {
      let z = sigma * u
      sum += weight * unit.value(z, variance: 1) * mean(slope * z, variance)
    }
    if width > 1, sigma < 3 {
      for (u, weight) in zip(Self.outer.nodes, Self.outer.weights) { add(u, weight) }
      return sum
    }
    // Panels that double away from zero, none wider than the unit at z1 allows where it differs from its asymptote.
    let narrow = min(1, 2 / sigma)
    var from = 0.0
    var panel = 0.5 * min(width, narrow)
    while from < GaussianRule.reach {
      let to = min(GaussianRule.reach, from + panel)
      Self.legendre.forEach(from: from, to: to) { u, w in
        let weight = w * exp(-0.5 * u * u) / (2 * Double.pi).squareRoot()
        add(u, weight)
        add(-u, weight)
      }
      from = to
      panel = min(2 * panel, from * sigma < Self.far ? narrow : 1)
    }
    return sum
  }

  private static let outer = GaussianRule(count: 64)
  private static let legendre = GaussLegendre(count: 12)
}
