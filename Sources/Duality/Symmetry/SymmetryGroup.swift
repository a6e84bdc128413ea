import Foundation
import NumericalMethods

/// A group that acts on the outputs or the inputs of networks, with its Haar measure.
public struct SymmetryGroup: Sendable, Hashable {
  public enum Side: String, Sendable, Hashable, Codable, CaseIterable {
    case output, input
  }

  public enum Name: String, Sendable, Hashable, Codable, CaseIterable {
    /// O(n): rotations and reflections.
    case orthogonal = "O"
    /// SO(n).
    case specialOrthogonal = "SO"
    /// U(n), of complex outputs.
    case unitary = "U"
    /// SU(n), of complex outputs.
    case specialUnitary = "SU"
    case permutations
    /// Signs of single components.
    case signs
    /// Of the inputs.
    case translations
    /// x -> -x, and the signs of single inputs.
    case reflections
    /// f(s x) against s^weight f(x).
    case dilatation
    /// A list of matrices.
    case matrices
  }

  public let name: Name
  public let side: Side
  /// For `matrices`.
  public var matrices: [[[Double]]]
  /// A vector that all elements leave alone: the stabiliser of O or SO.
  public var fixing: [Double]
  /// Largest coordinate of a random translation.
  public var range: Double
  /// Translations, or factors of a dilatation, instead of random ones.
  public var by: [[Double]]
  /// Of a dilatation.
  public var weight: Double

  public init(
    _ name: Name, side: Side? = nil, matrices: [[[Double]]] = [], fixing: [Double] = [],
    range: Double = 1, by: [[Double]] = [], weight: Double = 1
  ) {
    self.name = name
    switch name {
    case .translations, .reflections, .dilatation: self.side = .input
    case .unitary, .specialUnitary: self.side = .output
    default: self.side = side ?? .output
    }
    self.matrices = matrices
    self.fixing = fixing
    self.range = range
    self.by = by
    self.weight = weight
  }

  /// Why the group cannot act on n components (or inputs); nil where it can.
  public func whyUnavailable(_ n: Int) -> String? {
    switch name {
    case .unitary, .specialUnitary:
      if n % 2 != 0 { return "\(name.rawValue) acts on complex outputs" }
      if name == .specialUnitary, n < 4 { return "SU needs at least two complex outputs" }
    case .specialOrthogonal:
      if n - (fixing.isEmpty ? 0 : 1) < 2 {
        return "SO needs at least two \(side == .output ? "outputs" : "inputs") to rotate"
      }
    case .permutations:
      if n < 2 { return "there is one \(side.rawValue) only: nothing to permute" }
    case .orthogonal:
      if n - (fixing.isEmpty ? 0 : 1) < 1 { return "O needs a component to act on" }
    case .matrices:
      if matrices.isEmpty { return "the list of matrices is empty" }
      for m in matrices where m.count != n || m.contains(where: { $0.count != n }) {
        return "matrices must be \(n) x \(n) here"
      }
    case .translations:
      if by.contains(where: { $0.count != n }) { return "translations have \(n) components here" }
    case .dilatation:
      if by.contains(where: { $0.count != 1 || $0[0] <= 0 }) {
        return "factors of a dilatation are single numbers above 0"
      }
    case .signs, .reflections: break
    }
    if !fixing.isEmpty {
      guard name == .orthogonal || name == .specialOrthogonal else {
        return "`fixing` is for O and SO"
      }
      let square = fixing.reduce(0) { $0 + $1 * $1 }
      guard fixing.count == n, square > 1e-200, square < 1e200 else {
        return "`fixing` must be a vector of \(n) components, of a length from 1e-100 to 1e100"
      }
    }
    return nil
  }

