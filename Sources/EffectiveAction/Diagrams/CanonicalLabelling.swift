import CNauty
import Synchronization

/// Canonical form of a graph with coloured nodes, by nauty: two graphs have the same form exactly when
/// a map of nodes that keeps colours and edges takes one into the other.
struct CanonicalLabelling {
  /// `order[i]` is the node at place i.
  let order: [Int]
  /// Order of the group of automorphisms.
  let groupOrder: Int

  /// Nodes that fit into one word of nauty.
  static let capacity = 64

  /// nauty keeps its working memory in static variables.
  private static let turn = Mutex(())

  /// - Parameters:
  ///   - colors: one a node.
  ///   - neighbors: adjacent nodes of each node.
  init(colors: [Int], neighbors: [[Int]]) {
    let n = colors.count
    precondition(n <= Self.capacity)
    var rows = neighbors.map { $0.reduce(UInt64(0)) { $0 | 1 << UInt64(63 - $1) } }
    let sorted = (0..<n).sorted { (colors[$0], $0) < (colors[$1], $1) }
    var label = sorted.map { Int32($0) }
    var cell = sorted.indices.map { i in
      Int32(i + 1 < n && colors[sorted[i]] == colors[sorted[i + 1]] ? 1 : 0)
    }
    var canonical = [UInt64](repeating: 0, count: n)
    let size =
      n == 0 ? 1 : Self.turn.withLock { _ in fw_nauty(Int32(n), &rows, &label, &cell, &canonical) }
    order = label.map { Int($0) }
    groupOrder = Int(size.rounded())
  }
}
