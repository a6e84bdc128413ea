import Foundation

/// What the last bits of a number depend on beside the study, its seed and the version: two machines of one class
/// give the same bits, and a run of one goes on at the other.
///
/// - Vector loops round products before sums at the baseline level, and fuse them from AVX2 on: AVX2 and AVX-512
///   give equal bits and are one class.
/// - Dense linear algebra is code of this package and of fixed order at every level (`DenseProduct`): no BLAS.
/// - exp, sin and their like come from the C library, which has versions for processors with and without fused
///   operations. They are told apart by their values.
public enum ArithmeticClass {
  /// For example "fused libm-0a1b2c3d".
  public static let current = "\(loops) libm-\(libraryFingerprint)"

  private static var loops: String {
    #if arch(arm64)
      "neon"
    #else
      InstructionSet.chosen.level == 0 ? "baseline" : "fused"
    #endif
  }

  /// A hash of values of the elementary functions at 1024 arguments each, some of which differ between any two
  /// implementations of less than perfect rounding.
  static var libraryFingerprint: String {
    let functions: [@Sendable (Double) -> Double] = [
      { exp($0) }, { exp(-$0) }, { log($0) }, { sin($0) }, { cos($0) }, { tan($0) }, { atan($0) },
      { atan2($0, 1.7) }, { asin($0 / 14) }, { acos($0 / 14) }, { sinh($0) }, { cosh($0) },
      { tanh($0 / 3) }, { erf($0 / 3) }, { erfc($0) }, { pow($0, 1.37) }, { log1p($0) },
      { expm1($0) }, { log10($0) }, { exp2($0) }, { lgamma($0) }, { tgamma($0) },
      { hypot($0, 1.3) }, { j0($0) }, { j1($0) },
    ]
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for f in functions {
      for i in 0..<1024 {
        let value: Double = f(0.001 + 0.0131 * Double(i))
        hash = (hash ^ value.bitPattern) &* 0x100_0000_01b3
      }
    }
    return String(format: "%08x", UInt32(truncatingIfNeeded: hash ^ (hash >> 32)))
  }
}
