import Fieldwork
import Foundation

/// Times our side of the comparison with other frameworks.
///
/// peer ACTIVATION WIDTH outputs|moments SECONDS [THREADS] -> networks per second, one thread, six
/// points, d = 1
/// peer kernel ACTIVATION FILE -> median seconds of K over 1000 x 1000 pairs, three weight layers; the
/// matrix goes to FILE (float64)
/// peer integrals ACTIVATION DIMENSION FILE -> median seconds of I4 for all tuples of the points at 21
/// cutoffs; the integrals go to FILE (float64, [cutoff][tuple])
/// peer flow TOLERANCE -> median seconds of the phi^12 flow in three dimensions from k = 1 to 0.01, and
/// u2 at its end
/// peer torus SIZE MASS2 COUPLING FREE-MASS WIDTH SWEEPS -> JSON of neuron-refresh chains of phi^4 on a
/// SIZE x SIZE torus; WIDTH 0: SWEEPS trajectories of the lattice
/// peer refresh SIZE WIDTH -> seconds of one neuron-refresh move of phi^4 on a SIZE x SIZE torus
@main
struct Peer {
  static func main() throws {
    let words = CommandLine.arguments
    if words.count == 4, words[1] == "kernel" {
      try kernel(words[2], file: words[3])
      return
    }
    if words.count == 5, words[1] == "integrals", let d = Int(words[3]) {
      try integrals(words[2], dimension: d, file: words[4])
      return
    }
    if words.count == 3, words[1] == "flow", let tolerance = Double(words[2]) {
      try flow(tolerance)
      return
    }
    if words.count == 8, words[1] == "torus", let size = Int(words[2]) {
      let numbers = words[3...].compactMap { Double($0) }
      try torus(size, numbers[0], numbers[1], numbers[2], Int(numbers[3]), Int(numbers[4]))
      return
    }
    if words.count == 4, words[1] == "refresh", let size = Int(words[2]), let width = Int(words[3])
    {
      try refresh(size, width)
      return
    }
    guard words.count >= 5, let width = Int(words[2]), let seconds = Double(words[4]) else {
      print("usage: peer ACTIVATION WIDTH outputs|moments SECONDS [THREADS]")
      exit(64)
    }
    let threads = words.count > 5 ? Int(words[5]) ?? 1 : 1
    let points = try Points([0.2, 0.4, 0.6, 0.8, 1.0, 1.2].map { [$0] }, inputs: 1)
    let ensemble = try Ensemble(
      words[1], width: width, biasSigma: words[1] == "relu" ? 0 : 1)
    let sampler = ShallowNetworkSampler(ensemble, points: points, quantity: .outputs, seed: 1)
    let orders = words[3] == "moments" ? [2, 4, 6] : []
    let plan = MomentPlan(
      slots: 6, monomials: orders.flatMap { Multisets(slots: 6, order: $0).tuples })
    // Short passes until the time is up; the first one warms up.
    func pass(_ networks: Int) throws -> Double {
      let layout = CellLayout(runs: 2, samplesPerRun: networks, cellsPerRun: 16)
      let start = Date()
      _ = try SamplingPass(sampler: sampler, plan: plan, layout: layout).run(threads: threads)
      return Date().timeIntervalSince(start)
    }
    _ = try pass(64 * 64)
    var networks = 64 * 64
    while true {
      let time = try pass(networks)
      if time >= seconds {
        print(Double(2 * networks) / time)
        return
      }
      networks =
        max(networks + 64, Int(Double(networks) * min(8, 1.1 * seconds / max(time, 1e-3)))) / 64
        * 64
    }
  }

  private struct Torus: Encodable {
    var binder: Estimate
    var susceptibility: Estimate
    /// Of M^2, in sweeps or trajectories, and what one independent value of it costs on one core.
    var tau: Double
    var seconds_per_effective_sample: Double
    var seconds: Double
    var warnings: [String]
  }

