import Fieldwork
import Foundation
import TestSupport
import Testing

/// Symmetry as studies measure it.
@Suite("Symmetry without the action")
struct SymmetryStudyTests {
  @Test("A mean of 0.1 on one of three outputs is seen; its stabiliser holds; both also exactly")
  func power() throws {
    let results = try runStudy(
      """
      ensemble:
        outputs: 3
        hidden: [{activation: relu, width: 50}]
        weights: {output_mean: [0.1, 0, 0]}
      points: [[0.5], [1]]
      sampling: {estimator: outputs, networks: 100000, runs: 10}
      measure:
        - symmetry: [{group: SO, orders: [1, 2, 4]}, {group: SO, fixing: [1, 0, 0]}]
      """)
    let tests = try #require(results.cases[0].symmetry)
    for t in tests.prefix(3) {
      #expect(t.p_value! < 1e-3 && t.verdict == .brokenExactly && t.exact!.largest > 0.1)
      let largest = try #require(t.largest)
      #expect(abs(largest.value - largest.exact!) < 5 * largest.error)
    }
    for t in tests.dropFirst(3) {
      #expect(t.p_value! > 1e-3 && t.verdict == .holdsExactly && t.exact!.largest < 1e-12)
    }
    let prediction = try #require(results.cases[0].symmetry_prediction)
    let statement = try #require(prediction.statements.first { $0.group == "O(3)" })
    #expect(!statement.holds && statement.residual == "O(2)" && statement.strength == 0.1)
  }

