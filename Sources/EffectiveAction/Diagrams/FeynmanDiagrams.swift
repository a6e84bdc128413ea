import NumericalMethods

/// All Feynman diagrams of one order.
///
/// Two sets of rules. In `interactions` a vertex f^p comes from the action int (lambda f^4 + kappa f^6
/// + ...), lines are propagators, and the order is the number of vertices (arXiv:2008.08601). In
/// `connectedCorrelators` a vertex with r lines is a connected correlator Gc^(r) and a line the inverse
/// propagator, which is how an action is rebuilt from correlators; the order counts powers of 1/N,
/// sum over vertices of (r/2 - 1) (arXiv:2307.03223).
public struct FeynmanDiagrams: Sendable {
  public enum Rules: Sendable, Hashable {
    /// Powers of f in the interaction, each 3 to 8.
    case interactions([Int])
    /// Powers r of the connected correlators, each 3 to 8.
    case connectedCorrelators([Int])

    public var powers: [Int] {
      switch self {
      case .interactions(let powers), .connectedCorrelators(let powers): powers
      }
    }
  }

  public let rules: Rules
  public let legs: Int
  public let order: Int
  /// Whether x1, x2, ... are told apart; otherwise a diagram stands for all its labellings.
  public let labelled: Bool
  /// Connected ones first, then by loops.
  public let diagrams: [FeynmanDiagram]
  /// Pairings of all half-lines over all sets of vertices of this order, whatever is left out of
  /// `diagrams`: (2m - 1)!! for a single kind of vertex.
  public let allPairings: Int

  static let firstVertexKind: UInt8 = 64

  public struct Refused: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// - Parameters:
  ///   - legs: external points, 0 to 12.
  ///   - order: number of vertices; for `connectedCorrelators` twice the power of 1/N may be odd
  ///     where odd correlators take part, so the order is given in halves: order 2 is 1/N.
  /// - Throws: `Refused` for numbers out of range, more than 34 half-lines, or more partial contractions
  ///   than fit into the memory of the work budget.
  /// - Complexity: f^4, four legs, order 4: a few seconds.
  public init(_ rules: Rules, legs: Int, order: Int, labelled: Bool = false) throws(Refused) {
    let powers = Array(Set(rules.powers)).sorted()
    guard !powers.isEmpty, powers.allSatisfy({ (3...8).contains($0) }) else {
      throw Refused(
        description:
          "interactions must be powers from 3 to 8, found \(rules.powers.map(String.init).joined(separator: ", "))"
      )
    }
    guard (0...12).contains(legs) else {
      throw Refused(description: "there can be 0 to 12 external legs, found \(legs)")
    }
    guard (0...8).contains(order) else {
      throw Refused(description: "the order must be from 0 to 8, found \(order)")
    }
    var found: [FeynmanDiagram] = []
    var total = 0
    for vertices in Self.vertexSets(rules, powers, order) {
      let halfLines = legs + vertices.reduce(0, +)
      guard halfLines <= WickContraction.limit else {
        throw Refused(
          description:
            "\(legs) legs and vertices \(vertices.map(String.init).joined(separator: ", ")) have \(halfLines) half-lines; up to \(WickContraction.limit) can be counted"
        )
      }
      let start = Multigraph(
        kinds: (0..<legs).map { labelled ? UInt8($0) : 0 }
          + vertices.map { Self.firstVertexKind + UInt8($0) },
        open: [UInt8](repeating: 1, count: legs) + vertices.map { UInt8($0) })
      for (graph, pairings) in try WickContraction.all(start) {
        found.append(FeynmanDiagram(graph, legs: legs, pairings: pairings, labelled: labelled))
        total += pairings
      }
    }
    self.rules = rules
    self.legs = legs
    self.order = order
    self.labelled = labelled
    allPairings = total
    func key(_ d: FeynmanDiagram) -> [Int] {
      [d.isConnected ? 0 : 1, d.hasVacuumParts ? 1 : 0] + [d.vertices.count] + d.vertices
        + [d.lines.filter(\.isLoop).count, d.loops] + d.lines.flatMap { [$0.from, $0.to] }
    }
    diagrams = found.map { (key($0), $0) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
  }

  private init(_ all: FeynmanDiagrams, keeping kept: [FeynmanDiagram]) {
    rules = all.rules
    legs = all.legs
    order = all.order
    labelled = all.labelled
    diagrams = kept
    allPairings = all.allPairings
  }

  /// Those that pass a test.
  public func filter(_ test: (FeynmanDiagram) -> Bool) -> FeynmanDiagrams {
    FeynmanDiagrams(self, keeping: diagrams.filter(test))
  }

  /// Pairings of the diagrams that are here.
  public var pairings: Int { diagrams.reduce(0) { $0 + $1.pairings } }

  /// Sets of vertices of an order, powers ascending.
  private static func vertexSets(_ rules: Rules, _ powers: [Int], _ order: Int) -> [[Int]] {
    func weight(_ power: Int) -> Int {
      if case .interactions = rules { return 1 }
      return power - 2
    }
    func sets(_ rest: Int, from: Int) -> [[Int]] {
      if rest == 0 { return [[]] }
      return (from..<powers.count).flatMap { k -> [[Int]] in
        let left = rest - weight(powers[k])
        return left < 0 ? [] : sets(left, from: k).map { [powers[k]] + $0 }
      }
    }
    return sets(order, from: 0)
  }

  /// The factor of a diagram of `connectedCorrelators` in the coefficient g_n of
  /// S = sum g_n f^n / n!, n the number of legs: -(-1)^(inner lines) labellings / S.
  public static func actionWeight(_ d: FeynmanDiagram) -> Double {
    (d.internalLines % 2 == 0 ? -1 : 1) * Double(d.labellings) / Double(d.symmetryFactor)
  }
}
