import Foundation
import Synchronization

/// How many threads a computation may keep busy, all loops inside loops together, and the signal that stops it.
///
/// A scope has one: `ThreadBudget.$current.withValue(budget) { ... }`, and so have the threads that work for it.
/// The calling thread always works, too: where nothing is spare, or the system gives no threads, everything runs
/// on it. No result depends on the number.
public final class ThreadBudget: Sendable {
  /// Unless another is set, all cores.
  @TaskLocal public static var current = ThreadBudget(
    threads: ProcessInfo.processInfo.activeProcessorCount)

  public let threads: Int
  public let stop: StopSignal
  /// Threads that may be made beside those that are at work.
  private let spare: Atomic<Int>

  /// - Parameter threads: the calling one counts.
  public init(threads: Int, stop: StopSignal = StopSignal()) {
    self.threads = max(1, threads)
    self.stop = stop
    spare = Atomic(max(0, threads - 1))
  }

  /// Runs `worker` on the calling thread and on at most `most - 1` others, and waits for all.
  ///
  /// A worker takes pieces of shared work until nothing is left: how many there are is not known before.
  public func work(atMost most: Int = .max, _ worker: @Sendable () -> Void) {
    withoutActuallyEscaping(worker) { worker in
      var others: [SystemThread] = []
      while others.count < most - 1, take() {
        let other = SystemThread { [self] in
          Self.$current.withValue(self, operation: worker)
          giveBack()
        }
        guard let other else {
          giveBack()
          break
        }
        others.append(other)
      }
      Self.$current.withValue(self, operation: worker)
      for other in others { other.join() }
    }
  }

  private func take() -> Bool {
    var seen = spare.load(ordering: .relaxed)
    while seen > 0 {
      let (done, now) = spare.compareExchange(
        expected: seen, desired: seen - 1, ordering: .relaxed)
      if done { return true }
      seen = now
    }
    return false
  }

  private func giveBack() { spare.add(1, ordering: .relaxed) }
}