  @Test(
    "The exact two-point function of a broken ensemble, by the formula for its mean and variance")
  func brokenTwoPoint() throws {
    let results = try runStudy(
      """
      ensemble:
        outputs: 3
        hidden: [{activation: relu, width: 50}]
        weights: {sigma: 1.3, output_mean: [0.1, 0.1, 0]}
        biases: {hidden_sigma: 0, output_sigma: 0.4}
      points: [[1]]
      sampling: {estimator: outputs, networks: 20000, runs: 10}
      measure: [correlators: {orders: [1, 2]}]
      """)
    // relu at x = 1: E[s] = sw / sqrt(2 pi), E[s s] = sw^2 / 2.
    let (n, sw, mu) = (50.0, 1.3, 0.1)
    let (one, two) = (sw / (2 * Double.pi).squareRoot(), sw * sw / 2)
    let first = try #require(results.cases[0].correlators?[0].elements)
    #expect(relativeDifference(first[0].full.exact!, mu * n * one) < 1e-9)
    for e in try #require(results.cases[0].correlators?[1].elements) {
      let o = e.outputs!
      let m = [mu, mu, 0]
      let expected =
        (o[0] == o[1] ? sw * sw * two + 0.16 : 0)
        + m[o[0]] * m[o[1]] * (n * two + n * (n - 1) * one * one)
      #expect(abs(e.full.exact! - expected) < 1e-8 * (1 + abs(expected)), "\(o)")
      #expect(abs(e.full.value! - e.full.exact!) < 5 * e.full.error!)
    }
  }

  @Test("Gauss-nets: two fields see translation invariance, four do not, exactly and on samples")
  func translations() throws {
    for estimator in ["conditional", "outputs"] {
      let results = try runStudy(
        """
        ensemble: {hidden: [{activation: gauss, width: 10}], biases: {sigma: 0.2}}
        points: [[-0.3], [0.3]]
        sampling: {estimator: \(estimator), networks: 100000, runs: 10, seed: 2}
        measure: [symmetry: {group: translations, by: [[0.3], [0.4]]}]
        """)
      let tests = try #require(results.cases[0].symmetry)
      #expect(tests[0].verdict == .holdsExactly && tests[0].p_value! > 1e-3)
      #expect(tests[1].verdict == .brokenExactly && tests[1].p_value! < 1e-3)
      let largest = try #require(tests[1].largest)
      #expect(abs(largest.value - largest.exact!) < 5 * largest.error)
    }
    let exact = try runStudy(
      """
      ensemble: {hidden: [{activation: gauss, width: 10}], biases: {sigma: 0.2}}
      points: [[-0.3], [0.3]]
      sampling: {estimator: exact}
      measure: [symmetry: {group: translations, by: [[0.3], [0.4]]}]
      """)
    #expect(exact.cases[0].symmetry!.map(\.verdict) == [.holdsExactly, .brokenExactly])
    #expect(exact.cases[0].symmetry!.allSatisfy { $0.p_value == nil })
  }

  @Test("Complex outputs: <f f*> = K, <f f> = 0, <f f f* f*> = 2 (K^2 + C/N) at one point")
  func complexMoments() throws {
    let results = try runStudy(
      """
      ensemble:
        outputs: 1
        complex: true
        hidden: [{activation: relu, width: 8}]
        biases: {sigma: 0}
      points: [[1]]
      sampling: {estimator: outputs, networks: 50000, runs: 10}
      measure: [correlators: {orders: [2, 4]}, symmetry: {group: U}]
      """)
    let correlators = try #require(results.cases[0].correlators)
    func full(_ k: Int, _ outputs: [Int]) -> Estimate {
      correlators[k].elements.first { $0.outputs == outputs }!.full
    }
    // relu: E ss = 1/2, E ssss = 3/2; the real network has K and C = E s^4 - (E s^2)^2.
    let (k, c) = (0.5, 1.5 - 0.25)
    let (uu, vv, uv) = (full(0, [0, 0]), full(0, [1, 1]), full(0, [0, 1]))
    #expect(abs(uu.exact! + vv.exact! - k) < 1e-12 && abs(uu.exact! - vv.exact!) < 1e-12)
    #expect(abs(uv.exact!) < 1e-12 && abs(uv.value!) < 5 * uv.error!)
    // |f|^4 = u^4 + 2 u^2 v^2 + v^4.
    let fourth =
      full(1, [0, 0, 0, 0]).exact! + 2 * full(1, [0, 0, 1, 1]).exact!
      + full(1, [1, 1, 1, 1]).exact!
    #expect(relativeDifference(fourth, 2 * (k * k + c / 8)) < 1e-12)
    #expect(
      results.cases[0].symmetry!.allSatisfy { $0.verdict == .holdsExactly && $0.p_value! > 1e-3 })
  }

  @Test("Unequal variances break O(3) to O(2); the exact two-point function has their squares")
  func unequalVariances() throws {
    let results = try runStudy(
      """
      ensemble:
        outputs: 3
        output_scales: [1, 1, 1.5]
        hidden: [{activation: erf, width: 10}]
        biases: {sigma: 0.5}
      points: [[0.5], [1]]
      sampling: {estimator: outputs, networks: 20000, runs: 10}
      measure: [correlators: {orders: [2, 4]}, symmetry: [{group: O}, {group: O, fixing: [0, 0, 1]}]]
      """)
    for order in try #require(results.cases[0].correlators) {
      for e in order.elements {
        #expect(abs(e.full.value! - e.full.exact!) < 5 * e.full.error!)
      }
    }
    let two = results.cases[0].correlators![0].elements.filter { $0.indices == [0, 0] }
    let first = two.first { $0.outputs == [0, 0] }!.full.exact!
    #expect(abs(two.first { $0.outputs == [2, 2] }!.full.exact! - 2.25 * first) < 1e-12)
    let tests = try #require(results.cases[0].symmetry)
    #expect(tests.map(\.verdict) == [.brokenExactly, .brokenExactly, .holdsExactly, .holdsExactly])
    #expect(tests[0].p_value! < 1e-3 && tests[2].p_value! > 1e-3)
    #expect(results.cases[0].symmetry_prediction!.statements[0].residual == "O(2) x O(1)")
  }

  @Test("What is predicted is what the tests find, over densities, biases and means")
  func predictions() throws {
    for (weights, biases, group, side, holds) in [
      ("{}", "{sigma: 1}", "O", "output", true),
      ("{layers: [{}, {density: laplace}]}", "{}", "SO", "output", false),
      ("{layers: [{}, {density: laplace}]}", "{}", "permutations", "output", true),
      ("{layers: [{}, {density: laplace}]}", "{}", "signs", "output", true),
      ("{output_mean: [0.05, 0.05, 0.05]}", "{}", "permutations", "output", true),
      ("{output_mean: [0.05, 0.05, 0.05]}", "{}", "signs", "output", false),
      ("{}", "{sigma: 1}", "O", "input", true),
      ("{layers: [{density: uniform, sigma: 2}, {}]}", "{sigma: 0.3}", "O", "input", false),
      (
        "{layers: [{density: uniform, sigma: 2}, {}]}", "{sigma: 0.3}", "reflections", "input", true
      ),
      ("{hidden_mean: 0.4}", "{}", "reflections", "input", false),
      ("{hidden_mean: 0.4}", "{}", "permutations", "input", true),
    ] {
      let results = try runStudy(
        """
        ensemble: {inputs: 2, outputs: 3, hidden: [{activation: erf, width: 3}], weights: \(weights), biases: \(biases)}
        points: [[1.5, 0.2]]
        sampling: {estimator: outputs, networks: 40000, runs: 10, seed: 5}
        measure: [symmetry: {group: \(group), side: \(side), orders: [1, 2, 4], elements: 4}]
        """)
      let what = "\(weights) \(biases): \(group) of \(side)s"
      let tests = results.cases[0].symmetry!
      let broken = tests.contains { $0.p_adjusted! < 0.01 }
      #expect(broken == !holds, "\(what): \(tests.map { $0.p_adjusted! })")
      let title = tests[0].group.replacing("SO", with: "O")
      let statement = results.cases[0].symmetry_prediction!.statements.first {
        $0.group == title && $0.side.rawValue == side
      }
      #expect(statement?.holds == holds, "\(what): \(String(describing: statement))")
    }
  }

  @Test("Networks from a file: outputs are tested, a broken law is found")
  func recorded() throws {
    var random = SeededGenerator(seed: 8)
    let folder = TemporaryDirectory()
    for broken in [false, true] {
      var values: [Double] = []
      for _ in 0..<40_000 {
        for _ in 0..<2 {
          values.append(random.normal() * (broken ? 1.2 : 1))
          values.append(random.normal())
        }
      }
      let name = "nets-\(broken).h5"
      let file = try HDF5File(creating: folder.file(name))
      try file.write("outputs", values, shape: [40_000, 2, 2])
      try file.finish()
      let results = try runStudy(
        """
        ensemble: {outputs: 2}
        points: [[-1], [1]]
        sampling: {estimator: file, outputs: "\(folder.file(name)):/outputs", runs: 10}
        measure: [symmetry: [{group: SO, orders: [2, 4]}, {group: reflections}]]
        """)
      let tests = try #require(results.cases[0].symmetry)
      #expect(tests[0].verdict == (broken ? .broken : .holds))
      #expect(tests[2].verdict == .holds && tests[2].side == .input)
    }
  }

  @Test("Orders 5 and 6 by random contractions: a broken symmetry is found, a true one holds")
  func highOrders() throws {
    for (mean, broken) in [("[0, 0, 0, 0, 0]", false), ("[0.05, 0, 0, 0, 0]", true)] {
      let results = try runStudy(
        """
        ensemble: {outputs: 5, hidden: [{activation: relu, width: 20}], weights: {output_mean: \(mean)}, biases: {sigma: 1, output: false}}
        points: [[0.2], [0.6], [1]]
        sampling: {estimator: outputs, networks: 50000, runs: 10}
        measure: [symmetry: {orders: [5, 6], contractions: 16}]
        """)
      for t in try #require(results.cases[0].symmetry) {
        #expect((t.p_adjusted! < 0.01) == broken, "order \(t.order)")
        #expect(t.components == 48)
      }
    }
  }

  @Test("Every test has its own level; few blocks are said to be few")
  func levels() throws {
    func tests(_ second: Double) throws -> [SymmetryResult] {
      let results = try runStudy(
        """
        ensemble: {outputs: 2, hidden: [{activation: erf, width: 4}, {activation: relu, width: 4}], weights: {output_mean: [0.03, 0]}, biases: {sigma: 1}}
        points: [[1]]
        sampling: {estimator: outputs, networks: 500, runs: 10, seed: 2}
        measure: [symmetry: [{group: SO, orders: [2], level: 1e-12}, {group: SO, orders: [1], level: \(second)}]]
        """)
      #expect(results.warnings.contains { $0.code == "few-blocks" })
      return results.cases[0].symmetry!
    }
    // The mean is seen at about four sigma: what the second level lies on either side of.
    let strict = try tests(1e-12)
    let p = try #require(strict[1].p_adjusted)
    #expect(p > 1e-12 && p < 0.49, "\(p)")
    #expect(strict[1].verdict == .holds)
    #expect(try tests(0.49)[1].verdict == .broken)
  }

  @Test("What cannot be tested is refused with a sentence")
  func refusals() {
    for (measure, part) in [
      ("symmetry: {group: O}", "imposes the symmetry"),
      ("symmetry: {group: SO, side: input}", "at least two inputs"),
      ("symmetry: {group: translations, by: [[1, 2]]}", "have 1 components"),
      ("symmetry: {group: translations, side: output}", "acts on inputs only"),
      ("symmetry: {group: rotations}", "not known"),
      ("symmetry: {group: reflections, orders: [3]}", "vanishes with `conditional`"),
      ("symmetry: {group: reflections, orders: [7]}", "from 1 to 6"),
      ("symmetry: {group: reflections, level: 2}", "between 0 and 0.5"),
      ("symmetry: {of: ntk, orders: [2]}", "tested by its mean"),
      ("symmetry: {matrices: [[[1, 0], [0, 1]]]}", "1 x 1"),
    ] {
      let message = refusal(ofMeasuring: measure) ?? "accepted"
      #expect(message.contains(part), "\(measure): \(message)")
    }
    let unitary =
      refusal(
        """
        ensemble: {outputs: 4, hidden: [{activation: erf, width: 5}]}
        points: [[1]]
        sampling: {estimator: outputs}
        measure: [symmetry: {group: U}]
        """) ?? "accepted"
    #expect(unitary.contains("complex outputs"))
  }
}

