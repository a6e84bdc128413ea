/// A sample that is no finite number, or whose products leave the range of float64: averages over it would be
/// lost without a word.
public struct NonFiniteSample: Error, Sendable {
  public let run: Int
  /// Within the run; of products, the first of the 64 among which it is.
  public let sample: Int
  /// nil where the samples are finite, and only their products are not.
  public let slot: Int?
  public let value: Double

  public init(run: Int, sample: Int, slot: Int?, value: Double) {
    self.run = run
    self.sample = sample
    self.slot = slot
    self.value = value
  }

  /// The first of a batch, in the order of samples; nil where all are finite.
  public static func first(
    in slots: UnsafePointer<Double>, count slotCount: Int, run: Int, first: Int, samples: Int
  ) -> NonFiniteSample? {
    for i in 0..<samples {
      for s in 0..<slotCount where !slots[s * batchSize + i].isFinite {
        return NonFiniteSample(
          run: run, sample: first + i, slot: s, value: slots[s * batchSize + i])
      }
    }
    return nil
  }
}
