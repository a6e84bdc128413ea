import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Schwinger-Dyson, dilatation and translation identities")
struct IdentityTests {
  private func study(_ theory: String, points: String, networks: Int = 12800, seed: Int = 4)
    -> String
  {
    """
    theory: \(theory)
    points: \(points)
    sampling: {networks: \(networks), runs: 10, seed: \(seed)}
    measure: [identities: {orders: [0, 2, 4]}]
    """
  }

  @Test(
    "They hold for every kind of theory and every sampler, at the level 0.001 after Holm's correction",
    arguments: [
      ("{free-scalar: {width: 3}}", "[[0.2], [1]]", 1),
      ("{free-scalar: {width: 3, alpha: -1, cutoff: 4, amplitudes: gaussian}}", "[[0.2], [1]]", 1),
      (
        "{free-scalar: {dimension: 2, width: 3, alpha: 1.5, cutoff: 4, components: 2}}",
        "[[0.2, 0], [1, 1]]", 2
      ),
      (
        "{free-scalar: {dimension: 3, width: 2, momenta: {lattice: 3}, amplitudes: gaussian}}",
        "[[0, 0, 0], [1, 0, 2]]", 3
      ),
      ("{free-scalar: {width: 3, momenta: {box: 5}, cutoff: 6}}", "[[0.2], [1]]", 1),
      (
        "{free-scalar: {width: 3, amplitudes: gaussian}, interaction: {phi4: 6, mass_squared: -1, box: 3, thermalisation: 60}}",
        "[[1], [2]]", 1
      ),
      (
        "{free-scalar: {width: 3, alpha: -1, cutoff: 5}, interaction: {phi4: 8, box: 2, sampler: hamiltonian, thermalisation: 100}}",
        "[[0.5], [2]]", 1
      ),
      (
        "{free-scalar: {width: 4, alpha: 1, cutoff: 5, amplitudes: gaussian}, interaction: {phi4: 8, phi6: 20, box: 2, sampler: mixture, thermalisation: 60, stride: 2}}",
        "[[0.5], [2]]", 1
      ),
      (
        "{free-scalar: {width: 4, components: 3}, interaction: {phi4: 6, mass_squared: -2, box: 2, thermalisation: 60, stride: 3}}",
        "[[1]]", 1
      ),
      (
        "{free-scalar: {dimension: 2, width: 6, momenta: {lattice: 4}}, interaction: {phi4: 12, mass_squared: -1, thermalisation: 60, sampler: mixture}}",
        "[[0, 0], [1, 0]]", 2
      ),
      (
        "{free-scalar: {width: 4, amplitudes: gaussian}, interaction: {formula: '2*(1-cos(phi))', phi3: 0.5, phi4: 2, box: 2, thermalisation: 60}}",
        "[[0.5], [2]]", 1
      ),
      (
        "{free-scalar: {width: 4, amplitudes: gaussian}, interaction: {nonlocal: {formula: 'exp(-x)'}, box: 2, spacing: 0.2, sampler: reweighting}}",
        "[[0.5], [2]]", 1
      ),
    ] as [(String, String, Int)])
  func hold(theory: String, points: String, dimension: Int) throws {
    let results = try runStudy(study(theory, points: points, networks: 6400))
    let found = try #require(results.cases[0].identities)
    let names = Set(found.map(\.identity))
    #expect(names.contains("Schwinger-Dyson, phases"))
    #expect(names.contains("dilatation") == theory.contains("gaussian"))
    #expect(names.contains("momenta") == !theory.contains("momenta: {"))
    #expect(names.filter { $0.hasPrefix("translation") }.count == dimension)
    for i in found {
      #expect(i.verdict == .holds && i.p_adjusted! >= 0.001, "\(theory): \(i)")
      #expect(i.p_value! > 1e-5, "\(theory): \(i)")
    }
  }

