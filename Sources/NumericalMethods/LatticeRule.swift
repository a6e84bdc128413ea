import Foundation

/// A randomly shifted rank-1 lattice rule with the baker's transformation: quasi-Monte Carlo whose
/// error is measured by independent shifts (Hickernell, 2002).
///
/// Generating vectors (1, a, a^2, ...) of Korobov's form; the a of each size has the smallest P_2 of
/// some hundred candidates, with weights 1/j over ten dimensions. Dimensions beyond 64 are random.
public struct LatticeRule: Sendable {
  public let dimensions: Int
  /// Points, a power of two from 2^12 to 2^20.
  public let count: Int
  private let generator: [UInt64]
  private let shift: [UInt32]
  private let seed: UInt64

  /// - Parameter replicate: which of the independent shifts.
  public init(dimensions: Int, count: Int, replicate: Int, seed: UInt64 = 1) {
    let size = count.trailingZeroBitCount
    precondition(count == 1 << size && Self.korobov.indices.contains(size - 12))
    self.dimensions = dimensions
    self.count = count
    self.seed = seed &+ UInt64(replicate) &* 0x9e37_79b9_7f4a_7c15
    var words: [UInt32] = []
    for d in 0..<dimensions { words.append(Self.mixed(self.seed, UInt64(d) | 1 << 40)) }
    shift = words
    var powers: [UInt64] = [1]
    for _ in 1..<64 {
      powers.append(powers[powers.count - 1] &* Self.korobov[size - 12] % UInt64(count))
    }
    generator = powers
  }

  private static func mixed(_ a: UInt64, _ b: UInt64) -> UInt32 {
    var z = a ^ (b &* 0xd605_bbb5_8c8a_bbf5)
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return UInt32(truncatingIfNeeded: (z ^ (z >> 31)) >> 16)
  }

  /// Standard normals of point i, into `out`.
  public func normals(_ i: Int, into out: UnsafeMutablePointer<Double>) {
    let scale = UInt64(1) << 32 / UInt64(count)
    for d in 0..<dimensions {
      let word: UInt32 =
        d < generator.count
        ? UInt32(truncatingIfNeeded: UInt64(i) &* generator[d] &* scale) &+ shift[d]
        : Self.mixed(seed ^ UInt64(d), UInt64(i))
      // Baker's transformation: 1 - |2u - 1|.
      let folded = word < 1 << 31 ? UInt64(word) * 2 : (UInt64(UInt32.max - word)) * 2
      out[d] = inverseNormal((Double(folded) + 0.5) * 0x1p-32)
    }
  }

  /// The a of 2^12 ... 2^20 points.
  private static let korobov: [UInt64] = [
    1077, 2797, 4363, 12445, 24901, 34683, 120451, 88441, 204021,
  ]
}

/// The quantile function of the standard normal, to 1e-16 relative: algorithm AS 241 (Wichura,
/// 1988).
public func inverseNormal(_ p: Double) -> Double {
  func ratio(_ x: Double, _ a: [Double], _ b: [Double]) -> Double {
    a.reversed().reduce(0) { $0 * x + $1 } / b.reversed().reduce(0) { $0 * x + $1 }
  }
  let q = p - 0.5
  if abs(q) <= 0.425 {
    let r = 0.180625 - q * q
    return q * ratio(r, Quantile.a, Quantile.b)
  }
  let tail = q < 0 ? p : 1 - p
  guard tail > 0 else { return q < 0 ? -.infinity : .infinity }
  let r = (-log(tail)).squareRoot()
  let value =
    r <= 5 ? ratio(r - 1.6, Quantile.c, Quantile.d) : ratio(r - 5, Quantile.e, Quantile.f)
  return q < 0 ? -value : value
}

private enum Quantile {
  static let a = [
    3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
    45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ]
  static let b = [
    1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
    21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610,
  ]
  static let c = [
    1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
    1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833,
    7.74545014278341407640e-4,
  ]
  static let d = [
    1.0, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
    0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4,
    1.05075007164441684324e-9,
  ]
  static let e = [
    6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
    0.0265321895265761230930, 1.24266094738807843860e-3, 2.71155556874348757815e-5,
    2.01033439929228813265e-7,
  ]
  static let f = [
    1.0, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
    2.04426310338993978564e-15,
  ]
}
