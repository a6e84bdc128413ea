/// Networks whose outputs have unequal scales: output i of another sampler times its factor.
struct ScaledOutputSampler: BatchSampler {
  let slots: Int
  let tailSlots: [Int]
  private let base: any BatchSampler
  private let points: Int
  private let scales: [Double]

  init(_ base: any BatchSampler, points: Int, scales: [Double]) {
    self.base = base
    self.points = points
    self.scales = scales
    slots = base.slots
    tailSlots = base.tailSlots
  }

  var rule: String { base.rule }

  func makeWorkspace() -> AnyObject { base.makeWorkspace() }

  func sample(
    run: Int, first: Int, count: Int, into slots: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) throws {
    try base.sample(run: run, first: first, count: count, into: slots, workspace: workspace)
    for p in 0..<points {
      for (i, scale) in scales.enumerated() where scale != 1 {
        let out = slots + (p * scales.count + i) * batchSize
        for lane in 0..<batchSize { out[lane] *= scale }
      }
    }
  }
}
