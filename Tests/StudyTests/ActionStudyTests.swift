import Fieldwork
import Foundation
import TestSupport
import Testing

/// Studies that measure couplings, the six-point prediction, the action, and correlated weights.
@Suite("Studies of the effective action")
struct ActionStudyTests {
  private static let everything = """
    ensemble:
      hidden: [{activation: erf, width: [4, 30]}]
      biases: {sigma: 0.8}
    points: [[0.3], [0.9]]
    sampling: {networks: 4000, runs: 10, seed: 3}
    measure:
      - correlators: {orders: [2, 4]}
      - couplings: {cutoffs: [5, 20], terms: [lambda0, lambda2, kappa], test_points: [[0.5], [1.1]]}
      - six-point: {cutoffs: [5, 20]}
      - action: {order: 2, at: [[0.5, -0.2]]}
    """

  @Test("All of it on sampled networks: exact values within 5 sigma, one pass for test points too")
  func sampled() throws {
    for estimator in ["conditional", "outputs", "neurons"] {
      // Plain outputs need many networks to see anything at order six.
      let yaml = Self.everything.replacing(
        "networks: 4000", with: "networks: 20000, estimator: \(estimator)")
      let results = try runStudy(yaml)
      for item in results.cases {
        let couplings = try #require(item.couplings)
        #expect(couplings.map(\.cutoff.value) == [5, 20])
        func check(_ e: Estimate?, _ what: String) {
          guard let e, e.value != nil else { return }
          #expect(e.exact != nil, "\(what)")
          if let pull = e.deviation { #expect(abs(pull) < 5, "\(estimator) \(what): \(pull)") }
        }
        for c in couplings {
          check(c.mean, "mean of lambda")
          for (name, value) in c.terms { check(value, name) }
          for e in c.elements { check(e.lambda, "\(e.indices)") }
          check(c.kappa?.mean, "kappa")
          #expect(c.mape?.test != nil && c.elements.count == 5)
        }
        for s in try #require(item.six_point) {
          check(s.gaussian_ratio, "G_GP / G6")
          check(s.prediction_ratio, "prediction")
          #expect(s.elements.count == 7)
        }
        let action = try #require(item.action)
        for (name, elements) in action.tensors {
          for e in elements { check(e.estimate, "\(name) \(e.indices)") }
        }
        #expect(action.values[0].second != nil && action.curves.count == 2)
      }
    }
  }

  @Test("Exact studies draw nothing and quote no sampling error")
  func exact() throws {
    let results = try runStudy(
      Self.everything.replacing("networks: 4000", with: "estimator: exact"))
    for item in results.cases {
      #expect(item.networks == nil)
      let c = try #require(item.couplings)[0]
      #expect(c.mean.value == c.mean.exact && (c.mean.error ?? 1) < 1e-9)
      #expect(c.correlation == nil && c.chi_square == nil)
      let action = try #require(item.action)
      #expect(action.g4?[0].value == action.g4?[0].exact)
    }
    // At width 30 the second order is far closer to the exact action than the Gaussian one.
    let value = try #require(results.cases[1].action).values[0]
    let known = try #require(value.exact)
    #expect(abs(value.second! - known) < 0.05 * abs(value.gaussian! - known))
  }

  @Test("The same bits for any number of threads, and after an extension by a measurement")
  func reproducible() throws {
    let first = try runStudy(Self.everything, threads: 1).reproducibleJSON()
    #expect(try runStudy(Self.everything, threads: 3).reproducibleJSON() == first)
    let folder = TemporaryDirectory()
    let short =
      Self.everything.components(separatedBy: "\n").prefix(6) + [
        "  - correlators: {orders: [2, 4]}"
      ]
    _ = try runStudy(short.joined(separator: "\n"), in: folder)
    let extended = try runStudy(Self.everything, in: folder, existing: .resume).reproducibleJSON()
    #expect(extended == first)
  }

