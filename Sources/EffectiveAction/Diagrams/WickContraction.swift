import NumericalMethods

/// All ways to contract external points and vertices, up to isomorphism, with the number of pairings of
/// each: Wick's theorem as dynamic programming.
///
/// One half-line at a time is joined to every other open one; partial contractions that are the same up
/// to exchanges of like nodes are merged, their numbers of pairings added. The numbers are therefore
/// counted, not inferred from symmetry factors.
enum WickContraction {
  /// Half-lines beyond which the number of pairings, (n - 1)!!, exceeds an `Int`.
  static let limit = 34

  /// The complete contractions of a graph without lines.
  /// - Throws: `FeynmanDiagrams.Refused` where the partial contractions do not fit into the memory of the
  ///   work budget.
  /// - Complexity: partial contractions x nodes; 10^3 to 10^5 of them through fourth order of f^4.
  static func all(_ start: Multigraph) throws(FeynmanDiagrams.Refused)
    -> [(graph: Multigraph, pairings: Int)]
  {
    let halfLines = start.open.reduce(0) { $0 + Int($1) }
    precondition(halfLines <= limit)
    guard halfLines % 2 == 0 else { return [] }
    var states: [Multigraph: Int] = [start.canonical().graph: 1]
    // A graph is three arrays of bytes, and a place in a table that doubles.
    let bytes = 400 + Double(start.count * (start.count + 2))
    let budget = WorkBudget.current
    for _ in 0..<halfLines / 2 {
      var next: [Multigraph: Int] = [:]
      next.reserveCapacity(states.count * 2)
      for (graph, pairings) in states {
        guard !budget.isStopped else {
          throw FeynmanDiagrams.Refused(description: WorkBudget.stopped)
        }
        if let refusal = budget.refusal(
          "the partial contractions of \(halfLines) half-lines, \(states.count + next.count) so far,",
          bytes: bytes * Double(states.count + next.count))
        {
          throw FeynmanDiagrams.Refused(description: refusal)
        }
        let i = active(graph)
        for j in 0..<graph.count {
          let partners = Int(graph.open[j]) - (i == j ? 1 : 0)
          guard partners > 0 else { continue }
          var joined = graph
          joined.open[i] -= 1
          joined.open[j] -= 1
          joined[i, j] += 1
          next[joined.canonical().graph, default: 0] += pairings * partners
        }
      }
      states = next
    }
    return states.map { ($0.key, $0.value) }
  }

  /// The node whose half-line is joined next: any will do. One with few open half-lines keeps the
  /// number of partial contractions small.
  private static func active(_ graph: Multigraph) -> Int {
    var best = -1
    for i in 0..<graph.count where graph.open[i] > 0 {
      if best < 0 || graph.open[i] < graph.open[best] { best = i }
    }
    return best
  }
}
