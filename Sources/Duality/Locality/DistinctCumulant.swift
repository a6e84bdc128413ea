import Combinatorics

/// One joint cumulant of fields at n points, from the moments of its subsets alone: far fewer products than
/// all tensors of order n at those points.
public struct DistinctCumulant: Sendable {
  /// Products of slots whose means are needed.
  public let monomials: [[Int]]
  /// For each way in which the cumulant splits: for every subset (as a mask) of its factors the place of its
  /// product among `monomials`, -1 where it vanishes.
  private let parts: [[Int]]
  /// Factors of the moments of k factors.
  private let ratios: [Double]

  /// Of the outputs, `slots[k]` being that of point k:
  ///
  ///     kappa(S) = m(S) - sum over T in S with its first element, T not S, of kappa(T) m(S - T).
  ///
  /// - Parameter even: whether odd moments vanish.
  public static func outputs(_ slots: [Int], even: Bool) -> DistinctCumulant {
    DistinctCumulant([slots.map { [$0] }], even: even, ratios: [])
  }

  /// From random kernels, given which the outputs are Gaussian: the sum over pairings of the joint cumulants
  /// of their pairs.
  ///
  /// - Parameters:
  ///   - pair: the slot of Kh at two points.
  ///   - ratios: by which correlated output weights multiply moments of k kernels.
  public static func kernel(points: Int, ratios: [Double], pair: (Int, Int) -> Int)
    -> DistinctCumulant
  {
    DistinctCumulant(
      pairings(of: points).map { $0.map { [pair($0.0, $0.1)] } }, even: false, ratios: ratios)
  }

  private init(_ factors: [[[Int]]], even: Bool, ratios: [Double]) {
    var monomials: [[Int]] = []
    var known: [[Int]: Int] = [:]
    parts = factors.map { list in
      (0..<(1 << list.count)).map { mask in
        guard mask > 0, !even || mask.nonzeroBitCount % 2 == 0 else { return -1 }
        let product = list.indices.filter { mask >> $0 & 1 == 1 }.flatMap { list[$0] }.sorted()
        if let place = known[product] { return place }
        monomials.append(product)
        known[product] = monomials.count - 1
        return monomials.count - 1
      }
    }
    self.monomials = monomials
    self.ratios = ratios
  }

  /// From the means of `monomials`.
  public func value(_ means: (Int) -> Double) -> Double {
    parts.reduce(0) { sum, places in
      let moments = places.enumerated().map { mask, place -> Double in
        guard place >= 0 else { return mask == 0 ? 1 : 0 }
        let k = mask.nonzeroBitCount
        return (k < ratios.count ? ratios[k] : 1) * means(place)
      }
      return sum + Self.cumulant(moments)
    }
  }

  /// The joint cumulant of all factors from the moments of all subsets.
  static func cumulant(_ moments: [Double]) -> Double {
    var cumulants = [Double](repeating: 0, count: moments.count)
    for s in 1..<moments.count {
      let first = s & -s
      let rest = s & ~first
      var value = moments[s]
      // Proper subsets that hold the first element.
      var t = (rest - 1) & rest
      while rest != 0 {
        value -= cumulants[t | first] * moments[rest & ~t]
        if t == 0 { break }
        t = (t - 1) & rest
      }
      cumulants[s] = value
    }
    return cumulants[moments.count - 1]
  }
}
