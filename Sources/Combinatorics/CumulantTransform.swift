/// Moments and joint cumulants of a set of variables ("slots"), as symmetric tensors of every
/// order up to a maximum, converted into one another.
///
/// With S running over the subsets of the tuple that contain its first element,
///
///     m(x1...xn) = sum_S kappa(S) m(rest),
///
/// which is the partition formula with 2^(n-1) terms in place of Bell(n).
/// Shapes: `tensors[n][i]` is the element of order n of `multisets[n].tuples[i]`; order 0 is 1.
public struct CumulantTransform: Sendable {
  public let multisets: [Multisets]
  /// Whether all odd moments vanish identically; their terms are then left out.
  public let evenOnly: Bool
  let splits: [[Int32]]

  public var slots: Int { multisets[0].slots }
  public var maximumOrder: Int { multisets.count - 1 }

  public init(slots: Int, maximumOrder: Int, evenOnly: Bool = false) {
    precondition(maximumOrder <= 16)
    let multisets = (0...maximumOrder).map { Multisets(slots: slots, order: $0) }
    self.multisets = multisets
    self.evenOnly = evenOnly
    splits = multisets.map { set in
      guard set.order > 0, !(evenOnly && set.order % 2 == 1) else { return [] }
      var table: [Int32] = []
      let masks = Self.masks(order: set.order, evenOnly: evenOnly)
      table.reserveCapacity(set.tuples.count * masks.count * 2)
      for tuple in set.tuples {
        for mask in masks {
          var inside: [Int] = []
          var outside: [Int] = []
          for (k, i) in tuple.enumerated() {
            if mask >> k & 1 == 1 { inside.append(i) } else { outside.append(i) }
          }
          table.append(Int32(multisets[inside.count].index(of: inside)))
          table.append(Int32(multisets[outside.count].index(of: outside)))
        }
      }
      return table
    }
  }

  /// Proper subsets that contain element 0, as bit masks; the full set is left out.
  static func masks(order: Int, evenOnly: Bool) -> [Int] {
    stride(from: 1, to: (1 << order) - 1, by: 2).filter { !evenOnly || $0.nonzeroBitCount % 2 == 0 }
  }

  /// Whether an order takes part in the transform.
  public func includes(order: Int) -> Bool { order >= 1 && !(evenOnly && order % 2 == 1) }

  private func sumOfSplits(
    order: Int, element: Int, cumulants: [[Double]], moments: [[Double]]
  ) -> Double {
    let masks = Self.masks(order: order, evenOnly: evenOnly)
    let base = element * masks.count * 2
    var sum = 0.0
    splits[order].withUnsafeBufferPointer { table in
      for (k, mask) in masks.enumerated() {
        let size = mask.nonzeroBitCount
        sum +=
          cumulants[size][Int(table[base + 2 * k])]
          * moments[order - size][Int(table[base + 2 * k + 1])]
      }
    }
    return sum
  }

  /// Joint cumulants of the given moments. `second`, where given, stands for the cumulants of
  /// order two (the exact two-point function) in place of those of the moments.
  public func cumulants(ofMoments moments: [[Double]], second: [Double]? = nil) -> [[Double]] {
    var cumulants = moments
    var known = moments
    for order in 1...max(1, maximumOrder) where includes(order: order) && order <= maximumOrder {
      for i in moments[order].indices {
        cumulants[order][i] =
          moments[order][i]
          - sumOfSplits(order: order, element: i, cumulants: cumulants, moments: known)
      }
      if order == 2, let second {
        cumulants[2] = second
        // The moments of order two that go with these cumulants.
        for i in second.indices {
          known[2][i] =
            second[i] + sumOfSplits(order: 2, element: i, cumulants: cumulants, moments: known)
        }
      }
    }
    return cumulants
  }

  /// Moments of the given joint cumulants; `through` sets higher cumulants to zero
  /// (2: the Wick, or Gaussian, value).
  public func moments(ofCumulants cumulants: [[Double]], through highest: Int = .max) -> [[Double]]
  {
    var moments = cumulants
    moments[0] = [1]
    var kept = cumulants
    for order in 1...max(1, maximumOrder) where order <= maximumOrder {
      if order > highest || !includes(order: order) {
        kept[order] = [Double](repeating: 0, count: cumulants[order].count)
      }
      guard includes(order: order) else { continue }
      for i in kept[order].indices {
        moments[order][i] =
          kept[order][i]
          + sumOfSplits(order: order, element: i, cumulants: kept, moments: moments)
      }
    }
    return moments
  }
}

extension CumulantTransform {
  /// Tensors over slots point * outputs + output of fields multiplied by one factor an output; empty: none.
  public func scaled(_ tensors: [[Double]], byOutput factors: [Double]) -> [[Double]] {
    guard !factors.isEmpty else { return tensors }
    return zip(multisets, tensors).map { set, values in
      zip(set.tuples, values).map { tuple, value in
        tuple.reduce(value) { $0 * factors[$1 % factors.count] }
      }
    }
  }
}