/// Ensembles of tangent kernels.
@Suite("Symmetry of tangent kernels")
struct TangentKernelTests {
  /// E[g(z1, z2)] for centred Gaussians, by the trapezoidal rule, which converges exponentially here.
  private func expectation(
    _ c11: Double, _ c12: Double, _ c22: Double, _ g: (Double, Double) -> Double
  ) -> Double {
    let (a, b) = (c11.squareRoot(), c12 / c11.squareRoot())
    let rest = (c22 - b * b).squareRoot()
    let h = 0.1
    var sum = 0.0
    for i in -90...90 {
      for j in -90...90 {
        let (u, v) = (h * Double(i), h * Double(j))
        sum += exp(-0.5 * (u * u + v * v)) * g(a * u, b * u + rest * v)
      }
    }
    return sum * h * h / (2 * .pi)
  }

  /// Means of all slots with their errors.
  private func means(_ net: Ensemble, _ points: Points) throws -> [(Double, Double)] {
    let sampler = TangentKernelSampler(net, points: points, seed: 3)
    let plan = MomentPlan(slots: sampler.slots, monomials: (0..<sampler.slots).map { [$0] })
    let layout = CellLayout(runs: 1, samplesPerRun: 64 * 512, cellsPerRun: 512)
    let cells = try SamplingPass(sampler: sampler, plan: plan, layout: layout).run(threads: 2)
    let sums = layout.replicatedSums(cells, position: plan.position)
    let count = Double(sums.blockCounts.count)
    return (0..<sampler.slots).map { slot in
      let values = zip(sums.blockSums, sums.blockCounts).map { $0[slot] / $1 }
      let mean = values.reduce(0, +) / count
      let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
      return (mean, (squares / (count * (count - 1))).squareRoot())
    }
  }

