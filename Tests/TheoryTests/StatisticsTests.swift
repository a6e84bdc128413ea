import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Statistics and numerical methods")
struct StatisticsTests {
  @Test("0.31498(72)")
  func printing() {
    #expect(Estimate(value: 0.314982, error: 0.00072).description == "0.31498(72)")
    #expect(Estimate(value: -1.23456, error: 0.0999).description == "-1.23(10)")
    #expect(
      Estimate(value: 1234.5, error: 31).description == "1234(31)"
        || Estimate(value: 1234.5, error: 31).description == "1235(31)")
    #expect(Estimate(value: 123456, error: 310).description == "123460(310)")
    #expect(Estimate(value: 1.5e-9, error: 2e-11).description == "1.500(20)e-9")
    #expect(Estimate(value: 2.5, error: 0).description == "2.5")
    #expect(Estimate(value: .nan, error: 1).description == "-")
  }

  @Test("distribution functions against tabulated values")
  func distributions() {
    #expect(abs(UpperTail.studentTwoSided(2.262157, degrees: 9) - 0.05) < 1e-6)
    #expect(abs(UpperTail.chiSquare(18.307038, degrees: 10) - 0.05) < 1e-7)
    #expect(abs(UpperTail.fisher(3.325835, 5, 10) - 0.05) < 1e-6)
    #expect(abs(UpperTail.fisher(0.2, 3, 300) - 0.896406) < 1e-4)
    #expect(abs(studentFactor(degrees: 9) - 1.0585) < 2e-3)
    #expect(abs(studentFactor(degrees: 1e7) - 1) < 1e-5)
  }

  @Test("the jackknife of a mean is its standard error; of a square, its bias is removed")
  func jackknife() {
    let x = [1.0, 4, 2, 8, 5, 7, 3, 9, 6, 10]
    let n = Double(x.count)
    let mean = x.reduce(0, +) / n
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
    let knife = Jackknife(counts: x.map { _ in 1 })
    let left = x.map { (mean * n - $0) / (n - 1) }
    let error = knife.error(full: mean) { left[$0] } ?? 0
    #expect(abs(error - (variance / n).squareRoot()) < 1e-12)
    // E[mean^2] = mu^2 + var/n: exactly removed.
    let corrected = knife.corrected(full: mean * mean) { left[$0] * left[$0] }
    #expect(abs(corrected - (mean * mean - variance / n)) < 1e-12)
  }

  @Test("replicates of unequal size: the mean keeps its weights")
  func unequal() {
    let sums = ReplicatedSums(
      blocks: [[(2, [4.0]), (3, [9.0])], [(5, [5.0]), (0, [0.0])]], moments: 1)
    #expect(sums.samples == 10)
    #expect(abs(sums.means[0] - 1.8) < 1e-15)
    #expect(sums.blockCounts == [2, 3, 5])
    #expect(abs(sums.means(without: 2)[0] - 13.0 / 5) < 1e-15)
    let knife = Jackknife(counts: sums.blockCounts)
    let left = sums.leavingOut { $0[0] }
    #expect(abs(knife.corrected(full: 1.8) { left[$0] } - 1.8) < 1e-12)
  }

  @Test("least squares recovers exact parameters and refuses equal columns")
  func leastSquares() {
    let x = [1.0, 2, 3, 4]
    let solution = weightedLeastSquares(
      columns: [x.map { _ in 1 }, x], values: x.map { 3 - 2 * $0 }, weights: [1, 2, 0.5, 1])
    #expect(abs((solution?[0] ?? 0) - 3) < 1e-12 && abs((solution?[1] ?? 0) + 2) < 1e-12)
    #expect(weightedLeastSquares(columns: [x, x], values: x, weights: x) == nil)
  }

  @Test("eigenmodes of a known matrix")
  func eigen() {
    var matrix = SymmetricMatrix(count: 2)
    matrix[0, 0] = 2
    matrix[0, 1] = 1
    matrix[1, 1] = 2
    #expect(abs((matrix.eigen()?.values[0] ?? 0) - 1) < 1e-14)
    #expect(abs((matrix.eigen()?.values[1] ?? 0) - 3) < 1e-14)
    #expect(matrix.leadingModes(tolerance: 0.5).count == 1)
  }

  @Test("a Gaussian has no heavy tail, a log-normal has")
  func tails() throws {
    var generator = testGenerator(seed: 8)
    func normal() -> Double {
      let u = Double.random(in: 1e-300..<1, using: &generator)
      let v = Double.random(in: 0..<1, using: &generator)
      return (-2 * log(u)).squareRoot() * cos(2 * Double.pi * v)
    }
    for heavy in [false, true] {
      var blocks = [LargestValues](repeating: LargestValues(), count: 32)
      var sums = [Double](repeating: 0, count: 32)
      let count = 400_000
      for i in 0..<count {
        let z = normal()
        let x = heavy ? exp(1.5 * z) : z
        blocks[i % 32].insert(x)
        sums[i % 32] += pow(x, 4)
      }
      let report = try #require(
        TailReport(
          largest: blocks, power: 4, blocks: sums.map { (Double(count / 32), $0) }))
      #expect(report.isHeavy(power: 4) == heavy)
    }
  }
}