  private static func torus(
    _ size: Int, _ massSquared: Double, _ coupling: Double, _ mass: Double, _ width: Int,
    _ sweeps: Int
  ) throws {
    var result: Torus
    let volume = Double(size * size)
    if width == 0 {
      var settings = LatticeHMC.Settings()
      settings.trajectories = sweeps
      settings.thermalisation = sweeps / 10
      let run = try LatticeHMC(
        ScalarLattice(dimension: 2, size: size, massSquared: massSquared, coupling: coupling),
        settings: settings
      ).run()
      let o = run.observables
      result = Torus(
        binder: Estimate(value: o.binder.value, error: o.binder.error),
        susceptibility: Estimate(value: o.susceptibility.value, error: o.susceptibility.error),
        tau: o.susceptibility.tau,
        seconds_per_effective_sample: run.seconds / Double(run.trajectories) * 2
          * o.susceptibility.tau, seconds: run.seconds, warnings: run.warnings)
    } else {
      let networks = InteractingNetworks(
        try FreeScalar(dimension: 2, mass: mass, momenta: .lattice(size: size), width: width),
        grid: .torus(dimension: 2, size: size),
        interaction: LocalInteraction(quadratic: massSquared - mass * mass, quartic: coupling))
      var settings = InteractingNetworks.Settings()
      settings.sweeps = sweeps
      settings.thermalisation = sweeps / 10
      let run = networks.run(settings: settings) { (network: NetworkState) in
        let m2 = network.averages.meanSquared
        return [m2, m2 * m2]
      }
      let second = run.mean(0)
      let binder = run.derived { 1 - $0[1] / (3 * $0[0] * $0[0]) }
      result = Torus(
        binder: binder.estimate, susceptibility: second.estimate.scaled(volume),
        tau: second.autocorrelationTime,
        seconds_per_effective_sample: run.seconds / Double(second.samples) * 2
          * second.autocorrelationTime, seconds: run.seconds, warnings: run.warnings)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }

  private static func refresh(_ size: Int, _ width: Int) throws {
    let system = NetworkSystem(
      try FreeScalar(dimension: 2, momenta: .lattice(size: size), width: width),
      grid: .torus(dimension: 2, size: size),
      interaction: LocalInteraction(quadratic: -2, quartic: 12))
    let network = NetworkState(system, random: SeededGenerator(seed: 1))
    var update = NeuronRefresh()
    let sweeps = max(1, 40_000_000 / (size * size * width))
    for _ in 0..<sweeps / 4 { update.sweep(network) }
    let start = Date()
    for _ in 0..<sweeps { update.sweep(network) }
    print(Date().timeIntervalSince(start) / Double(sweeps * width))
  }

  static let cutoffs = [
    7, 10, 15, 20, 30, 40, 50, 70, 100, 200, 500, 1e3, 2e3, 5e3, 7e3, 1e4, 2e4, 4e4, 6e4, 8e4, 1e5,
  ]

  private static func integrals(_ activation: String, dimension d: Int, file: String) throws {
    let sets = [
      [0.2, 0.4, 0.6, 0.8, 1.0, 1.2].map { [$0] }, [[0.5, 0.5], [0.5, 1], [1, 0.5], [1, 1]],
      [[0.2, 0.2, 0.2], [1, 1, 0.2], [0.2, 1, 1], [1, 0.2, 1]],
    ]
    let points = try Points(sets[d - 1], inputs: d)
    let ensemble = try Ensemble(
      activation, inputs: d, width: 20, biasSigma: activation == "relu" ? 0 : 1)
    let tuples = Multisets(slots: points.count, order: 4).tuples
    var times: [Double] = []
    var values: [Double] = []
    for _ in 0..<9 {
      let start = Date()
      let all = try VertexIntegrals(
        Propagator(ensemble), points: points, integrands: tuples.map { .init($0) },
        cutoffs: cutoffs)
      values = cutoffs.indices.flatMap { c in
        tuples.map { all.value(.init($0), cutoff: c).value }
      }
      times.append(Date().timeIntervalSince(start))
    }
    try values.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: file))
    print(times.sorted()[times.count / 2])
  }

  private static func flow(_ tolerance: Double) throws {
    let flow = try PolynomialFlow(dimension: 3, order: 12)
    var times: [Double] = []
    var end = 0.0
    for _ in 0..<51 {
      let start = Date()
      let path = flow.follow(
        [0.1, 1, 0, 0, 0, 0], from: 1, through: [0.01], relative: tolerance)
      times.append(Date().timeIntervalSince(start))
      end = path.couplings[0][0]
    }
    print(times.sorted()[times.count / 2], end)
  }

  private static func kernel(_ activation: String, file: String) throws {
    let points = try Points(
      (0..<1000).map { i in (0..<10).map { sin(1.7 * Double(10 * i + $0)) } }, inputs: 10)
    let unit = HiddenLayer(try Activation(activation), width: 1)
    let ensemble = try Ensemble(
      inputs: 10, hidden: [unit, unit], weights: [.gaussian(1.3), .gaussian(1.3), .gaussian(1.3)],
      biases: [.gaussian(0.3), .gaussian(0.3), .gaussian(0.3)])
    var times: [Double] = []
    var elements: [Double] = []
    for _ in 0..<15 {
      let start = Date()
      elements = try InfiniteWidthKernel(ensemble, points: points).matrix.elements
      times.append(Date().timeIntervalSince(start))
    }
    try elements.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: file))
    print(times.sorted()[times.count / 2])
  }
}