  @Test("Correlated weights in a study: sweep, split, response")
  func correlated() throws {
    let results = try runStudy(
      """
      ensemble:
        hidden: [{activation: cos, width: 4}]
        weights: {output_sigma: 1.1}
        correlation: {quartic: [0, 0.1, 1]}
      points: [[0], [0.7]]
      sampling: {estimator: outputs, networks: 20000, runs: 20}
      measure: [independence, correlators: {orders: [2, 4]}]
      """)
    let expected = [0.137259, 0.062149, 0.003365]
    for (item, value) in zip(results.cases, expected) {
      let e = try #require(item.independence?.elements.first)
      #expect(abs(e.connected.exact! - value) < 5.1e-7)
      #expect(abs(e.connected.deviation!) < 5 && abs(e.response!.deviation!) < 5)
      #expect(
        abs(e.finite_width!.exact! + e.correlation!.exact! - e.connected.exact!) < 1e-12)
    }
    let neurons = try runStudy(
      """
      ensemble:
        hidden: [{activation: relu, width: [3, 10]}]
        correlation: {shared_scale: 0.4}
      points: [[1]]
      sampling: {estimator: neurons, networks: 20000, runs: 20}
      measure: [independence]
      """)
    for item in neurons.cases {
      let e = try #require(item.independence?.elements.first)
      #expect(abs(e.finite_width!.deviation!) < 5 && abs(e.connected.deviation!) < 5)
    }
  }

  @Test("Networks from a file: the action from sampled correlators, couplings refused")
  func recorded() throws {
    let folder = TemporaryDirectory()
    // Sums of three products: a linear net of width 3, whose action is known.
    var generator = testGenerator(seed: 4)
    func normal() -> Double {
      let (u, v) = (
        Double.random(in: 1e-300..<1, using: &generator),
        Double.random(in: 0..<1, using: &generator)
      )
      return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
    }
    let width = 40
    var rows: [String] = []
    for _ in 0..<4000 {
      let f = (0..<width).reduce(0.0) { sum, _ in sum + normal() * normal() }
      rows.append("\(f / Double(width).squareRoot())")
    }
    try writeNumPy(folder.file("nets.npy"), rows.map { Double($0)! })
    let yaml = """
      ensemble: {inputs: 1}
      points: [[1]]
      sampling: {estimator: file, outputs: nets.npy, runs: 10}
      measure: [action: {order: 1, at: [[0.5]]}]
      """
    let results = try runStudy(yaml, in: folder)
    let action = try #require(results.cases[0].action)
    let g4 = try #require(action.g4)[0]
    // k4 = 6/N, g4 = -k4 + O(1/N^2).
    #expect(abs(g4.value! + 6 / Double(width)) < 5 * g4.error! + 0.05)
    #expect(action.g3 != nil && action.values[0].exact == nil)
    #expect(
      refusal(yaml.replacing("action: {order: 1, at: [[0.5]]}", with: "couplings"))?
        .contains("recorded networks") ?? false)
  }

  private func writeNumPy(_ path: String, _ values: [Double]) throws {
    var header = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(values.count), 1, 1), }"
    while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
    header += "\n"
    var data = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0])
    data += Data([UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)])
    data += Data(header.utf8)
    for v in values { withUnsafeBytes(of: v.bitPattern.littleEndian) { data += Data($0) } }
    try data.write(to: URL(fileURLWithPath: path))
  }

  @Test("Warnings: sign-changing integrals, negative couplings, unbounded and singular actions")
  func warnings() throws {
    func codes(_ yaml: String) throws -> Set<String> {
      Set(try runStudy(yaml).warnings.map(\.code))
    }
    let erf = try codes(
      """
      ensemble: {hidden: [{activation: erf, width: 5}], biases: {sigma: 1}}
      points: [[-1], [-0.6], [0.6], [1]]
      sampling: {estimator: exact}
      measure: [couplings: {cutoffs: [100]}]
      """)
    #expect(erf.contains("sign-changing-integrals"))
    let relu = try codes(
      """
      ensemble: {hidden: [{activation: relu, width: 5}]}
      points: [[0.5], [1]]
      sampling: {estimator: exact}
      measure: [couplings: {terms: [lambda0, lambda2]}, action]
      """)
    #expect(relu.isSuperset(of: ["negative-coupling", "unidentifiable", "no-action"]))
    let gauss = try codes(
      """
      ensemble: {hidden: [{activation: gauss, width: 100}], biases: {sigma: 0.5}}
      points: [[0.01], [0.011], [0.012]]
      sampling: {estimator: exact}
      measure: [action: {order: 1}]
      """)
    #expect(gauss.isSuperset(of: ["condition", "unbounded", "indeterminate-moments", "marginal"]))
  }

  @Test("Bad options are refused with the key and what is allowed")
  func refused() {
    for (measure, key) in [
      ("couplings: {cutoffs: [inf]}", "measure.couplings.cutoffs"),
      ("couplings: {cutoffs: [-1]}", "measure.0.couplings.cutoffs.0"),
      ("couplings: {cutoffs: []}", "measure.0.couplings.cutoffs"),
      ("couplings: {terms: [lambda3]}", "lambda2"),
      ("couplings: {terms: [lambda0, lambda0]}", "stands twice"),
      ("couplings: {vertex: all}", "measure.0.couplings.vertex"),
      ("couplings: {test_points: [[1, 2]]}", "measure.0.couplings.test_points"),
      ("six-point: {cutofs: [1]}", "cutoffs"),
      ("action: {order: 3}", "from 0 to 2"),
      ("action: {at: [[1]]}", "measure.action.at.0"),
      ("action: {jitter: 2}", "measure.0.action.jitter"),
      ("independence: {order: 4}", "measure.0.independence"),
    ] {
      let found = refusal(ofMeasuring: measure)
      #expect(found?.contains(key) ?? false, "\(measure): \(found ?? "accepted")")
    }
    for (correlation, word) in [
      ("{quartic: 1}", "output bias"), ("{quartic: -1}", "beta"), ("{}", "either"),
      ("{shared_scale: 1, law: cauchy}", "gamma"), ("{quartic: 1, shared_scale: 1}", "either"),
      ("{shared_scale: -1}", "0 to 100"),
    ] {
      let found = refusal(
        """
        ensemble: {hidden: [{activation: erf, width: 5}], biases: {sigma: 1}, correlation: \(correlation)}
        points: [[0.3]]
        """)
      #expect(found?.contains(word) ?? false, "\(correlation): \(found ?? "accepted")")
    }
    #expect(
      refusal(
        """
        ensemble: {hidden: [{activation: erf, width: 5}], weights: {output_mean: 1}}
        points: [[0.3], [0.9]]
        sampling: {estimator: outputs}
        measure: [action]
        """)?.contains("use order: 1") ?? false)
  }
}
