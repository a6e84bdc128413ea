import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Vertex integrals and diagrams on a kernel")
struct IntegralTests {
  /// A linear net with hidden biases: K_W = so^2 (sb^2 + sw^2 x.y / d), so that integrals over boxes
  /// are polynomials.
  private func linear(_ d: Int, bias: Double) throws -> Ensemble {
    try Ensemble(
      inputs: d, hidden: [HiddenLayer(try Activation("linear"), width: 3)],
      weights: [.gaussian(1.3), .gaussian(0.8)], biases: [.gaussian(bias), .gaussian(0.4)])
  }

  /// Tensor Gauss-Legendre of a polynomial over [-L, L]^d, by itself.
  private func box(_ d: Int, _ L: Double, _ f: ([Double]) -> Double) -> Double {
    let rule = GaussLegendre(count: 8)
    func visit(_ y: [Double], _ weight: Double) -> Double {
      guard y.count < d else { return weight * f(y) }
      return rule.nodes.indices.reduce(0) {
        $0 + visit(y + [L * rule.nodes[$1]], weight * L * rule.weights[$1])
      }
    }
    return visit([], 1)
  }

  @Test("Polynomial kernels: every dimension, cutoff, self-loop and moment", arguments: [1, 2, 3])
  func polynomials(_ d: Int) throws {
    var generator = testGenerator(seed: UInt64(d))
    for bias in [0.0, 0.7] {
      let ensemble = try linear(d, bias: bias)
      let points = Points(
        valid: (0..<4).map { _ in
          (0..<d).map { _ in Double.random(in: -1...1, using: &generator) }
        })
      func kernel(_ x: [Double], _ y: [Double]) -> Double {
        let dot = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
        return 0.64 * (bias * bias + 1.69 * dot / Double(d))
      }
      let integrands: [VertexIntegrals.Integrand] = [
        .init([0, 1, 2, 3]), .init([0, 0, 1, 1]), .init([2, 3], selfLoops: 1),
        .init([0, 1, 2, 3], moment: 1), .init([], selfLoops: 2), .init([1, 1, 2, 2, 3, 3]),
      ]
      let cutoffs = [3.0, 0.5, 11]
      let all = try VertexIntegrals(
        Propagator(ensemble), points: points, integrands: integrands, cutoffs: cutoffs)
      for (c, cutoff) in cutoffs.enumerated() {
        for i in integrands {
          func integrand(_ y: [Double], modulus: Bool) -> Double {
            var value = i.points.reduce(1) { $0 * kernel(points[$1], y) }
            for _ in 0..<i.selfLoops { value *= kernel(y, y) }
            for _ in 0..<i.moment { value *= y.reduce(0) { $0 + $1 * $1 } }
            return modulus ? abs(value) : value
          }
          let expected = box(d, cutoff) { integrand($0, modulus: false) }
          let size = box(d, cutoff) { integrand($0, modulus: true) }
          let own = all.value(i, cutoff: c)
          #expect(abs(own.value - expected) < 1e-12 * size, "d \(d) \(i) at \(cutoff)")
          #expect(own.error < 1e-11 * size)
        }
      }
    }
  }

