import Foundation

/// A quartic interaction between points of the grid: between pairs,
///
///     S = (1/4!) sum_xy w_x w_y phi(x)^2 U(x, y) phi(y)^2,
///
/// with the weights w of the grid, or any
///
///     S = (1/4!) sum g_abcd phi_a phi_b phi_c phi_d
///
/// over listed points, without weights (arXiv:2307.03223). One component.
public struct NonlocalQuartic: Sendable, Hashable {
  public enum Kernel: Sendable, Hashable {
    /// U row by row; made symmetric.
    case pairs([[Double]])
    case points([Element])
  }

  public struct Element: Sendable, Hashable {
    public var points: [Int]
    public var value: Double

    public init(points: [Int], value: Double) {
      self.points = points
      self.value = value
    }
  }

  public let kernel: Kernel
  /// Tells one kernel from another in the names of random streams.
  public let name: String
  /// Whether it depends on the distance of the points alone, and so breaks no symmetry of the region.
  public let isInvariant: Bool

  public init(_ kernel: Kernel, name: String, isInvariant: Bool = false) {
    self.kernel = kernel
    self.name = name
    self.isInvariant = isInvariant
  }

  /// The action; where `force` is given, its derivatives are added to it.
  ///
  /// - Parameters:
  ///   - field: at the points of the grid.
  ///   - weights: of the grid.
  /// - Complexity: O(points^2), or the number of elements.
  func action(
    _ field: [Double], weights: [Double], force: UnsafeMutablePointer<Double>? = nil,
    place: (Int) -> Int = { $0 }
  ) -> Double {
    var sum = 0.0
    switch kernel {
    case .pairs(let u):
      let squares = field.indices.map { weights[$0] * field[$0] * field[$0] }
      for x in field.indices {
        var smeared = 0.0
        let (row, count) = (u[x], field.count)
        for y in 0..<count { smeared += 0.5 * (row[y] + u[y][x]) * squares[y] }
        sum += squares[x] * smeared
        if let force { force[place(x)] += 4 * weights[x] * field[x] * smeared / 24 }
      }
    case .points(let elements):
      for e in elements {
        let p = e.points
        let product = e.value * field[p[0]] * field[p[1]] * field[p[2]] * field[p[3]]
        sum += product
        guard let force else { continue }
        for k in 0..<4 {
          var others = e.value / 24
          for j in 0..<4 where j != k { others *= field[p[j]] }
          force[place(p[k])] += others
        }
      }
    }
    return sum / 24
  }
}
