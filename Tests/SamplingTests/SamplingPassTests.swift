import Fieldwork
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Passes: threads, interruption, extension")
struct SamplingPassTests {
  private func pass(networks: Int, runs: Int = 4, cells: Int = 8) throws -> SamplingPass {
    let ensemble = try Ensemble("erf", width: 7, biasSigma: 1)
    let formula = CorrelatorFormula.outputs(points: 2, outputs: 1, order: 4, evenOnly: true)
    let sampler = try ShallowNetworkSampler(
      ensemble, points: .line(0.3, -0.8), quantity: .outputs, seed: 11)
    return SamplingPass(
      sampler: sampler, plan: MomentPlan(slots: 2, monomials: formula.monomials),
      layout: CellLayout(runs: runs, samplesPerRun: networks, cellsPerRun: cells))
  }

  @Test("the bits do not depend on the number of threads", arguments: [1, 50, 640, 5003])
  func threads(networks: Int) throws {
    let pass = try pass(networks: networks)
    let one = try pass.run(threads: 1)
    for threads in [2, 3, 7] { #expect(try pass.run(threads: threads) == one) }
    #expect(one.reduce(0) { $0 + $1.samples } == 4 * networks)
  }

  @Test("a pass stopped again and again ends with the same bits")
  func interruption() throws {
    let pass = try pass(networks: 200_003)
    let whole = try pass.run(threads: 2)
    var states: [CellState]?
    var stops = 0
    while true {
      let stop = StopSignal()
      let kept = Mutex<[CellState]>([])
      var observer = SamplingPass.Observer()
      observer.checkpoint = { cells in kept.withLock { $0 = cells } }
      observer.progress = { _ in stop.stop() }
      do {
        let cells = try pass.run(from: states, threads: 2, stop: stop, observer: observer)
        #expect(cells == whole)
        break
      } catch is CancellationError {
        states = kept.withLock { $0 }
        stops += 1
      }
    }
    #expect(stops >= 2)
  }

  @Test(
    "an extended pass has the bits of a longer one",
    arguments: [(640, 1280), (100, 5000), (63, 64)])
  func extension_(lengths: (Int, Int)) throws {
    let short = try pass(networks: lengths.0)
    let long = try pass(networks: lengths.1, runs: 6)
    let states = long.layout.continuing(
      short.layout, states: try short.run(), empty: long.emptyCell)
    #expect(try long.run(from: states) == (try long.run()))
  }

  @Test("an error of the sampler comes out, and ends the pass")
  func failure() throws {
    struct Broken: BatchSampler {
      struct Failure: Error {}
      var slots: Int { 1 }
      var tailSlots: [Int] { [] }
      func makeWorkspace() -> AnyObject { NSObject() }
      func sample(
        run: Int, first: Int, count: Int, into slots: UnsafeMutablePointer<Double>,
        workspace: AnyObject
      ) throws { throw Failure() }
    }
    let pass = SamplingPass(
      sampler: Broken(), plan: MomentPlan(slots: 1, monomials: [[0]]),
      layout: CellLayout(runs: 2, samplesPerRun: 640, cellsPerRun: 2))
    #expect(throws: Broken.Failure.self) { try pass.run(threads: 2) }
  }
}
