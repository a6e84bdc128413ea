import Foundation

/// A thread of the operating system.
///
/// `Thread` and Dispatch end the process, or wait for ever, where the system gives no thread (limits on
/// processes or on memory). Here that is an answer. Everything in this package that runs beside its caller
/// is made here.
public struct SystemThread {
  private final class Start: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private let id: pthread_t

  /// Starts `body` at once; nil where the system gives no thread.
  ///
  /// - Parameter stackSize: bytes.
  public init?(stackSize: Int = 8 << 20, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return nil }
    defer { pthread_attr_destroy(&attributes) }
    guard pthread_attr_setstacksize(&attributes, stackSize) == 0 else { return nil }
    let start = Unmanaged.passRetained(Start(body))
    #if canImport(Darwin)
      var id: pthread_t?
      let status = pthread_create(&id, &attributes, { Self.enter($0) }, start.toOpaque())
    #else
      var made = pthread_t()
      let status = pthread_create(
        &made, &attributes, { raw in raw.flatMap { Self.enter($0) } }, start.toOpaque())
      let id: pthread_t? = made
    #endif
    guard status == 0, let id else {
      start.release()
      return nil
    }
    self.id = id
  }

  private static func enter(_ raw: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Start>.fromOpaque(raw).takeRetainedValue().body()
    return nil
  }

  /// Whether there is address space for so many threads: each soon has a heap of its own, of 64 MiB with the C
  /// library of Linux, beside its stack and what it works on.
  static func isRoom(for threads: Int) -> Bool {
    let bytes = threads * 128 << 20
    guard let found = mmap(nil, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0),
      found != MAP_FAILED
    else { return false }
    munmap(found, bytes)
    return true
  }

  /// Waits for its end; to be called once, unless `detach` is.
  public func join() { pthread_join(id, nil) }

  /// Leaves it to itself.
  public func detach() { pthread_detach(id) }
}
