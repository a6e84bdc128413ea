import Fieldwork
import Foundation
import TestSupport
import Testing

/// Exact values as a user sees them.
@Suite("Exact values through the command", .serialized)
struct ExactValueCommandTests {
  private func results(_ study: String) throws -> Results {
    let folder = TemporaryDirectory()
    _ = folder.write("s.yaml", study)
    let outcome = try FieldworkProgram.run(["run", "s.yaml", "--quiet"], in: folder)
    try #require(outcome.code == 0, "\(outcome.errors)")
    let data = try Data(
      contentsOf: URL(fileURLWithPath: folder.file("s-results/results.json")))
    return try JSONDecoder().decode(Results.self, from: data)
  }

  @Test("sin, width 4, order 8 at 0.01, and at sigma 1e-8, with an error (mpmath)")
  func sine() throws {
    for (sigma, full, connected) in [
      (1.0, 7.868703159215261e-14, 7.862410493870824e-15), (1e-8, 7.875e-142, 7.875e-143),
    ] {
      let found = try results(
        """
        ensemble: {inputs: 1, hidden: [{activation: sin, width: 4}], weights: {sigma: \(sigma)}, biases: {sigma: 0}}
        points: [[0.01]]
        sampling: {estimator: exact}
        measure: [{correlators: {orders: [2, 8]}}]
        """)
      let element = try #require(found.cases[0].correlators?.last?.elements.first)
      let value = try #require(element.full.value)
      let part = try #require(element.connected.value)
      #expect(abs(value - full) < 1e-13 * full)
      #expect(abs(part - connected) < 1e-13 * connected)
      let error = try #require(element.connected.error)
      #expect(error > 0 && error < 1e-11 * connected)
    }
  }

  @Test("relu without biases: the atom beside a density that is null; W[J] of tanh at [30, 30]")
  func outputs() throws {
    let relu = try results(
      """
      ensemble: {inputs: 1, hidden: [{activation: relu, width: 10}], weights: {sigma: 1}, biases: {sigma: 0}}
      points: [[0.5]]
      sampling: {estimator: exact}
      measure: [{output-density: {points: [0]}}]
      """)
    #expect(relu.cases[0].output_atoms?.map(\.probability) == [pow(0.5, 10)])
    let tanh = try results(
      """
      ensemble: {inputs: 1, hidden: [{activation: tanh, width: 3}], weights: {sigma: 1.2}, biases: {sigma: 0.5}}
      points: [[0.4], [-0.9]]
      sampling: {estimator: exact}
      measure: [{generating-functional: {sources: [[30, 30]]}}]
      """)
    let w = try #require(tanh.cases[0].generating_functional?[0].log_z)
    #expect(abs(w - 2960.0789354001145) < 1e-8)
  }

  @Test("a moment that does not exist is said not to exist")
  func poles() throws {
    let folder = TemporaryDirectory()
    for formula in ["1/x", "1/x^2", "1/sqrt(abs(x))", "tan(x)"] {
      let outcome = try FieldworkProgram.run(
        ["kernel", "--formula", formula, "--points", "[[0.5], [1]]"], in: folder)
      #expect((64...78).contains(outcome.code), "\(formula)")
      #expect(outcome.errors.contains("does not exist"), "\(formula): \(outcome.errors)")
    }
  }
}
