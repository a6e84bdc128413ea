/// Delete-one jackknife of a function of sums over replicates (fixed blocks of samples, or runs), which may
/// hold different numbers of samples: the delete-m_j form of Busing, Meijer and van der Leeden (1999), which
/// for a mean is exact at any sizes, and the ordinary jackknife where all are equal.
///
/// With h_r = samples / samples in replicate r, and theta_r the value with replicate r left out,
///
///     corrected = theta + sum_r (1 - 1/h_r) (theta - theta_r)
///     error^2   = (1/B) sum_r (pseudo_r - corrected)^2 / (h_r - 1),   pseudo_r = h_r theta - (h_r - 1) theta_r
///
/// In units of the error a normal quantity follows Student's t with B - 1 degrees of freedom.
public struct Jackknife: Sendable, Hashable {
  /// 1 / share of samples in each replicate.
  fileprivate let h: [Double]

  public init(counts: [Double]) {
    let total = counts.reduce(0, +)
    h = counts.map { total / $0 }
  }

  public var replicates: Int { h.count }

  /// Degrees of freedom of the errors; nil where there are none.
  public var degrees: Double? { h.count > 1 ? Double(h.count - 1) : nil }

  /// The estimate without its bias of order 1 / samples.
  public func corrected(full: Double, leftOut: (Int) -> Double) -> Double {
    guard h.count > 1 else { return full }
    var value = full
    for r in h.indices { value += (1 - 1 / h[r]) * (full - leftOut(r)) }
    return value
  }

  /// Pseudo-value deviations d_r, such that covariance(a, b) = sum_r d_r(a) d_r(b).
  public func deviations(full: Double, leftOut: (Int) -> Double) -> [Double] {
    let count = Double(h.count)
    guard count > 1 else { return [Double](repeating: 0, count: h.count) }
    let differences = h.indices.map { full - leftOut($0) }
    let bias = zip(h, differences).reduce(0) { $0 + (1 - 1 / $1.0) * $1.1 }
    return zip(h, differences).map { h, d in ((h - 1) * d - bias) / (count * (h - 1)).squareRoot() }
  }

  /// One-sigma error; nil with fewer than two replicates.
  public func error(full: Double, leftOut: (Int) -> Double) -> Double? {
    guard h.count > 1 else { return nil }
    return deviations(full: full, leftOut: leftOut).reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// The corrected value with its error.
  public func estimate(full: Double, leftOut: (Int) -> Double) -> Estimate {
    Estimate(
      value: corrected(full: full, leftOut: leftOut), error: error(full: full, leftOut: leftOut),
      degrees: degrees)
  }
}

/// The jackknife of many quantities at once, one replicate after the other, so that nothing is kept of a
/// replicate once it was taken in: three numbers a quantity, however many replicates there are.
public struct JackknifeSums: Sendable {
  private let knife: Jackknife
  private let full: [Double]
  private var bias: [Double]
  private var squares: [Double]
  private var sums: [Double]

  /// - Parameter full: the values of everything.
  public init(_ knife: Jackknife, full: [Double]) {
    self.knife = knife
    self.full = full
    bias = [Double](repeating: 0, count: full.count)
    squares = bias
    sums = bias
  }

  /// Takes in the values with replicate `r` left out. Each replicate is to be taken in once.
  public mutating func leaveOut(_ r: Int, _ values: [Double]) {
    guard knife.replicates > 1 else { return }
    let h = knife.h[r]
    for i in full.indices {
      let difference = full[i] - values[i]
      bias[i] += (1 - 1 / h) * difference
      squares[i] += (h - 1) * difference * difference
      sums[i] += difference
    }
  }

  /// Corrected values with their errors, when all replicates were taken in.
  public var estimates: [Estimate] {
    let count = Double(knife.replicates)
    // sum_r [(h_r - 1) d_r - S]^2 / (h_r - 1), multiplied out.
    let inverse = knife.h.reduce(0) { $0 + 1 / ($1 - 1) }
    return full.indices.map { i in
      let spread = squares[i] - 2 * bias[i] * sums[i] + bias[i] * bias[i] * inverse
      return Estimate(
        value: full[i] + bias[i],
        error: count > 1 ? (max(0, spread) / count).squareRoot() : nil, degrees: knife.degrees)
    }
  }
}

/// A derived number with what it is when each of the replicates is left out, for fits across cases that
/// delete the same replicate everywhere.
public struct Replicated: Sendable, Hashable {
  /// Of everything, its bias not taken off.
  public let full: Double
  public let leftOut: [Double]
  /// Samples in each replicate.
  public let counts: [Double]

  public init(full: Double, leftOut: [Double], counts: [Double]) {
    self.full = full
    self.leftOut = leftOut
    self.counts = counts
  }

  /// A number that nothing was drawn for.
  public init(exact: Double) { self.init(full: exact, leftOut: [], counts: []) }

  /// The number less its bias, with its error.
  public var estimate: Estimate {
    guard counts.count > 1, leftOut.count == counts.count else {
      return Estimate(value: full, error: counts.isEmpty ? 0 : nil)
    }
    return Jackknife(counts: counts).estimate(full: full) { leftOut[$0] }
  }

  /// Functions of several such numbers, with errors.
  ///
  /// Where all have the same replicates, one of them is left out of all numbers together: the errors hold
  /// whatever correlation the numbers have. Numbers of different replicates come from samples of their own:
  /// a replicate is then left out of one number at a time, and the squares add up.
  ///
  /// - Returns: nil where the function has no value for everything, or for some replicate left out.
  public static func estimates(
    _ numbers: [Replicated], _ derived: ([Double]) -> [Double]?
  ) -> [Estimate]? {
    guard let full = derived(numbers.map(\.full)) else { return nil }
    let drawn = numbers.filter { $0.counts.count > 1 }
    guard let first = drawn.first else {
      return full.map { Estimate(value: $0, error: 0) }
    }
    let isJoint = drawn.allSatisfy { $0.counts == first.counts }
    let groups =
      isJoint
      ? [numbers.indices.filter { numbers[$0].counts.count > 1 }]
      : numbers.indices.filter { numbers[$0].counts.count > 1 }.map { [$0] }
    var value = full
    var variance = full.map { _ in 0.0 }
    for group in groups {
      let knife = Jackknife(counts: numbers[group[0]].counts)
      var sums = JackknifeSums(knife, full: full)
      for r in 0..<knife.replicates {
        var own = numbers.map(\.full)
        for i in group { own[i] = numbers[i].leftOut[r] }
        guard let left = derived(own) else { return nil }
        sums.leaveOut(r, left)
      }
      for (k, e) in sums.estimates.enumerated() {
        value[k] += (e.value ?? .nan) - full[k]
        variance[k] += (e.error ?? .nan) * (e.error ?? .nan)
      }
    }
    let degrees = drawn.map { Double($0.counts.count - 1) }.min()
    return full.indices.map {
      Estimate(value: value[$0], error: variance[$0].squareRoot(), degrees: degrees)
    }
  }
}
