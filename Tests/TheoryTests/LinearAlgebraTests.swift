import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Dense linear algebra of fixed order")
struct LinearAlgebraTests {
  /// Numbers in (-1, 1) that need no elementary function.
  private func numbers(_ count: Int, seed: UInt64 = 1) -> [Double] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int64(bitPattern: state) >> 11) * 0x1p-52
    }
  }

  private func symmetric(_ n: Int, seed: UInt64 = 1) -> SymmetricMatrix {
    let x = numbers(n * n, seed: seed)
    return SymmetricMatrix(count: n) { x[$0 * n + $1] }
  }

  @Test("second differences have the eigenvalues 4 sin^2", arguments: [1, 2, 7, 64, 300])
  func differences(n: Int) throws {
    let matrix = SymmetricMatrix(count: n) { $0 == $1 ? 2 : $1 == $0 + 1 ? -1 : 0 }
    let (values, vectors) = try #require(matrix.eigen())
    for k in 0..<n {
      let wave = Double.pi * Double(k + 1) / Double(2 * (n + 1))
      #expect(abs(values[k] - 4 * sin(wave) * sin(wave)) < 1e-14)
      // The vectors are standing waves, up to the sign.
      let norm = (2 / Double(n + 1)).squareRoot()
      let wanted = (0..<n).map { norm * sin(2 * wave * Double($0 + 1)) }
      let overlap = zip(vectors[k], wanted).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(abs(overlap) - 1) < 1e-13)
    }
  }

  @Test(
    "A v = lambda v with orthonormal v, whatever the scale", arguments: [1e-300, 1e-5, 1, 1e300])
  func residuals(scale: Double) throws {
    for n in [2, 3, 17, 90] {
      let plain = symmetric(n, seed: UInt64(n))
      let matrix = SymmetricMatrix(count: n) { scale * plain[$0, $1] }
      let (values, vectors) = try #require(matrix.eigen())
      #expect(values == values.sorted())
      for k in 0..<n {
        for i in 0..<n {
          let image = (0..<n).reduce(0) { $0 + plain[i, $1] * vectors[k][$1] }
          #expect(abs(image - values[k] / scale * vectors[k][i]) < 4e-15 * Double(n))
        }
        for l in 0...k {
          let overlap = zip(vectors[k], vectors[l]).reduce(0) { $0 + $1.0 * $1.1 }
          #expect(abs(overlap - (k == l ? 1 : 0)) < 4e-15 * Double(n))
        }
      }
    }
  }

  @Test("singular matrices: zero, one mode, equal eigenvalues")
  func degenerate() throws {
    #expect(SymmetricMatrix(count: 3).eigen()?.values == [0, 0, 0])
    let ones = try #require(SymmetricMatrix(count: 6) { _, _ in 1 }.eigen())
    #expect(
      abs(ones.values[5] - 6) < 1e-14 && ones.values.dropLast().allSatisfy { abs($0) < 1e-14 })
    let unit = try #require(SymmetricMatrix(count: 4) { $0 == $1 ? 3 : 0 }.eigen())
    #expect(unit.values == [3, 3, 3, 3])
    #expect(SymmetricMatrix(count: 2) { _, _ in .nan }.eigen() == nil)
  }

  @Test("the Kac matrix has the eigenvalues -n, -n + 2, ..., n; a cycle the roots of unity")
  func general() throws {
    for n in [1, 2, 5, 11] {
      let kac = GeneralMatrix(count: n + 1) { i, j in
        j == i + 1 ? Double(n - i) : j == i - 1 ? Double(i) : 0
      }
      let values = try #require(kac.eigenvalues())
      for (k, value) in values.enumerated() {
        #expect(abs(value.real - Double(2 * k - n)) < 1e-12 && value.imaginary == 0)
      }
    }
    for n in [2, 3, 8, 25] {
      let cycle = GeneralMatrix(count: n) { ($0 + 1) % n == $1 ? 1 : 0 }
      let values = try #require(cycle.eigenvalues())
      #expect(values.count == n)
      for value in values {
        #expect(abs(hypot(value.real, value.imaginary) - 1) < 1e-14)
        // An n-th root: its n-th power is 1.
        let angle = atan2(value.imaginary, value.real) * Double(n)
        #expect(abs(sin(angle)) < 1e-12 && cos(angle) > 0)
      }
    }
    #expect(GeneralMatrix(count: 0).eigenvalues()?.isEmpty == true)
  }

  @Test("a badly scaled matrix keeps its small eigenvalues")
  func balance() throws {
    // D A D^-1 has the eigenvalues of A, here 1, 2 and 3.
    let d = [1e-8, 1, 1e8]
    let a = [[1.0, 1, 1], [0, 2, 1], [0, 0, 3]]
    let values = try #require(
      GeneralMatrix(count: 3) { a[$0][$1] * d[$0] / d[$1] }.eigenvalues())
    for (k, value) in values.enumerated() { #expect(abs(value.real - Double(k + 1)) < 1e-14) }
  }

  @Test("elimination solves Hilbert matrices as far as their condition allows")
  func solve() throws {
    #expect(GeneralMatrix(count: 2) { _, _ in 1 }.solve([1, 1]) == nil)
    for (n, digits) in [(2, 1e-14), (5, 1e-10), (8, 1e-5)] {
      let matrix = GeneralMatrix(count: n) { 1 / Double($0 + $1 + 1) }
      let b = (0..<n).map { i in (0..<n).reduce(0) { $0 + matrix[i, $1] } }
      let x = try #require(matrix.solve(b))
      #expect(x.allSatisfy { abs($0 - 1) < digits })
    }
  }

  @Test("two unit columns of overlap c have the condition number sqrt((1 + c)/(1 - c))")
  func singularValues() throws {
    for c in [0, 0.5, -0.9, 1 - 1e-6, 1 - 1e-12] {
      let fit = try #require(LinearFit(columns: [[1, 0, 0], [c, (1 - c * c).squareRoot(), 0]]))
      let wanted = ((1 + abs(c)) / (1 - abs(c))).squareRoot()
      // An overlap known to 2^-53 fixes 1 - c, and with it the number, no better.
      #expect(abs(fit.conditionNumber / wanted - 1) < 1e-14 + 4e-16 / (1 - abs(c)))
      #expect(fit.unseen.isEmpty)
    }
    let equal = try #require(LinearFit(columns: [[1, 2, 3], [2, 4, 6], [0, 1, 0]]))
    #expect(equal.conditionNumber == .infinity && equal.unseen.count == 1)
  }

  @Test(
    "factors and products in blocks have the bits of plain loops", arguments: [1, 63, 64, 65, 200])
  func blocks(n: Int) throws {
    let plain = symmetric(n)
    let matrix = SymmetricMatrix(count: n) { plain[$0, $1] + ($0 == $1 ? Double(n) : 0) }
    var l = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    for i in 0..<n {
      for j in 0...i {
        var sum = matrix[i, j]
        for k in 0..<j { sum -= l[i][k] * l[j][k] }
        l[i][j] = i == j ? sum.squareRoot() : sum / l[j][j]
      }
    }
    let factor = try #require(CholeskyFactor(matrix))
    let unit = (0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0 }
    #expect(factor.times(unit, columns: n) == l.flatMap { $0 })
    let b = numbers(n * 3, seed: 9)
    var forward = b
    for c in 0..<3 {
      for i in 0..<n {
        for k in 0..<i { forward[i * 3 + c] -= l[i][k] * forward[k * 3 + c] }
        forward[i * 3 + c] /= l[i][i]
      }
    }
    var solved = b
    factor.solveLower(&solved, columns: 3)
    #expect(solved == forward)
    var x = b
    factor.solve(&x, columns: 3)
    for i in 0..<n {
      let image = (0..<n).reduce(0) { $0 + matrix[i, $1] * x[3 * $1] }
      #expect(abs(image - b[3 * i]) < 1e-14 * Double(n))
    }
    let a = numbers(n * 7, seed: 5)
    var sums = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n { for k in 0..<7 { sums[i * n + j] += a[i * 7 + k] * a[j * 7 + k] } }
    }
    let vectors = (0..<n).map { Array(a[$0 * 7..<($0 + 1) * 7]) }
    let found = gram(vectors)
    for i in 0..<n { for j in i..<n { #expect(found[i * n + j] == sums[i * n + j]) } }
  }

  @Test("the bits are those of every processor: a golden value")
  func golden() throws {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ values: [Double]) {
      for value in values { hash = (hash ^ value.bitPattern) &* 0x100_0000_01b3 }
    }
    let n = 70
    let (values, vectors) = try #require(symmetric(n).eigen())
    mix(values + vectors.flatMap { $0 })
    let x = numbers(n * n, seed: 3)
    let general = GeneralMatrix(count: n) { x[$0 * n + $1] }
    mix(try #require(general.eigenvalues()).flatMap { [$0.real, $0.imaginary] })
    mix(try #require(general.solve(Array(x.prefix(n)))))
    mix(product(x, x, rows: n, inner: n, columns: n))
    let fit = try #require(LinearFit(columns: (0..<9).map { Array(x[$0 * 40..<($0 + 1) * 40]) }))
    mix([fit.conditionNumber] + fit.inverse.flatMap { $0 })
    let root = try #require(
      CholeskyFactor(SymmetricMatrix(count: n) { x[$0 * n + $1] + ($0 == $1 ? 70 : 0) }))
    mix(root.times(x, columns: n))
    #expect(hash == 3_247_679_361_025_667_890)
  }
}
