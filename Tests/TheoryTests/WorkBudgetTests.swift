import Fieldwork
import Foundation
import TestSupport
import Testing

/// One budget of threads, memory and a stop signal, handed down with the calls.
@Suite("Work budgets")
struct WorkBudgetTests {
  /// Everything in a budget of so many bytes.
  private func limited<T>(_ bytes: Double, _ body: () throws -> T) throws -> T {
    try WorkBudget(memory: bytes).run(body)
  }

  private func refusal(_ bytes: Double, _ body: () throws -> Void) -> String {
    do {
      try limited(bytes, body)
      return ""
    } catch { return "\(error)" }
  }

  private func spread(_ count: Int, inputs: Int = 1) throws -> Points {
    var random = SeededGenerator(seed: 7)
    return try Points(
      (0..<count).map { _ in (0..<inputs).map { _ in random.normal() } }, inputs: inputs)
  }

  @Test("a refusal names what was asked for and the limit")
  func sentence() {
    let budget = WorkBudget(memory: 0x1p31)
    #expect(budget.refusal("a matrix", bytes: 0x1p31) == nil)
    #expect(
      budget.refusal("a matrix", bytes: 0x1p32)
        == "a matrix would need 4 GiB, and the limit is 2 GiB")
    // Sizes whose product no integer holds.
    #expect(budget.refusal("a matrix", bytes: pow(1e9, 4)) != nil)
    #expect(budget.refusal("a matrix", bytes: .nan) != nil)
    #expect(MachineMemory.share > 0 && MachineMemory.share <= MachineMemory.total)
  }

  @Test("tuples are counted without listing them")
  func tuples() {
    for (slots, order) in [(1, 0), (3, 1), (5, 4), (12, 6)] {
      #expect(
        tupleCount(slots: slots, order: order)
          == Double(Multisets.count(slots: slots, order: order)!))
    }
    #expect(tupleCount(slots: 1_000_000, order: 8) > 1e43)
  }

  @Test("a kernel of 400 points makes no vertex: 4 MiB suffice with the tangent kernel, not with V")
  func noVertexUnasked() throws {
    let net = try Ensemble("relu", width: 3, biasSigma: 0.1)
    let points = try spread(400)
    let plain = try limited(12_000_000) {
      try WidthExpansion(net, points: points, options: .init(tangent: .init()))
    }
    #expect(plain.layers[1].vertex == nil && plain.layers[0].chiParallel?.count == 400)
    // 80 200 pairs of points, each with each.
    let sentence = refusal(MachineMemory.share) {
      _ = try WidthExpansion(net, points: points, options: .init(vertex: true))
    }
    #expect(sentence.contains("80200^2 elements") && sentence.contains("the limit is"))
  }

  @Test("the kernel of n points and the vertex do not depend on what else is asked for")
  func sameBits() throws {
    let net = try Ensemble("erf", inputs: 2, width: 3, biasSigma: 0.4)
    let points = try spread(5, inputs: 2)
    let alone = try WidthExpansion(net, points: points, options: .init())
    let all = try WidthExpansion(
      net, points: points,
      options: .init(tangent: .init(), vertex: true, shift: true, sixPoint: true))
    for (a, b) in zip(alone.layers, all.layers) {
      #expect(a.kernel == b.kernel && a.chiParallel == b.chiParallel)
    }
    let kernel = try InfiniteWidthKernel(net, points: points, tangent: .init())
    for (a, b) in zip(kernel.tangent, all.layers) { #expect(a == b.tangent) }
  }

  @Test("whatever grows as a power of points, orders or legs is refused with the number")
  func refusals() throws {
    let net = try Ensemble("tanh", inputs: 5, width: 10)
    let few = try spread(6, inputs: 5)
    let gauss = try Ensemble("gauss", width: 10)
    let cases: [(String, () throws -> Void)] = [
      ("kernel", { _ = try InfiniteWidthKernel(net, points: spread(200, inputs: 5)) }),
      ("moments", { _ = try UnitMoments.exact(net, points: few, order: 8) }),
      ("moments", { _ = try UnitMoments.exact(gauss, points: spread(20), order: 6) }),
      ("correlators", { _ = try ExactCumulants(gauss, points: spread(12), order: 8) }),
      (
        "couplings",
        {
          _ = try CouplingAnalysis(
            Propagator(gauss), points: spread(40), cutoffs: [1], sextic: true)
        }
      ),
      (
        "action",
        {
          let cumulants = try WorkBudget().run {
            try ExactCumulants(gauss, points: spread(9), order: 6)
          }
          _ = try EdgeworthAction(
            connected: cumulants.connected, transform: cumulants.transform, order: 2)
        }
      ),
      ("contractions", { _ = try FeynmanDiagrams(.interactions([4]), legs: 6, order: 5) }),
      (
        "Gaussian process",
        { _ = try GaussianProcess(net).draw(spread(100, inputs: 5), count: 2, seed: 1) }
      ),
      ("functions", { _ = try GaussianProcess(net).draw(few, count: 10_000, seed: 1) }),
      (
        "chains",
        {
          _ = try LatticeHMC(
            ScalarLattice(dimension: 2, size: 64, massSquared: 1, coupling: 1)
          ).run()
        }
      ),
    ]
    for (what, body) in cases {
      let sentence = refusal(250_000, body)
      #expect(sentence.contains(what) && sentence.contains("would need"), "\(what): \(sentence)")
    }
  }

  @Test("a study whose theory does not fit is refused by its cost, with the measurement named")
  func studies() throws {
    func cost(_ measure: String, points: Int, sampling: String = "{networks: 1000}") -> String {
      let list = (1...points).map { "[\(Double($0) / 100)]" }.joined(separator: ", ")
      let text = """
        ensemble: {hidden: [{activation: relu, width: 3}]}
        points: [\(list)]
        sampling: \(sampling)
        measure: [\(measure)]
        """
      do {
        _ = try StudyCost(StudyFile.read(yaml: text), file: "s.yaml")
        return ""
      } catch { return "\(error)" }
    }
    #expect(cost("kernel: {ntk: true}", points: 400).isEmpty)
    #expect(cost("kernel: {vertex: true}", points: 400).contains("measure.kernel: the vertex"))
    // Fewer points than either measurement takes at all, in less memory.
    try limited(1e6) {
      #expect(cost("action: {order: 2}", points: 8).contains("measure.action: the action"))
      #expect(cost("couplings: {}", points: 20).contains("the four-point function at 20 points"))
    }
  }

  @Test("one thread is the calling one")
  func oneThread() throws {
    let own = pthread_self()
    let all = try WorkBudget(threads: 1).run {
      concurrentMap(50) { _ in pthread_equal(pthread_self(), own) != 0 }
    }
    #expect(all.allSatisfy { $0 })
  }

  @Test("kernels and moments have the same bits for any number of threads")
  func anyThreads() throws {
    let net = try Ensemble("tanh", inputs: 5, width: 4, weightSigma: 0.2, biasSigma: 0.1)
    let points = try spread(5, inputs: 5)
    func values(_ threads: Int) throws -> ([Double], [[Double]]) {
      try WorkBudget(threads: threads).run {
        (
          try InfiniteWidthKernel(net, points: points).matrix.elements,
          try UnitMoments.exact(net, points: points, order: 4).values
        )
      }
    }
    let (one, three) = (try values(1), try values(3))
    #expect(one.0 == three.0 && one.1 == three.1)
  }

  @Test("a stopped computation gives nothing but a cancellation, whatever it returned or threw")
  func stopped() throws {
    struct Other: Error {}
    let budget = WorkBudget()
    #expect(try budget.run { 3 } == 3)
    #expect(throws: Other.self) { try budget.run { throw Other() } }
    budget.stop.stop()
    #expect(throws: CancellationError.self) { try budget.run { 3 } }
    #expect(throws: CancellationError.self) { try budget.run { throw Other() } }
    #expect(!WorkBudget.isStopped)
  }

  @Test("theory, integrals and flows look at the signal: none of them is begun after a stop")
  func polls() throws {
    let budget = WorkBudget(threads: 2)
    budget.stop.stop()
    let net = try Ensemble("tanh", inputs: 8, width: 4)
    let points = try spread(30, inputs: 8)
    // Each of these takes minutes to days.
    let long: [() throws -> Void] = [
      { _ = try UnitMoments.exact(net, points: points, order: 4) },
      { _ = try WidthExpansion(net, points: points, options: .init(vertex: true)) },
      { _ = try FeynmanDiagrams(.interactions([4]), legs: 6, order: 7) },
      {
        _ = try CouplingAnalysis(
          Propagator(Ensemble("tanh", inputs: 3, width: 4)), points: spread(12, inputs: 3),
          cutoffs: [1, 10, 100])
      },
      {
        _ = ExplicitIntegrator.integrate(
          from: 0, [1], at: [1e9], relative: 1e-12, absolute: [1e-12], steps: .max
        ) { t, y, slope in
          slope[0] = -sin(t) * y[0]
          return true
        }
      },
    ]
    for body in long { #expect(throws: CancellationError.self) { try budget.run(body) } }
  }

  @Test("what saves its state holds the signal until it has")
  func holding() {
    let stop = StopSignal()
    #expect(!stop.isHeld)
    stop.holding { #expect(stop.isHeld) }
    #expect(!stop.isHeld)
  }
}
