import Fieldwork
import Foundation
import TestSupport
import Testing

/// Names of random streams, and the first numbers of each sampler, as law 1 has them. Whoever changes one of these
/// changes the law (`StorageHeader.law`).
@Suite("Random streams")
struct StreamNameTests {
  static func rich() throws -> Ensemble {
    try Ensemble(
      inputs: 2, outputs: 2,
      hidden: [
        HiddenLayer(Activation("leaky-relu", slope: 0.1), width: 3),
        HiddenLayer(Activation(Formula("x*exp(-x^2)")), width: 5),
      ],
      weights: [
        Density(.uniform, sigma: 1), Density(.laplace, sigma: 0.1),
        Density(sigma: 2, mean: [0.5, -1e-7]),
      ],
      biases: [Density(.studentT, sigma: 1e-5, dof: 3), .gaussian(0), .gaussian(0)],
      parametrisation: .meanField, outputScales: [1, 0.5], isComplex: true)
  }

  @Test("a name is spelled out, and its hash is FNV-1a behind the finaliser of SplitMix64")
  func names() throws {
    // Hashes by the same two formulas in Python's integers.
    let rich = try Self.rich()
    #expect(
      rich.streamName
        == "inputs=2 outputs=2 hidden=[\"leaky-relu(0.1):3\", \"formula(x*exp(-x^2); kinks=[]):5\"] weights=[uniform(1.0), laplace(0.1), gaussian(2.0;mean=[0.5, -1e-07])] biases=[student-t(1e-05;dof=3.0), gaussian(0.0), gaussian(0.0)] parametrisation=mean-field output_scales=[1.0, 0.5] complex"
    )
    #expect(streamHash(rich.streamName) == 0xb36f_c262_f780_6d66)
    let plain = try Ensemble("erf", width: 4, biasSigma: 1)
    #expect(
      plain.streamName
        == "inputs=1 outputs=1 hidden=[\"erf:4\"] weights=[gaussian(1.0), gaussian(1.0)] biases=[gaussian(1.0), gaussian(1.0)]"
    )
    #expect(streamHash(plain.streamName) == 0x1d4e_de07_bdd7_4965)
    #expect(
      try plain.correlated(.sharedScale(law: .logNormal, variance: 0.25)).streamName
        == plain.streamName + " correlation=shared-scale(log-normal;0.25)")
    #expect(streamHash("") == 0xf52a_15e9_a9b5_e89b)
    let theory = try FreeScalar(dimension: 2, mass: 1.5, momenta: .lattice(size: 4), width: 6)
    let interaction = ScalarInteraction(
      potential: LocalInteraction(quartic: 2), region: .torus(size: 4),
      sampling: .mixture(refresh: 2, hamiltonian: 1), thermalisation: 20, stride: 2)
    #expect(
      theory.name
        == "free-scalar d=2 m=1.5 alpha=0.0 cutoff=none constant lattice(size: 4) width=6 components=1"
    )
    #expect(
      interaction.name
        == "phi4=2.0  torus(size: 4) mixture(refresh: 2, hamiltonian: 1) thermalisation=20 stride=2"
    )
  }

  /// The first sample of a sampler, its first slots.
  private func first(_ sampler: any BatchSampler, _ count: Int = 2) throws -> [Double] {
    let buffer = UnsafeMutablePointer<Double>.allocate(capacity: sampler.slots * 64)
    defer { buffer.deallocate() }
    try sampler.sample(
      run: 1, first: 64, count: 64, into: buffer, workspace: sampler.makeWorkspace())
    return (0..<min(count, sampler.slots)).map { buffer[$0 * 64] }
  }

  private func expect(
    _ name: String, _ sampler: any BatchSampler, _ values: [Double],
    _ place: SourceLocation = #_sourceLocation
  ) throws {
    let found = try first(sampler)
    // Instruction sets differ in the last digits of float32, and chains carry that on.
    #expect(
      zip(found, values).allSatisfy { relativeDifference($0, $1) < 2e-4 }
        && found.count == values.count, "\(name): \(found)", sourceLocation: place)
  }

  @Test("the first numbers of every sampler of networks")
  func networks() throws {
    let points = try Points([[0.5, -0.25], [1, 2]], inputs: 2)
    func shallow(
      _ unit: String = "tanh", _ correlation: OutputCorrelation? = nil, outputs: Int = 1
    ) throws -> Ensemble {
      try Ensemble(unit, inputs: 2, outputs: outputs, width: 3).correlated(correlation)
    }
    func make(_ ensemble: Ensemble, _ quantity: SampledQuantity) -> any BatchSampler {
      NetworkSampler.make(ensemble, points: points, quantity: quantity, seed: 11)
    }
    let deep = try Ensemble(
      inputs: 2,
      hidden: [HiddenLayer(Activation("erf"), width: 3), HiddenLayer(Activation("erf"), width: 4)],
      weights: [.gaussian(1), .gaussian(1), .gaussian(1)],
      biases: [.gaussian(0.5), .gaussian(0.5), .gaussian(0.5)])
    try expect("outputs", make(shallow(), .outputs), [0.15356001, -0.00812512077])
    try expect("kernel", make(shallow(), .kernel), [0.16067338, -0.06805989643])
    try expect("units", make(shallow(), .units), [-0.3653925956, 0.51703494787])
    try expect("tangent kernel", make(shallow(), .tangentKernel), [0.50615277709, -0.20417966807])
    try expect("deep outputs", make(deep, .outputs), [-0.1126988493, -0.01117254002])
    try expect("kernel chain", make(deep, .kernel), [0.35442301631, 0.25500328326])
    try expect("rich", make(Self.rich(), .outputs), [-0.05033255368, 0.007834595628])
    try expect(
      "quartic", make(shallow("tanh", .quartic(beta: 0.5)), .outputs),
      [-0.4673865498, 0.1336641433])
    try expect(
      "gamma", make(shallow("tanh", .sharedScale(law: .gamma, variance: 0.5)), .outputs),
      [0.18581393165, -0.01727267552])
    try expect(
      "log-normal", make(shallow("tanh", .sharedScale(law: .logNormal, variance: 0.5)), .outputs),
      [-0.452540186, 0.97160894464])
    try expect(
      "tilt",
      TiltedUnitSampler(
        shallow("gauss"), points: points, tuples: [[0, 0], [0, 1, 1, 1]], seed: 11),
      [1, 39.325572224])
    try expect(
      "contractions",
      ContractedSampler(
        make(shallow(outputs: 2), .outputs), outputs: 2,
        contractions: [OutputContraction(point: 1, vector: [0.6, -0.8])]),
      [0.13399931788, 0.04727125913])
    let draws = try GaussianProcess(shallow()).draw(points, count: 1, seed: 11).values[0]
    #expect(
      zip(draws, [0.18875142228, -1.34857231869]).allSatisfy { relativeDifference($0, $1) < 2e-4 },
      "GP: \(draws)")
  }

  @Test("the first numbers of every sampler of theories")
  func theories() throws {
    let theory = try FreeScalar(dimension: 1, mass: 1, cutoff: 4, width: 3)
    let readout = FieldReadout(points: [[0], [0.5]], components: 1)
    try expect(
      "free", ScalarNetworkSampler(theory, readout: readout, seed: 11),
      [-0.04099131006, 0.87651060485])
    for (sampling, values) in [
      (.neuronRefresh, [-0.22420368892, -0.39349166417]),
      (.hamiltonian, [0.55800757047, -0.76445811195]),
      (.mixture(refresh: 1, hamiltonian: 1), [0.28273662035, -0.02791045485]),
      (.reweighting, [-0.20780311007, 0.40986347142]),
    ] as [(NetworkSampling, [Double])] {
      let interaction = ScalarInteraction(
        potential: LocalInteraction(quartic: 1), region: .box(length: 2, spacing: 0.5),
        sampling: sampling, thermalisation: 2, stride: 1)
      try expect(
        "\(sampling)",
        ScalarNetworkSampler(theory, interaction: interaction, readout: readout, seed: 11), values)
    }
    let lattice = try ScalarLattice(dimension: 2, size: 3, massSquared: 1, coupling: 1)
    var settings = LatticeHMC.Settings()
    settings.trajectories = 4
    settings.thermalisation = 0
    settings.chains = 1
    settings.seed = 11
    let phi2 = try LatticeHMC(lattice, settings: settings).run().observables.phi2.value
    #expect(relativeDifference(phi2, 0.17908711739) < 2e-4, "lattice: \(phi2)")
  }

  @Test("laws that differ in anything have different streams, over all shipped studies")
  func pairwise() throws {
    var lawOf: [String: StudyCase] = [:]
    var cases = 0
    for shipped in ShippedStudies.all {
      for item in try StudyFile.read(yaml: shipped.text, file: shipped.name).cases {
        var law = StudyCase(
          ensemble: item.ensemble, outputs: item.outputs, theory: item.theory,
          interaction: item.interaction)
        law.parameters = [:]
        let name =
          item.ensemble?.streamName
          ?? "\(item.theory?.name ?? "") \(item.interaction?.name ?? "free")"
        #expect(lawOf[name] == nil || lawOf[name] == law, "\(shipped.name): \(name)")
        lawOf[name] = law
        cases += 1
      }
    }
    #expect(Set(lawOf.values).count == lawOf.count && cases > 100, "\(lawOf.count) of \(cases)")
  }

  @Test("cases of one study that differ in anything are uncorrelated")
  func independence() throws {
    let points = try Points.line(0.5)
    let base = try Ensemble("erf", outputs: 2, width: 4, biasSigma: 1)
    func other(
      inputs: Int = 1, activation: String = "erf", sigma: Double = 1,
      parametrisation: Parametrisation = .standard, scales: [Double] = [], complex: Bool = false,
      correlation: OutputCorrelation? = nil
    ) throws -> Ensemble {
      try Ensemble(
        inputs: inputs, outputs: 2, hidden: [HiddenLayer(Activation(activation), width: 4)],
        weights: [.gaussian(sigma), .gaussian(1)], biases: [.gaussian(1), .gaussian(1)],
        parametrisation: parametrisation, correlation: correlation, outputScales: scales,
        isComplex: complex)
    }
    #expect(try other() == base)
    let others = [
      try other(activation: "tanh"), try other(sigma: 1 + 1e-12), try other(parametrisation: .ntk),
      try other(parametrisation: .meanField), try other(scales: [1, 2]), try other(complex: true),
      try other(correlation: .sharedScale(law: .gamma, variance: 0)),
      try base.withLastWidth(5),
    ]
    func samples(_ ensemble: Ensemble) throws -> [Double] {
      let sampler = NetworkSampler.make(ensemble, points: points, quantity: .outputs, seed: 3)
      let buffer = UnsafeMutablePointer<Double>.allocate(capacity: sampler.slots * 64)
      defer { buffer.deallocate() }
      return try (0..<16).flatMap { batch -> [Double] in
        try sampler.sample(
          run: 0, first: 64 * batch, count: 64, into: buffer, workspace: sampler.makeWorkspace())
        return (0..<64).map { buffer[$0] }
      }
    }
    let x = try samples(base)
    for ensemble in others {
      let y = try samples(ensemble)
      func sum(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      let correlation = sum(x, y) / (sum(x, x) * sum(y, y)).squareRoot()
      // 1/sqrt(1024) = 0.031 is one sigma; 4.5 of them for eight pairs.
      #expect(abs(correlation) < 0.14, "\(ensemble.streamName): \(correlation)")
    }
  }
}
