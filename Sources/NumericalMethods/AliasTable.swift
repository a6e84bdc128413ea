/// Walker's alias method: draws from a finite distribution in constant time (M. D. Vose, IEEE Trans. Softw. Eng.
/// 17, 972).
public struct AliasTable: Sendable {
  private let threshold: [Double]
  private let alias: [Int]

  /// - Precondition: weights are not negative, and one at least is positive.
  public init(weights: [Double]) {
    let count = weights.count
    let total = weights.reduce(0, +)
    precondition(count > 0 && total > 0)
    var scaled = weights.map { $0 * Double(count) / total }
    var threshold = [Double](repeating: 1, count: count)
    var alias = Array(0..<count)
    var small = scaled.indices.filter { scaled[$0] < 1 }
    var large = scaled.indices.filter { scaled[$0] >= 1 }
    while let low = small.popLast(), let high = large.last {
      threshold[low] = scaled[low]
      alias[low] = high
      scaled[high] -= 1 - scaled[low]
      if scaled[high] < 1 {
        large.removeLast()
        small.append(high)
      }
    }
    self.threshold = threshold
    self.alias = alias
  }

  /// Uses one number of the generator.
  @inlinable
  public func draw(_ random: inout SeededGenerator) -> Int { place(random.uniform()) }

  @usableFromInline
  func place(_ u: Double) -> Int {
    let at = u * Double(threshold.count)
    let cell = min(threshold.count - 1, Int(at))
    return at - Double(cell) < threshold[cell] ? cell : alias[cell]
  }
}
