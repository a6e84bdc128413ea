import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Exact correlators at finite width")
struct ExactCorrelatorTests {
  private func exact(_ ensemble: Ensemble, _ points: Points, order: Int) throws -> ExactCorrelators
  {
    try ExactCorrelators(
      ensemble, points: points,
      transform: CumulantTransform(
        slots: points.count * ensemble.outputs, maximumOrder: order,
        evenOnly: ensemble.oddCorrelatorsVanish))
  }

  private func deviations(_ ensemble: Ensemble, _ points: Points) throws -> (m4: Double, m6: Double)
  {
    let exact = try exact(ensemble, points, order: 6)
    let formula = CorrelatorFormula.units(ensemble, points: points.count, order: 6)
    let result = CorrelatorAnalysis(
      formula: formula, outputs: 1,
      exactFirst: [Double](repeating: 0, count: points.count),
      exactSecond: exact.tensors.connected[2], exact: exact
    ).exactOnly(orders: [4, 6])
    return (result[0].deviation.value ?? .nan, result[1].deviation.value ?? .nan)
  }

  /// N m_4, A and B of m_6 = A/N + B/N^2, mean over tuples, from two widths.
  private func coefficients(_ name: String, sb: Double, _ points: Points) throws -> (
    m4: Double, A: Double, B: Double
  ) {
    let at = { (n: Int) in
      try deviations(
        Ensemble(name, inputs: points[0].count, width: n, weightSigma: 1, biasSigma: sb), points)
    }
    let (first, second) = (try at(100), try at(1000))
    let B = (first.m6 * 100 - second.m6 * 1000) / (1 / 100.0 - 1 / 1000.0)
    return (first.m4 * 100, first.m6 * 100 - B / 100, B)
  }

  @Test("relu d=1: N m_4 = 5, m_6 = 15/N + 44/N^2")
  func relu() throws {
    let c = try coefficients("relu", sb: 0, .line(0.2, 0.4, 0.6, 0.8, 1, 1.2))
    #expect(abs(c.m4 - 5) < 1e-10 && abs(c.A - 15) < 1e-8 && abs(c.B - 44) < 1e-6)
  }

  @Test("erf d=1 and 2, gauss d=1, 2, 3: the mean coefficients of the literature's inputs")
  func tables() throws {
    let wide = try coefficients("erf", sb: 1, .line(-1, -0.6, -0.2, 0.2, 0.6, 1))
    #expect(abs(wide.m4 - 0.05628) < 5e-6 && abs(wide.A - 0.1690) < 5e-5)
    #expect(abs(wide.B - 0.0067) < 5e-5)
    let narrow = try coefficients("erf", sb: 1, .line(0.002, 0.004, 0.006, 0.008, 0.010, 0.012))
    #expect(abs(narrow.m4 - 0.056329) < 5e-7 && abs(narrow.A - 0.168987) < 5e-7)
    let plane = try coefficients(
      "erf", sb: 1, Points([[-1, -1], [-1, 1], [1, -1], [1, 1]], inputs: 2))
    #expect(abs(plane.m4 - 0.0523) < 5e-5 && abs(plane.A - 0.15801) < 5e-6)
    let gauss = try coefficients(
      "gauss", sb: 1, .line(-0.01, -0.006, -0.002, 0.002, 0.006, 0.01))
    #expect(abs(gauss.m4 - 13.399) < 5e-4 && abs(gauss.A - 40.198) < 5e-4)
    #expect(abs(gauss.B - 20324.5) < 0.1)
    let gauss2 = try coefficients(
      "gauss", sb: 1,
      Points([[-0.01, -0.01], [-0.01, 0.01], [0.01, -0.01], [0.01, 0.01]], inputs: 2))
    #expect(abs(gauss2.m4 - 13.400) < 5e-4 && abs(gauss2.A - 40.199) < 5e-4)
  }

  @Test("relu d=2, 3 and erf d=3: means and ranges over the unique tuples")
  func ranges() throws {
    struct Row {
      let name: String
      let sb: Double
      let points: Points
      let m4: (Double, Double, Double)
      let A: (Double, Double, Double)
      let B: (Double, Double, Double)
    }
    let plane = try Points([[0.5, 0.5], [0.5, 1], [1, 0.5], [1, 1]], inputs: 2)
    let space = try Points([[0.2, 0.2, 0.2], [1, 1, 0.2], [0.2, 1, 1], [1, 0.2, 1]], inputs: 3)
    let corners = try Points([[-1, -1, -1], [1, 1, -1], [-1, 1, 1], [1, -1, 1]], inputs: 3)
    for row in [
      Row(
        name: "relu", sb: 0, points: plane, m4: (4.948, 4.755, 5), A: (14.845, 14.372, 15),
        B: (43.351, 41.513, 44)),
      Row(
        name: "relu", sb: 0, points: space, m4: (4.742, 4.385, 5), A: (14.236, 13.239, 15),
        B: (40.699, 36.719, 44)),
      Row(
        name: "erf", sb: 1, points: corners, m4: (0.0514, 0.0514, 0.0514),
        A: (0.15503, 0.1040, 0.2298), B: (0.00847, -0.0041, 0.0456)),
    ] {
      let (m4, A, B) = try elements(row.name, sb: row.sb, row.points)
      func check(
        _ values: [Double], _ expected: (Double, Double, Double), _ digits: Double, range: Bool
      ) {
        let mean = values.reduce(0, +) / Double(values.count)
        #expect(abs(mean - expected.0) < digits, "\(row.name) mean \(mean)")
        guard range else { return }
        #expect(abs(values.min()! - expected.1) < max(digits, 5.1e-5) * 1.02)
        #expect(abs(values.max()! - expected.2) < max(digits, 5.1e-5) * 1.02)
      }
      let relu = row.name == "relu"
      check(m4, row.m4, relu ? 5.1e-4 : 5.1e-5, range: relu)
      check(A, row.A, relu ? 5.1e-4 : 5.1e-6, range: true)
      check(B, row.B, relu ? 5.1e-4 : 5.1e-6, range: true)
    }
  }

