/// The sorted index tuples `i1 <= ... <= in` with values in `0 ..< slots`: the unique elements of
/// a symmetric tensor of rank n.
///
/// Tuples are listed in lexicographic order; `index(of:)` finds a tuple's place in time
/// proportional to its length.
public struct Multisets: Sendable {
  public let slots: Int
  public let order: Int
  /// All tuples, in lexicographic order.
  public let tuples: [[Int]]
  private let place: [Int32]

  /// Lists the tuples; cost and memory are `count(slots:order:)` times the order.
  public init(slots: Int, order: Int) {
    precondition(slots >= 1 && order >= 0)
    self.slots = slots
    self.order = order
    var tuples: [[Int]] = []
    tuples.reserveCapacity(Self.count(slots: slots, order: order) ?? 0)
    var tuple = [Int](repeating: 0, count: order)
    while true {
      tuples.append(tuple)
      guard let k = tuple.lastIndex(where: { $0 < slots - 1 }) else { break }
      let next = tuple[k] + 1
      for j in k..<order { tuple[j] = next }
    }
    self.tuples = tuples
    var place = [Int32](repeating: 0, count: tuples.count)
    for (i, t) in tuples.enumerated() { place[Self.colexicographicRank(t)] = Int32(i) }
    self.place = place
  }

  /// Number of tuples, C(slots + order - 1, order); nil where it exceeds an `Int`.
  public static func count(slots: Int, order: Int) -> Int? {
    binomial(slots + order - 1, order)
  }

  /// Place of a sorted tuple in `tuples`.
  public func index(of tuple: [Int]) -> Int { Int(place[Self.colexicographicRank(tuple)]) }

  private static func colexicographicRank(_ tuple: [Int]) -> Int {
    var rank = 0
    for (k, i) in tuple.enumerated() { rank += binomialUnchecked(i + k, k + 1) }
    return rank
  }

  private static func binomialUnchecked(_ n: Int, _ k: Int) -> Int {
    guard n >= k else { return 0 }
    var value = 1
    for j in 0..<k { value = value * (n - j) / (j + 1) }
    return value
  }
}

/// Binomial coefficient; nil where an intermediate product exceeds an `Int`.
public func binomial(_ n: Int, _ k: Int) -> Int? {
  guard k >= 0, n >= k else { return 0 }
  var value = 1
  for j in 0..<min(k, n - k) {
    let (product, overflow) = value.multipliedReportingOverflow(by: n - j)
    if overflow { return nil }
    value = product / (j + 1)
  }
  return value
}
