/// Delete-one jackknife of a function of sums over replicates (runs, or fixed blocks), which may
/// hold different numbers of samples (delete-m_j form of Busing, Meijer and van der Leeden, 1999;
/// the ordinary jackknife where all are equal).
///
/// `values[r]` is the function with replicate r left out, `full` that of everything.
public struct Jackknife: Sendable {
  /// 1 / share of samples in each replicate.
  private let h: [Double]

  public init(counts: [Double]) {
    let total = counts.reduce(0, +)
    h = counts.map { total / $0 }
  }

  public var replicates: Int { h.count }

  /// The estimate without its bias of order 1 / samples.
  public func corrected(full: Double, leftOut: (Int) -> Double) -> Double {
    // theta + sum_r (1 - 1/h_r) (theta - theta_(r))
    var value = full
    for r in h.indices { value += (1 - 1 / h[r]) * (full - leftOut(r)) }
    return value
  }

  /// Pseudo-value deviations d_r, such that covariance(a, b) = sum_r d_r(a) d_r(b).
  public func deviations(full: Double, leftOut: (Int) -> Double) -> [Double] {
    let count = Double(h.count)
    guard count > 1 else { return [Double](repeating: 0, count: h.count) }
    let pseudo = h.indices.map { h[$0] * full - (h[$0] - 1) * leftOut($0) }
    let mean = pseudo.reduce(0, +) / count
    return h.indices.map { (pseudo[$0] - mean) / (count * (h[$0] - 1)).squareRoot() }
  }

  /// One-sigma error; nil with fewer than two replicates.
  public func error(full: Double, leftOut: (Int) -> Double) -> Double? {
    guard h.count > 1 else { return nil }
    return deviations(full: full, leftOut: leftOut).reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
