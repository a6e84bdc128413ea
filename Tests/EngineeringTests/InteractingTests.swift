import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Interacting theories from deformed parameter densities")
struct InteractingTests {
  @Test("Zero dimensions: one neuron and four, against quadrature over the phases, within 4 sigma")
  func zeroDimensions() throws {
    // phi = sqrt(2/N) sum cos theta_i, weight exp(-lambda phi^4/24): momenta of one site, D0 = 1.
    for (width, lambda, second, fourth) in [
      (1, 1.0, 0.9588025, 1.4128303), (1, 6, 0.7719239, 1.0276230), (4, 1, 0.7888986, 1.5885568),
      (4, 6, 0.4902777, 0.5726522), (16, 6, 0.4728968, 0.5410001),
    ] {
      // A lattice of two sites with a huge mass would not do: the box of one point has no momenta. Any theory
      // looked at in one point has D0 alone; its mass makes D0 = 1.
      let theory = try FreeScalar(mass: 0.5, width: width)
      let grid = FieldGrid(points: [[0]], weights: [1])
      var settings = InteractingNetworks.Settings()
      settings.sweeps = 60_000
      settings.seed = 4
      let run = InteractingNetworks(
        theory, grid: grid, interaction: LocalInteraction(quartic: lambda)
      )
      .run(settings: settings, threads: 2) { (phi: [Double]) in
        [phi[0] * phi[0], phi[0] * phi[0] * phi[0] * phi[0]]
      }
      for (k, exact) in [second, fourth].enumerated() {
        let g = run.mean(k)
        #expect(
          abs(g.value - exact) < 4 * g.error,
          "N \(width), lambda \(lambda): \(g.estimate), \(exact)")
        #expect(g.error < 0.01 * exact)
      }
      #expect(run.ratio < 1.02)
    }
  }

  @Test("200 short runs against exact values have pulls of unit width, for all chains")
  func pulls() throws {
    let interaction = LocalInteraction(quartic: 6)
    let exact = SinglePointTheory(width: 4, interaction: interaction).moment(2)
    let networks = InteractingNetworks(
      try FreeScalar(mass: 0.5, width: 4), grid: FieldGrid(points: [[0]], weights: [1]),
      interaction: interaction)
    for sampling in [NetworkSampling.neuronRefresh, .hamiltonian] {
      let pulls = (1...200).map { seed -> Double in
        var settings = InteractingNetworks.Settings()
        settings.sampling = sampling
        settings.sweeps = 800
        settings.thermalisation = 200
        settings.chains = 2
        settings.seed = UInt64(seed)
        let g = networks.run(settings: settings, threads: 2) { (phi: [Double]) in [phi[0] * phi[0]]
        }
        .mean(0)
        return (g.value - exact) / g.error
      }
      let mean = pulls.reduce(0, +) / 200
      let width = (pulls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 199).squareRoot()
      #expect(
        abs(width - 1) < 0.12 && abs(mean) < 4 * width / 200.0.squareRoot(),
        "\(sampling): \(mean), \(width)")
    }
  }

  @Test("Zero dimensions by quadrature: the table to six digits, and its limit of infinite width")
  func quadrature() {
    for (lambda, known) in [
      (1.0, [(1, 0.9588025, 1.4128303), (4, 0.7888986, 1.5885568)]),
      (6, [(1, 0.7719239, 1.0276230), (4, 0.4902777, 0.5726522)]),
    ] {
      for (width, second, fourth) in known {
        // Periodic and smooth: the trapezoidal rule in each phase, by symmetry one of them at a time.
        let n = width == 1 ? 256 : 40
        var sums = [0.0, 0, 0]
        var index = [Int](repeating: 0, count: width)
        let cosines = (0..<n).map { cos(2 * .pi * (Double($0) + 0.5) / Double(n)) }
        while true {
          let phi = (2 / Double(width)).squareRoot() * index.reduce(0) { $0 + cosines[$1] }
          let g = phi * phi
          let w = exp(-lambda * g * g / 24)
          sums[0] += w
          sums[1] += w * g
          sums[2] += w * g * g
          var k = 0
          while k < width {
            index[k] += 1
            if index[k] < n { break }
            index[k] = 0
            k += 1
          }
          if k == width { break }
        }
        #expect(abs(sums[1] / sums[0] - second) < 1e-6 && abs(sums[2] / sums[0] - fourth) < 1e-6)
      }
    }
  }

  /// phi^2 averaged over the torus.
  private func torus(_ width: Int, amplitudes: FreeScalar.Amplitudes = .constant, seed: UInt64)
    throws -> InteractingNetworks.Run
  {
    let theory = try FreeScalar(
      dimension: 2, amplitudes: amplitudes, momenta: .lattice(size: 4), width: width)
    var settings = InteractingNetworks.Settings()
    settings.sweeps = 320_000 / width
    settings.thermalisation = 300
    settings.seed = seed
    return InteractingNetworks(
      theory, grid: .torus(dimension: 2, size: 4),
      interaction: LocalInteraction(quadratic: -2, quartic: 12)
    ).run(settings: settings, threads: 2) { (phi: [Double]) in
      [phi.reduce(0) { $0 + $1 * $1 } / 16]
    }
  }

  @Test(
    "phi^4 with m^2 = -1 on the 4x4 torus: finite widths within 4 sigma, their limit within two errors"
  )
  func lattice() throws {
    let known = [
      (8, 0.356822, 0.745), (16, 0.342523, 0.814), (32, 0.336856, 0.866), (64, 0.334357, 0.904),
    ]
    var values: [Double] = []
    var errors: [Double] = []
    for (width, exact, acceptance) in known {
      let run = try torus(width, seed: 9)
      let g = run.mean(0)
      #expect(abs(g.value - exact) < 4 * g.error, "N \(width): \(g.estimate), \(exact)")
      #expect(abs(run.acceptance - acceptance) < 0.003, "N \(width): \(run.acceptance)")
      #expect(run.warnings.isEmpty, "\(run.warnings)")
      values.append(g.value)
      errors.append(g.error)
    }
    let limit = try #require(
      WidthExtrapolation(widths: known.map(\.0), values: values, errors: errors))
    #expect(abs(limit.limit.value! - 0.33196947) < 2.5 * limit.total, "\(limit)")
    #expect(limit.total < 0.03 * 0.332)
  }

  @Test("The box [0, 6] in free space: constant and Gaussian amplitudes within 4 sigma")
  func box() throws {
    for (width, amplitudes, exact) in [
      (4, FreeScalar.Amplitudes.constant, 0.368198), (16, .constant, 0.357474),
      (8, .gaussian, 0.303814),
    ] {
      let theory = try FreeScalar(amplitudes: amplitudes, width: width)
      var settings = InteractingNetworks.Settings()
      settings.sweeps = 40_000 / width
      settings.seed = 2
      let run = InteractingNetworks(
        theory, grid: .box(dimension: 1, length: 6, spacing: 0.1),
        interaction: LocalInteraction(quartic: 6)
      ).run(settings: settings, threads: 2) { (phi: [Double]) in
        [phi[30] * phi[30], phi[25] * phi[35]]
      }
      let g = run.mean(0)
      #expect(abs(g.value - exact) < 4 * g.error, "N \(width): \(g.estimate), \(exact)")
      #expect(g.error < 0.03 * exact)
    }
  }

  @Test("Extrapolation: exact coefficients, errors of unit pulls")
  func extrapolation() throws {
    let widths = [4, 8, 16, 32, 64]
    let exact = widths.map { 1 + 0.5 / Double($0) - 2 / Double($0 * $0) }
    let clean = try #require(
      WidthExtrapolation(widths: widths, values: exact, errors: widths.map { _ in 0.01 }))
    #expect(abs(clean.limit.value! - 1) < 1e-10 && clean.systematic < 1e-9)
    var random = SeededGenerator(seed: 3)
    let pulls = (0..<2000).map { _ -> Double in
      let noisy = exact.map { $0 + 0.01 * random.normal() }
      let e = WidthExtrapolation(widths: widths, values: noisy, errors: widths.map { _ in 0.01 })!
      return (e.limit.value! - 1) / e.limit.error!
    }
    let width = (pulls.map { $0 * $0 }.reduce(0, +) / 2000).squareRoot()
    #expect(abs(width - 1) < 0.08)
    #expect(WidthExtrapolation(widths: [4, 8, 16], values: [1, 1, 1], errors: [1, 1, 1]) == nil)
  }

  @Test(
    "In a study: correlators on the torus within 5 sigma of the chains' values; bits do not depend on threads"
  )
  func study() throws {
    func study(_ networks: Int) -> String {
      """
      theory:
        free-scalar: {dimension: 2, momenta: {lattice: 4}, width: 8}
        interaction: {phi4: 12, mass_squared: -1, stride: 10}
      points: [[0, 0], [1, 0]]
      sampling: {networks: \(networks), runs: 10, seed: 6}
      measure: [correlators: {orders: [2, 4]}, symmetry: [{group: translations, by: [[1, 0], [2, 3]]}, {group: permutations, side: input}]]
      """
    }
    let results = try runStudy(study(1024), threads: 2)
    let two = try #require(results.cases[0].correlators?[0].elements)
    #expect(abs(two[0].full.value! - 0.356822) < 5 * two[0].full.error!)
    #expect(two[0].full.exact == nil && two[0].full.error! < 0.02)
    #expect(results.cases[0].symmetry!.allSatisfy { $0.verdict == .holds })
    #expect(
      results.cases[0].symmetry_prediction!.statements.contains {
        $0.group == "translations" && $0.residual == "by whole sites"
      })
    let one = try runStudy(study(192), threads: 1)
    let again = try runStudy(study(192), threads: 2)
    #expect(try one.reproducibleJSON() == again.reproducibleJSON())
  }

  @Test("Interactions without meaning are refused with a sentence")
  func refusals() {
    for (interaction, part) in [
      ("{phi4: -1, box: 2}", "bounded from below"), ("{phi4: 1}", "torus (sites"),
      ("{phi4: 1, torus: 4}", "lattice momenta"), ("{phi4: 1, box: -2}", "expected a box"),
      ("{phi4: 1, box: 2, colour: 3}", "unknown key"), ("{phi4: 1, box: 2, stride: 0}", "from 1"),
    ] {
      let message =
        refusal(
          "theory: {free-scalar: {width: 3}, interaction: \(interaction)}\npoints: [[0]]")
        ?? "accepted"
      #expect(message.contains(part), "\(interaction): \(message)")
    }
  }
}
