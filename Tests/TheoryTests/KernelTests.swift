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
