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

  @Test("Fixed points in a study: the tables of the command, once for all cases")
  func fixedPoints() throws {
    let results = try runStudy(
      """
      ensemble: {inputs: 3, hidden: [{activation: relu, width: [10, 20]}]}
      points: [[0.1, 0, 0]]
      sampling: {estimator: exact}
      measure: [fixed-points: {orders: [4, 8]}]
      """)
    let list = try #require(results.fits.fixed_points)
    #expect(list.dimension == 3)
    let fourth = try #require(list.points.first { $0.order == 4 && $0.relevant == 1 })
    #expect(abs(fourth.nu! - 0.542721934) < 1e-9 && abs(fourth.couplings["u4"]! - 7.762711) < 1e-6)
    let whole = try #require(list.points.first { $0.order == nil })
    #expect(abs(whole.nu! - 0.6495617739) < 1e-9 && abs(whole.omega! - 0.65574594) < 1e-8)
    let minimum = try runStudy(
      """
      ensemble: {hidden: [{activation: relu, width: 10}]}
      points: [[0.1]]
      sampling: {estimator: exact}
      measure: [fixed-points: {dimension: 3, orders: 3, anomalous: true}]
      """)
    let prime = try #require(minimum.fits.fixed_points?.points.first { $0.order == 3 })
    #expect(prime.expansion == .minimum && abs(prime.eta - 0.10753786) < 1e-8)
    let whole2 = try #require(minimum.fits.fixed_points?.points.first { $0.order == nil })
    #expect(abs(whole2.eta - 0.1119795373) < 1e-9)
  }

  @Test("The potential on a grid comes back to what was measured at k = 0")
  func potential() throws {
    let results = try runStudy(
      """
      ensemble: {inputs: 3, hidden: [{activation: gauss, width: [100, 1000]}], biases: {sigma: 0.25}}
      points: [[-0.01, 0, 0], [0.002, 0, 0], [0.006, 0, 0]]
      sampling: {estimator: exact}
      measure: [potential: {from: 10, to: 0.1}, passive-flow: {to: 10}]
      """)
    for (item, digits) in zip(results.cases, [0.03, 2e-4]) {
      let potential = try #require(item.potential)
      let measured = try #require(potential.measured)
      let last = try #require(potential.snapshots.last)
      #expect(relativeDifference(last.u2, measured.u2) < digits)
      #expect(relativeDifference(try #require(last.u4), measured.u4) < digits)
      #expect(relativeDifference(potential.start.couplings[0], item.passive_flow!.last!.u2) < 1e-9)
      // Concave at the start, convex up to -k^2 at the end.
      #expect(potential.snapshots[0].smallest_curvature < -0.1)
      #expect(last.smallest_curvature > -1.001 * last.k * last.k)
    }
    // In zero dimensions beyond networks, given couplings: a broken phase with a kink.
    let given = try runStudy(
      """
      ensemble: {inputs: 3, hidden: [{activation: relu, width: 10}]}
      points: [[0.1, 0, 0]]
      sampling: {estimator: exact}
      measure: [potential: {from: 1, to: 0.03, range: 1.2, couplings: {u2: -0.3, u4: 12}, kink: 0.01}]
      """)
    let path = try #require(given.cases[0].potential)
    #expect(path.measured == nil && path.end == nil)
    #expect(path.snapshots.allSatisfy { $0.smallest_curvature > -1.001 * $0.k * $0.k })
  }

  @Test("Distances from the fixed points: free in the ultraviolet, the Wilson-Fisher point by name")
  func distances() throws {
    let results = try runStudy(
      """
      ensemble: {inputs: 3, hidden: [{activation: gauss, width: 1000}], biases: {sigma: 0.25}}
      points: [[-0.01, 0, 0], [0.002, 0, 0], [0.006, 0, 0]]
      sampling: {estimator: exact}
      measure: [passive-flow: {to: 100}]
      """)
    let path = try #require(results.cases[0].passive_flow)
    let volume = thresholdVolume(3)
    for p in path {
      let scaled = [p.u2 / (p.k * p.k), volume * p.u4 / p.k]
      #expect(abs(p.gaussian! - hypot(scaled[0], scaled[1])) < 1e-12 * (1 + p.gaussian!))
      let known = hypot(scaled[0] + 0.14285714, scaled[1] - volume * 12.43052)
      #expect(abs(p.wilson_fisher! - known) < 1e-6 * (1 + known))
    }
    #expect(results.cases[0].passive_flow_start?.gaussian?.k == 100)
    #expect(path.last!.gaussian! < 1e-3 && path[0].gaussian! > 100)
    let line = try runStudy(
      """
      ensemble: {hidden: [{activation: gauss, width: 1000}], biases: {sigma: 0.25}}
      points: [[-0.01], [0.006]]
      sampling: {estimator: exact}
      measure: [passive-flow: {to: 100}]
      """)
    #expect(line.cases[0].passive_flow_start?.wilson_fisher == nil)
  }

  @Test("Flow options out of range are refused with a sentence")
  func refusals() {
    for (options, part) in [
      ("fixed-points: {orders: [5]}", "even"), ("fixed-points: {orders: 30}", "from 2 to 24"),
      ("fixed-points: {expansion: middle}", "not known"),
      ("fixed-points: {expansion: zero, anomalous: true}", "about the minimum"),
      ("potential: {from: 1, to: 2}", "above `to`"), ("potential: {range: -1}", "reach from 0"),
      ("potential: {kink: 1}", "missing"), ("potential: {}", "Gaussian kernel"),
      ("potential: {couplings: {u3: 1}}", "did you mean"),
    ] {
      let message =
        refusal(ofMeasuring: options, ensemble: "{activation: relu, width: 5}") ?? ""
      #expect(message.contains(part), "\(options): \(message)")
    }
  }
}
