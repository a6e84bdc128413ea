import Fieldwork
import Foundation
import TestSupport
import Testing

/// Studies that follow the couplings of networks.
@Suite("Studies of renormalization")
struct FlowStudyTests {
  @Test("Cutoff flow, sampled: exact values within 5 sigma, exponents of the kernel alone")
  func cutoff() throws {
    let results = try runStudy(
      """
      ensemble: {hidden: [{activation: relu, width: [5, 50]}]}
      points: [[0.3], [0.9]]
      sampling: {networks: 4000, runs: 10}
      measure: [cutoff-flow: {cutoffs: [7, 100, 1e4], kappa: true}]
      """)
    for item in results.cases {
      let flow = try #require(item.cutoff_flow)
      #expect(abs(flow.slope!.value! + 5) < 1e-9 && flow.behaviour == .relevant)
      #expect(abs(flow.sextic!.slope!.value! + 7) < 1e-9)
      for (p, b) in zip(flow.lambda, flow.beta) {
        #expect(abs((p.value! - p.exact!) / p.error!) < 5)
        #expect(relativeDifference(b.value!, -5 * p.value!) < 1e-9)
      }
      for e in flow.exponent { #expect(abs(e.value! + 5) < 1e-9) }
    }
  }

  @Test("Active flow: the tilt gives the exact slope; plain outputs miss the tail and say so")
  func active() throws {
    func study(_ sampling: String) -> String {
      """
      ensemble: {hidden: [{activation: gauss, width: 3}], weights: {sigma: [1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10, 20]}, biases: {sigma: 1}}
      points: [[-0.01], [-0.006], [-0.002], [0.002], [0.006], [0.01]]
      sampling: {\(sampling), runs: 10, seed: 1}
      measure: [active-flow]
      """
    }
    let tilted = try runStudy(study("estimator: neurons, tilt: true, networks: 500"))
    let fit = try #require(tilted.fits.active_flow)
    #expect(
      abs(fit.raw.slope.value! + 2.99924) < 1e-5 && abs(fit.raw.intercept.value! - 1.63076) < 1e-5)
    #expect(fit.raw.slope.error! < 0.005 * abs(fit.raw.slope.value!))
    #expect(abs(fit.canonical.slope.value! - 3.00076) < 1e-5)
    for item in tilted.cases {
      let c = try #require(item.couplings_at_scale)
      #expect(c.dilatation! < 1e-9)
      #expect(abs(c.raw.u4.value! / c.raw.u4.exact! - 1) < 0.005)
    }
    #expect(tilted.warnings.contains { $0.code == "translation-invariance" })
    let plain = try runStudy(study("estimator: outputs, networks: 10000"))
    #expect(plain.warnings.contains { $0.code == "heavy-tail" })
    // The median of estimate over exact is about 0.69 with 10^5 networks.
    let ratios = plain.cases.compactMap { item in
      item.couplings_at_scale.flatMap { c in c.raw.u4.value.map { $0 / c.raw.u4.exact! } }
    }.sorted()
    let median = ratios[ratios.count / 2]
    #expect(median > 0.5 && median < 0.9, "\(median)")
  }

  @Test(
    "Passive flow: consistent and published starts, poles, the full kernel; the same bits twice")
  func passive() throws {
    func study(_ options: String, bias: Double, width: Int) -> String {
      """
      ensemble: {hidden: [{activation: gauss, width: \(width)}], biases: {sigma: \(bias)}}
      points: [[-0.01], [-0.006], [-0.002], [0.002], [0.006], [0.01]]
      sampling: {estimator: exact}
      measure: [passive-flow: \(options)]
      """
    }
    let published = try runStudy(
      study("{scales: [1, 10, 100], normalisation: published}", bias: 1, width: 100))
    let path = try #require(published.cases[0].passive_flow)
    for (p, e) in zip(
      path, [[2.025770, -1.885459], [2.399650, -3.797869], [2.511795, -4.174836]])
    {
      #expect(abs(p.u2 - e[0]) < 1e-6 && abs(p.u4 - e[1]) < 1e-6)
    }
    #expect(published.warnings.contains { $0.code == "published-normalisation" })
    #expect(published.cases[0].pole == nil)
    let full = try runStudy(study("{to: 5, kernel: full}", bias: 1, width: 1000))
    // Points near the origin: the pole of the origin to three digits.
    #expect(abs(try #require(full.cases[0].pole).k - 1.45465) < 2e-3)
    #expect(full.warnings.contains { $0.code == "pole" })
    let again = try runStudy(study("{to: 5, kernel: full}", bias: 1, width: 1000))
    #expect(try again.reproducibleJSON() == full.reproducibleJSON())
    let three = try runStudy(
      """
      ensemble: {inputs: 3, hidden: [{activation: gauss, width: 50}], biases: {sigma: 0.25}}
      points: [[0, 0, 0]]
      sampling: {estimator: exact}
      measure: [passive-flow]
      """)
    #expect(three.cases[0].passive_flow_start?.wilson_fisher != nil)
  }

  @Test("What has no such flow is refused with the key and the reason")
  func refused() {
    for (measure, key) in [
      ("active-flow", "gauss"), ("passive-flow", "gauss"),
      ("cutoff-flow: {cutoffs: [inf]}", "measure.cutoff-flow.cutoffs"),
      ("cutoff-flow: {kapa: true}", "kappa"), ("active-flow: {kappa: maybe}", "true or false"),
    ] {
      let found = refusal(ofMeasuring: measure)
      #expect(found?.contains(key) ?? false, "\(measure): \(found ?? "accepted")")
    }
    for (options, word) in [
      ("{to: -1}", "above 0"), ("{kernel: half}", "full"), ("{normalisation: mine}", "published"),
      ("{to: 3, scales: [1]}", "exclude"), ("{scales: []}", "scales"),
    ] {
      let found = refusal(
        ofMeasuring: "passive-flow: \(options)", ensemble: "{activation: gauss, width: 5}")
      #expect(found?.contains(word) ?? false, "\(options): \(found ?? "accepted")")
    }
  }
}
