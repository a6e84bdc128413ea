import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Reflection positivity")
struct PositivityTests {
  private func measured(_ system: String, _ options: String, sampling: String) throws
    -> [PositivityResult]
  {
    try runStudy(
      """
      \(system)
      points: [[0]]
      sampling: {\(sampling)}
      measure: [reflection-positivity: \(options)]
      """
    ).cases.map { $0.reflection_positivity! }
  }

  @Test("Exact two-point functions: the free scalar, a hard cutoff, and a Gaussian kernel")
  func exact() throws {
    let free = try measured(
      "theory: {free-scalar: {width: 2}}", "{times: [0.1, 0.5, 1, 2]}",
      sampling: "networks: 2000, runs: 10")[0]
    #expect(abs(free.exact![0]) < 1e-15 && free.verdict == .holds)
    let hard = try measured(
      "theory: {free-scalar: {width: 2, cutoff: 8}}", "{times: [0.05, 0.5, 1, 1.5, 2.2]}",
      sampling: "networks: 2000, runs: 10")[0]
    #expect(abs(hard.exact![0] + 0.00476) < 5e-6 && hard.verdict == .violated)
    let gauss = try measured(
      "ensemble: {hidden: [{activation: gauss, width: 4}], biases: {output: false}}",
      "{times: [0.1, 0.5, 1, 2]}", sampling: "estimator: exact")[0]
    #expect(abs(gauss.exact![0] + 0.1725) < 5e-5 && gauss.verdict == .violated)
    #expect(gauss.lowest == nil && gauss.eigenvalues == nil)
  }

  @Test(
    "Operators of one and three fields: violated at order 1/N, within 5 sigma of the known values")
  func threeFields() throws {
    let all = try measured(
      "theory: {free-scalar: {width: [1, 2, 4]}}", "{times: [0.05, 0.5, 1, 2.2], fields: [1, 3]}",
      sampling: "networks: 50000, runs: 10, seed: 3")
    for (r, known) in zip(all, [-0.2074, -0.1054, -0.0518]) {
      #expect(r.operators == 24 && r.verdict == .violated && r.exact == nil)
      #expect(abs(r.lowest!.value! - known) < 5 * r.lowest!.error!, "\(r.lowest!), \(known)")
    }
  }

  @Test("A positive theory is not said to be violated: 60 seeds of a free field of many neurons")
  func honest() throws {
    let verdicts = try (0..<60).map { seed in
      try measured(
        "theory: {free-scalar: {width: 3}}", "{times: [0.1, 0.5, 1, 2]}",
        sampling: "networks: 1000, runs: 10, seed: \(seed)")[0].lowest!
    }
    #expect(verdicts.allSatisfy { $0.value! > -4 * $0.error! })
  }

  @Test("What cannot be measured is refused")
  func refusals() {
    for (options, part) in [
      ("{times: [0]}", "above 0"), ("{fields: 2}", "1 or 3"), ("{axis: 1}", "outputs"),
      ("{}", "outputs"),
    ] {
      let message = refusal(ofMeasuring: "reflection-positivity: \(options)") ?? "accepted"
      #expect(message.contains(part), "\(options): \(message)")
    }
  }
}
