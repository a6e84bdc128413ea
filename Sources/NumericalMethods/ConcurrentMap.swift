import Dispatch
import Synchronization

/// The values of a function at 0 ..< count, in that order, on at most so many threads; each takes the next as it
/// becomes free.
///
/// - Throws: the error of the lowest index that failed.
public func concurrentMap<T: Sendable, Failure: Error>(
  _ count: Int, threads: Int, _ body: @Sendable (Int) throws(Failure) -> T
) throws(Failure) -> [T] {
  let next = Atomic<Int>(0)
  let done = Mutex<[Int: Result<T, Failure>]>([:])
  DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      let result: Result<T, Failure>
      do throws(Failure) {
        result = .success(try body(index))
      } catch {
        result = .failure(error)
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
