import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Locality by cluster decomposition")
struct LocalityTests {
  @Test("Joint cumulants of distinct fields from subset moments: against the tensors of all orders")
  func cumulants() {
    var random = SeededGenerator(seed: 4)
    for order in [2, 3, 4, 6] {
      // Moments of a few equally likely configurations.
      let fields = (0..<7).map { _ in (0..<order).map { _ in random.normal() } }
      func product(_ f: [Double], _ slots: [Int]) -> Double { slots.reduce(1) { $0 * f[$1] } }
      func moment(_ slots: [Int]) -> Double {
        fields.map { product($0, slots) }.reduce(0, +) / 7
      }
      let transform = CumulantTransform(slots: order, maximumOrder: order)
      let all = transform.cumulants(
        ofMoments: transform.multisets.map { $0.tuples.map(moment) })
      let expected = all[order][transform.multisets[order].index(of: Array(0..<order))]
      let own = DistinctCumulant.outputs(Array(0..<order), even: false)
      #expect(abs(own.value { moment(own.monomials[$0]) } - expected) < 1e-12 * (1 + abs(expected)))
    }
  }

  @Test("Channels: all splits, one of each kind, and what moves where")
  func channels() {
    #expect(Channel.all(order: 4).count == 7 && Channel.all(order: 6).count == 31)
    #expect(Channel.all(order: 4).filter { $0.kind == "2|2" }.count == 3)
    #expect(Channel.kinds(order: 6).map(\.kind) == ["1|5", "2|4", "3|3"])
    let channel = Channel(order: 3, moved: [2])
    #expect(
      channel.points([[0], [1], [2]], direction: [1], distance: 4, both: true)
        == [[-2], [-1], [4]])
    #expect(channel.label == "0 1|2")
  }

  @Test("Curves of known form are told apart, with their lengths and limits")
  func forms() {
    let r = (0...14).map { 0.5 * Double($0) }
    func fit(_ f: (Double) -> Double) -> DecayFit {
      DecayFit(distances: r, values: r.map(f), covariance: nil)
    }
    let exponential = fit { 0.7 * exp(-$0 / 1.3) }
    #expect(exponential.verdict == .clusters && exponential.kind == .exponential)
    #expect(abs(exponential.length!.value! - 1.3) < 1e-6)
    let gaussian = fit { 2 * exp(-$0 * $0 / (2 * 1.1 * 1.1)) }
    #expect(gaussian.verdict == .clusters && gaussian.kind == .gaussian)
    #expect(abs(gaussian.length!.value! - 1.1) < 1e-6)
    let power = fit { $0 == 0 ? 20 : 3 / pow($0, 1.5) }
    #expect(power.verdict == .doesNotCluster && power.kind == .power)
    #expect(abs(power.exponent!.value! - 1.5) < 1e-6)
    let plateau = fit { 0.125 + 0.3 * exp(-$0 * $0) }
    #expect(plateau.verdict == .doesNotCluster && abs(plateau.limit!.value! - 0.125) < 1e-6)
    let growth = fit { 1 + 0.5 * $0 * $0 }
    #expect(growth.verdict == .doesNotCluster && growth.grows)
    #expect(fit { _ in 0 }.verdict == .clusters)
    let slow = DecayFit(
      distances: r.map { $0 / 50 }, values: r.map { exp(-$0 / 50) }, covariance: nil)
    #expect(slow.verdict == .undecided && slow.reason.hasPrefix("range"))
  }

  @Test("With noise true forms are found in most of 40 samples, or what hides them is said")
  func noise() {
    let r = (0...12).map { 0.5 * Double($0) }
    func verdicts(_ sigma: Double) -> [DecayFit.Verdict] {
      (0..<40).map { seed in
        var random = SeededGenerator(seed: UInt64(seed))
        let values = r.map { exp(-$0 * $0 / 2) + sigma * random.normal() }
        let covariance = SymmetricMatrix(count: r.count) { $0 == $1 ? sigma * sigma : 0 }
        return DecayFit(distances: r, values: values, covariance: covariance).verdict
      }
    }
    let clear = verdicts(0.002)
    #expect(clear.filter { $0 == .clusters }.count >= 24, "\(clear)")
    #expect(clear.filter { $0 == .doesNotCluster }.count <= 2, "\(clear)")
    #expect(verdicts(0.5).allSatisfy { $0 != .clusters })
  }

  private func locality(
    _ activation: String, _ options: String = "", biases: String = "{output: false}",
    points: String = "[[0.1], [0.3], [0.55], [0.9]]", sampling: String = "estimator: exact"
  ) throws -> [LocalityResult] {
    try runStudy(
      """
      ensemble: {hidden: [{activation: \(activation), width: 4}], biases: \(biases)}
      points: \(points)
      sampling: {\(sampling)}
      measure: [locality: {orders: [2, 4]\(options)}]
      """
    ).cases[0].locality!
  }

  @Test(
    "Exact verdicts: cos and gauss are local at infinite width, not at order 1/N; relu, erf are not"
  )
  func verdicts() throws {
    let cos = try locality("cos")
    for r in cos {
      #expect(r.verdict == (r.kind == "2|2" ? .doesNotCluster : .clusters), "cos \(r.channel)")
    }
    // The plateau of 0 1|2 3: (so^4/4N) exp(-a (D12^2 + D34^2)) (3 cosh(2 a D12 D34) - 1), a = 1/2.
    let plateau = try #require(cos.first { $0.channel == "0 1|2 3" }?.decay.limit?.value)
    let expected = 0.25 * exp(-0.5 * (0.04 + 0.1225)) * (3 * cosh(0.2 * 0.35) - 1) / 4
    #expect(abs(plateau - expected) < 1e-6)
    let gauss = try locality("gauss", biases: "{hidden_sigma: 0.5, output: false}")
    for r in gauss {
      // What is moved matters: single points decay, groups of two and three to the right grow.
      let single = r.channel.split(separator: "|")[1].count == 1
      #expect(r.verdict == (single ? .clusters : .doesNotCluster), "gauss \(r.channel)")
      #expect(single || r.decay.grows)
    }
    // Pairs by -+ r e / 2: the limit is -K12 K34 / N (here e.(x3 + x4 - x1 - x2) > 0).
    let pairs = try locality(
      "gauss", ", move: both, channels: [[2, 3], [1]]",
      biases: "{hidden_sigma: 0.5, output: false}")
    let limit = try #require(pairs.first { $0.order == 4 && $0.kind == "2|2" }?.decay.limit?.value)
    let (k12, k34) = (exp(-0.5 * 0.04), exp(-0.5 * 0.1225))
    #expect(abs(limit + k12 * k34 / 4) < 1e-6)
    for name in ["relu", "erf"] {
      let all = try locality(
        name, biases: "{hidden_sigma: \(name == "relu" ? 0 : 0.5), output: false}")
      #expect(all.allSatisfy { $0.verdict == .doesNotCluster }, "\(name)")
      if name == "relu" { #expect(all.allSatisfy { $0.decay.grows }) }
    }
    // erf: K -> (2/pi) arcsin(sqrt2 x / sqrt(1 + 2 c(x, x))), as 1/r; x = 0.1.
    let erf = try locality(
      "erf", ", distances: [0, 1, 10, 30, 100, 300, 1000, 3000, 1e4, 3e4, 1e5]",
      biases: "{hidden_sigma: 0.5, output: false}")
    let found = try #require(erf.first { $0.order == 2 }?.decay)
    let two = 2 / Double.pi * asin(2.0.squareRoot() * 0.1 / (1 + 2 * (0.25 + 0.01)).squareRoot())
    #expect(abs(found.limit!.value! - two) < 1e-3 && abs(found.exponent!.value! - 1) < 0.05)
  }

  @Test("Sampled: cos at N = 4, coincident pairs, tends to so^4/(2N) = 0.125 within its error")
  func sampled() throws {
    for estimator in ["conditional", "outputs"] {
      let all = try locality(
        "cos", points: "[[0]]",
        sampling: "estimator: \(estimator), networks: 100000, runs: 10")
      for r in all {
        for p in r.curve { #expect(abs(p.value! - p.exact!) < 5 * p.error!, "\(r.channel)") }
        let own = try #require(r.sampled)
        if estimator == "conditional" { #expect(own.verdict == r.verdict, "\(r.channel)") }
        #expect(own.verdict == r.verdict || own.verdict == .undecided, "\(r.channel)")
      }
      let last = try #require(all.first { $0.channel == "0 1|2 3" }?.curve.last)
      #expect(abs(last.value! - 0.125) < 4 * last.error! && last.error! < 0.003)
    }
  }

  @Test("A shared random scale does not cluster at any width: Var(tau) K12 K34")
  func sharedScale() throws {
    for width in [10, 100_000] {
      let results = try runStudy(
        """
        ensemble: {hidden: [{activation: cos, width: \(width)}], correlation: {shared_scale: 0.5}}
        points: [[0]]
        sampling: {estimator: exact}
        measure: [locality: {orders: [2, 4], channels: kinds}]
        """)
      let all = try #require(results.cases[0].locality)
      let four = try #require(all.first { $0.kind == "2|2" })
      // Var(tau) K K with K = 1/2, and (1 + Var) / (2N) times so^4 on top of it.
      let limit = try #require(four.decay.limit?.value)
      #expect(abs(limit - (0.125 + 1.5 * 0.5 / Double(width))) < 1e-5)
      #expect(all.filter { $0.kind != "2|2" }.allSatisfy { $0.verdict == .clusters })
      #expect(results.cases[0].locality_summary!.contains("at any width"))
    }
  }

  @Test("The same bits however the work is split, and after an extension by more networks")
  func reproducible() throws {
    func study(_ networks: Int) -> String {
      """
      ensemble: {outputs: 2, hidden: [{activation: cos, width: 4}]}
      points: [[0.2], [0.5]]
      sampling: {estimator: outputs, networks: \(networks), runs: 4}
      measure: [locality: {orders: [2, 4], channels: kinds}, symmetry: [{orders: [2, 5]}, {group: translations}, {of: ntk}]]
      """
    }
    let folder = TemporaryDirectory()
    let first = try runStudy(study(3000), in: folder, threads: 1)
    #expect(try first.reproducibleJSON() == runStudy(study(3000), threads: 2).reproducibleJSON())
    let extended = try runStudy(study(5000), in: folder, threads: 2, existing: .resume)
    #expect(try extended.reproducibleJSON() == runStudy(study(5000), threads: 1).reproducibleJSON())
  }

  @Test("What cannot be measured is refused with a sentence")
  func refusals() {
    for (options, part) in [
      ("{orders: [3]}", "2, 4 or 6"), ("{channels: some}", "expected all"),
      ("{distances: [0, 1]}", "at least four"), ("{direction: [1, 0]}", "1 components"),
      ("{points: [0, 5, 1, 1]}", "2 points"), ("{points: [0, 1]}", "as many points"),
      ("{orders: [2], channels: [[3]]}", "no group"), ("{direction: [0]}", "must not vanish"),
    ] {
      let message = refusal(ofMeasuring: "locality: \(options)") ?? "accepted"
      #expect(message.contains(part), "\(options): \(message)")
    }
  }
}
