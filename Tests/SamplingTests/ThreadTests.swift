import Fieldwork
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Threads: one budget, and what happens where the system gives none")
struct ThreadTests {
  /// Workers at once inside loops inside loops: the largest number seen.
  private func busiest(_ budget: WorkBudget) -> Int {
    let now = Atomic<Int>(0)
    let most = Mutex(0)
    WorkBudget.$current.withValue(budget) {
      concurrentFor(6) { _ in
        concurrentFor(6) { _ in
          let count = now.add(1, ordering: .relaxed).newValue
          most.withLock { $0 = max($0, count) }
          usleep(2000)
          now.subtract(1, ordering: .relaxed)
        }
      }
    }
    return most.withLock { $0 }
  }

  @Test("loops inside loops share one budget", arguments: [1, 2, 3, 5])
  func nested(threads: Int) {
    let found = busiest(WorkBudget(threads: threads))
    #expect(found <= threads)
    #expect((found > 1) == (threads > 1))
  }

  @Test("a map keeps the order and throws the error of the lowest index, for any number of threads")
  func order() throws {
    struct Odd: Error, Equatable { let index: Int }
    for threads in [1, 2, 7] {
      #expect(concurrentMap(100, threads: threads) { $0 * $0 } == (0..<100).map { $0 * $0 })
      #expect(throws: Odd(index: 31)) {
        _ = try concurrentMap(100, threads: threads) { (k: Int) throws(Odd) in
          if k > 30 { throw Odd(index: k) }
        }
      }
    }
    #expect(concurrentMap(0) { $0 }.isEmpty)
  }

  @Test("what is not begun when a stop comes is cancelled")
  func stop() {
    let stop = StopSignal()
    let begun = Atomic<Int>(0)
    #expect(throws: CancellationError.self) {
      try WorkBudget.$current.withValue(WorkBudget(threads: 2, stop: stop)) {
        _ = try concurrentMap(1000) { (k: Int) throws in
          begun.add(1, ordering: .relaxed)
          if k == 10 { stop.stop() }
        }
      }
    }
    #expect(begun.load(ordering: .relaxed) < 20)
  }

  @Test("a thread that the system does not give is nil, not the end")
  func refusal() {
    // No address space has room for such a stack.
    #expect(SystemThread(stackSize: 1 << 60) {} == nil)
  }
}
