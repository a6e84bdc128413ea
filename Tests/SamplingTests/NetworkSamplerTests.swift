import CSampling
import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Drawing networks")
struct NetworkSamplerTests {
  private func batch(_ sampler: any BatchSampler, run: Int = 0, first: Int = 0, count: Int = 64)
    throws -> [Double]
  {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: sampler.slots * batchSize * 8, alignment: 64)
    defer { raw.deallocate() }
    let slots = raw.bindMemory(to: Double.self, capacity: sampler.slots * batchSize)
    try sampler.sample(
      run: run, first: first, count: count, into: slots, workspace: sampler.makeWorkspace())
    return Array(UnsafeBufferPointer(start: slots, count: sampler.slots * batchSize))
  }

  static let densities: [Density] = [
    try! Density(sigma: 1.3), try! Density(.uniform, sigma: 0.8),
    try! Density(.laplace, sigma: 0.9),
    try! Density(.studentT, sigma: 1.1, dof: 6), try! Density(sigma: 0.7, mean: [0.4]),
  ]

  /// The vectorised loop and the plain one draw the same networks and agree to float32.
  @Test("fast and plain paths agree", arguments: Activation.names)
  func pathsAgree(name: String) throws {
    let activation = try Activation(name)
    for (inputs, width, outputs) in [(1, 1, 1), (1, 10, 1), (2, 33, 2), (3, 70, 3), (8, 5, 1)] {
      for density in Self.densities {
        guard name != "gauss" || density.isCentredGaussian else { continue }
        let hidden = name == "gauss" ? try Density(sigma: 0.5) : density
        let ensemble = try Ensemble(
          inputs: inputs, outputs: outputs, hidden: [HiddenLayer(activation, width: width)],
          weights: [hidden, density], biases: [hidden, density])
        let points = try Points(
          (0..<7).map { p in (0..<inputs).map { 0.3 * Double(p) - 0.2 * Double($0) } },
          inputs: inputs)
        for quantity in [SampledQuantity.outputs, .kernel] {
          let fast = try batch(
            ShallowNetworkSampler(ensemble, points: points, quantity: quantity, seed: 9), run: 2,
            first: 128)
          let plain = try batch(
            PlainNetworkSampler(ensemble, points: points, quantity: quantity, seed: 9), run: 2,
            first: 128)
          let scale = plain.reduce(0) { max($0, abs($1)) }
          for (a, b) in zip(fast, plain) {
            #expect(
              abs(a - b) <= 2e-5 * max(abs(b), 0.05 * scale), "\(name) \(density) \(quantity)")
          }
        }
      }
    }
  }

  @Test("instruction sets agree to float32")
  func levels() throws {
    let ensemble = try Ensemble("tanh", inputs: 2, outputs: 2, width: 40, biasSigma: 0.5)
    let points = try Points([[0.1, 0.4], [1, -1], [0, 0.3]], inputs: 2)
    let all = try InstructionSet.available.map {
      try batch(
        ShallowNetworkSampler(ensemble, points: points, quantity: .outputs, seed: 4, level: $0))
    }
    for other in all { for (a, b) in zip(all[0], other) { #expect(abs(a - b) < 1e-5) } }
  }

  @Test("networks beyond the count are zeros, the others unchanged")
  func partialBatch() throws {
    let ensemble = try Ensemble("relu", width: 9)
    let sampler = try ShallowNetworkSampler(
      ensemble, points: .line(0.5, 1), quantity: .outputs, seed: 1)
    let whole = try batch(sampler)
    for count in [1, 15, 16, 17, 40, 63] {
      let part = try batch(sampler, count: count)
      for s in 0..<2 {
        for i in 0..<64 { #expect(part[s * 64 + i] == (i < count ? whole[s * 64 + i] : 0)) }
      }
    }
  }

  @Test("streams: another width, sigma or seed gives other networks; points do not")
  func streams() throws {
    let points = try Points.line(0.5)
    func first(_ ensemble: Ensemble, seed: UInt64 = 1, points: Points) throws -> Double {
      try batch(
        ShallowNetworkSampler(ensemble, points: points, quantity: .outputs, seed: seed))[0]
    }
    let base = try Ensemble("relu", width: 10)
    let value = try first(base, points: points)
    #expect(try first(base, points: points) == value)
    #expect(try first(base, points: .line(0.5, 2)) == value)
    #expect(try first(base, seed: 2, points: points) != value)
    #expect(try first(Ensemble("relu", width: 11), points: points) != value)
    #expect(try first(Ensemble("relu", width: 10, weightSigma: 1.5), points: points) != value)
  }

  @Test("sums of a moment plan equal plain sums of products, orders 1 to 8")
  func momentPlan() {
    var generator = testGenerator(seed: 6)
    let slots = 3
    let monomials = (1...8).flatMap { Multisets(slots: slots, order: $0).tuples }
    let plan = MomentPlan(slots: slots, monomials: monomials)
    for level in InstructionSet.available {
      let raw = UnsafeMutableRawPointer.allocate(byteCount: plan.arrays * 512, alignment: 64)
      defer { raw.deallocate() }
      let arrays = raw.bindMemory(to: Double.self, capacity: plan.arrays * 64)
      var data: [[Double]] = []
      for s in 0..<slots {
        data.append((0..<64).map { _ in Double.random(in: -1...1, using: &generator) })
        for i in 0..<64 { arrays[s * 64 + i] = data[s][i] }
      }
      var sums = [Double](repeating: 0, count: monomials.count)
      sums.withUnsafeMutableBufferPointer {
        plan.accumulate(level: level, arrays: arrays, sums: $0.baseAddress!)
      }
      for (k, monomial) in monomials.enumerated() {
        let plain = (0..<64).reduce(0.0) { sum, i in
          sum + monomial.reduce(1) { $0 * data[$1][i] }
        }
        #expect(abs(sums[plan.position[k]] - plain) < 1e-12)
      }
    }
  }
}

@Suite("Formulas in the vectorised loop")
struct VectorFormulaTests {
  /// Networks of width one whose only unit is compared with the reference, at every level.
  @Test(
    "the formula of sixteen lanes is that of one",
    arguments: [
      "x*tanh(x)", "exp(-x^2)/(1 + abs(x))", "log(2 + cos(x)) - sqrt(1 + x^2)",
      "sin(3*x)/x + tan(x/9)", "softplus(x) + sigmoid(x) + gelu(x) + relu(x) + erf(x)",
      "max(x, 0.3)*min(-x, 2)^3 + sign(x) - step(x - 1)",
      "sinh(x/2) + cosh(x/3) + atan(x) + (1 + x^2)^-2",
      "(1 + x^2)^0.7", "max(-1, min(1, x))", "sin(cos(sin(cos(x + 1) + 1) + 1) + 1)",
    ])
  func vector(text: String) throws {
    let activation = Activation(try Formula(text))
    let ensemble = try Ensemble(
      inputs: 2, outputs: 2, hidden: [HiddenLayer(activation, width: 37)],
      weights: [.gaussian(1.5), .gaussian(1)], biases: [.gaussian(0.5), .gaussian(0.2)])
    let points = try Points([[0.4, -1], [1.1, 0.3], [-0.2, 0.8]], inputs: 2)
    for quantity in [SampledQuantity.outputs, .kernel] {
      let reference = PlainNetworkSampler(ensemble, points: points, quantity: quantity, seed: 5)
      let expected = draw(reference)
      for level in InstructionSet.available {
        let fast = ShallowNetworkSampler(
          ensemble, points: points, quantity: quantity, seed: 5, level: level)
        let values = draw(fast)
        for (a, b) in zip(values, expected) {
          #expect(abs(a - b) < 3e-5 * max(1, abs(b)), "\(text) \(level)")
        }
      }
    }
  }

  private func draw(_ sampler: any BatchSampler) -> [Double] {
    let workspace = sampler.makeWorkspace()
    var slots = [Double](repeating: 0, count: sampler.slots * batchSize)
    slots.withUnsafeMutableBufferPointer {
      try? sampler.sample(
        run: 1, first: 128, count: 64, into: $0.baseAddress!, workspace: workspace)
    }
    return slots
  }
}

@Suite("Networks of any depth")
struct DeepSamplerTests {
  private func batch(_ sampler: any BatchSampler, count: Int = 64) throws -> [Double] {
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: sampler.slots * batchSize * 8, alignment: 64)
    defer { raw.deallocate() }
    let slots = raw.bindMemory(to: Double.self, capacity: sampler.slots * batchSize)
    try sampler.sample(
      run: 3, first: 192, count: count, into: slots, workspace: sampler.makeWorkspace())
    return Array(UnsafeBufferPointer(start: slots, count: sampler.slots * batchSize))
  }

  static func net(
    _ activations: [Activation], widths: [Int], inputs: Int, outputs: Int, weights: Density,
    biases: Density
  ) throws -> Ensemble {
    try Ensemble(
      inputs: inputs, outputs: outputs, hidden: zip(activations, widths).map(HiddenLayer.init),
      weights: (0...widths.count).map { _ in weights },
      biases: (0...widths.count).map { _ in biases })
  }

  @Test("the vectorised loop draws the networks of the plain one", arguments: Activation.names)
  func pathsAgree(name: String) throws {
    let unit = try Activation(name)
    let later = name == "gauss" ? try Activation("tanh") : unit
    let formula = Activation(try Formula("x/(1 + abs(x))"))
    for (widths, inputs, outputs) in [([5, 33], 3, 1), ([64, 7, 20], 1, 3), ([1, 1], 130, 2)] {
      for density in NetworkSamplerTests.densities {
        guard name != "gauss" || density.isCentredGaussian else { continue }
        let ensemble = try Self.net(
          [unit, later, formula].prefix(widths.count).map { $0 }, widths: widths, inputs: inputs,
          outputs: outputs, weights: density, biases: density)
        let points = try Points(
          (0..<7).map { p in (0..<inputs).map { 0.3 * Double(p) - 0.1 * Double($0 % 5) } },
          inputs: inputs)
        for quantity in [SampledQuantity.outputs, .kernel] {
          let plain = try batch(
            PlainNetworkSampler(ensemble, points: points, quantity: quantity, seed: 9), count: 50)
          let scale = plain.reduce(0) { max($0, abs($1)) }
          for level in InstructionSet.available {
            let fast = try batch(
              DeepNetworkSampler(
                ensemble, points: points, quantity: quantity, seed: 9, chained: false, level: level),
              count: 50)
            for (a, b) in zip(fast, plain) {
              #expect(abs(a - b) <= 5e-5 * max(abs(b), 0.05 * scale), "\(name) \(quantity)")
            }
          }
        }
      }
    }
  }

  /// Means, variances and third moments of all kernel elements of all layers, from independent
  /// draws of both; pulls from the spread over 40 blocks each.
  @Test(
    "the random-kernel chain has the law of the full network (worst of all pulls below 5 sigma)",
    arguments: ["relu", "tanh", "erf", "cos", "gelu"])
  func sameLaw(name: String) throws {
    let unit = try Activation(name)
    let widths = [3, 6, 4]
    let phase = try Ensemble.uniformPhase()
    for inputs in [1, 2] {
      let ensemble = try Ensemble(
        inputs: inputs, hidden: widths.map { HiddenLayer(unit, width: $0) },
        weights: try [1.4, 1.1, 1.2, 1.3].map { try .gaussian($0) },
        biases: try (0..<4).map { l in
          name == "cos" && l < 3 ? phase : try .gaussian(name == "relu" ? 0 : 0.3)
        })
      let points = try Points(
        [[0.7, -0.2], [-0.4, 0.9], [1.3, 0.5]].map { Array($0.prefix(inputs)) }, inputs: inputs)
      let quantity = SampledQuantity.randomKernels(layers: 3)
      var pulls: [Double] = []
      let sums = try [true, false].map { chained in
        let sampler = DeepNetworkSampler(
          ensemble, points: points, quantity: quantity, seed: 11, chained: chained)
        let slots = sampler.slots
        let monomials =
          (0..<slots).map { [$0] } + (0..<slots).flatMap { a in (a..<slots).map { [a, $0] } }
          + (0..<slots).map { [$0, $0, $0] }
        let plan = MomentPlan(slots: slots, monomials: monomials)
        let layout = CellLayout(runs: 40, samplesPerRun: 6400, cellsPerRun: 1)
        let cells = try SamplingPass(sampler: sampler, plan: plan, layout: layout).run(threads: 2)
        return layout.replicatedSums(cells, position: plan.position)
      }
      func spread(_ s: ReplicatedSums, _ i: Int) -> Double {
        let values = s.runMeans.map { $0[i] }
        let mean = s.means[i]
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (39 * 40)
      }
      for i in sums[0].means.indices {
        let error = (spread(sums[0], i) + spread(sums[1], i)).squareRoot()
        let gap = abs(sums[0].means[i] - sums[1].means[i])
        if error > 1e-12 { pulls.append(gap / error) } else { #expect(gap < 1e-6) }
      }
      #expect(pulls.count > 50 && pulls.max()! < 5, "\(name) \(inputs)")
    }
  }

  @Test("the chain of a shallow net with many inputs, and its recorded layers end with the last")
  func shallowAndRecorded() throws {
    let shallow = try Ensemble("tanh", inputs: 1000, width: 20, biasSigma: 0.2)
    let points = try Points(
      (0..<3).map { p in (0..<1000).map { sin(Double($0 + 7 * p)) } }, inputs: 1000)
    let exact = try InfiniteWidthKernel(shallow, points: points).matrix
    let result = try sampledCorrelators(
      shallow, points: points, estimator: .conditional, orders: [2], networks: 3200, runs: 20,
      seed: 5, threads: 2)
    for element in result[0].elements {
      let k = exact[element.indices[0], element.indices[1]]
      #expect(abs(element.full.value! - k) < 5 * element.full.error!)
    }
    let unit = try Activation("relu")
    let deep = try Self.net(
      [unit, unit, unit], widths: [4, 5, 6], inputs: 2, outputs: 1, weights: .gaussian(1.4),
      biases: .gaussian(0.1))
    let two = try Points([[0.4, 1], [-1, 0.2]], inputs: 2)
    func draw(_ layers: Int) throws -> [Double] {
      try batch(
        DeepNetworkSampler(
          deep, points: two, quantity: .randomKernels(layers: layers), seed: 3, chained: true))
    }
    #expect(try draw(3).prefix(3 * batchSize) == draw(1).prefix(3 * batchSize))
  }

  /// n Cov(Kh) of two inputs from independent simulations of full networks: (11)(11), (12)(12),
  /// (22)(22), with their errors.
  static let simulated: [(String, Int, Int, Double, Double, [(Double, Double)])] = [
    ("relu", 3, 20, 2, 0, [(8.96, 0.06), (1.561, 0.009), (11.04, 0.07)]),
    ("relu", 3, 50, 2, 0, [(8.35, 0.05), (1.549, 0.009), (10.42, 0.07)]),
    ("relu", 3, 50, 1.6, 0.2, [(4.67, 0.03), (1.650, 0.010), (5.46, 0.03)]),
    ("tanh", 3, 20, 1.5, 0.1, [(0.2019, 0.0006), (0.3579, 0.0011), (0.2063, 0.0006)]),
    ("tanh", 4, 20, 1.5, 0.1, [(0.1976, 0.0006), (0.3833, 0.0012), (0.1996, 0.0007)]),
    ("erf", 3, 20, 1.3, 0.1, [(0.1958, 0.0006), (0.3759, 0.0012), (0.1990, 0.0006)]),
  ]

  @Test("the chain's covariances of random kernels are the simulated ones (4 sigma of both)")
  func covariances() throws {
    let points = try Points([[1, 0.5, -0.3], [0.2, -0.8, 0.9]], inputs: 3)
    for (name, layers, n, cw, cb, expected) in Self.simulated {
      let unit = try Activation(name)
      let net = try Self.net(
        [Activation](repeating: unit, count: layers - 1),
        widths: [Int](repeating: n, count: layers - 1), inputs: 3, outputs: 1,
        weights: .gaussian(cw.squareRoot()), biases: .gaussian(cb.squareRoot()))
      let sampler = DeepNetworkSampler(
        net, points: points, quantity: .kernel, seed: 21, chained: true)
      let plan = MomentPlan(slots: 3, monomials: (0..<3).flatMap { [[$0], [$0, $0]] })
      let layout = CellLayout(runs: 40, samplesPerRun: 6400, cellsPerRun: 1)
      let cells = try SamplingPass(sampler: sampler, plan: plan, layout: layout).run(threads: 2)
      let sums = layout.replicatedSums(cells, position: plan.position)
      let knife = Jackknife(counts: sums.runCounts)
      for (k, (value, error)) in expected.enumerated() {
        func covariance(_ m: [Double]) -> Double {
          Double(n) * (m[2 * k + 1] - m[2 * k] * m[2 * k])
        }
        let parts = sums.leavingOut(.run, covariance)
        let own = covariance(sums.means)
        let ownError = try #require(knife.error(full: own, leftOut: { parts[$0] }))
        #expect(abs(own - value) < 4 * hypot(error, ownError), "\(name) \(layers) \(n) \(k)")
      }
    }
  }
}
