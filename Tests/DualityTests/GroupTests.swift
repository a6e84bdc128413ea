import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Groups and their elements")
struct GroupTests {
  private func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    a.map { row in b[0].indices.map { j in zip(row, b).reduce(0) { $0 + $1.0 * $1.1[j] } } }
  }

  private func transposed(_ a: [[Double]]) -> [[Double]] {
    a[0].indices.map { j in a.map { $0[j] } }
  }

  private func distance(_ a: [[Double]], _ b: [[Double]]) -> Double {
    zip(a.joined(), b.joined()).map { abs($0 - $1) }.max() ?? 0
  }

  private func identity(_ n: Int) -> [[Double]] {
    (0..<n).map { i in (0..<n).map { i == $0 ? 1 : 0 } }
  }

  @Test("Elements are orthogonal, of the right determinant, and fix what they must")
  func orthogonality() {
    for n in 2...6 {
      for name in [SymmetryGroup.Name.orthogonal, .specialOrthogonal, .permutations, .signs] {
        for e in SymmetryGroup(name).elements(6, dimension: n, seed: 3) {
          #expect(distance(product(e.matrix, transposed(e.matrix)), identity(n)) < 1e-13)
        }
      }
      var fixing = SymmetryGroup(.specialOrthogonal)
      fixing.fixing = (0..<n).map { 0.3 * Double($0) - 0.2 }
      for e in fixing.elements(4, dimension: n, seed: 3) where n > 2 {
        #expect(zip(e.image(fixing.fixing), fixing.fixing).allSatisfy { abs($0 - $1) < 1e-13 })
        #expect(distance(product(e.matrix, transposed(e.matrix)), identity(n)) < 1e-13)
      }
    }
    // Unitary matrices commute with multiplication by i.
    let i = [[0.0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 0, -1], [0, 0, 1, 0]]
    for name in [SymmetryGroup.Name.unitary, .specialUnitary] {
      for e in SymmetryGroup(name).elements(6, dimension: 4, seed: 3) {
        #expect(distance(product(e.matrix, transposed(e.matrix)), identity(4)) < 1e-13)
        #expect(distance(product(e.matrix, i), product(i, e.matrix)) < 1e-13)
        guard name == .specialUnitary else { continue }
        // The determinant of the complex 2 x 2 matrix.
        func at(_ r: Int, _ c: Int) -> (Double, Double) {
          (e.matrix[2 * r][2 * c], e.matrix[2 * r + 1][2 * c])
        }
        let (a, b, c, d) = (at(0, 0), at(0, 1), at(1, 0), at(1, 1))
        let real = a.0 * d.0 - a.1 * d.1 - b.0 * c.0 + b.1 * c.1
        let imaginary = a.0 * d.1 + a.1 * d.0 - b.0 * c.1 - b.1 * c.0
        #expect(abs(real - 1) < 1e-13 && abs(imaginary) < 1e-13)
      }
    }
  }

  @Test("Haar moments: E R_ij = 0, E R_ij^2 = 1/n, E R_ij^4 = 3/(n(n+2)), within 5 sigma")
  func haarMoments() {
    for n in [2, 3, 5] {
      let count = 20_000
      var (first, second, fourth) = (0.0, 0.0, 0.0)
      for e in SymmetryGroup(.specialOrthogonal).elements(count, dimension: n, seed: 11) {
        let x = e.matrix[0][n - 1]
        first += x
        second += x * x
        fourth += x * x * x * x
      }
      let c = Double(count)
      let (m2, m4) = (1 / Double(n), 3 / Double(n * (n + 2)))
      #expect(abs(first / c) < 5 * (m2 / c).squareRoot())
      #expect(abs(second / c - m2) < 5 * ((m4 - m2 * m2) / c).squareRoot())
      #expect(abs(fourth / c - m4) < 5 * (m4 / c).squareRoot())
    }
  }

  @Test("Transformed tensors: R of a tensor of one vector is the tensor of the rotated vector")
  func tensors() {
    var random = SeededGenerator(seed: 5)
    for (outputs, order) in [(2, 3), (3, 2), (3, 4), (5, 2)] {
      let elements = SymmetryGroup(.orthogonal).elements(2, dimension: outputs, seed: 1)
      let change = OutputTransformation(
        points: 2, outputs: outputs, order: order, elements: elements)
      let f = (0..<2 * outputs).map { _ in random.normal() }
      let means = change.tuples.map { $0.reduce(1) { $0 * f[$1] } }
      let moved = elements.map { e in
        e.image(Array(f[0..<outputs])) + e.image(Array(f[outputs...]))
      }
      let found = change.differences(means)
      for c in found.indices {
        let (e, t) = change.place(c)
        let expected = change.tuples[t].reduce(1) { $0 * moved[e][$1] } - means[t]
        #expect(abs(found[c] - expected) < 1e-12)
      }
      // Contractions see the same rotation.
      let contracted = ContractedTransformation(
        points: 2, outputs: outputs, order: order, elements: elements, count: 5, seed: 2)
      let slots = contracted.contractions.map { c in
        zip(c.vector, f[(c.point * outputs)...]).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let values = contracted.monomials.map { $0.reduce(1) { $0 * slots[$1] } }
      for (c, d) in contracted.differences(values).enumerated() {
        let (e, t) = contracted.place(c)
        let factors = contracted.monomials[t].map { k in
          let v = contracted.contractions[k]
          return zip(v.vector, moved[e][(v.point * outputs)...]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        #expect(abs(d - (factors.reduce(1, *) - values[t])) < 1e-12)
      }
    }
  }
}
