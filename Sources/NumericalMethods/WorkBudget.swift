import Foundation
import Synchronization

/// What a computation may take of the machine, threads and memory, and the signal that stops it.
///
/// A scope has one, bound by `run`, and so have the threads that work for it: loops inside loops share its
/// threads. The calling thread always works, too: where nothing is spare, or the system gives no threads,
/// everything runs on it. No result depends on the number.
///
/// A stopped computation may return early, with whatever numbers it has, or throw: `run` throws
/// `CancellationError` in place of either, so nothing of it is ever seen.
public final class WorkBudget: Sendable {
  /// Of the computation that asks; unless another is bound, all cores and half of the memory.
  @TaskLocal public static var current = WorkBudget()

  /// Threads at work at the same time, the calling one too.
  public let threads: Int
  /// Bytes that one computation may ask for.
  public let memory: Double
  public let stop: StopSignal
  /// Threads that may be made beside those that are at work.
  private let spare: Atomic<Int>

  public init(
    threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    memory: Double = MachineMemory.share, stop: StopSignal = StopSignal()
  ) {
    self.threads = max(1, threads)
    self.memory = memory
    self.stop = stop
    spare = Atomic(max(0, threads - 1))
  }

  /// Runs `worker` on the calling thread and on at most `most - 1` others, and waits for all.
  ///
  /// A worker takes pieces of shared work until nothing is left: how many there are is not known before.
  public func work(atMost most: Int = .max, _ worker: @Sendable () -> Void) {
    withoutActuallyEscaping(worker) { worker in
      var others: [SystemThread] = []
      while others.count < most - 1, SystemThread.isRoom(for: others.count + 1), take() {
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

  public var isStopped: Bool { stop.isStopped }

  /// Whether the computation that asks has been stopped.
  public static var isStopped: Bool { current.stop.isStopped }

  /// - Throws: `CancellationError` after a stop.
  public func check() throws(CancellationError) {
    if isStopped { throw CancellationError() }
  }

  /// Runs a computation within this budget.
  /// - Throws: what it throws; `CancellationError` after a stop, whatever it returned or threw.
  public func run<T>(_ body: () throws -> T) throws -> T {
    try Self.$current.withValue(self) {
      do {
        let value = try body()
        try check()
        return value
      } catch {
        throw isStopped ? CancellationError() : error
      }
    }
  }

  /// Why something of so many bytes is refused; nil where it fits. Sizes are multiplied as floating-point
  /// numbers, so that no product of them overflows.
  public func refusal(_ what: String, bytes: Double) -> String? {
    guard !(bytes <= memory) else { return nil }
    return "\(what) would need \(Self.gibibytes(bytes)), and the limit is \(Self.gibibytes(memory))"
  }

  /// The same for the computation that asks.
  public static func refusal(_ what: String, bytes: Double) -> String? {
    current.refusal(what, bytes: bytes)
  }

  private static func gibibytes(_ bytes: Double) -> String {
    String(format: "%.3g GiB", bytes / 1_073_741_824)
  }

  /// The sentence of a typed error that ends a stopped computation; nobody reads it.
  public static let stopped = "stopped"
}

/// The number of sorted tuples of an order with values in 0 ..< slots, C(slots + order - 1, order), as a
/// floating-point number: without listing or overflow.
public func tupleCount(slots: Int, order: Int) -> Double {
  (0..<max(0, order)).reduce(1.0) { $0 * Double(slots + $1) / Double($1 + 1) }
}
