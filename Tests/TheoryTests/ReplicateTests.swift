import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Replicates of unequal size, and fits across cases")
struct ReplicateTests {
  @Test(
    "The jackknife of a mean is sigma^2/n on average whatever the sizes (4 sigma over 4000 sets)")
  func unbiased() {
    var random = testGenerator(seed: 3)
    let counts = [64.0, 64, 128, 5, 64, 192, 1, 64]
    let samples = counts.reduce(0, +)
    var (ratio, square) = (0.0, 0.0)
    let sets = 4000
    for _ in 0..<sets {
      // Sums of standard normal variables.
      let sums = counts.map { $0.squareRoot() * random.normal() }
      let total = sums.reduce(0, +)
      let knife = Jackknife(counts: counts)
      let error = knife.error(full: total / samples) {
        (total - sums[$0]) / (samples - counts[$0])
      }!
      ratio += error * error * samples
      square += pow(error * error * samples, 2)
    }
    let mean = ratio / Double(sets)
    let spread = ((square / Double(sets) - mean * mean) / Double(sets)).squareRoot()
    #expect(abs(mean - 1) < 4 * spread && spread < 0.02, "\(mean) +- \(spread)")
  }

  @Test("Streamed over the replicates: the same numbers as with all of them kept")
  func streaming() {
    var random = testGenerator(seed: 4)
    let blocks = (0..<40).map { b -> (count: Double, sums: [Double]) in
      let n = b % 7 == 0 ? 3.0 : 8
      return (n, (0..<3).map { _ in n * (2 + 0.3 * random.normal()) })
    }
    let sums = ReplicatedSums(
      blocks: [Array(blocks.prefix(15)), Array(blocks.dropFirst(15))], moments: 3)
    func derived(_ m: [Double]) -> [Double] { [m[0], m[0] * m[1] / m[2], log(m[2])] }
    for replicate in [ReplicatedSums.Replicate.block, .run] {
      let knife = Jackknife(counts: sums.counts(replicate))
      let left = sums.leavingOut(replicate, derived)
      let full = derived(sums.means)
      for (i, own) in sums.estimates(replicate, derived).enumerated() {
        let kept = knife.estimate(full: full[i]) { left[$0][i] }
        #expect(relativeDifference(own.value!, kept.value!) < 1e-13)
        #expect(relativeDifference(own.error!, kept.error!) < 1e-10)
        #expect(own.degrees == (replicate == .block ? 39 : 1))
      }
    }
  }

  @Test("One block has a value and no error, and nothing is left out of nothing")
  func single() {
    let one = ReplicatedSums(blocks: [[(5, [10])]], moments: 1).estimates { $0 }
    #expect(one[0].value == 2 && one[0].error == nil && one[0].degrees == nil)
  }

  @Test("Fits delete block b everywhere; cases of other sizes add in quadrature")
  func fits() throws {
    let counts = [Double](repeating: 4, count: 32)
    var random = testGenerator(seed: 5)
    let noise = counts.map { _ in random.normal() }
    // The same fluctuation in both numbers: their difference has none.
    func number(_ mean: Double, _ counts: [Double]) -> Replicated {
      let total = zip(noise, counts).reduce(0) { $0 + $1.0 }
      let n = Double(counts.count)
      return Replicated(
        full: mean + total / n,
        leftOut: counts.indices.map { mean + (total - noise[$0]) / (n - 1) }, counts: counts)
    }
    let joint = try #require(
      Replicated.estimates([number(1, counts), number(3, counts)]) { [$0[1] - $0[0], $0[0]] })
    #expect(abs(joint[0].value! - 2) < 1e-12 && joint[0].error! < 1e-12)
    #expect(joint[1].error == number(1, counts).estimate.error && joint[1].degrees == 31)
    let fewer = Array(counts.prefix(16))
    let apart = try #require(
      Replicated.estimates([number(1, counts), number(3, fewer)]) { [$0[1] - $0[0]] })
    let expected = hypot(number(1, counts).estimate.error!, number(3, fewer).estimate.error!)
    #expect(abs(apart[0].error! - expected) < 1e-12 && apart[0].degrees == 15)
    #expect(Replicated.estimates([number(1, counts)]) { _ in nil } == nil)
    let exact = try #require(Replicated.estimates([Replicated(exact: 2)]) { $0 })
    #expect(exact[0].value == 2 && exact[0].error == 0)
  }

  @Test("Layouts: at least as many blocks as asked for at any number of runs; no tiny block")
  func layout() {
    for runs in [1, 2, 3, 4, 10, 60, 300] {
      let cells = CellLayout.cellsPerRun(blocks: 256, runs: runs)
      #expect(runs * cells >= 256 && (cells == 1 || runs * cells < 512))
      for samples in [1, 63, 64, 65, 640, 5003, 64 * 300 + 1] {
        let layout = CellLayout(runs: runs, samplesPerRun: samples, cellsPerRun: cells)
        let states = (0..<layout.cells).map { i -> CellState in
          let batches = layout.batches(ofCell: i)
          let isRest = i % (cells + 1) == cells
          let n = isRest ? (batches > 0 ? layout.remainder : 0) : batches * batchSize
          return CellState(batches: batches, samples: n, sums: [Double(n)], largest: [])
        }
        let sums = layout.replicatedSums(states, position: [0])
        #expect(sums.samples == Double(runs * samples) && sums.blockCounts.count == layout.blocks)
        #expect(zip(sums.blockCounts, sums.blockSums).allSatisfy { $0 == $1[0] })
        #expect(sums.blockCounts.min()! >= Double(min(samples, batchSize)))
      }
    }
  }
}
