import Synchronization

/// Calls a function at 0 ..< count, on the threads of the current budget; each takes the next index as it becomes
/// free.
public func concurrentFor(_ count: Int, _ body: @Sendable (Int) -> Void) {
  guard count > 1 else {
    if count == 1 { body(0) }
    return
  }
  let next = Atomic<Int>(0)
  WorkBudget.current.work(atMost: count) {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
    }
  }
}

/// The values of a function at 0 ..< count, in that order; each thread takes the next as it becomes free.
///
/// - Parameter threads: a budget of its own of so many; nil: the current one.
/// - Throws: the error of the lowest index that failed. Where any error may be thrown, `CancellationError` takes
///   the place of what was not begun when the budget's stop came.
public func concurrentMap<T: Sendable, Failure: Error>(
  _ count: Int, threads: Int? = nil, _ body: @Sendable (Int) throws(Failure) -> T
) throws(Failure) -> [T] {
  let current = WorkBudget.current
  let budget =
    threads.map { WorkBudget(threads: $0, memory: current.memory, stop: current.stop) } ?? current
  let next = Atomic<Int>(0)
  let done = Mutex<[Int: Result<T, Failure>]>([:])
  budget.work(atMost: count) {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      let result: Result<T, Failure>
      if budget.stop.isStopped, let stopped = CancellationError() as? Failure {
        result = .failure(stopped)
      } else {
        do throws(Failure) {
          result = .success(try body(index))
        } catch {
          result = .failure(error)
        }
      }
      done.withLock { $0[index] = result }
    }
  }
  let results = done.withLock { $0 }
  var values: [T] = []
  for index in 0..<count {
    if let value = try results[index]?.get() { values.append(value) }
  }
  return values
}
