import Fieldwork
import Testing

@Suite("Feynman diagrams")
struct DiagramTests {
  private func all(_ powers: [Int], _ legs: Int, _ order: Int, labelled: Bool = false) throws
    -> FeynmanDiagrams
  {
    try FeynmanDiagrams(.interactions(powers), legs: legs, order: order, labelled: labelled)
  }

  @Test("First order: the table of arXiv:2008.08601, by kinds of diagrams")
  func firstOrder() throws {
    // Tree, self-loops on the tree, vacuum bubbles, by what remains of the vertex.
    let table: [(legs: Int, power: Int, tree: Int, loops: [Int], vacuum: Int, total: Int)] = [
      (2, 4, 0, [12], 3, 15), (2, 6, 0, [90], 15, 105),
      (4, 4, 24, [72], 9, 105), (4, 6, 0, [360, 540], 45, 945),
      (6, 4, 360, [540], 45, 945), (6, 6, 720, [5400, 4050], 225, 10395),
    ]
    for row in table {
      let diagrams = try all([row.power], row.legs, 1)
      #expect(diagrams.pairings == row.total)
      let vacuum = diagrams.filter(\.hasVacuumParts)
      #expect(vacuum.pairings == row.vacuum)
      let rest = diagrams.filter { !$0.hasVacuumParts }
      #expect(rest.filter { !$0.hasSelfLoops }.pairings == row.tree)
      let loops = rest.diagrams.filter(\.hasSelfLoops).sorted {
        $0.lines.filter(\.isLoop).count < $1.lines.filter(\.isLoop).count
      }
      #expect(loops.map(\.pairings) == row.loops)
    }
    // 72 = 6 x 12: six ways to label the points.
    let tadpole = try #require(
      try all([4], 4, 1).diagrams.first { $0.hasSelfLoops && !$0.hasVacuumParts })
    #expect(tadpole.labellings == 6 && tadpole.symmetryFactor == 2)
  }

  @Test("All pairings are found: (2m - 1)!! through fourth order, for every interaction")
  func totals() throws {
    func doubleFactorial(_ n: Int) -> Int {
      n <= 1 ? 1 : stride(from: n, through: 1, by: -2).reduce(1, *)
    }
    for legs in [0, 1, 2, 3, 4, 6] {
      for power in 3...8 {
        for order in 0...4 {
          let n = legs + power * order
          // The larger ones take long.
          guard n % 2 == 0, n <= 20 else { continue }
          let diagrams = try all([power], legs, order)
          #expect(diagrams.pairings == doubleFactorial(n - 1), "\(legs) legs, f^\(power), \(order)")
          #expect(diagrams.allPairings == diagrams.pairings)
        }
      }
    }
  }

  @Test("Pairings, counted, are labellings x prod n! (p!)^n / S, from automorphisms")
  func symmetryFactors() throws {
    func factorial(_ n: Int) -> Int { n < 2 ? 1 : (2...n).reduce(1, *) }
    for (powers, legs, order) in [
      ([4], 4, 3), ([4], 2, 4), ([3], 3, 3), ([4, 6], 2, 2), ([3, 4, 5], 4, 2), ([6], 4, 2),
    ] {
      for labelled in [false, true] {
        let set = try all(powers, legs, order, labelled: labelled)
        for d in set.diagrams {
          let weight = d.vertices.reduce(d.vertexExchanges) { $0 * factorial($1) }
          #expect(d.pairings * d.symmetryFactor == d.labellings * weight)
        }
      }
    }
  }

  @Test("Diagrams with labelled points are the labellings of those without")
  func labellings() throws {
    for (legs, order) in [(4, 1), (4, 2), (6, 1), (3, 2)] {
      let power = legs % 2 == 0 ? 4 : 3
      let free = try all([power], legs, order)
      let labelled = try all([power], legs, order, labelled: true)
      #expect(labelled.diagrams.count == free.diagrams.reduce(0) { $0 + $1.labellings })
      #expect(labelled.pairings == free.pairings)
    }
  }

  /// <f^n exp(-a f^4 - b f^6)> over a standard normal, as a series.
  private func moment(_ n: Int, _ p: Int, _ q: Int, degree: Int) -> CouplingSeries {
    CouplingSeries(degree: degree) { i, j in
      let power = n + p * i + q * j
      guard power % 2 == 0 else { return Rational(0) }
      let sign = (i + j) % 2 == 0 ? 1 : -1
      var value = Rational(sign)
      for k in stride(from: power - 1, to: 0, by: -2) { value = value * Rational(k) }
      for k in [i, j] where k > 1 { for f in 2...k { value = value / Rational(f) } }
      return value
    }
  }

  @Test("Zero dimensions: connected diagrams are the expansion of log Z, in exact arithmetic")
  func zeroDimensions() throws {
    for (p, q, degree) in [(4, 6, 2), (4, 8, 2), (3, 5, 2), (4, 5, 2), (4, 4, 4), (3, 3, 4)] {
      let z = moment(0, p, q, degree: degree)
      func g(_ n: Int) -> CouplingSeries { moment(n, p, q, degree: degree) * z.inverse }
      let (m1, m2, m3, m4) = (g(1), g(2), g(3), g(4))
      let cumulant2 = m2 - m1 * m1
      let square = m1 * m1
      let low: CouplingSeries = m4 - 4 * (m3 * m1) - 3 * (m2 * m2)
      let high: CouplingSeries = 6 * (square * square) - 12 * (m2 * square)
      let cumulant4 = low - high
      for (legs, series) in [(1, m1), (2, cumulant2), (4, cumulant4)] {
        for order in 0...degree {
          let diagrams = try all(p == q ? [p] : [p, q], legs, order)
            .filter { $0.isConnected && !$0.hasVacuumParts }
          for i in 0...order where p != q || i == order {
            let own = diagrams.diagrams.filter { $0.vertices.filter { $0 == p }.count == i }
            let sum = own.reduce(0) { $0 + $1.coefficient }
            #expect(
              Rational(sum) == series.terms[i][order - i],
              "\(legs) legs, f^\(p)^\(i) f^\(q)^\(order - i)")
          }
        }
      }
    }
  }

  @Test("Vacuum-free diagrams are full correlators; normal ordering leaves 96 and 864")
  func vacuumFree() throws {
    let degree = 4
    let z = moment(0, 4, 6, degree: degree)
    for legs in [2, 4] {
      let series = moment(legs, 4, 6, degree: degree) * z.inverse
      for order in 0...degree {
        let sum = try all([4], legs, order).diagrams.filter { !$0.hasVacuumParts }
          .reduce(0) { $0 + $1.coefficient }
        #expect(Rational(sum) == series.terms[order][0])
      }
      let ordered = try all([4], legs, 2).diagrams
        .filter { $0.isConnected && !$0.hasSelfLoops }.reduce(0) { $0 + $1.coefficient }
      #expect(ordered == (legs == 2 ? 96 : 864))
    }
  }

  @Test("Known numbers: two-loop self-energies, trees of the six-point function")
  func known() throws {
    let two = try all([4], 2, 2).filter { $0.isConnected }
    let irreducible = two.filter(\.isOneParticleIrreducible)
    #expect(irreducible.diagrams.map(\.symmetryFactor).sorted() == [4, 6])
    #expect(Set(irreducible.diagrams.map(\.loops)) == [2])
    let trees = try all([4], 6, 2).filter { $0.isConnected && $0.loops == 0 }
    #expect(trees.diagrams.count == 1)
    #expect(trees.diagrams[0].coefficient == 5760 && trees.diagrams[0].labellings == 10)
    // -24 lam K^4 - 360 kap K^5 + 2016 lam^2 K^6, zero dimensions.
    let second = try all([4], 4, 2).filter { $0.isConnected && !$0.hasVacuumParts }
    #expect(second.diagrams.reduce(0) { $0 + $1.coefficient } == 2016)
  }

  @Test("Dual rules: one variable, the action through second order")
  func dual() throws {
    // S = g0 + g2 f^2/2 + g4 f^4/4! + g6 f^6/6! with K = 1, by monomials in k4, k6.
    func weights(_ legs: Int, _ order: Int) throws -> [[Int]: Double] {
      var sums: [[Int]: Double] = [:]
      let set = try FeynmanDiagrams(
        .connectedCorrelators([4, 6]), legs: legs, order: order
      ).filter(\.isConnected)
      for d in set.diagrams { sums[d.vertices, default: 0] += FeynmanDiagrams.actionWeight(d) }
      return sums
    }
    #expect(try weights(4, 2) == [[4]: -1])
    #expect(try weights(2, 2) == [[4]: 0.5])
    #expect(try weights(0, 2) == [[4]: -0.125])
    let six = try weights(6, 4)
    #expect(six[[6]] == -1)
    #expect(abs((six[[4, 4]] ?? 0) - 10) < 1e-12)
    let four = try weights(4, 4)
    #expect(abs((four[[6]] ?? 0) - 0.5) < 1e-12 && abs((four[[4, 4]] ?? 0) + 3.5) < 1e-12)
    let two = try weights(2, 4)
    #expect(abs((two[[6]] ?? 0) + 0.125) < 1e-12 && abs((two[[4, 4]] ?? 0) - 2.0 / 3) < 1e-12)
    let zero = try weights(0, 4)
    #expect(abs((zero[[6]] ?? 0) - 1.0 / 48) < 1e-12)
    #expect(abs((zero[[4, 4]] ?? 0) + 1.0 / 12) < 1e-12)
  }

  @Test("What cannot be counted is refused with a sentence")
  func refused() {
    #expect(throws: FeynmanDiagrams.Refused.self) { try all([2], 2, 1) }
    #expect(throws: FeynmanDiagrams.Refused.self) { try all([9], 2, 1) }
    #expect(throws: FeynmanDiagrams.Refused.self) { try all([], 2, 1) }
    #expect(throws: FeynmanDiagrams.Refused.self) { try all([4], -1, 1) }
    #expect(throws: FeynmanDiagrams.Refused.self) { try all([8], 4, 4) }
  }
}
