import Combinatorics

/// A split of the points of a correlator into two groups that move apart, the second one by r e.
public struct Channel: Sendable, Hashable {
  public let order: Int
  /// Positions of the group that moves; the first point stays.
  public let moved: [Int]

  public init(order: Int, moved: [Int]) {
    self.order = order
    self.moved = moved
  }

  /// Sizes of the groups, the smaller one first: 1|3, 2|2.
  public var kind: String {
    let (a, b) = (order - moved.count, moved.count)
    return "\(min(a, b))|\(max(a, b))"
  }

  /// The groups: 0 1|2 3.
  public var label: String {
    let rest = (0..<order).filter { !moved.contains($0) }
    func text(_ group: [Int]) -> String { group.map(String.init).joined(separator: " ") }
    return "\(text(rest))|\(text(moved))"
  }

  /// All 2^(n-1) - 1 splits.
  public static func all(order: Int) -> [Channel] {
    (1..<(1 << (order - 1))).map { mask in
      Channel(order: order, moved: (1..<order).filter { mask >> ($0 - 1) & 1 == 1 })
    }.sorted { ($0.moved.count, $0.moved.last ?? 0) < ($1.moved.count, $1.moved.last ?? 0) }
  }

  /// One split of each kind: the last points move.
  public static func kinds(order: Int) -> [Channel] {
    (1...max(1, order / 2)).map { k in
      Channel(order: order, moved: Array(order - k..<order))
    }
  }

  /// The points with the second group moved by r e; with both, by half of it either way.
  public func points(_ base: [[Double]], direction e: [Double], distance r: Double, both: Bool)
    -> [[Double]]
  {
    base.enumerated().map { k, x in
      let step = moved.contains(k) ? (both ? 0.5 * r : r) : both ? -0.5 * r : 0
      return zip(x, e).map { $0 + step * $1 }
    }
  }
}
