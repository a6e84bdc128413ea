import DataFiles
import Ensembles

/// The user's own networks: an array [network][point][output] from a file.
public struct RecordedNetworks: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  private let source: any NumericArray
  private let networksPerRun: Int
  public var rule: String { "recorded" }

  /// Run r holds the networks r * networksPerRun ..< (r + 1) * networksPerRun of the file.
  public init(_ source: any NumericArray, points: Int, outputs: Int, networksPerRun: Int) {
    self.source = source
    self.networksPerRun = networksPerRun
    slots = points * outputs
    tailSlots = SampledQuantity.outputs.tailSlots(points: points, outputs: outputs)
  }

  private final class Row { var values: [Double] = [] }

  public func makeWorkspace() -> AnyObject { Row() }

  public func sample(
    run: Int, first: Int, count: Int, into out: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) throws {
    let row = unsafeDowncast(workspace, to: Row.self)
    row.values = try source.rows(from: run * networksPerRun + first, count: count)
    for s in 0..<slots {
      for i in 0..<batchSize {
        out[s * batchSize + i] = i < count ? row.values[i * slots + s] : 0
      }
    }
  }
}
