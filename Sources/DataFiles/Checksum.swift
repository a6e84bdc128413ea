import Foundation

/// FNV-1a over 64-bit words, each spread once more, the last bytes singly: tells damage, not malice.
public struct Checksum: Sendable {
  public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  public init() {}

  public init(_ data: Data) {
    update(data)
  }

  /// - Precondition: all pieces but the last are multiples of 8 bytes long.
  public mutating func update(_ data: Data) {
    data.withUnsafeBytes { bytes in
      var h = value
      let words = bytes.count / 8
      for k in 0..<words {
        h = (h ^ bytes.loadUnaligned(fromByteOffset: 8 * k, as: UInt64.self)) &* 0x100_0000_01b3
        h ^= h >> 29
      }
      for k in 8 * words..<bytes.count { h = (h ^ UInt64(bytes[k])) &* 0x100_0000_01b3 }
      value = h
    }
  }
}