  /// a, A and B of every element: m_4 = a/N, m_6 = A/N + B/N^2 from two widths.
  private func elements(_ name: String, sb: Double, _ points: Points) throws -> (
    [Double], [Double], [Double]
  ) {
    func deviations(_ width: Int) throws -> ([Double], [Double]) {
      let ensemble = try Ensemble(name, inputs: points[0].count, width: width, biasSigma: sb)
      let transform = CumulantTransform(slots: points.count, maximumOrder: 6, evenOnly: true)
      let t = try ExactCorrelators(ensemble, points: points, transform: transform).tensors
      let wick = transform.moments(ofCumulants: t.connected, through: 2)
      func m(_ n: Int) -> [Double] { zip(t.full[n], wick[n]).map { ($0 - $1) / $1 } }
      return (m(4), m(6))
    }
    let (one, two) = (try deviations(1), try deviations(2))
    // m(1) = A + B, m(2) = A/2 + B/4.
    let A = zip(one.1, two.1).map { 4 * $1 - $0 }
    return (one.0, A, zip(one.1, A).map { $0 - $1 })
  }

  @Test("test vectors of the Gauss-net and the cos-net")
  func vectors() throws {
    let gauss = try Ensemble("gauss", width: 10, weightSigma: 1.2, biasSigma: 0.5)
    let line = try Points.line(0.1, -0.2, 0.3, 0.5, -0.4, 0.25)
    let t = try exact(gauss, line, order: 6)
    #expect(abs(t.tensors.full[2][1] - 1.59964704968) < 1e-10)
    let four = Multisets(slots: 6, order: 4).index(of: [0, 1, 2, 3])
    let six = Multisets(slots: 6, order: 6).index(of: [0, 1, 2, 3, 4, 5])
    #expect(abs(t.tensors.connected[4][four] - 0.887568921304) < 1e-11)
    #expect(abs(t.tensors.connected[6][six] - 2.98050832176) < 1e-10)
    let plane = try Points(
      [[0.1, 0], [-0.2, 0.3], [0.3, -0.1], [0.5, 0.2], [-0.4, 0.1], [0.25, -0.35]], inputs: 2)
    let u = try exact(
      Ensemble("gauss", inputs: 2, width: 10, weightSigma: 1.2, biasSigma: 0.5), plane, order: 6)
    #expect(abs(u.tensors.connected[4][four] - 0.936892826922) < 1e-11)
    #expect(abs(u.tensors.connected[6][six] - 3.53326502655) < 1e-10)

    let cos = try exact(
      Ensemble("cos", width: 7), .line(0, 0.5, -0.4, 0.9), order: 4)
    let all = Multisets(slots: 4, order: 4).index(of: [0, 1, 2, 3])
    #expect(abs(cos.tensors.connected[4][all] - 0.0432138111051) < 1e-12)
  }

  @Test("the connected four-point function of a linear net is 2/N times the sum of pairings")
  func linear() throws {
    let points = try Points([[0.3, -0.2], [1, 0.4], [-0.5, 0.9]], inputs: 2)
    for width in [1, 5, 40] {
      let ensemble = try Ensemble("linear", inputs: 2, width: width, weightSigma: 1.3)
      let t = try exact(ensemble, points, order: 6).tensors
      let set = Multisets(slots: 3, order: 4)
      let k = { (i: Int, j: Int) in
        t.full[2][Multisets(slots: 3, order: 2).index(of: [min(i, j), max(i, j)])]
      }
      for (i, x) in set.tuples.enumerated() {
        let wick =
          k(x[0], x[1]) * k(x[2], x[3]) + k(x[0], x[2]) * k(x[1], x[3])
          + k(x[0], x[3]) * k(x[1], x[2])
        #expect(abs(t.connected[4][i] - 2 * wick / Double(width)) < 1e-12)
      }
    }
  }

