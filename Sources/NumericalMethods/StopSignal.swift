import Synchronization

/// Asks a running computation to stop.
public final class StopSignal: Sendable {
  private let flag = Atomic<Bool>(false)
  private let holders = Atomic<Int>(0)

  public init() {}

  public func stop() { flag.store(true, ordering: .relaxed) }
  public var isStopped: Bool { flag.load(ordering: .relaxed) }

  /// Whether something runs that writes down where it stands once it has seen the signal: to end the
  /// process before that would lose what it has done.
  public var isHeld: Bool { holders.load(ordering: .relaxed) > 0 }

  /// Runs what saves its own state after a stop.
  public func holding<T, Failure: Error>(_ body: () throws(Failure) -> T) throws(Failure) -> T {
    holders.add(1, ordering: .relaxed)
    defer { holders.subtract(1, ordering: .relaxed) }
    return try body()
  }
}
