import Combinatorics
import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Exact moments of hidden units")
struct UnitMomentTests {
  private func covariance(_ points: [[Double]], sw: Double, sb: Double) -> SymmetricMatrix {
    SymmetricMatrix(count: points.count) { i, j in
      sb * sb + sw * sw * zip(points[i], points[j]).reduce(0) { $0 + $1.0 * $1.1 }
        / Double(points[0].count)
    }
  }

  private let spread: [[Double]] = [
    [0.5, -1, 0.3], [1, 0.4, -0.2], [-0.7, 0.8, 1.1], [0.2, 0.9, -1.3],
  ]

  private func largestGap(_ a: UnitMoments, _ b: UnitMoments, order: Int) -> Double {
    zip(a.values[order], b.values[order]).reduce(0) { max($0, abs($1.0 - $1.1)) }
      / b.values[order].reduce(0) { max($0, abs($1)) }
  }

  @Test("directions are the rank of the covariance")
  func directions() throws {
    let tanh = try Activation("tanh").unit
    for (points, bias, rank) in [
      ([[1.0, 2], [2, 4], [-3, -6]], 0.0, 1), ([[1.0, 2], [2, 4], [-3, -6]], 0.5, 2),
      ([[1.0, 2], [2, 1]], 0, 2), ([[1.0, 2], [2, 1], [0.3, -0.4]], 0.5, 3), ([[0.0, 0]], 0, 0),
    ] {
      let moments = try UnitMoments.gaussian(
        tanh, covariance: covariance(points, sw: 1, sb: bias), order: 4)
      #expect(moments.directions == rank)
    }
  }

  @Test(
    "kinked units: pairs are the arc-cosine kernel, in one to three directions",
    arguments: ["relu", "leaky-relu"], [0.0, 0.1, 1.0])
  func pairs(name: String, bias: Double) throws {
    let unit = try Activation(name).unit
    for dimension in 1...3 {
      let points = spread.map { Array($0.prefix(dimension)) }
      let c = covariance(points, sw: 1.3, sb: bias)
      guard GaussianRankProbe.rank(c) <= 3 else { continue }
      let moments = try UnitMoments.gaussian(unit, covariance: c, order: 4)
      #expect(moments.method != .quasiMonteCarlo)
      for (i, pair) in Multisets(slots: points.count, order: 2).tuples.enumerated() {
        let (a, b) = (pair[0], pair[1])
        let exact = try #require(unit.gaussianPair(c[a, a], c[a, b], c[b, b]))
        #expect(abs(moments.values[2][i] - exact) < 1e-13, "\(name) \(dimension) \(pair)")
      }
      let errors = moments.map { $0 }.errors
      #expect(errors[4].max()! < 1e-8 * moments.values[4].max()!)
    }
  }

  @Test("relu: <s1^2 s2^2> and <s1^3 s2> in closed form")
  func reluFourth() throws {
    for (a, b, c) in [(0.8, 0.3, 1.4), (1.0, -0.9, 1.0), (2.0, 0.0, 0.1), (1, 0.999, 1)] {
      let matrix = SymmetricMatrix(count: 2) { $0 != $1 ? b : $0 == 0 ? a : c }
      let m = try UnitMoments.gaussian(Relu(), covariance: matrix, order: 4).values[4]
      let rho = b / (a * c).squareRoot()
      let t = acos(rho)
      let two = a * c * (3 * rho * sin(t) + (.pi - t) * (1 + 2 * rho * rho)) / (2 * .pi)
      let three =
        a * (a * c).squareRoot() * (3 * rho * (.pi - t) + sin(t) * (2 + rho * rho)) / (2 * .pi)
      let set = Multisets(slots: 2, order: 4)
      #expect(abs(m[set.index(of: [0, 0, 1, 1])] - two) < 1e-14)
      #expect(abs(m[set.index(of: [0, 0, 0, 1])] - three) < 1e-14)
    }
  }

