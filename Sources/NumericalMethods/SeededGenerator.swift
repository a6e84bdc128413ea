import Foundation

/// SplitMix64: a small generator of reproducible streams for anything but networks (group elements,
/// random directions).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  /// Where the stream stands: a generator made from it goes on alike.
  public private(set) var state: UInt64

  public init(seed: UInt64, stream: String = "") {
    state = seed ^ streamHash(stream)
  }

  public init(state: UInt64) { self.state = state }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform on (0, 1).
  public mutating func uniform() -> Double {
    (Double(next() >> 11) + 0.5) * 0x1p-53
  }

  /// A standard normal, by Box and Muller's transform.
  public mutating func normal() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * Double.pi * uniform())
  }
}