  /// Elements in general position, the same for the same seed.
  ///
  /// - Parameters:
  ///   - count: how many; finite groups and lists may give fewer.
  ///   - n: components of the field (real ones: two for each complex output), or inputs.
  /// - Precondition: `whyUnavailable(n)` is nil.
  public func elements(_ count: Int, dimension n: Int, seed: UInt64) -> [GroupElement] {
    var random = SeededGenerator(seed: seed, stream: "\(name.rawValue) \(side.rawValue) \(n)")
    switch name {
    case .matrices:
      return matrices.enumerated().map { GroupElement(matrix: $1, label: "matrix \($0)") }
    case .translations:
      let shifts =
        by.isEmpty
        ? (0..<count).map { _ in (0..<n).map { _ in range * (2 * random.uniform() - 1) } } : by
      return shifts.map {
        GroupElement(
          matrix: Self.identity(n), shift: $0,
          label: "by (\($0.map { String(format: "%.4g", $0) }.joined(separator: ", ")))")
      }
    case .dilatation:
      let factors =
        by.isEmpty ? (0..<count).map { _ in exp(random.normal() / 2) } : by.map { $0[0] }
      return factors.map { s in
        GroupElement(
          matrix: Self.identity(n).map { $0.map { s * $0 } }, factor: pow(s, -weight),
          label: String(format: "by %.4g", s))
      }
    case .reflections:
      let all = GroupElement(
        matrix: Self.identity(n).map { $0.map { -$0 } }, label: "x to -x")
      guard n > 1 else { return [all] }
      return [all]
        + (0..<min(n, max(0, count - 1))).map { k in
          GroupElement(
            matrix: (0..<n).map { i in (0..<n).map { $0 == i ? (i == k ? -1 : 1) : 0 } },
            label: "input \(k)")
        }
    case .signs:
      return (0..<min(n, count)).map { k in
        GroupElement(
          matrix: (0..<n).map { i in (0..<n).map { $0 == i ? (i == k ? -1 : 1) : 0 } },
          label: "sign of \(k)")
      }
    case .permutations:
      return (0..<count).map { e in
        // The first elements are those that generate the group.
        var order = Array(0..<n)
        switch e {
        case 0: order.swapAt(0, 1)
        case 1 where n > 2: order = (0..<n).map { ($0 + 1) % n }
        default: order.shuffle(using: &random)
        }
        return GroupElement(
          matrix: order.map { k in (0..<n).map { $0 == k ? 1 : 0 } },
          label: "permutation \(order)")
      }
    case .orthogonal, .specialOrthogonal:
      return (0..<count).map { e in
        GroupElement(matrix: rotation(n, &random), label: "element \(e)")
      }
    case .unitary, .specialUnitary:
      return (0..<count).map { e in
        GroupElement(
          matrix: HaarMeasure.unitary(n / 2, special: name == .specialUnitary, &random),
          label: "element \(e)")
      }
    }
  }

  private func rotation(_ n: Int, _ random: inout SeededGenerator) -> [[Double]] {
    func haar(_ n: Int) -> [[Double]] {
      name == .orthogonal
        ? HaarMeasure.orthogonal(n, &random) : HaarMeasure.specialOrthogonal(n, &random)
    }
    guard !fixing.isEmpty else { return haar(n) }
    // Reflect e_0 into the vector, and rotate what is orthogonal to it.
    let norm = fixing.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var v = fixing.map { $0 / norm }
    v[0] -= 1
    let square = v.reduce(0) { $0 + $1 * $1 }
    var mirror = Self.identity(n)
    if square > 1e-24 {
      for i in 0..<n { for j in 0..<n { mirror[i][j] -= 2 * v[i] * v[j] / square } }
    }
    var block = Self.identity(n)
    let inner = haar(n - 1)
    for i in 1..<n { for j in 1..<n { block[i][j] = inner[i - 1][j - 1] } }
    func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
      var result = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
      for i in 0..<n {
        for k in 0..<n { for j in 0..<n { result[i][j] += a[i][k] * b[k][j] } }
      }
      return result
    }
    return product(mirror, product(block, mirror))
  }

  static func identity(_ n: Int) -> [[Double]] {
    (0..<n).map { i in (0..<n).map { i == $0 ? 1 : 0 } }
  }

  /// As it stands in tables: SO(3), translations of the inputs.
  public func title(_ n: Int) -> String {
    switch name {
    case .orthogonal, .specialOrthogonal:
      return "\(name.rawValue)(\(n - (fixing.isEmpty ? 0 : 1)))"
        + (fixing.isEmpty ? "" : " fixing \(fixing)")
    case .unitary, .specialUnitary: return "\(name.rawValue)(\(n / 2))"
    default: return name.rawValue
    }
  }
}