  @Test("the sphere, the piecewise rule and the lattice rule agree on relu in three directions")
  func threeWays() throws {
    let points = Array(spread.prefix(3))
    let c = covariance(points, sw: 1, sb: 0)
    let polar = try UnitMoments.gaussian(Relu(), covariance: c, order: 6)
    #expect(polar.method == .polar && polar.directions == 3)
    let formula = FormulaUnit(try Formula("max(x, 0)"))
    let piecewise = try UnitMoments.gaussian(formula, covariance: c, order: 6)
    #expect(piecewise.method == .piecewise)
    for order in [1, 2, 3, 4, 6] { #expect(largestGap(polar, piecewise, order: order) < 1e-8) }
    // Four directions: triples are deterministic, what needs all four points is quasi-Monte Carlo.
    let four = covariance(spread, sw: 1, sb: 0.4)
    let all = try UnitMoments.gaussian(Relu(), covariance: four, order: 4)
    #expect(all.method == .quasiMonteCarlo && all.directions == 4)
    let errors = all.map { $0 }.errors
    let part = try UnitMoments.gaussian(
      Relu(), covariance: SymmetricMatrix(count: 3) { four[$0, $1] }, order: 4)
    let sets = (Multisets(slots: 4, order: 4), Multisets(slots: 3, order: 4))
    for (i, tuple) in sets.0.tuples.enumerated() {
      #expect(errors[4][i] < 1e-5)
      if tuple.allSatisfy({ $0 < 3 }) {
        #expect(abs(all.values[4][i] - part.values[4][sets.1.index(of: tuple)]) < 1e-12)
      }
    }
  }

  @Test("the lattice rule is right within its error: products of sines in closed form")
  func lattice() throws {
    let c = covariance(spread + [[1, 1, 1]], sw: 1.1, sb: 0.7)
    let closed = try UnitMoments.gaussian(Sine(), covariance: c, order: 6)
    let drawn = try UnitMoments.gaussian(
      FormulaUnit(Formula("sin(x)")), covariance: c, order: 6)
    #expect(drawn.method == .quasiMonteCarlo && closed.method == .closedForm)
    let errors = drawn.map { $0 }.errors
    var pulls: [Double] = []
    for n in [2, 4, 6] {
      for i in drawn.values[n].indices {
        let gap = abs(drawn.values[n][i] - closed.values[n][i])
        // Pairs and triples are deterministic, to the rounding of their sums.
        #expect(gap < max(5 * errors[n][i], 1e-11))
        if errors[n][i] > 1e-9 { pulls.append(gap / errors[n][i]) }
      }
    }
    let mean = pulls.reduce(0) { $0 + $1 * $1 } / Double(pulls.count)
    #expect(pulls.count > 50 && mean > 0.3 && mean < 3)
  }

  @Test("the lattice rule converges faster than random points: a product in four directions")
  func latticeConvergence() throws {
    func spread(_ count: Int) -> Double {
      let means = (0..<16).map { replicate -> Double in
        let rule = LatticeRule(dimensions: 4, count: count, replicate: replicate)
        var u = [Double](repeating: 0, count: 4)
        var sum = 0.0
        for i in 0..<count {
          rule.normals(i, into: &u)
          sum += max(0, u[0] + 0.3 * u[3]) * cos(u[1]) * tanh(u[2] + u[0])
        }
        return sum / Double(count)
      }
      let mean = means.reduce(0, +) / 16
      return (means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 15).squareRoot()
    }
    // Random points would gain a factor of 8 from 64 times as many.
    #expect(spread(1 << 18) < spread(1 << 12) / 16)
    #expect(spread(1 << 18) < 2e-5)
  }

  @Test("formulas: the same function by name, in one to three directions")
  func formulas() throws {
    let same: [(String, String)] = [
      ("erf", "erf(x)"), ("tanh", "(exp(x) - exp(-x))/(exp(x) + exp(-x))"),
      ("softplus", "log(1 + exp(x))"), ("gelu", "x*(1 + erf(x/sqrt(2)))/2"),
    ]
    for (name, text) in same {
      for dimension in 1...2 {
        let points = spread.prefix(3).map { Array($0.prefix(dimension)) }
        let c = covariance(points, sw: 1, sb: 0.3)
        let a = try UnitMoments.gaussian(Activation(name).unit, covariance: c, order: 6)
        let b = try UnitMoments.gaussian(FormulaUnit(Formula(text)), covariance: c, order: 6)
        for order in 1...6 {
          for (x, y) in zip(a.values[order], b.values[order]) {
            #expect(abs(x - y) < 1e-11, "\(name), order \(order)")
          }
        }
      }
    }
  }

  @Test("a hard tanh, whose kinks are not at zero, against its moments by one integral")
  func hardTanh() throws {
    let unit = FormulaUnit(try Formula("max(-1, min(1, x))"))
    #expect(unit.kinks.count == 2 && !unit.hasJumps && unit.growth == .bounded)
    let c = SymmetricMatrix(count: 1) { _, _ in 1.7 }
    let m = try UnitMoments.gaussian(unit, covariance: c, order: 4)
    // E[s^2] = v (erf(t) - 2 t exp(-t^2)/sqrt(pi)) + erfc(t), t = 1/sqrt(2v).
    let t = 1 / (2 * 1.7).squareRoot()
    let exact = 1.7 * (erf(t) - 2 * t * exp(-t * t) / Double.pi.squareRoot()) + erfc(t)
    #expect(abs(m.values[2][0] - exact) < 1e-12)
  }

  @Test("moments that do not exist are refused")
  func divergent() throws {
    let unit = FormulaUnit(try Formula("exp(x^2/4)"))
    let c = SymmetricMatrix(count: 1) { _, _ in 1 }
    #expect(throws: UnitMoments.Unavailable.self) {
      try UnitMoments.gaussian(unit, covariance: c, order: 4)
    }
    let cubic = try UnitMoments.gaussian(
      FormulaUnit(Formula("x^3 - x")), covariance: c, order: 2)
    // E[(x^3 - x)^2] = 15 - 6 + 1.
    #expect(abs(cubic.values[2][0] - 10) < 1e-10)
  }
}

/// The number of directions that a covariance has.
enum GaussianRankProbe {
  static func rank(_ c: SymmetricMatrix) -> Int { c.leadingModes(tolerance: 1e-14).count }
}
