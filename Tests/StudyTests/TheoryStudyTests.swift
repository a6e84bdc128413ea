import Fieldwork
import Foundation
import TestSupport
import Testing

/// Studies that measure the theory: kernels beside sampled networks, formulas, parametrisations,
/// generating functionals.
@Suite("Studies of the theory")
struct TheoryStudyTests {
  @Test("a deep study: theory, exact values and sampled random kernels side by side (5 sigma)")
  func deep() throws {
    for activation in ["linear", "tanh"] {
      let results = try runStudy(
        """
        ensemble:
          inputs: 2
          hidden: [{activation: \(activation), width: 40}, {activation: \(activation), width: 40}]
          weights: {sigma: 1.1}
          biases: {sigma: 0.2}
        points: [[0.4, 1], [-0.7, 0.3]]
        sampling: {networks: 2000, runs: 20}
        measure:
          - correlators: {orders: [2, 4]}
          - kernel: {ntk: true, vertex: true, shift: true, six_point: true, sampled: true}
        """)
      let item = results.cases[0]
      let layers = try #require(item.layers)
      #expect(layers.count == 3 && layers[0].sampled_kernel == nil)
      for layer in layers.dropFirst() {
        for (i, row) in try #require(layer.sampled_kernel).enumerated() {
          for (k, mean) in row.enumerated() {
            let expected = layer.kernel[i][i + k] + layer.shift![i][i + k]
            // The order after the shift is a percent of it.
            #expect(abs(mean.value! - expected) < 5 * mean.error! + 3e-4)
          }
        }
        for e in try #require(layer.vertex) {
          let sampled = try #require(e.sampled)
          if let exact = e.exact {
            #expect(activation == "linear")
            #expect(abs(sampled.value! - exact) < 5 * sampled.error!)
          } else {
            #expect(abs(sampled.value! - e.value) < 5 * sampled.error! + 0.15 * abs(e.value) + 0.01)
          }
        }
      }
      for element in try #require(item.correlators)[1].elements {
        #expect((element.connected.exact != nil) == (activation == "linear"))
        #expect((element.connected.expansion != nil) == (activation == "tanh"))
        if let pull = element.connected.deviation { #expect(abs(pull) < 5) }
      }
      #expect(item.next_term! > 0 && item.next_term! < 0.1)
    }
  }

  @Test("depth over width is warned of, with the size of the next term")
  func warning() throws {
    let layer = "{activation: relu, width: 5}"
    let results = try runStudy(
      """
      ensemble: {hidden: [\(layer), \(layer), \(layer)], weights: {sigma: 1.414}}
      points: [1]
      sampling: {networks: 200}
      measure: [kernel: {vertex: true}]
      """)
    let warning = try #require(results.warnings.first { $0.code == "depth-over-width" })
    // Exactly (1 + 5/5)^3 - 1 = 7 against 3: the next term is half of V/(nK^2) = 3, times 2/3.
    #expect(abs(results.cases[0].next_term! - 1) < 1e-9)
    #expect(warning.message.contains("100%"))
  }

  @Test("formulas in every estimator agree with the exact values (5 sigma)")
  func formulas() throws {
    for estimator in ["outputs", "conditional", "neurons", "exact"] {
      let results = try runStudy(
        """
        ensemble:
          hidden: [{activation: {formula: "abs(x) - 0.5*x^2*exp(-x^2)"}, width: 4}]
          biases: {sigma: 0.4}
        points: [0.5, -1.2]
        sampling: {estimator: \(estimator), networks: 20000, runs: 20}
        """)
      #expect(results.cases[0].exact?.method == .piecewise)
      for order in try #require(results.cases[0].correlators) {
        for e in order.elements {
          #expect(e.full.exact != nil)
          if estimator != "exact" { #expect(abs(try #require(e.full.deviation)) < 5) }
        }
      }
    }
  }

  @Test("mean field: sampled and exact agree, G2 falls as 1/N and Gc4 as 1/N^3")
  func meanField() throws {
    let results = try runStudy(
      """
      ensemble:
        hidden: [{activation: erf, width: [3, 30]}]
        parametrisation: mean-field
      points: [0.5, -1.2]
      sampling: {networks: 20000, runs: 20}
      measure: [correlators: {orders: [2, 4]}, kernel]
      """)
    var values: [[Double]] = []
    for item in results.cases {
      let two = item.correlators![0].elements[0]
      let four = item.correlators![1].elements[0].connected
      #expect(abs(two.full.deviation!) < 5 && abs(four.deviation!) < 5)
      #expect(abs(item.kernel![0][0] - two.full.exact!) < 1e-13)
      values.append([two.full.exact!, four.exact!])
    }
    #expect(abs(values[0][0] / values[1][0] - 10) < 1e-9)
    #expect(abs(values[0][1] / values[1][1] - 1000) < 1e-6)
  }

  @Test("generating functionals and densities in a study, null with a reason")
  func outputs() throws {
    let results = try runStudy(
      """
      ensemble: {hidden: [{activation: gauss, width: 5}], biases: {sigma: 0.5}}
      points: [0.5, -0.2]
      sampling: {networks: 500}
      measure:
        - generating-functional: {sources: [[0.1, 0]]}
        - output-density: {points: [0, [0, 1]]}
      """)
    let item = results.cases[0]
    #expect(
      item.generating_functional?[0].log_z == nil && item.generating_functional?[0].reason != nil)
    #expect(item.output_density?.count == 2 && item.output_density?[0] == nil)
    #expect(Set(results.warnings.map(\.code)).isSuperset(of: ["infinite", "no-density"]))
  }

  @Test("mistakes are answered by their place")
  func refused() {
    let head = "points: [1, 2]\nensemble: {hidden: [{activation: erf, width: 3}]}\n"
    for (yaml, wanted) in [
      (
        "points: [1]\nensemble: {hidden: [{activation: {formula: \"x*thanh(x)\"}, width: 3}]}",
        "character 3"
      ),
      ("points: [1]\nensemble: {hidden: [{activation: {formla: x}, width: 3}]}", "`formula`"),
      (head + "measure: [kernel: {vertx: true}]", "did you mean `vertex`"),
      (head + "measure: [kernel: {sampled: true}]\nsampling: {estimator: neurons}", "sampled"),
      (head + "measure: [generating-functional: {sources: [[1]]}]", "expected 2 numbers"),
      (head + "measure: [output-density: {points: [2]}]", "2 points"),
      (head + "measure: [output-density: {points: [[0, 0]]}]", "one or two different points"),
      (
        "points: [1]\nensemble: {parametrisation: mf, hidden: [{activation: erf, width: 3}]}",
        "mean-field"
      ),
    ] {
      #expect(refusal(yaml)?.contains(wanted) == true, "\(yaml): \(refusal(yaml) ?? "accepted")")
    }
  }
}
