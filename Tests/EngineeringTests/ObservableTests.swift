import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Observables of theories, and their limits of infinite width")
struct ObservableTests {
  private func run(
    _ theory: String, _ options: String = "", networks: Int = 6400, points: String = "[[0]]"
  )
    throws -> Results
  {
    try runStudy(
      """
      theory: \(theory)
      points: \(points)
      sampling: {networks: \(networks), runs: 10, seed: 6}
      measure: [observables: {\(options)}]
      """)
  }

  @Test("Free theories: every quantity against its exact value at this width, within 4.5 sigma")
  func free() throws {
    for (theory, options, points) in [
      ("{width: 3}", "times: [0.5, 1]", "[[0]]"),
      ("{width: 3, components: 2, amplitudes: gaussian}", "times: [0.5, 1]", "[[0]]"),
      ("{dimension: 2, width: 5, momenta: {lattice: 5}}", "", "[[0, 0]]"),
      ("{dimension: 2, width: 5, components: 3, momenta: {lattice: 4}}", "", "[[0, 0]]"),
      ("{dimension: 3, width: 4, alpha: -1, momenta: {lattice: 3}}", "", "[[0, 0, 0]]"),
      ("{dimension: 2, width: 4, alpha: 1, cutoff: 4}", "times: [0.5], axis: 1", "[[0, 0]]"),
    ] {
      let results = try run("{free-scalar: \(theory)}", options, points: points)
      var known = 0
      for o in try #require(results.cases[0].observables) {
        guard let sigmas = o.estimate.deviation else { continue }
        known += 1
        #expect(abs(sigmas) < 4.5, "\(theory): \(o)")
      }
      #expect(known >= 4, "\(theory)")
      // One width gives no limit.
      #expect(results.fits.observables == nil && results.cases[0].chains == nil)
    }
  }

  @Test(
    "The box [0, 6]: known values at finite width within 4 sigma, for constant and Gaussian amplitudes",
    arguments: [FreeScalar.Amplitudes.constant, .gaussian])
  func table(amplitudes: FreeScalar.Amplitudes) throws {
    let known: [(Int, Double)] =
      amplitudes == .constant
      ? [(2, 0.400262), (4, 0.368198), (8, 0.360874), (16, 0.357474)]
      : [(4, 0.269359), (8, 0.303814), (16, 0.326266), (32, 0.339651)]
    for (width, exact) in known {
      let run = try box(width, amplitudes, sweeps: 60_000)
      let g = run.mean(0)
      #expect(abs(g.value - exact) < 4 * g.error, "N \(width): \(g.estimate), \(exact)")
      #expect(g.error < 0.006 * exact, "N \(width): \(g.estimate)")
      let rates: [Int: Double] = [8: 0.843, 16: 0.885]
      if amplitudes == .constant, let rate = rates[width] {
        #expect(abs(run.acceptance - rate) < 0.003)
      }
    }
  }

  private func box(_ width: Int, _ amplitudes: FreeScalar.Amplitudes, sweeps: Int) throws
    -> InteractingNetworks.Run
  {
    var settings = InteractingNetworks.Settings()
    settings.sweeps = sweeps
    settings.thermalisation = 300
    settings.seed = 12
    return InteractingNetworks(
      try FreeScalar(amplitudes: amplitudes, width: width),
      grid: .box(dimension: 1, length: 6, spacing: 0.1), interaction: LocalInteraction(quartic: 6)
    ).run(settings: settings, threads: 2) { (phi: [Double]) in
      [phi[30] * phi[30], phi[25] * phi[35]]
    }
  }

  /// Limits within two errors and these below 0.3%.
  private func check(_ fit: WidthExtrapolation?, _ exact: Double, _ name: String) throws {
    let fit = try #require(fit)
    #expect(
      abs(fit.limit.value! - exact) < 2 * fit.total,
      "\(name): \(fit.limit), systematic \(fit.systematic), exact \(exact)")
    #expect(fit.total < 0.003 * exact, "\(name): \(fit.limit), systematic \(fit.systematic)")
  }

  @Test("The box extrapolates to the oscillator within two errors, below 0.3%")
  func boxLimit() throws {
    let widths = [8, 16, 32]
    let values = try widths.map { try box($0, .constant, sweeps: 400_000).mean(0) }
    try check(
      WidthExtrapolation(
        widths: widths, values: values.map(\.value), errors: values.map(\.error), powers: 1),
      0.354516, "box")
  }

  @Test("The 4 x 4 torus extrapolates to the exact lattice within two errors, below 0.3%")
  func torusLimit() throws {
    let widths = [16, 32, 64, 128]
    let values = try widths.map { width -> GammaMethod in
      var settings = InteractingNetworks.Settings()
      settings.sweeps = 16_000_000 / width
      settings.thermalisation = 300
      settings.seed = 31
      return InteractingNetworks(
        try FreeScalar(dimension: 2, momenta: .lattice(size: 4), width: width),
        grid: .torus(dimension: 2, size: 4),
        interaction: LocalInteraction(quadratic: -2, quartic: 12)
      ).run(settings: settings, threads: 2) { (network: NetworkState) in
        [network.averages.square]
      }.mean(0)
    }
    try check(
      WidthExtrapolation(
        widths: widths, values: values.map(\.value), errors: values.map(\.error)),
      0.33196947, "torus")
  }

  @Test("In a study: limits, exact values of infinite width and the lattice side by side")
  func limits() throws {
    let box = try run(
      "{free-scalar: {width: [4, 8, 16, 32]}, interaction: {phi4: 6, box: 6, thermalisation: 60, stride: 3}}",
      "times: [1, 2]", networks: 12800)
    let fits = try #require(box.fits.observables)
    for (quantity, time, exact) in [
      (FieldQuantity.Name.phi2, nil, 0.354516), (.correlator, 1.0, 0.0869845),
      (.correlator, 2, 0.0213729),
    ] {
      let fit = try #require(fits.first { $0.quantity == quantity && $0.time == time })
      #expect(abs(fit.exact! - exact) < 1e-6 && fit.source != nil && fit.lattice == nil)
      #expect(abs(fit.limit.value! - exact) < 4 * fit.total)
      #expect(fit.widths == [4, 8, 16, 32] && fit.degrees == 1 && fit.coefficients.count == 3)
    }
    let torus = try run(
      "{free-scalar: {dimension: 1, width: [8, 16, 32], momenta: {lattice: 6}}, interaction: {phi4: 3, mass_squared: 0.5, thermalisation: 60}}",
      "lattice: 4000", points: "[[0]]")
    let lattice = try #require(torus.fits.lattice?.first)
    #expect(lattice.size == 6 && lattice.mass_squared == 0.5 && lattice.coupling == 3)
    let all = try #require(torus.fits.observables)
    for name in [FieldQuantity.Name.phi2, .phi4, .neighbour, .susceptibility, .correlator] {
      let fit = try #require(all.first { $0.quantity == name })
      let (exact, found) = (try #require(fit.exact), try #require(fit.lattice))
      #expect(abs(fit.limit.value! - exact) < 4 * fit.total, "\(fit)")
      #expect(abs(found.value! - exact) < 4 * found.error!, "\(fit)")
    }
    #expect(torus.cases.allSatisfy { $0.chains!.trustworthy })
    // What it cost: three widths, their limit, and the lattice, told in a sentence.
    let costs = try #require(torus.fieldwork.costs)
    #expect(costs.compactMap(\.case) == [0, 1, 2] && costs.compactMap(\.lattice) == [0])
    #expect(costs.allSatisfy { $0.core_seconds > 0 && $0.drawn > 0 })
    let table = ResultTables(torus).costs
    #expect(table.rows.count == 6 && table.sentence?.contains("core-seconds") ?? false)
    #expect(ResultTables(box).costs.sentence == nil)
  }

  @Test("Errors over 120 seeds: pulls against exact values have unit width within 0.2")
  func pulls() throws {
    var pulls: [String: [Double]] = [:]
    for seed in 1...120 {
      let results = try runStudy(
        """
        theory: {free-scalar: {dimension: 2, width: 3, momenta: {lattice: 4}}}
        points: [[0, 0]]
        sampling: {networks: 1280, runs: 4, seed: \(seed)}
        measure: [observables]
        """)
      for o in results.cases[0].observables! {
        guard let sigmas = o.estimate.deviation else { continue }
        pulls["\(o.quantity) \(o.time ?? 0)", default: []].append(sigmas)
      }
    }
    #expect(pulls.count == 9)
    for (name, p) in pulls {
      let mean = p.reduce(0, +) / Double(p.count)
      let width = (p.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(p.count - 1))
        .squareRoot()
      #expect(abs(width - 1) < 0.2 && abs(mean) < 0.4 * width, "\(name): \(mean), \(width)")
    }
  }

  @Test("O(n): the outputs' symmetry holds at every width; four-point functions are exact")
  func components() throws {
    let interacting = try runStudy(
      """
      theory:
        free-scalar: {components: 3, width: 4}
        interaction: {phi4: 6, mass_squared: -1, box: 2, spacing: 0.2, thermalisation: 60}
      points: [[0.5], [1.2]]
      sampling: {networks: 6400, runs: 10, seed: 2}
      measure: [symmetry: {group: O, side: output}, correlators: {orders: [2]}]
      """)
    #expect(interacting.cases[0].symmetry!.allSatisfy { $0.verdict == .holds })
    let prediction = try #require(interacting.cases[0].symmetry_prediction)
    #expect(prediction.statements.contains { $0.group == "O(3)" && $0.side == .output && $0.holds })
    for amplitudes in ["constant", "gaussian"] {
      let free = try runStudy(
        """
        theory: {free-scalar: {components: 2, width: 3, amplitudes: \(amplitudes)}}
        points: [[0.5], [1.2]]
        sampling: {networks: 64000, runs: 10, seed: 2}
        measure: [symmetry: {group: O, side: output}, correlators: {orders: [2, 4]}]
        """)
      #expect(free.cases[0].symmetry!.allSatisfy { $0.verdict == .holdsExactly })
      let four = free.cases[0].correlators![1].elements
      #expect(four.count == 35 && four.contains { abs($0.connected.exact!) > 0.01 })
      for e in four {
        #expect(
          abs(e.connected.value! - e.connected.exact!) < 5 * e.connected.error! + 1e-12, "\(e)")
      }
    }
  }

  @Test("Odd potentials have odd correlators; formulas and polynomials agree")
  func potentials() throws {
    func theory(_ interaction: String) -> String {
      "{free-scalar: {width: 4}, interaction: {\(interaction), box: 2, spacing: 0.2, thermalisation: 60}}"
    }
    let odd = try runStudy(
      """
      theory: \(theory("phi3: 3, phi4: 6"))
      points: [[1]]
      sampling: {networks: 12800, runs: 10}
      measure: [correlators: {orders: [1, 2, 3]}]
      """)
    let one = odd.cases[0].correlators![0].elements[0].full
    #expect(one.value! < -10 * one.error!)
    let polynomial = try run(theory("phi4: 6, phi6: 30"), networks: 12800, points: "[[1]]")
    let formula = try run(theory("formula: 'phi^4/4 + phi^6/24'"), networks: 12800, points: "[[1]]")
    for (a, b) in zip(polynomial.cases[0].observables!, formula.cases[0].observables!)
    where a.quantity != .effectiveMass {
      let error = hypot(a.estimate.error!, b.estimate.error!)
      #expect(abs(a.estimate.value! - b.estimate.value!) < 4 * error, "\(a), \(b)")
    }
  }

  @Test(
    "Reweighting in a study: agrees with chains within 4 sigma, tells what it is worth, is refused where worthless"
  )
  func reweighting() throws {
    func theory(_ sampler: String, box: Int = 4) -> String {
      "{free-scalar: {width: 4}, interaction: {phi4: 10, box: \(box), thermalisation: 60, sampler: \(sampler)}}"
    }
    let weighted = try run(theory("reweighting"), networks: 12800)
    let chains = try run(theory("neuron-refresh"), networks: 12800)
    for (a, b) in zip(weighted.cases[0].observables!, chains.cases[0].observables!)
    where a.quantity != .effectiveMass {
      let error = hypot(a.estimate.error!, b.estimate.error!)
      #expect(abs(a.estimate.value! - b.estimate.value!) < 4 * error, "\(a), \(b)")
    }
    let found = try #require(weighted.cases[0].chains)
    #expect(found.trustworthy && found.effective_share! > 0.5 && found.effective_share! < 0.9)
    #expect(abs(found.effective_networks! / 128_000 - found.effective_share!) < 1e-12)
    #expect(found.autocorrelation == nil)
    do {
      _ = try run(theory("reweighting", box: 200))
      Issue.record("a worthless reweighting is accepted")
    } catch { #expect("\(error)".contains("reweighting is worth")) }
  }

  @Test(
    "The same bits on any number of threads, and after an extension, for weights and trajectories")
  func reproducible() throws {
    for sampler in ["reweighting", "mixture"] {
      func yaml(_ networks: Int) -> String {
        """
        theory: {free-scalar: {width: 3}, interaction: {phi4: 6, box: 2, thermalisation: 40, stride: 2, sampler: \(sampler)}}
        points: [[0.5], [1]]
        sampling: {networks: \(networks), runs: 4, seed: 3}
        measure: [correlators: {orders: [2, 4]}, observables, identities]
        """
      }
      let folder = TemporaryDirectory()
      _ = try runStudy(yaml(192), in: folder, threads: 1)
      let extended = try runStudy(yaml(448), in: folder, threads: 2, existing: .resume)
      let whole = try runStudy(yaml(448), threads: 1)
      #expect(try extended.reproducibleJSON() == whole.reproducibleJSON())
    }
  }

  @Test("What cannot be measured or drawn is refused with a sentence")
  func refusals() {
    func message(_ theory: String, _ measure: String = "observables") -> String {
      refusal("theory: {\(theory)}\npoints: [[0]]\nmeasure: [\(measure)]") ?? "accepted"
    }
    let free = "free-scalar: {width: 3}"
    let gauss = "free-scalar: {width: 3, momenta: {lattice: 4}}"
    for (theory, measure, part) in [
      (free, "observables: {times: []}", "1 to 64 times"),
      (free, "observables: {axis: 1}", "1 axes"),
      (free, "observables: {lattice: 5}", "at least 200"),
      ("free-scalar: {width: 3, momenta: {lattice: 2}}", "observables", "at least 3 sites"),
      ("free-scalar: {width: 3, momenta: {lattice: 2000000}}", "observables", "2 to 1000000"),
      ("\(gauss), interaction: {phi4: 1, sampler: hamiltonian}", "observables", "use `mixture`"),
      ("\(free), interaction: {phi4: 1, box: 2, sampler: gibbs}", "observables", "is not known"),
      ("\(free), interaction: {phi4: 1, box: 2, sampler: {}}", "observables", "sweeps of"),
      ("\(free), interaction: {phi5: 1, box: 2}", "observables", "bounded from below"),
      (
        "\(free), interaction: {phi4: -1, nonlocal: {formula: 'exp(-x)'}, box: 2}", "observables",
        "bounded from below"
      ),
      ("\(free), interaction: {formula: '-phi^4', box: 2}", "observables", "bounded from below"),
      ("\(free), interaction: {formula: 'phi^', box: 2}", "observables", "character"),
      ("\(free), interaction: {phi2: 1, mass_squared: 2, box: 2}", "observables", "same term"),
      (
        "\(free), interaction: {nonlocal: {formula: 'x-1'}, box: 2}", "observables",
        "must not be negative"
      ),
      (
        "\(free), interaction: {nonlocal: {file: nowhere.csv}, box: 2}", "observables",
        "nowhere.csv"
      ),
      (
        "free-scalar: {width: 3, components: 2}, interaction: {phi3: 1, phi4: 1, box: 2}",
        "observables", "even powers"
      ),
      ("free-scalar: {width: 3, components: 9}", "observables", "from 1 to 8"),
    ] {
      #expect(
        message(theory, measure).contains(part),
        "\(theory), \(measure): \(message(theory, measure))")
    }
    #expect(refusal(ofMeasuring: "observables")?.contains("is for theories") ?? false)
  }

  @Test("A kernel from a file: a matrix over the grid, or listed couplings")
  func kernels() throws {
    let folder = TemporaryDirectory()
    let matrix = (0..<3).map { i in
      (0..<3).map { j in "\(i == j ? 2 : 0.5)" }.joined(separator: ",")
    }
    let a = folder.write("pairs.csv", matrix.joined(separator: "\n") + "\n")
    // The same couplings, with the weights 1/2, 1, 1/2 of the trapezoidal rule written out.
    var rows: [String] = []
    for i in 0..<3 {
      for j in 0..<3 {
        let w = [0.5, 1, 0.5]
        rows.append("\(i),\(i),\(j),\(j),\(w[i] * w[j] * (i == j ? 2 : 0.5))")
      }
    }
    let b = folder.write("points.csv", rows.joined(separator: "\n") + "\n")
    let results = try [a, b].map { file in
      try run(
        "{free-scalar: {width: 3}, interaction: {nonlocal: {file: \(file)}, box: 2, spacing: 1, thermalisation: 40}}",
        networks: 12800)
    }
    // A coupling at one site of a torus breaks its translations, and none are promised.
    let c = folder.write("site.csv", "0,0,0,0,60\n")
    let broken = try runStudy(
      """
      theory: {free-scalar: {width: 6, momenta: {lattice: 4}}, interaction: {nonlocal: {file: \(c)}, thermalisation: 60}}
      points: [[0], [1]]
      sampling: {networks: 6400, runs: 10}
      measure: [symmetry: {group: translations, by: [[2]]}]
      """)
    #expect(broken.cases[0].symmetry!.contains { $0.verdict == .broken })
    #expect(
      broken.cases[0].symmetry_prediction!.statements.allSatisfy {
        $0.side == .output || (!$0.holds && $0.residual == nil)
      })
    #expect(!broken.warnings.contains { $0.code == "against-prediction" })
    for (x, y) in zip(results[0].cases[0].observables!, results[1].cases[0].observables!)
    where x.quantity != .effectiveMass {
      let error = hypot(x.estimate.error!, y.estimate.error!)
      #expect(abs(x.estimate.value! - y.estimate.value!) < 4 * error)
    }
  }
}
