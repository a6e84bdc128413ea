/// A Feynman diagram: external points, vertices, and the lines that join them.
///
/// Nodes are numbered with the external points first: node i < `legs` is the point x_(i+1), node
/// `legs` + k the vertex y_(k+1), at which `vertices[k]` lines meet.
public struct FeynmanDiagram: Sendable, Hashable, Codable {
  /// A line between two nodes, the smaller first; both equal for a self-loop.
  public struct Line: Sendable, Hashable, Codable, Comparable {
    public let from: Int
    public let to: Int

    public var isLoop: Bool { from == to }
    public static func < (a: Line, b: Line) -> Bool { (a.from, a.to) < (b.from, b.to) }
  }

  public let legs: Int
  public let vertices: [Int]
  /// Sorted; a line that occurs m times is listed m times.
  public let lines: [Line]
  /// Symmetries with the external points held fixed: the S of 1/S.
  public let symmetryFactor: Int
  /// Ways to attach the labels of the external points that give different diagrams: 1 where
  /// points are told apart.
  public let labellings: Int
  /// Wick pairings that give this diagram, over all its labellings:
  ///
  ///     pairings = labellings x prod_k (n_k! (p_k!)^(n_k)) / S      (n_k vertices f^(p_k))
  public let pairings: Int

  init(_ graph: Multigraph, legs: Int, pairings: Int, labelled: Bool) {
    // External points have the smallest kinds and come first.
    let order = (0..<graph.count).sorted {
      (graph.kinds[$0] >= FeynmanDiagrams.firstVertexKind ? 1 : 0, $0)
        < (graph.kinds[$1] >= FeynmanDiagrams.firstVertexKind ? 1 : 0, $1)
    }
    var own = graph.reordered(order)
    // Labels of the points in the order of the nodes.
    for i in 0..<legs { own.kinds[i] = UInt8(i) }
    let fixed = own.canonical()
    var free = own
    for i in 0..<legs { free.kinds[i] = 0 }
    self.legs = legs
    vertices = (legs..<graph.count).map { i in
      (0..<graph.count).reduce(0) { $0 + own[i, $1] } + own[i, i]
    }
    var lines: [Line] = []
    for i in 0..<graph.count {
      for j in i..<graph.count {
        lines += [Line](repeating: Line(from: i, to: j), count: own[i, j])
      }
    }
    self.lines = lines
    symmetryFactor = fixed.symmetries
    labellings =
      labelled
      ? 1
      : (legs < 2 ? 1 : (2...legs).reduce(1, *)) * fixed.symmetries / free.canonical().symmetries
    self.pairings = pairings
  }

  private var graph: Multigraph {
    var graph = Multigraph(
      kinds: [UInt8](repeating: 0, count: legs + vertices.count),
      open: [UInt8](repeating: 0, count: legs + vertices.count))
    for line in lines { graph[line.from, line.to] += 1 }
    return graph
  }

  public func isVertex(_ node: Int) -> Bool { node >= legs }

  /// Whether all points and vertices hang together.
  public var isConnected: Bool { graph.components().count <= 1 }

  /// Whether a part has no external point.
  public var hasVacuumParts: Bool {
    graph.components().contains { $0.allSatisfy(isVertex) }
  }

  public var hasSelfLoops: Bool { lines.contains(where: \.isLoop) }

  /// Whether it is connected and no line between two vertices cuts it in two.
  public var isOneParticleIrreducible: Bool {
    let graph = graph
    guard !vertices.isEmpty, graph.components().count == 1 else { return false }
    return Set(lines).allSatisfy { line in
      !isVertex(line.from) || line.isLoop
        || graph.components(without: (line.from, line.to)).count == 1
    }
  }

  /// Independent loops: lines - nodes + connected parts.
  public var loops: Int { lines.count - legs - vertices.count + graph.components().count }

  /// Lines between vertices, self-loops among them.
  public var internalLines: Int { lines.filter { isVertex($0.from) }.count }

  /// The connected parts, each a list of nodes.
  public var components: [[Int]] { graph.components() }

  /// prod over kinds of vertices of n_k!, the orders in which equal vertices can stand.
  public var vertexExchanges: Int {
    Dictionary(grouping: vertices, by: { $0 }).values
      .reduce(1) { $0 * (1...$1.count).reduce(1, *) }
  }

  /// The number that multiplies couplings and integrals in E[f ... f] with the weight
  /// exp(-int (lambda f^4 + ...)), no factorials: (-1)^vertices pairings / prod n_k!.
  public var coefficient: Int {
    (vertices.count % 2 == 0 ? 1 : -1) * pairings / vertexExchanges
  }

  /// Points and vertices by the names used in formulas: x1, x2, ..., y1, y2, ...
  public func name(_ node: Int) -> String {
    isVertex(node) ? (vertices.count == 1 ? "y" : "y\(node - legs + 1)") : "x\(node + 1)"
  }
}
