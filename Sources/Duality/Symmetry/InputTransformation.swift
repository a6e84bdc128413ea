import Combinatorics
import Ensembles

/// The change of full correlators of the first output under transformations of the inputs,
///
///     D = s^n G(A x1 + c, ..., A xn + c) - G(x1, ..., xn),
///
/// for every set of points and every group element. Both correlators come from the same networks.
public struct InputTransformation: Sendable {
  /// What correlators are averaged from.
  public enum Basis: Sendable {
    /// Products of the first of so many outputs.
    case outputs(Int)
    /// Products of the random kernel, given which the outputs are Gaussian.
    case kernel
  }

  public let order: Int
  public let elements: [GroupElement]
  /// The points, and after them their images, one list for each element.
  public let points: Points
  /// Sets of base points.
  public let tuples: [[Int]]
  /// Products of slots over `points` whose means are needed.
  public let monomials: [[Int]]
  /// For every set of points, images after the base: places among `monomials` whose means add up.
  private let sums: [[Int32]]
  private let count: Int

  public init(points base: Points, order: Int, elements: [GroupElement], basis: Basis) {
    self.order = order
    self.elements = elements
    count = base.count
    points = Points(
      valid: base.coordinates + elements.flatMap { e in base.coordinates.map(e.image) })
    tuples = Multisets(slots: base.count, order: order).tuples
    let all = points.count
    let matchings = order % 2 == 0 ? pairings(of: order) : []
    var known: [[Int]: Int32] = [:]
    var monomials: [[Int]] = []
    func place(_ monomial: [Int]) -> Int32 {
      if let known = known[monomial] { return known }
      monomials.append(monomial)
      known[monomial] = Int32(monomials.count - 1)
      return Int32(monomials.count - 1)
    }
    var sums: [[Int32]] = []
    for image in 0...elements.count {
      for tuple in tuples {
        let moved = tuple.map { image * base.count + $0 }
        switch basis {
        case .outputs(let outputs): sums.append([place(moved.map { $0 * outputs })])
        case .kernel:
          sums.append(
            matchings.map { matching in
              place(
                matching.map { i, j in
                  let (a, b) = (moved[i], moved[j])
                  return a * all - a * (a - 1) / 2 + b - a
                }.sorted())
            })
        }
      }
    }
    self.monomials = monomials
    self.sums = sums
  }

  public var components: Int { tuples.count * elements.count }

  /// Element of the group and of the correlator.
  public func place(_ component: Int) -> (element: Int, tuple: Int) {
    (component / tuples.count, component % tuples.count)
  }

  /// The correlators at the base points.
  public func correlators(_ means: [Double]) -> [Double] {
    tuples.indices.map { t in sums[t].reduce(0) { $0 + means[Int($1)] } }
  }

  /// The differences from the means of `monomials`.
  public func differences(_ means: [Double]) -> [Double] {
    let base = correlators(means)
    return elements.indices.flatMap { e -> [Double] in
      var factor = 1.0
      for _ in 0..<order { factor *= elements[e].factor }
      return tuples.indices.map { t in
        factor * sums[(e + 1) * tuples.count + t].reduce(0) { $0 + means[Int($1)] } - base[t]
      }
    }
  }
}
