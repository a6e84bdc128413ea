import Combinatorics
import NumericalMethods

/// The change of full correlators under transformations of the outputs,
///
///     D = R^(x n) G - G,    G_(i1...in)(x1...xn) = E[f_i1(x1) ... f_in(xn)],
///
/// for every unique element and every group element, in that order with elements of the group outermost.
public struct OutputTransformation: Sendable {
  public let order: Int
  public var elements: [GroupElement]
  /// Slots point * outputs + output of the unique elements of G.
  public let tuples: [[Int]]
  private let outputs: Int
  /// For each set of points: where its D^n dense elements stand among `tuples`, and which of them are the
  /// unique ones, with their place.
  private let dense: [(source: [Int32], unique: [(at: Int, tuple: Int)])]

  /// - Complexity: (D^n) x C(points + n - 1, n) numbers.
  public init(points: Int, outputs: Int, order: Int, elements: [GroupElement]) {
    self.order = order
    self.elements = elements
    self.outputs = outputs
    let set = Multisets(slots: points * outputs, order: order)
    tuples = set.tuples
    let size = (0..<order).reduce(1) { n, _ in n * outputs }
    dense = Multisets(slots: points, order: order).tuples.map { x in
      var source = [Int32](repeating: 0, count: size)
      var unique: [(Int, Int)] = []
      for at in 0..<size {
        var rest = at
        var slots = [Int](repeating: 0, count: order)
        for k in (0..<order).reversed() {
          slots[k] = x[k] * outputs + rest % outputs
          rest /= outputs
        }
        let sorted = slots.sorted()
        let tuple = set.index(of: sorted)
        source[at] = Int32(tuple)
        if sorted == slots { unique.append((at, tuple)) }
      }
      return (source, unique)
    }
  }

  public var components: Int { tuples.count * elements.count }

  /// Element of the group and of the correlator.
  public func place(_ component: Int) -> (element: Int, tuple: Int) {
    (component / tuples.count, component % tuples.count)
  }

  /// The differences from the means of all `tuples`.
  public func differences(_ means: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: components)
    let size = dense.first?.source.count ?? 0
    var tensor = [Double](repeating: 0, count: size)
    var next = tensor
    for (e, element) in elements.enumerated() {
      let r = element.matrix.flatMap { $0 }
      for block in dense {
        for at in 0..<size { tensor[at] = means[Int(block.source[at])] }
        // One index after the other: the last one is transformed and becomes the first.
        let rest = size / outputs
        for _ in 0..<order {
          for a in 0..<rest {
            for i in 0..<outputs {
              var sum = 0.0
              for j in 0..<outputs { sum += r[i * outputs + j] * tensor[a * outputs + j] }
              next[i * rest + a] = sum
            }
          }
          swap(&tensor, &next)
        }
        for (at, tuple) in block.unique {
          result[e * tuples.count + tuple] = tensor[at] - means[tuple]
        }
      }
    }
    return result
  }
}
