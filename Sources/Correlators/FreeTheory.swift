import Combinatorics

/// The Gaussian (free) theory that correlators are set against: means and two-point cumulants, and
/// the Wick values of every order.
public struct FreeTheory: Sendable {
  public let first: [Double]
  public let second: [Double]
  /// G_GP of every order.
  public let wick: [[Double]]
  private let transform: CumulantTransform

  public init(first: [Double], second: [Double], transform: CumulantTransform) {
    self.first = first
    self.second = second
    self.transform = transform
    var cumulants = transform.multisets.map { [Double](repeating: 0, count: $0.tuples.count) }
    cumulants[0] = [1]
    if transform.maximumOrder >= 1 { cumulants[1] = first }
    if transform.maximumOrder >= 2 { cumulants[2] = second }
    wick = transform.moments(ofCumulants: cumulants, through: 2)
  }

  /// G built from this theory's one- and two-point functions and the given connected parts of
  /// higher order, of which m_n is the relative deviation from G_GP.
  public func rebuilt(connected: [[Double]]) -> [[Double]] {
    var cumulants = connected
    if transform.maximumOrder >= 1 { cumulants[1] = first }
    if transform.maximumOrder >= 2 { cumulants[2] = second }
    return transform.moments(ofCumulants: cumulants)
  }

  /// Elements of an order that enter means of ratios: |G_GP| >= 1e-12 prod sqrt(K_ii).
  public func included(order: Int) -> [Int] {
    let set = transform.multisets[order]
    let slots = transform.slots
    let scale = (0..<slots).map { i -> Double in
      let diagonal =
        transform.maximumOrder >= 2 ? second[transform.multisets[2].index(of: [i, i])] : 0
      let mean = first.isEmpty ? 0 : first[i]
      return (abs(diagonal) + mean * mean).squareRoot()
    }
    return set.tuples.indices.filter { i in
      let size = set.tuples[i].reduce(1) { $0 * scale[$1] }
      return abs(wick[order][i]) >= 1e-12 * size && wick[order][i] != 0
    }
  }
}
