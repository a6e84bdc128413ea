import Combinatorics
import NumericalMethods

/// For high orders, whose tensors would not fit: random contractions of full correlators before and after a
/// transformation of the outputs,
///
///     D = E[prod_a v_a.(R f)(x_a)] - E[prod_a v_a.f(x_a)],     v.(R f) = (R^T v).f,
///
/// with unit vectors v_a and points drawn at random.
public struct ContractedTransformation: Sendable {
  public struct Contraction: Sendable, Hashable {
    public let point: Int
    public let vector: [Double]
  }

  public let order: Int
  public let elements: [GroupElement]
  /// Each becomes a slot.
  public let contractions: [Contraction]
  /// Products of contractions: `count` plain ones, then as many for each group element.
  public let monomials: [[Int]]
  /// Points of each product.
  public let tuples: [[Int]]

  public init(
    points: Int, outputs: Int, order: Int, elements: [GroupElement], count: Int, seed: UInt64
  ) {
    self.order = order
    self.elements = elements
    var random = SeededGenerator(seed: seed, stream: "contractions \(order)")
    var contractions: [Contraction] = []
    var known: [Contraction: Int] = [:]
    func slot(_ point: Int, _ vector: [Double]) -> Int {
      let contraction = Contraction(point: point, vector: vector)
      if let found = known[contraction] { return found }
      contractions.append(contraction)
      known[contraction] = contractions.count - 1
      return contractions.count - 1
    }
    let drawn = (0..<count).map { _ in
      (0..<order).map { _ -> (Int, [Double]) in
        let v = (0..<outputs).map { _ in random.normal() }
        let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return (Int(random.next() % UInt64(points)), v.map { $0 / norm })
      }
    }
    tuples = drawn.map { $0.map(\.0) }
    var monomials = drawn.map { $0.map { slot($0.0, $0.1) }.sorted() }
    for element in elements {
      monomials += drawn.map { factors in
        factors.map { point, v in
          slot(
            point,
            (0..<outputs).map { j in
              (0..<outputs).reduce(0) { $0 + element.matrix[$1][j] * v[$1] }
            })
        }.sorted()
      }
    }
    self.contractions = contractions
    self.monomials = monomials
  }

  public var components: Int { tuples.count * elements.count }

  public func place(_ component: Int) -> (element: Int, tuple: Int) {
    (component / tuples.count, component % tuples.count)
  }

  /// The differences from the means of `monomials`.
  public func differences(_ means: [Double]) -> [Double] {
    let n = tuples.count
    return (0..<components).map { means[n + $0] - means[$0 % n] }
  }
}
