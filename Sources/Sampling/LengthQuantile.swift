import Foundation
import NumericalMethods

/// u as a function of a standard normal z, of the same probability: the law of a squared length.
///
/// A table of log u over z with cubic Hermite interpolation; relative error below 1e-9.
struct LengthQuantile: Sendable {
  private static let reach = 9.0
  private static let count = 2048
  /// log u and its slope at equally spaced z.
  private let values: [Double]
  private let slopes: [Double]

  init(width: Int, beta: Double) {
    self.init(half: 0.5 * Double(width), beta: beta)
  }

  /// The gamma law of mean 1.
  init(shape: Double) { self.init(half: shape, beta: 0) }

  /// Density of u: u^(h - 1) exp(-h u - b u^2).
  private init(half h: Double, beta b: Double) {
    // In t = log u; the peak of the exponent solves h = h u + 2 b u^2.
    let u = 2 * h / (h + (h * h + 8 * b * h).squareRoot())
    let peak = log(u)
    // h t - h u - b u^2 above its value at the peak, which a narrow law would lose in rounding.
    func exponent(_ t: Double) -> Double {
      -h * u * exponentialRemainder(t - peak) - b * u * u * exponentialRemainder(2 * (t - peak))
    }
    let spread = 1 / (h * u + 4 * b * u * u).squareRoot()
    // Nodes dense enough for Gauss-Legendre between them, to where the density is 1e-320.
    let legendre = GaussLegendre(count: 10)
    let step = 0.1 * min(spread, 1)
    func edge(_ direction: Double) -> Int {
      var k = 1
      while exponent(peak + direction * Double(k) * step) > -735, k < 2_000_000 { k += 1 }
      return k
    }
    let (below, above) = (edge(-1), edge(1))
    let nodes = (-below...above).map { peak + step * Double($0) }
    var pieces = [Double](repeating: 0, count: nodes.count - 1)
    for k in pieces.indices {
      var sum = 0.0
      legendre.forEach(from: nodes[k], to: nodes[k + 1]) { sum += $1 * exp(exponent($0)) }
      pieces[k] = sum
    }
    // From either end, so that both tails keep their digits.
    var lower = [0.0]
    for p in pieces { lower.append(lower[lower.count - 1] + p) }
    var upper = [0.0]
    for p in pieces.reversed() { upper.append(upper[upper.count - 1] + p) }
    upper.reverse()
    let total = lower[lower.count - 1]
    var values = [Double](repeating: 0, count: Self.count + 1)
    var slopes = values
    for i in 0...Self.count {
      let z = -Self.reach + 2 * Self.reach * Double(i) / Double(Self.count)
      let isUpper = z > 0
      // Mass beyond z on its own side.
      let mass = 0.5 * erfc(abs(z) / 2.0.squareRoot()) * total
      var low = 0
      var high = nodes.count - 1
      while high - low > 1 {
        let middle = (low + high) / 2
        if isUpper ? upper[middle] > mass : lower[middle] <= mass {
          low = middle
        } else {
          high = middle
        }
      }
      // Newton's iteration within the piece.
      var t = 0.5 * (nodes[low] + nodes[high])
      for _ in 0..<60 {
        var part = 0.0
        let from = isUpper ? nodes[high] : nodes[low]
        legendre.forEach(from: from, to: t) { part += $1 * exp(exponent($0)) }
        let own = isUpper ? upper[high] - part - mass : lower[low] + part - mass
        let density = exp(exponent(t))
        guard density > 0 else { break }
        let move = (isUpper ? own : -own) / density
        t = min(nodes[high], max(nodes[low], t + move))
        if abs(move) < 1e-15 * max(1, abs(t)) { break }
      }
      values[i] = t
      // dt/dz = normal density / density of t.
      let normal = exp(-0.5 * z * z) / (2 * Double.pi).squareRoot()
      slopes[i] = normal * total / exp(exponent(t))
    }
    self.values = values
    self.slopes = slopes
  }

  func callAsFunction(_ z: Double) -> Double {
    let h = 2 * Self.reach / Double(Self.count)
    let x = min(max((z + Self.reach) / h, 0), Double(Self.count) - 1e-9)
    let i = Int(x)
    let s = x - Double(i)
    let (a, b) = (values[i], values[i + 1])
    let (p, q) = (slopes[i] * h, slopes[i + 1] * h)
    let r = 1 - s
    let value: Double = a * (1 + 2 * s) * r * r + b * s * s * (3 - 2 * s)
    return exp(value + p * s * r * r - q * s * s * r)
  }
}