  @Test("The mean of a tanh net: -0.434040 on the diagonal, 0 off it; by sampling within 5 sigma")
  func mean() throws {
    let (x, y) = ([0.3, -0.5, 0.8], [-0.2, 0.9, 0.4])
    func dot(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let (c11, c12, c22) = (dot(x, x) / 3, dot(x, y) / 3, dot(y, y) / 3)
    func slope(_ z: Double) -> Double { 1 - tanh(z) * tanh(z) }
    // N E[s s'] from the output weights, N (1/N) E[s' s'] x.x' from the hidden ones.
    let exact =
      8 * expectation(c11, c12, c22) { tanh($0) * tanh($1) }
      + expectation(c11, c12, c22) { slope($0) * slope($1) } * dot(x, y)
    #expect(abs(exact + 0.434040) < 5e-7)
    let net = try Ensemble("tanh", inputs: 3, outputs: 3, width: 8)
    let found = try means(net, Points(valid: [x, y]))
    // The pair (x, y) is the second of three.
    for i in 0..<3 {
      for j in 0..<3 {
        let (mean, error) = found[(1 * 3 + i) * 3 + j]
        #expect(abs(mean - (i == j ? exact : 0)) < 5 * error, "\(i) \(j): \(mean) +- \(error)")
      }
    }
  }

  @Test("Three linear layers: the mean by hand, every layer with its share, within 5 sigma")
  func linear() throws {
    let net = try Ensemble(
      inputs: 2, outputs: 2,
      hidden: [
        HiddenLayer(Activation("linear"), width: 4), HiddenLayer(Activation("linear"), width: 5),
      ], weights: [.gaussian(1), .gaussian(1), .gaussian(1)],
      biases: [.gaussian(0), .gaussian(0), .gaussian(0)])
    let points = Points(valid: [[0.7, -0.3], [0.2, 0.9]])
    // Layer 3 gives s.s' = 5 x.y / 2 on average, layer 2 gives 4 x.y / 2, layer 1 gives x.y.
    let found = try means(net, points)
    let products = [0.49 + 0.09, 0.14 - 0.27, 0.04 + 0.81]
    for (pair, xy) in products.enumerated() {
      for i in 0..<2 {
        for j in 0..<2 {
          let (mean, error) = found[(pair * 2 + i) * 2 + j]
          let expected = i == j ? xy * (5.0 / 2 + 4.0 / 2 + 1) : 0
          #expect(abs(mean - expected) < 5 * error, "\(pair) \(i) \(j): \(mean), \(expected)")
        }
      }
    }
  }

  @Test("In a study: O(3) and rotations of the inputs hold, and a mean of the weights is found")
  func study() throws {
    for (mean, broken) in [("0", false), ("0.2", true)] {
      let results = try runStudy(
        """
        ensemble: {inputs: 3, outputs: 3, hidden: [{activation: tanh, width: 8}], weights: {output_mean: [\(mean), 0, 0]}}
        points: [[0.3, -0.5, 0.8], [-0.2, 0.9, 0.4]]
        sampling: {estimator: outputs, networks: 4000, runs: 10}
        measure: [symmetry: [{group: O, of: ntk}, {group: O, side: input, of: ntk}]]
        """)
      let tests = try #require(results.cases[0].symmetry)
      #expect(tests[0].verdict == (broken ? .broken : .holds))
      #expect(tests[1].verdict == .holds)
    }
  }
}
