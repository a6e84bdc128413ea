/// A graph with several lines between two nodes and lines from a node to itself, in which nodes may
/// still have open lines: a Wick contraction on its way.
struct Multigraph: Sendable, Hashable {
  /// What a node is: equal kinds can be exchanged.
  var kinds: [UInt8]
  /// Open half-lines of each node.
  var open: [UInt8]
  /// Lines between nodes i <= j, row by row of the full matrix; [i, i] counts self-loops.
  private var lines: [UInt8]

  var count: Int { kinds.count }

  init(kinds: [UInt8], open: [UInt8]) {
    self.kinds = kinds
    self.open = open
    lines = [UInt8](repeating: 0, count: kinds.count * kinds.count)
  }

  /// Lines between two nodes.
  subscript(i: Int, j: Int) -> Int {
    get { Int(lines[min(i, j) * count + max(i, j)]) }
    set { lines[min(i, j) * count + max(i, j)] = UInt8(newValue) }
  }

  /// The nodes in another order.
  func reordered(_ order: [Int]) -> Multigraph {
    var result = Multigraph(kinds: order.map { kinds[$0] }, open: order.map { open[$0] })
    for i in 0..<count {
      for j in i..<count { result[i, j] = self[order[i], order[j]] }
    }
    return result
  }

  /// The canonical form, and the number of ways in which the graph maps to itself: exchanges of
  /// nodes, of the lines between two nodes, of self-loops and of the ends of each of them.
  func canonical() -> (graph: Multigraph, symmetries: Int) {
    // Single lines are edges; several lines are nodes of their own, coloured by how many.
    var neighbors = [[Int]](repeating: [], count: count)
    var colors = (0..<count).map { i in
      (Int(kinds[i]) << 16) | (Int(open[i]) << 8) | self[i, i]
    }
    var own = 1
    for i in 0..<count {
      own *= Self.factorial(self[i, i]) << self[i, i]
      for j in i + 1..<max(i + 1, count) {
        switch self[i, j] {
        case 0: continue
        case 1:
          neighbors[i].append(j)
          neighbors[j].append(i)
        case let several:
          own *= Self.factorial(several)
          let node = neighbors.count
          neighbors.append([i, j])
          neighbors[i].append(node)
          neighbors[j].append(node)
          colors.append(1 << 30 | several)
        }
      }
    }
    let labelling = CanonicalLabelling(colors: colors, neighbors: neighbors)
    // Colours of multiple lines are the largest, so that the nodes themselves come first.
    return (reordered(Array(labelling.order.prefix(count))), labelling.groupOrder * own)
  }

  private static func factorial(_ n: Int) -> Int { n < 2 ? 1 : (2...n).reduce(1, *) }

  /// Connected components, each a sorted list of nodes.
  func components(without cut: (Int, Int)? = nil) -> [[Int]] {
    var seen = [Bool](repeating: false, count: count)
    var result: [[Int]] = []
    for start in 0..<count where !seen[start] {
      var stack = [start]
      var members: [Int] = []
      seen[start] = true
      while let i = stack.popLast() {
        members.append(i)
        for j in 0..<count where !seen[j] && i != j {
          let isCut = cut.map { ($0.0 == i && $0.1 == j) || ($0.0 == j && $0.1 == i) } ?? false
          guard self[i, j] > (isCut ? 1 : 0) else { continue }
          seen[j] = true
          stack.append(j)
        }
      }
      result.append(members.sorted())
    }
    return result
  }
}
