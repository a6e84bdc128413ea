import NumericalMethods

/// A linear combination of the outputs at one point, v.f(x).
public struct OutputContraction: Sendable, Hashable {
  public let point: Int
  public let vector: [Double]

  /// Tells one from another in the names of passes.
  public var streamText: String { "\(point):\(StreamText.numbers(vector))" }

  public init(point: Int, vector: [Double]) {
    self.point = point
    self.vector = vector
  }
}

/// The outputs of networks, and behind them contractions v.f(x), one slot each.
///
/// Cost per network beyond the outputs: O(contractions x outputs).
public struct ContractedSampler: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  private let base: any BatchSampler
  private let outputs: Int
  private let contractions: [OutputContraction]

  public init(_ base: any BatchSampler, outputs: Int, contractions: [OutputContraction]) {
    self.base = base
    self.outputs = outputs
    self.contractions = contractions
    slots = base.slots + contractions.count
    tailSlots = base.tailSlots
  }

  public var rule: String { base.rule }

  public func makeWorkspace() -> AnyObject { base.makeWorkspace() }

  public func sample(
    run: Int, first: Int, count: Int, into slots: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) throws {
    try base.sample(run: run, first: first, count: count, into: slots, workspace: workspace)
    for (k, contraction) in contractions.enumerated() {
      let out = slots + (base.slots + k) * batchSize
      for lane in 0..<batchSize { out[lane] = 0 }
      for (i, v) in contraction.vector.enumerated() where v != 0 {
        let f = slots + (contraction.point * outputs + i) * batchSize
        for lane in 0..<batchSize { out[lane] += v * f[lane] }
      }
    }
  }
}
