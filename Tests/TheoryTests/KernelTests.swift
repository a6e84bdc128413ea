import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Infinite-width kernels")
struct KernelTests {
  private func kernel(_ name: String, sb: Double, sw: Double, _ x: [Double], _ y: [Double]) throws
    -> Double
  {
    let ensemble = try Ensemble(
      name, inputs: x.count, width: 7, weightSigma: sw, biasSigma: sb)
    return try InfiniteWidthKernel(ensemble, points: Points([x, y], inputs: x.count)).matrix[0, 1]
  }

  @Test("published and computed values to eight digits")
  func values() throws {
    let cases: [(String, Double, Double, [Double], [Double], Double)] = [
      ("erf", 1, 1, [0.2], [0.6], 1.46038131), ("erf", 1, 1, [-1], [1], 1),
      ("erf", 1, 1, [1, -1], [1, 1], 1.26197976), ("gauss", 1, 1, [-0.01], [0.01], 1.99980002),
      ("gauss", 1, 1, [0.01, -0.01], [0.01, 0.01], 1.99990000),
      ("relu", 0, 1, [0.2], [0.6], 0.06), ("relu", 0, 1, [0.5, 1], [1, 0.5], 0.25847491),
      ("relu", 0, 1, [0.2, 0.2, 0.2], [1, 1, 0.2], 0.07424999),
      ("relu", 1, 1, [0.2], [0.6], 1.56251675), ("erf", 0.5, 1.5, [0.2], [0.6], 0.92542808),
      ("relu", 0.5, 1.5, [-0.3], [0.8], 0.41740968),
      ("gauss", 0.5, 1.5, [0.2, 0.3], [-0.1, 0.4], 2.37693126),
    ]
    for (name, sb, sw, x, y, value) in cases {
      #expect(abs(try kernel(name, sb: sb, sw: sw, x, y) - value) < 6e-9, "\(name) \(x) \(y)")
    }
  }

  @Test("closed forms agree with quadrature", arguments: ["erf", "cos", "sin", "linear", "gauss"])
  func closedForms(name: String) throws {
    struct Plain: HiddenUnit {
      static var name: String { "plain" }
      static var vectorCode: Int32 { 0 }
      let unit: any HiddenUnit
      func value(_ z: Double, variance: Double) -> Double { unit.value(z, variance: variance) }
      func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
        unit.series(z, variance: variance)
      }
    }
    let unit = try Activation(name).unit
    for (a, b, c) in [(0.8, 0.3, 1.4), (1.0, -0.9, 1.0), (0.5, 0.5, 0.5), (2.0, 0.0, 0.1)] {
      let matrix = SymmetricMatrix(count: 2) { $0 != $1 ? b : $0 == 0 ? a : c }
      let numeric = try UnitMoments.gaussian(Plain(unit: unit), covariance: matrix, order: 2)
      #expect(numeric.method == .quadrature)
      #expect(abs(unit.gaussianPair(a, b, c)! - numeric.values[2][1]) < 1e-12)
    }
  }

  @Test("the kernel of a deep erf-net: two layers of the recursion by hand")
  func deep() throws {
    let unit = try Activation("erf")
    let ensemble = try Ensemble(
      inputs: 1, hidden: [HiddenLayer(unit, width: 3), HiddenLayer(unit, width: 4)],
      weights: [.gaussian(1.1), .gaussian(1.2), .gaussian(1.3)],
      biases: [.gaussian(0.1), .gaussian(0.2), .gaussian(0.3)])
    let points = try Points.line(0.4, -0.7)
    let layers = try InfiniteWidthKernel(ensemble, points: points).layers
    #expect(layers.count == 3)
    let arcsine = { (k: SymmetricMatrix, i: Int, j: Int) in
      2 / Double.pi * asin(2 * k[i, j] / ((1 + 2 * k[i, i]) * (1 + 2 * k[j, j])).squareRoot())
    }
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
      #expect(abs(layers[0][i, j] - (0.01 + 1.21 * points[i][0] * points[j][0])) < 1e-15)
      #expect(abs(layers[1][i, j] - (0.04 + 1.44 * arcsine(layers[0], i, j))) < 1e-15)
      #expect(abs(layers[2][i, j] - (0.09 + 1.69 * arcsine(layers[1], i, j))) < 1e-15)
    }
  }

  @Test("refused where pre-activations are not Gaussian")
  func refused() throws {
    let ensemble = try Ensemble(
      inputs: 1, hidden: [HiddenLayer(Activation("tanh"), width: 3)],
      weights: [Density(.uniform, sigma: 1), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)])
    #expect(throws: InfiniteWidthKernel.Unavailable.self) {
      try InfiniteWidthKernel(ensemble, points: .line(0.1, 0.2))
    }
  }

  @Test(
    "Hermite expansions agree with quadrature, at any spread",
    arguments: ["tanh", "gelu", "softplus"])
  func expansions(name: String) throws {
    let unit = try Activation(name).unit
    for sigma in [0.3, 1, 1.3, 2.2, 4] {
      // Many points of many variances at once, so that the largest sets the number of terms.
      let points = try Points((0..<40).map { [0.05 * Double($0) - 0.9] }, inputs: 1)
      let ensemble = try Ensemble(name, width: 1, weightSigma: sigma, biasSigma: 0.3)
      let kernel = try InfiniteWidthKernel(ensemble, points: points)
      #expect(kernel.error < 1e-9)
      for (i, j) in [(0, 0), (0, 39), (3, 17), (18, 19)] {
        let matrix = SymmetricMatrix(count: 2) {
          kernel.layers[0][$0 == 0 ? i : j, $1 == 0 ? i : j]
        }
        let pair = try UnitMoments.gaussian(unit, covariance: matrix, order: 2)
        let value = 0.09 + sigma * sigma * pair.values[2][i == j ? 0 : 1]
        #expect(abs(kernel.matrix[i, j] - value) < max(kernel.error, 1e-12 * value))
      }
    }
  }
}

