import CSampling

/// Draws samples in batches of 64 and writes the quantities ("slots") whose products are averaged.
public protocol BatchSampler: Sendable {
  /// Number of slots.
  var slots: Int { get }
  /// Slots whose largest values are kept, to detect heavy tails.
  var tailSlots: [Int] { get }
  /// The slot of the samples' weights, where these are not all 1: averages are then sum w f / sum w.
  var weightSlot: Int? { get }
  /// How random numbers become samples, in a word: samples of two rules are never added up.
  var rule: String { get }
  /// Working memory for one thread.
  func makeWorkspace() -> AnyObject
  /// Writes `slots[slot * 64 + i]` for samples `first + i` of a run, `i < count <= 64`; zeros
  /// beyond. `first` is a multiple of 64.
  func sample(
    run: Int, first: Int, count: Int, into slots: UnsafeMutablePointer<Double>,
    workspace: AnyObject) throws
}

extension BatchSampler {
  public var weightSlot: Int? { nil }
  public var rule: String { "weights" }
  public func makeWorkspace() -> AnyObject { NoWorkspace() }
}

/// For samplers that need none.
private final class NoWorkspace {}

/// Samples in a batch.
public let batchSize = Int(FW_BATCH)