  @Test("Gaussian kernels: boxes, moments and all space against quadrature")
  func gaussian() throws {
    let ensemble = try Ensemble("gauss", inputs: 2, width: 3, weightSigma: 1.1, biasSigma: 0.3)
    let points = Points(valid: [[0.3, -0.2], [-0.5, 0.4], [0.1, 0.9]])
    let rate = 1.21 / 4
    func kernel(_ x: [Double], _ y: [Double]) -> Double {
      1.21 * exp(-rate * zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
    }
    let rule = GaussLegendre(count: 160)
    func box(_ L: Double, _ f: ([Double]) -> Double) -> Double {
      var sum = 0.0
      for (i, u) in rule.nodes.enumerated() {
        for (j, v) in rule.nodes.enumerated() {
          sum += L * L * rule.weights[i] * rule.weights[j] * f([L * u, L * v])
        }
      }
      return sum
    }
    for moment in 0...2 {
      let i = VertexIntegrals.Integrand([0, 1, 1, 2], selfLoops: 1, moment: moment)
      let all = try VertexIntegrals(
        Propagator(ensemble), points: points, integrands: [i], cutoffs: [0.7, 3, 12, .infinity])
      func f(_ y: [Double]) -> Double {
        i.points.reduce(kernel(y, y)) { $0 * kernel(points[$1], y) }
          * pow(y[0] * y[0] + y[1] * y[1], Double(moment))
      }
      for (c, cutoff) in [0.7, 3, 12, 14.0].enumerated() {
        #expect(relativeDifference(all.value(i, cutoff: c).value, box(cutoff, f)) < 1e-11)
      }
    }
  }

  @Test("Kinked and smooth kernels: the error given covers the difference from a fine rule")
  func honestErrors() throws {
    // One dimension, by brute force between the kinks.
    let rule = GaussLegendre(count: 40)
    for (name, bias) in [("relu", 0.6), ("erf", 1.0), ("tanh", 0.5), ("softplus", 0.4)] {
      let ensemble = try Ensemble(name, width: 4, biasSigma: bias)
      let x = [[0.4], [-0.7], [1.1]]
      let points = Points(valid: x)
      let i = VertexIntegrals.Integrand([0, 1, 1, 2])
      let cutoff = 5.0
      let all = try VertexIntegrals(
        Propagator(ensemble), points: points, integrands: [i], cutoffs: [cutoff])
      var sum = 0.0
      let edges = stride(from: -cutoff, through: cutoff, by: 0.5).map { $0 } + x.map { $0[0] }
      let sorted = edges.sorted()
      for (a, b) in zip(sorted, sorted.dropFirst()) where b - a > 1e-12 {
        var nodes: [[Double]] = []
        var weights: [Double] = []
        rule.forEach(from: a, to: b) {
          nodes.append([$0])
          weights.append($1)
        }
        let kernel = try InfiniteWidthKernel(ensemble, points: Points(valid: x + nodes)).matrix
        for (q, w) in weights.enumerated() {
          sum += i.points.reduce(w) { $0 * (kernel[$1, 3 + q] - bias * bias) }
        }
      }
      let own = all.value(i, cutoff: 0)
      #expect(abs(own.value - sum) < 3 * own.error + 2e-11 * abs(sum), "\(name)")
      #expect(own.error < 1e-8 * abs(sum), "\(name)")
    }
    // Two and three dimensions: relu without biases is homogeneous, with a tiny bias it is not, and
    // both must agree.
    for d in [2, 3] {
      let points = Points(
        valid: (0..<3).map { k in (0..<d).map { a in k == a ? 1.0 : 0.4 + 0.1 * Double(k) } })
      let i = VertexIntegrals.Integrand([0, 1, 1, 2])
      func value(_ bias: Double) throws -> IntegralValue {
        try VertexIntegrals(
          Propagator(Ensemble("relu", inputs: d, width: 4, biasSigma: bias)), points: points,
          integrands: [i], cutoffs: [2]
        ).value(i, cutoff: 0)
      }
      let (plain, biased) = (try value(0), try value(1e-4))
      #expect(relativeDifference(plain.value, biased.value) < 2e-6)
      #expect(plain.error < 1e-7 * plain.value && biased.error < 1e-5 * biased.value)
    }
  }

  @Test("Two vertices: all space in closed form, polynomial kernels in boxes")
  func pairs() throws {
    // The exchange at one point, 2 pi / sqrt(15) for sw = 1 in one dimension.
    let gauss = try Ensemble("gauss", width: 3)
    let origin = Points(valid: [[0]])
    let tree = PairIntegrals.Integrand(.init([0, 0, 0]), .init([0, 0, 0]), lines: 1)
    let closed = try PairIntegrals(
      Propagator(gauss), points: origin, integrands: [tree], cutoffs: [.infinity, 12])
    #expect(
      relativeDifference(closed.value(tree, cutoff: 0).value, 2 * .pi / 15.0.squareRoot()) < 1e-14)
    let boxed = closed.value(tree, cutoff: 1)
    #expect(abs(boxed.value - 2 * .pi / 15.0.squareRoot()) < 3 * boxed.error + 1e-10)
    // K_W(y, z) = c y z: int int y^3 (y z) z^3 = (2 L^5 / 5)^2.
    let ensemble = try linear(1, bias: 0)
    let point = Points(valid: [[0.5]])
    let c = 0.64 * 1.69
    for (m, powers) in [(1, (4.0, 4.0)), (2, (5.0, 5.0))] {
      let i = PairIntegrals.Integrand(.init([0, 0, 0]), .init([0, 0, 0]), lines: m)
      let own = try PairIntegrals(
        Propagator(ensemble), points: point, integrands: [i], cutoffs: [1, 3])
      for (k, L) in [1.0, 3].enumerated() {
        let side = m == 1 ? 2 * pow(L, powers.0 + 1) / (powers.0 + 1) : 0
        let expected = pow(c * 0.5, 6) * pow(c, Double(m)) * side * side
        #expect(abs(own.value(i, cutoff: k).value - expected) < 1e-12 * pow(L, 12))
      }
    }
  }

