import Benchmark
import CSampling
import CVectorMath
import Fieldwork
import Foundation

/// Throughput of the inner loops on one thread. Run with: swift package benchmark
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput], scalingFactor: .kilo, maxDuration: .seconds(2))

  let line = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2]
  for name in Activation.names {
    for width in [10, 100, 1000] {
      Benchmark(
        "sampling \(name) N=\(width), 64 networks", configuration: .init(scalingFactor: .one)
      ) {
        benchmark in
        let points = try Points(line.map { [$0] }, inputs: 1)
        let ensemble = try Ensemble(name, width: width, biasSigma: name == "relu" ? 0 : 1)
        let sampler = ShallowNetworkSampler(ensemble, points: points, quantity: .outputs, seed: 1)
        let workspace = sampler.makeWorkspace()
        let raw = UnsafeMutableRawPointer.allocate(byteCount: sampler.slots * 512, alignment: 64)
        defer { raw.deallocate() }
        let slots = raw.bindMemory(to: Double.self, capacity: sampler.slots * 64)
        benchmark.startMeasurement()
        sampler.sample(run: 0, first: 0, count: 64, into: slots, workspace: workspace)
        benchmark.stopMeasurement()
      }
    }
  }

  for orders in [[2], [2, 4], [2, 4, 6]] {
    Benchmark("moments of orders \(orders) at six points, 64 networks") { benchmark in
      let plan = MomentPlan(
        slots: 6, monomials: orders.flatMap { Multisets(slots: 6, order: $0).tuples })
      let raw = UnsafeMutableRawPointer.allocate(byteCount: plan.arrays * 512, alignment: 64)
      defer { raw.deallocate() }
      let arrays = raw.bindMemory(to: Double.self, capacity: plan.arrays * 64)
      for i in 0..<plan.arrays * 64 { arrays[i] = Double(i % 7) - 3 }
      var sums = [Double](repeating: 0, count: plan.monomials.count)
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        sums.withUnsafeMutableBufferPointer {
          plan.accumulate(level: .chosen, arrays: arrays, sums: $0.baseAddress!)
        }
      }
      benchmark.stopMeasurement()
      blackHole(sums)
    }
  }

  Benchmark("Philox, 64 words") { benchmark in
    var out = [UInt32](repeating: 0, count: 64)
    for i in benchmark.scaledIterations {
      fw_philox(InstructionSet.chosen.level, [UInt32(i), 0, 0, 0], [1, 2], &out)
    }
    blackHole(out)
  }

  Benchmark("Box-Muller, 32 normals") { benchmark in
    let words = (0..<32).map { UInt32($0) &* 2_654_435_761 &+ 99_999_999 }
    var out = [Float](repeating: 0, count: 32)
    for _ in benchmark.scaledIterations {
      fw_box_muller(InstructionSet.chosen.level, words, &out)
    }
    blackHole(out)
  }

  let functions: [(String, Int)] = [
    ("exp", FW_MATH_EXP), ("log", FW_MATH_LOG), ("sin", FW_MATH_SIN), ("cos", FW_MATH_COS),
    ("erf", FW_MATH_ERF), ("tanh", FW_MATH_TANH), ("softplus", FW_MATH_SOFTPLUS),
    ("gelu", FW_MATH_GELU),
  ]
  for (name, function) in functions {
    Benchmark("\(name), 1024 values") { benchmark in
      let x = (0..<1024).map { 0.01 + 4 * Float($0) / 1024 }
      var y = x
      for _ in benchmark.scaledIterations {
        fw_math_apply(InstructionSet.chosen.level, Int32(function), x, &y, 64)
      }
      blackHole(y)
    }
  }
}
