/// Memory on a 64-byte boundary, for the vector loops.
public final class AlignedBuffer<Element: BitwiseCopyable> {
  public let pointer: UnsafeMutablePointer<Element>
  private let raw: UnsafeMutableRawPointer

  /// Zeros.
  public init(count: Int) {
    let bytes = max(64, count * MemoryLayout<Element>.stride)
    raw = .allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pointer = raw.bindMemory(to: Element.self, capacity: max(1, count))
  }

  deinit { raw.deallocate() }
}
