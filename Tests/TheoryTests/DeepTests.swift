import Combinatorics
import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Deep networks: recursions in depth")
struct DeepTests {
  static let points = try! Points([[1, 0.5, -0.3], [0.2, -0.8, 0.9]], inputs: 3)

  static func net(
    _ name: String, layers: Int, width: Int, cw: Double, cb: Double, inputs: Int = 3,
    parametrisation: Parametrisation = .standard
  ) throws -> Ensemble {
    let unit = try Activation(name)
    return try Ensemble(
      inputs: inputs, hidden: (1..<layers).map { _ in HiddenLayer(unit, width: width) },
      weights: (0..<layers).map { _ in try .gaussian(cw.squareRoot()) },
      biases: (0..<layers).map { _ in try .gaussian(cb.squareRoot()) },
      parametrisation: parametrisation)
  }

  static let pairs = Multisets(slots: 2, order: 2)

  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let layers: Int
    let n: Int
    let cw: Double
    let cb: Double
    let kernel: [Double]
    let shifted: [Double]
    let vertex: [Double]
    var testDescription: String { "\(name), L = \(layers), n = \(n), Cw = \(cw), Cb = \(cb)" }
  }

  static let table: [Row] = [
    Row(
      name: "relu", layers: 3, n: 20, cw: 2, cb: 0, kernel: [0.8933, 0.3841, 0.9933],
      shifted: [0.8933, 0.3655, 0.9933], vertex: [7.980, 1.554, 9.867]),
    Row(
      name: "relu", layers: 3, n: 50, cw: 2, cb: 0, kernel: [0.8933, 0.3841, 0.9933],
      shifted: [0.8933, 0.3767, 0.9933], vertex: [7.980, 1.554, 9.867]),
    Row(
      name: "relu", layers: 3, n: 50, cw: 1.6, cb: 0.2, kernel: [0.9454, 0.6385, 0.9966],
      shifted: [0.9454, 0.6359, 0.9966], vertex: [4.491, 1.625, 5.199]),
    Row(
      name: "tanh", layers: 3, n: 20, cw: 1.5, cb: 0.1, kernel: [0.5647, 0.1112, 0.5748],
      shifted: [0.5621, 0.1123, 0.5723], vertex: [0.2028, 0.3619, 0.2066]),
    Row(
      name: "tanh", layers: 4, n: 20, cw: 1.5, cb: 0.1, kernel: [0.5406, 0.1830, 0.5451],
      shifted: [0.5364, 0.1852, 0.5409], vertex: [0.1995, 0.3979, 0.2011]),
    Row(
      name: "erf", layers: 3, n: 20, cw: 1.3, cb: 0.1, kernel: [0.5809, 0.1216, 0.5899],
      shifted: [0.5783, 0.1228, 0.5873], vertex: [0.1967, 0.3826, 0.1990]),
  ]

  @Test("kernel, mean shift and four-point vertex of two inputs", arguments: table)
  func tabulated(row: Row) throws {
    let net = try Self.net(row.name, layers: row.layers, width: row.n, cw: row.cw, cb: row.cb)
    let last = try #require(
      try WidthExpansion(net, points: Self.points, options: .init(vertex: true, shift: true))
        .layers.last)
    let (vertex, shift) = (try #require(last.vertex), try #require(last.shift))
    for (p, pair) in Self.pairs.tuples.enumerated() {
      let k = last.kernel[pair[0], pair[1]]
      #expect(abs(k - row.kernel[p]) < 5.1e-5)
      #expect(abs(k + shift[pair[0], pair[1]] - row.shifted[p]) < 5.1e-5)
      #expect(abs(vertex[p, p] - row.vertex[p]) < (row.vertex[p] > 1 ? 5.1e-4 : 5.1e-5))
    }
  }

  @Test("tangent kernels of two inputs, three weight layers")
  func tangent() throws {
    for (name, cw, cb, diagonal, mixed, digits) in [
      ("relu", 2, 0, 4.340, 1.974, 5e-4), ("tanh", 1.5, 0.1, 3.3446, 2.0487, 5e-5),
      ("erf", 1.3, 0.1, 3.7211, 2.1427, 5e-5),
    ] {
      let net = try Self.net(name, layers: 3, width: 10, cw: cw, cb: cb)
      let theta = try InfiniteWidthKernel(net, points: Self.points, tangent: .init()).tangent[2]
      #expect(abs(theta[0, 0] - diagonal) <= digits && abs(theta[0, 1] - mixed) <= digits)
    }
  }

  @Test("learning rates apart, and the NTK parametrisation")
  func rates() throws {
    let points = Self.points
    let net = try Self.net("erf", layers: 3, width: 7, cw: 1.3, cb: 0.1)
    func theta(_ net: Ensemble, _ rates: InfiniteWidthKernel.LearningRates) throws -> Double {
      try InfiniteWidthKernel(net, points: points, tangent: rates).tangent[2][0, 1]
    }
    // The tangent kernel is linear in the rates.
    let both = try theta(net, .init(biases: 0.3, weights: 2))
    let parts =
      0.3 * (try theta(net, .init(biases: 1, weights: 0)))
      + 2 * (try theta(net, .init(biases: 0, weights: 1)))
    #expect(abs(both - parts) < 1e-13)
    let ntk = try Self.net("erf", layers: 3, width: 7, cw: 1.3, cb: 0.1, parametrisation: .ntk)
    #expect(
      abs(try theta(ntk, .init()) - (try theta(net, .init(biases: 0.1, weights: 1.3)))) < 1e-13)
  }

  @Test("critical nets: V/K^2 of relu is 5(l-1), of linear 2(l-1), of tanh near (2/3) l")
  func critical() throws {
    let one = try Points([[1.0]], inputs: 1)
    for (name, slope, cw) in [("relu", 5.0, 2.0), ("linear", 2.0, 1.0)] {
      let net = try Self.net(name, layers: 30, width: 9, cw: cw, cb: 0, inputs: 1)
      let layers = try WidthExpansion(net, points: one, options: .init(vertex: true)).layers
      for layer in layers {
        let ratio = layer.vertex![0, 0] / (layer.kernel[0, 0] * layer.kernel[0, 0])
        #expect(abs(ratio - slope * Double(layer.layer - 1)) < 1e-9)
      }
    }
    let net = try Self.net("tanh", layers: 1600, width: 9, cw: 1, cb: 0, inputs: 1)
    let half = try Points([[(0.5).squareRoot()]], inputs: 1)
    let layers = try WidthExpansion(net, points: half, options: .init(vertex: true)).layers
    for (l, expected) in [(20, 0.620), (100, 0.652), (400, 0.6621), (1600, 0.6653)] {
      let layer = layers[l - 1]
      let ratio = layer.vertex![0, 0] / (layer.kernel[0, 0] * layer.kernel[0, 0])
      #expect(abs(ratio / Double(l) - expected) < (l >= 400 ? 6e-5 : 6e-4), "l = \(l)")
    }
  }

  @Test("six-point vertex of a single input, n = 40, L = 3, K^(1) = 0.9")
  func sixPoint() throws {
    for (name, cw, cb, expected) in [
      ("tanh", 1.5, 0.1, 0.07826), ("erf", 1.3, 0.1, 0.05007),
    ] {
      let x = ((0.9 - cb) / cw).squareRoot()
      let net = try Self.net(name, layers: 3, width: 40, cw: cw, cb: cb, inputs: 1)
      let points = try Points([[x]], inputs: 1)
      let last = try WidthExpansion(net, points: points, options: .init(sixPoint: true))
        .layers.last!
      #expect(abs(1600 * last.sixPoint![0] - expected) < 5.1e-6)
    }
  }

  @Test("relu at finite width: n[(1+5/n)^2 - 1]/10 = 1.25, 1.125, 1.0625, ... times V")
  func reluFiniteWidth() throws {
    for n in [10, 20, 40, 80, 160] {
      let net = try Self.net("relu", layers: 3, width: n, cw: 2, cb: 0)
      let exact = try #require(ExactWidth(net, points: Self.points))
      let vertex = try WidthExpansion(net, points: Self.points, options: .init(vertex: true))
        .layers[2].vertex![0, 0]
      let variance = try #require(exact.covariance(0, 0, 0, 0))
      let w = Double(n)
      #expect(abs(w * variance / vertex - w * ((1 + 5 / w) * (1 + 5 / w) - 1) / 10) < 1e-12)
    }
  }

  @Test("(leaky-)relu and linear nets: the product over layers, unequal widths")
  func products() throws {
    for (activation, r) in [
      (try Activation("relu"), 5.0), (try Activation("linear"), 2),
      (try Activation("leaky-relu", slope: 0.3), 3 * 2 * (1 + 0.0081) / (1.09 * 1.09) - 1),
    ] {
      let widths = [7, 20, 3, 11]
      let net = try Ensemble(
        inputs: 3, hidden: widths.map { HiddenLayer(activation, width: $0) },
        weights: (0..<5).map { _ in try .gaussian(1.2) },
        biases: (0..<5).map { _ in try .gaussian(0) })
      let exact = try #require(ExactWidth(net, points: Self.points))
      let m = try #require(exact.mean(1, 1))
      let ratio = 1 + (try #require(exact.covariance(1, 1, 1, 1))) / (m * m)
      let product = widths.reduce(1.0) { $0 * (1 + r / Double($1)) }
      #expect(abs(ratio / product - 1) < 1e-12)
    }
  }

  @Test("a linear net: the exact covariance tends to V, and the single-input recursion agrees")
  func linear() throws {
    let net = try Self.net("linear", layers: 4, width: 60_000, cw: 1.1, cb: 0.3)
    let exact = try #require(ExactWidth(net, points: Self.points))
    let last = try WidthExpansion(
      net, points: Self.points, options: .init(vertex: true, shift: true)
    ).layers[3]
    for (p, x) in Self.pairs.tuples.enumerated() {
      #expect(abs(exact.mean(x[0], x[1])! - last.kernel[x[0], x[1]]) < 1e-12)
      #expect(abs(last.shift![x[0], x[1]]) < 1e-15)
      for (q, y) in Self.pairs.tuples.enumerated() {
        let v = 6e4 * exact.covariance(x[0], x[1], y[0], y[1])!
        #expect(abs(v - last.vertex![p, q]) < 1e-4 * (1 + abs(v)))
      }
    }
  }

  @Test("derivatives of <s s> against differences of it", arguments: Activation.names)
  func derivatives(name: String) throws {
    let unit = try Activation(name).unit
    try check(unit, name)
  }

  @Test("and of formulas, smooth and with kinks", arguments: ["x*tanh(x)", "abs(x - 0.4) + 0.3*x"])
  func formulaDerivatives(text: String) throws {
    try check(FormulaUnit(Formula(text)), text)
  }

  private func check(_ unit: any HiddenUnit, _ name: String) throws {
    guard name != "gauss" else { return }
    let (a, c, b) = (0.8, 0.3, 1.1)
    func f(_ a: Double, _ c: Double, _ b: Double) throws -> Double {
      let matrix = SymmetricMatrix(count: 2) { $0 != $1 ? c : $0 == 0 ? a : b }
      return try UnitMoments.gaussian(unit, covariance: matrix, order: 2).values[2][1]
    }
    let d = try PairDerivatives.at(unit, a, c, b)
    let h = 1e-3
    let first = [
      (try f(a + h, c, b) - f(a - h, c, b)) / (2 * h),
      (try f(a, c + h, b) - f(a, c - h, b)) / (2 * h),
      (try f(a, c, b + h) - f(a, c, b - h)) / (2 * h),
    ]
    for i in 0..<3 { #expect(abs(d.first[i] - first[i]) < 3e-6 * max(1, abs(first[i])), "\(name)") }
    let at = try f(a, c, b)
    let second: [(Int, Int, Double)] = [
      (0, 0, (try f(a + h, c, b) + f(a - h, c, b) - 2 * at) / (h * h)),
      (1, 1, (try f(a, c + h, b) + f(a, c - h, b) - 2 * at) / (h * h)),
      (2, 2, (try f(a, c, b + h) + f(a, c, b - h) - 2 * at) / (h * h)),
      (
        0, 1,
        (try f(a + h, c + h, b) - f(a + h, c - h, b) - f(a - h, c + h, b) + f(a - h, c - h, b))
          / (4 * h * h)
      ),
      (
        0, 2,
        (try f(a + h, c, b + h) - f(a + h, c, b - h) - f(a - h, c, b + h) + f(a - h, c, b - h))
          / (4 * h * h)
      ),
    ]
    for (i, j, value) in second {
      #expect(abs(d.second![i][j] - value) < 2e-5 * max(1, abs(value)), "\(name) \(i) \(j)")
      #expect(d.second![i][j] == d.second![j][i])
    }
  }
}
