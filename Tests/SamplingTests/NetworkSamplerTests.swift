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
            DeepNetworkSampler(ensemble, points: points, quantity: quantity, seed: 9), run: 2,
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
    var generator = TestGenerator(seed: 6)
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
      "max(x, 0.3)*min(-x, 2)^3 + sign(x) - step(x - 1)", "sinh(x/2) + cosh(x/3) + atan(x) + (1 + x^2)^-2",
      "(1 + x^2)^0.7", "max(-1, min(1, x))", "sin(cos(sin(cos(x + 1) + 1) + 1) + 1)",
    ])
  func vector(text: String) throws {
    let activation = Activation(try Formula(text))
    let ensemble = try Ensemble(
      inputs: 2, outputs: 2, hidden: [HiddenLayer(activation, width: 37)],
      weights: [.gaussian(1.5), .gaussian(1)], biases: [.gaussian(0.5), .gaussian(0.2)])
    let points = try Points([[0.4, -1], [1.1, 0.3], [-0.2, 0.8]], inputs: 2)
    for quantity in [SampledQuantity.outputs, .kernel] {
      let reference = DeepNetworkSampler(ensemble, points: points, quantity: quantity, seed: 5)
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