  @Test("quadrature agrees with closed forms where both exist")
  func quadrature() throws {
    // sin and gauss by their closed forms, against the equally spaced rule through tanh's path:
    // erf with tiny weights is linear, 2/sqrt(pi) z.
    let small = 1e-3
    let erf = try exact(
      Ensemble("erf", width: 3, weightSigma: small), .line(0.5, -1, 2), order: 4
    ).tensors
    let linear = try exact(
      Ensemble("linear", width: 3, weightSigma: small), .line(0.5, -1, 2), order: 4
    ).tensors
    let factor = 4 / Double.pi
    for i in erf.full[2].indices {
      #expect(relativeDifference(erf.full[2][i], factor * linear.full[2][i]) < 2e-5)
    }
    for i in erf.connected[4].indices {
      #expect(
        relativeDifference(erf.connected[4][i], factor * factor * linear.connected[4][i]) < 1e-4)
    }
  }

  @Test(
    "the two-point function is the infinite-width kernel at every width",
    arguments: Activation.names)
  func twoPoint(name: String) throws {
    let points = try Points.line(-0.7, 0.2, 1.1)
    for width in [1, 3, 17] {
      let ensemble = try Ensemble(name, width: width, weightSigma: 1.1, biasSigma: 0.6)
      let kernel = try InfiniteWidthKernel(ensemble, points: points).matrix
      let full = try exact(ensemble, points, order: 2).tensors.full[2]
      for (i, pair) in Multisets(slots: 3, order: 2).tuples.enumerated() {
        #expect(abs(full[i] - kernel[pair[0], pair[1]]) < 1e-12)
      }
    }
  }

  @Test("several outputs: Gc_1111 : Gc_1122 = 3 : 1 and Gc_1112 = 0 at a coincident point")
  func outputs() throws {
    let ensemble = try Ensemble("tanh", outputs: 2, width: 6, weightSigma: 1.5, biasSigma: 0.5)
    let t = try exact(ensemble, .line(0.4), order: 4).tensors
    let set = Multisets(slots: 2, order: 4)
    let a = t.connected[4][set.index(of: [0, 0, 0, 0])]
    let b = t.connected[4][set.index(of: [0, 0, 1, 1])]
    let c = t.connected[4][set.index(of: [0, 0, 0, 1])]
    #expect(relativeDifference(a, 3 * b) < 1e-12 && abs(c) < 1e-15 && a > 0)
  }

  @Test("a mean of the output weights: the two-point function grows by mu^2 (N q + N(N-1) M1^2)")
  func means() throws {
    let (mu, n) = (0.3, 5)
    let ensemble = try Ensemble(
      inputs: 1, hidden: [HiddenLayer(Activation("relu"), width: n)],
      weights: [.gaussian(1), Density(sigma: 1, mean: [mu])], biases: [.gaussian(0), .gaussian(0)])
    let t = try exact(ensemble, .line(0.8), order: 4).tensors
    let q = 0.32
    let m1 = 0.8 / (2 * Double.pi).squareRoot()
    #expect(abs(t.full[1][0] - mu * Double(n) * m1) < 1e-14)
    #expect(
      abs(t.full[2][0] - (q + mu * mu * (Double(n) * q + Double(n * (n - 1)) * m1 * m1))) < 1e-13)
  }

  @Test("wide pre-activations: quadrature where it resolves them, quasi-Monte Carlo beyond")
  func wide() throws {
    for (bias, method) in [
      (3.0, UnitMoments.Method.quadrature), (6, .quadrature), (100, .quasiMonteCarlo),
      (1e4, .quasiMonteCarlo),
    ] {
      let ensemble = try Ensemble("erf", width: 3, biasSigma: bias)
      let points = try Points.line(0.3, -0.8)
      let moments = try UnitMoments.exact(ensemble, points: points, order: 2)
      #expect(moments.method == method)
      // The arcsine kernel is exact at any spread.
      let kernel = try InfiniteWidthKernel(ensemble, points: points).matrix
      let error = moments.map { $0 }.errors[2][1]
      let gap = abs(moments.values[2][1] - (kernel[0, 1] - bias * bias))
      #expect(gap <= max(5 * error, 1e-15 * bias * bias))
    }
  }

  @Test("exact values that are not available say why")
  func unavailable() throws {
    let points = try Points([[1, 2]], inputs: 2)
    let tanh = try HiddenLayer(Activation("tanh"), width: 3)
    let uniform = try Ensemble(
      inputs: 2, hidden: [tanh], weights: [Density(.uniform, sigma: 1), .gaussian(1)],
      biases: [.gaussian(0), .gaussian(0)])
    let deep = try Ensemble(
      inputs: 2, hidden: [tanh, tanh], weights: [.gaussian(1), .gaussian(1), .gaussian(1)],
      biases: [.gaussian(0), .gaussian(0), .gaussian(0)])
    for ensemble in [uniform, deep] {
      #expect(throws: UnitMoments.Unavailable.self) {
        try UnitMoments.exact(ensemble, points: points, order: 4)
      }
    }
  }
}