  @Test("A constant kernel in a box of volume one is the theory in zero dimensions")
  func zeroDimensions() throws {
    // Hidden weights of variance zero: K_W = so^2 E[s^2] everywhere.
    let ensemble = try Ensemble(
      inputs: 1, hidden: [HiddenLayer(try Activation("erf"), width: 3)],
      weights: [.gaussian(0), .gaussian(1.2)], biases: [.gaussian(0.9), .gaussian(0)])
    let points = Points(valid: [[0.3]])
    let k = try InfiniteWidthKernel(ensemble, points: points).matrix[0, 0]
    let propagator = try Propagator(ensemble)
    func sum(_ powers: [Int], legs: Int, order: Int) throws -> Double {
      let set = try FeynmanDiagrams(.interactions(powers), legs: legs, order: order)
        .filter { $0.isConnected && !$0.hasVacuumParts }
      let values = try DiagramValues(
        set, propagator: propagator, points: points,
        tuples: [[Int](repeating: 0, count: legs)], cutoffs: [0.5])
      return values.values[0].reduce(0) { $0 + $1[0].value }
    }
    // Gc4 = -24 lam K^4 + 2016 lam^2 K^6, -360 kap K^5;  Gc6 = -720 kap K^6, 5760 lam^2 K^7 at trees.
    #expect(relativeDifference(try sum([4], legs: 4, order: 1), -24 * pow(k, 4)) < 1e-12)
    #expect(relativeDifference(try sum([4], legs: 4, order: 2), 2016 * pow(k, 6)) < 1e-12)
    #expect(relativeDifference(try sum([6], legs: 4, order: 1), -360 * pow(k, 5)) < 1e-12)
    #expect(relativeDifference(try sum([6], legs: 6, order: 1), -720 * pow(k, 6)) < 1e-12)
    #expect(relativeDifference(try sum([4], legs: 2, order: 1), -12 * pow(k, 3)) < 1e-12)
  }

  @Test("First order of G4 and G6 as in the paper: trees, tadpoles, and the full K between points")
  func firstOrder() throws {
    let ensemble = try Ensemble("erf", width: 5, biasSigma: 0.8)
    let points = Points(valid: [[0.3], [-0.5], [0.9], [1.4]])
    let propagator = try Propagator(ensemble)
    let kernel = try InfiniteWidthKernel(ensemble, points: points).matrix
    let set = try FeynmanDiagrams(.interactions([4]), legs: 4, order: 1)
      .filter { !$0.hasVacuumParts }
    let own = try DiagramValues(
      set, propagator: propagator, points: points, tuples: [[0, 1, 2, 3]], cutoffs: [4])
    let pairs = (0..<4).flatMap { a in (a + 1..<4).map { (a, $0) } }
    let integrals = try VertexIntegrals(
      propagator, points: points,
      integrands: [.init([0, 1, 2, 3])] + pairs.map { .init([$0.0, $0.1], selfLoops: 1) },
      cutoffs: [4])
    let tree = -24 * integrals.value(.init([0, 1, 2, 3]), cutoff: 0).value
    let tadpoles = pairs.reduce(0.0) { sum, p in
      let rest = (0..<4).filter { $0 != p.0 && $0 != p.1 }
      return sum - 12 * kernel[p.0, p.1]
        * integrals.value(.init(rest, selfLoops: 1), cutoff: 0).value
    }
    for (k, d) in set.diagrams.enumerated() {
      let expected = d.hasSelfLoops ? tadpoles : tree
      #expect(relativeDifference(own.values[0][k][0].value, expected) < 1e-12)
    }
    // Three vertices are out of reach in a box, and said to be.
    let third = try FeynmanDiagrams(.interactions([4]), legs: 2, order: 3).filter(\.isConnected)
    #expect(throws: IntegralUnavailable.self) {
      try DiagramValues(
        third, propagator: propagator, points: points, tuples: [[0, 1]], cutoffs: [4])
    }
  }
}