  @Test("p-values are uniform over 120 seeds (Kolmogorov-Smirnov at 0.001)")
  func uniform() throws {
    let theory =
      "{free-scalar: {width: 4}, interaction: {phi4: 6, box: 2, spacing: 0.4, thermalisation: 30, stride: 3}}"
    var values: [String: [Double]] = [:]
    for seed in 1...120 {
      let results = try runStudy(study(theory, points: "[[1]]", networks: 1280, seed: seed))
      for i in results.cases[0].identities! {
        values["\(i.identity) \(i.order)", default: []].append(i.p_value!)
      }
    }
    #expect(values.count == 8)
    for (name, p) in values {
      let sorted = p.sorted()
      let n = Double(p.count)
      let distance = sorted.enumerated().map { k, x in
        max(abs(Double(k + 1) / n - x), abs(x - Double(k) / n))
      }.max()!
      // The 0.1% point of sqrt(n) D.
      #expect(distance * n.squareRoot() < 1.95, "\(name): \(distance * n.squareRoot())")
    }
  }

  @Test("Networks of another coupling, or that have not thermalised, break them")
  func broken() throws {
    let free = try FreeScalar(amplitudes: .gaussian, width: 4)
    let grid = FieldGrid.box(dimension: 1, length: 3, spacing: 0.1)
    func system(_ coupling: Double) -> NetworkSystem {
      NetworkSystem(free, grid: grid, interaction: LocalInteraction(quartic: coupling))
    }
    let identities = ScalarIdentities(free, points: [[1], [2]])
    let (drawn, claimed) = (system(6), system(9))
    for kind in identities.kinds {
      let statements = identities.statements(kind, order: 2)
      func sigmas(_ other: NetworkSystem) -> Double {
        var settings = InteractingNetworks.Settings()
        settings.sweeps = 4000
        settings.measureEvery = 2
        settings.seed = 3
        let run = InteractingNetworks(drawn).run(settings: settings, threads: 2) {
          (network: NetworkState) in
          let seen = NetworkState(other, random: SeededGenerator(seed: 1))
          seen.replace(network.neurons)
          var slots = [Double](repeating: 0, count: identities.slots)
          identities.read(seen) { slots[$0] = $1 }
          return statements.map { s in
            s.terms.reduce(0) { sum, t in sum + t.slots.reduce(t.factor) { $0 * slots[$1] } }
          }
        }
        return statements.indices.map { k in
          let g = run.mean(k)
          return g.error > 0 ? abs(g.value) / g.error : 0
        }.max()!
      }
      #expect(sigmas(drawn) < 4.5, "\(kind.name)")
      // Translations and momenta hardly feel the coupling.
      switch kind {
      case .translation, .momenta: continue
      default: #expect(sigmas(claimed) > 4, "\(kind.name)")
      }
    }
    // Hardly thermalised chains of a strong coupling: the test says so, and so do the chains.
    let results = try runStudy(
      study(
        "{free-scalar: {width: 12, amplitudes: gaussian}, interaction: {phi4: 400, box: 6, thermalisation: 0, stride: 1}}",
        points: "[[2], [4]]", networks: 12800))
    #expect(results.cases[0].identities!.contains { $0.verdict == .broken })
    #expect(results.warnings.contains { $0.code == "identity-broken" })
    #expect(results.warnings.contains { $0.code == "untrustworthy-sampler" })
    #expect(results.cases[0].chains!.trustworthy == false)
  }

  @Test("What cannot be tested is refused with a sentence")
  func refusals() {
    func message(_ measure: String, theory: String = "{free-scalar: {width: 3}}") -> String {
      refusal("theory: \(theory)\npoints: [[0], [1]]\nmeasure: [\(measure)]") ?? "accepted"
    }
    #expect(message("identities: {orders: [1]}").contains("orders are even"))
    #expect(message("identities: {orders: []}").contains("at least one"))
    #expect(message("identities: {level: 2}").contains("between 0 and 0.5"))
    #expect(message("identities: {cows: 2}").contains("unknown key"))
    let big = refusal(
      "theory: {free-scalar: {width: 3}}\npoints: {grid: {from: 0, to: 1, count: 60, dimensions: 1}}\nmeasure: [identities: {orders: [4]}]"
    )
    #expect(big?.contains("statements") ?? false)
    #expect(refusal(ofMeasuring: "identities")?.contains("is for theories") ?? false)
  }
}
