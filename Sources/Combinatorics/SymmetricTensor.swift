/// A totally symmetric tensor over `slots` values of each index: one number for each sorted tuple.
public struct SymmetricTensor: Sendable {
  public let indices: Multisets
  public var values: [Double]

  public var slots: Int { indices.slots }
  public var order: Int { indices.order }

  /// - Parameter values: one a tuple, in the order of `indices.tuples`.
  public init(_ indices: Multisets, values: [Double]) {
    precondition(values.count == indices.tuples.count)
    self.indices = indices
    self.values = values
  }

  public init(slots: Int, order: Int, _ value: ([Int]) -> Double = { _ in 0 }) {
    indices = Multisets(slots: slots, order: order)
    values = indices.tuples.map(value)
  }

  /// The element of any tuple, sorted or not.
  public subscript(tuple: [Int]) -> Double { values[indices.index(of: tuple.sorted())] }

  public static func + (a: Self, b: Self) -> Self {
    SymmetricTensor(a.indices, values: zip(a.values, b.values).map { $0 + $1 })
  }

  public static func * (a: Double, b: Self) -> Self {
    SymmetricTensor(b.indices, values: b.values.map { a * $0 })
  }

  /// sum_xy P_xy T_xy..., of order two less. Cost: elements of the result x slots^2.
  public func contracted(_ p: (Int, Int) -> Double) -> SymmetricTensor {
    precondition(order >= 2)
    return SymmetricTensor(slots: slots, order: order - 2) { rest in
      var sum = 0.0
      for x in 0..<slots {
        for y in x..<slots { sum += (x == y ? 1 : 2) * p(x, y) * self[rest + [x, y]] }
      }
      return sum
    }
  }

  /// sum P_ax P_by ... T_xy..., the same matrix on every index. Cost: order x slots^(order + 1).
  public func transformed(_ p: (Int, Int) -> Double) -> SymmetricTensor {
    guard order > 0 else { return self }
    let n = slots
    let matrix = (0..<n * n).map { p($0 / n, $0 % n) }
    let size = (0..<order).reduce(1) { s, _ in s * n }
    var dense = [Double](repeating: 0, count: size)
    for place in 0..<size { dense[place] = self[Self.digits(place, n, order)] }
    // The last index is contracted and comes first: after `order` turns all are done, in order.
    let rest = size / n
    for _ in 0..<order {
      var next = [Double](repeating: 0, count: size)
      for a in 0..<n {
        for r in 0..<rest {
          var sum = 0.0
          for x in 0..<n { sum += matrix[a * n + x] * dense[r * n + x] }
          next[a * rest + r] = sum
        }
      }
      dense = next
    }
    return SymmetricTensor(
      indices, values: indices.tuples.map { tuple in dense[tuple.reduce(0) { $0 * n + $1 }] })
  }

  private static func digits(_ place: Int, _ n: Int, _ order: Int) -> [Int] {
    var rest = place
    var result = [Int](repeating: 0, count: order)
    for k in stride(from: order - 1, through: 0, by: -1) {
      result[k] = rest % n
      rest /= n
    }
    return result
  }

  /// T u u ... u / order!
  public func form(_ u: [Double]) -> Double {
    var sum = 0.0
    for (tuple, value) in zip(indices.tuples, values) where value != 0 {
      sum += value * Self.monomial(tuple, u)
    }
    return sum
  }

  /// The gradient of `form`.
  public func formGradient(_ u: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: slots)
    for (tuple, value) in zip(indices.tuples, values) where value != 0 {
      for (k, i) in tuple.enumerated() where k == 0 || tuple[k - 1] != i {
        var rest = tuple
        rest.remove(at: k)
        // d/du_i of u_i^m / m! is u_i^(m-1) / (m-1)!.
        result[i] += value * Self.monomial(rest, u)
      }
    }
    return result
  }

  /// prod over distinct indices of u_i^m / m!.
  private static func monomial(_ tuple: [Int], _ u: [Double]) -> Double {
    var value = 1.0
    var run = 0
    for (k, i) in tuple.enumerated() {
      run = k > 0 && tuple[k - 1] == i ? run + 1 : 1
      value *= u[i] / Double(run)
    }
    return value
  }
}