@Suite("Kernels between few points and many")
struct CrossKernelTests {
  @Test("The same numbers as the full kernel, for every activation and depth")
  func agreement() throws {
    let x = [[0.4, -0.3], [1.1, 0.7]]
    let y = (0..<7).map { k in [2 * cos(Double(k)), 0.4 * Double(k) * sin(Double(3 * k))] }
    for name in Activation.names {
      for depth in 1...(name == "gauss" ? 1 : 2) {
        let unit = try Activation(name)
        let phase = name == "cos"
        let ensemble = try Ensemble(
          inputs: 2, hidden: [HiddenLayer](repeating: HiddenLayer(unit, width: 5), count: depth),
          weights: [Density](repeating: try .gaussian(1.2), count: depth + 1),
          biases: try (0..<depth).map { _ in try phase ? Ensemble.uniformPhase() : .gaussian(0.4) }
            + [.gaussian(0.3)])
        let full = try InfiniteWidthKernel(ensemble, points: Points(valid: x + y)).matrix
        for bias in [true, false] {
          let values = try CrossKernel(ensemble, points: Points(valid: x), outputBias: bias)
            .values(at: y.flatMap { $0 })
          let shift = bias ? 0 : 0.09
          for q in y.indices {
            for p in x.indices {
              #expect(abs(values.cross[p][q] + shift - full[p, 2 + q]) < 1e-10, "\(name)")
            }
            #expect(abs(values.diagonal[q] + shift - full[2 + q, 2 + q]) < 1e-10, "\(name)")
          }
        }
      }
    }
  }

  @Test("Far away, where units look like their asymptotes: against brute force")
  func spread() throws {
    let rule = GaussLegendre(count: 30)
    for (name, bias) in [("tanh", 0.5), ("softplus", 0.3), ("gelu", 0.7), ("tanh", 0)] {
      let ensemble = try Ensemble(name, width: 3, weightSigma: 1.2, biasSigma: bias)
      let unit = ensemble.hidden[0].activation.unit
      for y in [12.0, -40, 300] {
        let values = try CrossKernel(ensemble, points: Points(valid: [[0.6]]), outputBias: false)
          .values(at: [y])
        // Two independent parameters, the weight and the bias, panel by panel.
        func mean(_ f: (Double, Double) -> Double) -> Double {
          func panels(_ scale: Double) -> [(Double, Double)] {
            let count = Int(18 * scale) + 18
            return (0..<count).map { (-9 + 18 * Double($0) / Double(count), 18 / Double(count)) }
          }
          var sum = 0.0
          for (a, width) in panels(1.2 * abs(y)) {
            rule.forEach(from: a, to: a + width) { u, wu in
              let du = wu * exp(-0.5 * u * u) / (2 * Double.pi).squareRoot()
              guard bias > 0 else {
                sum += du * f(1.2 * u, 0)
                return
              }
              for (b, other) in panels(0) {
                rule.forEach(from: b, to: b + other) { v, wv in
                  sum +=
                    du * wv * exp(-0.5 * v * v) / (2 * Double.pi).squareRoot()
                    * f(1.2 * u, bias * v)
                }
              }
            }
          }
          return sum
        }
        func s(_ z: Double) -> Double { unit.value(z, variance: 1) }
        // Bounded cost: the far point only where it is cheap.
        guard bias == 0 || abs(y) < 50 else { continue }
        let cross = 1.44 * mean { w, b in s(0.6 * w + b) * s(y * w + b) }
        let square = 1.44 * mean { w, b in s(y * w + b) * s(y * w + b) }
        #expect(relativeDifference(values.cross[0][0], cross) < 1e-9, "\(name) at \(y)")
        #expect(relativeDifference(values.diagonal[0], square) < 1e-9, "\(name) at \(y)")
      }
    }
  }
}
