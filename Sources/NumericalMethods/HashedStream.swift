/// A 64-bit hash of a text, equal on every machine: FNV-1a followed by the finaliser of
/// SplitMix64, which spreads short texts over all bits.
public func streamHash(_ text: String) -> UInt64 {
  var h: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in text.utf8 {
    h ^= UInt64(byte)
    h = h &* 0x100_0000_01b3
  }
  h = (h ^ (h >> 30)) &* 0xbf58_476d_1ce4_e5b9
  h = (h ^ (h >> 27)) &* 0x94d0_49bb_1331_11eb
  return h ^ (h >> 31)
}
