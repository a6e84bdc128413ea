import Combinatorics
import Foundation
import NumericalMethods

/// The action of the fields at a finite set of points, from their connected correlators by the
/// Edgeworth expansion (arXiv:2307.03223):
///
///     P[f] = exp( sum_{r>=3} ((-1)^r / r!) Gc^(r) d/df ... d/df ) e^{-S_G},   P[f] = e^{-S[f]},
///     S = g0 + g1 phi + g2 phi^2 / 2! + g3 phi^3 / 3! + g4 phi^4 / 4! + g6 phi^6 / 6!,  phi = f - E f
///
/// with symmetric tensors g_r. In powers of 1/N, Gc^(r) ~ N^(1 - r/2):
///
///     order 0: S_G = phi K^-1 phi / 2 + log det(2 pi K) / 2
///     order 1: - k3 H3 / 6 - k4 H4 / 24 + (k3 x_1 k3) H4 / 8 + (k3 x_2 k3) H2 / 4 + (k3 x_3 k3) / 12
///     order 2: - k6 H6 / 720 + (k4 x_1 k4) H6 / 72 + (k4 x_2 k4) H4 / 16 + (k4 x_3 k4) H2 / 12
///              + (k4 x_4 k4) / 48          (even correlators only)
///
/// where H_r are the Hermite tensors of u = K^-1 phi and x_n contracts n pairs of indices with K^-1.
/// This is the action of the marginal density of these points, not a restriction of an action in the
/// continuum.
public struct EdgeworthAction: Sendable {
  public let order: Int
  /// E f at each point.
  public let mean: [Double]
  /// Including log det(2 pi K) / 2, so that e^{-S} is a density.
  public let g0: Double
  /// Couplings by power of phi: 1 to 6; those that vanish identically are left out.
  public let couplings: [Int: SymmetricTensor]
  /// Largest over smallest eigenvalue of K.
  public let conditionNumber: Double
  /// K, with which two standard deviations are measured.
  public let propagator: SymmetricMatrix

  public struct Unavailable: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// Condition numbers above this are warned of: K^-1 amplifies errors four- to sixfold.
  public static let conditionLimit = 1e8

  /// - Parameters:
  ///   - connected: tensors over the multisets of `transform`, from order 1 on.
  ///   - order: 0, 1 or 2; needs correlators through 2, 4, 6.
  ///   - jitter: added to the diagonal of K, relative to its mean diagonal element.
  /// - Throws: `Unavailable` where K is singular, odd correlators meet order 2, or the tensors do not fit
  ///   into the memory of the work budget.
  /// - Complexity: 6 n^7 for n points at order 2, n^5 at order 1.
  public init(
    connected: [[Double]], transform: CumulantTransform, order: Int, jitter: Double = 0
  ) throws(Unavailable) {
    precondition((0...2).contains(order) && transform.maximumOrder >= 2 * order + 2)
    let n = transform.slots
    if let refusal = WorkBudget.refusal(
      "the action of order \(order) at \(n) points", bytes: Self.bytes(points: n, order: order))
    {
      throw Unavailable(description: refusal)
    }
    let plain = SymmetricMatrix(count: n) {
      connected[2][transform.multisets[2].index(of: [$0, $1])]
    }
    let scale = (0..<n).reduce(0) { $0 + plain[$1, $1] } / Double(n)
    let kernel = SymmetricMatrix(count: n) {
      plain[$0, $1] + ($0 == $1 ? jitter * scale : 0)
    }
    let inverse = try Inverse(kernel)
    func tensor(_ r: Int) -> SymmetricTensor {
      SymmetricTensor(transform.multisets[r], values: connected[r])
    }
    let odd = connected[3...].enumerated().contains { k, values in
      (k + 3) % 2 == 1 && values.contains { $0 != 0 }
    }
    if odd, order == 2 {
      throw Unavailable(
        description:
          "odd connected correlators do not vanish: the action is known through order 1, 1/N, for these"
      )
    }
    var hermite: [Int: SymmetricTensor] = [:]
    if order >= 1 {
      hermite[4] = (-1.0 / 24) * tensor(4)
      if odd { Self.addOdd(&hermite, tensor(3), inverse) }
    }
    if order == 2 { Self.addSecondOrder(&hermite, k4: tensor(4), k6: tensor(6), inverse) }
    // From Hermite tensors to powers of u, then of phi.
    let powers = Self.powers(hermite, slots: n, inverse.element)
    var couplings: [Int: SymmetricTensor] = [:]
    for (r, a) in powers where r > 0 {
      var factorial = 1.0
      for k in 2..<max(2, r + 1) { factorial *= Double(k) }
      couplings[r] = factorial * a.transformed(inverse.element)
    }
    let free = SymmetricTensor(slots: n, order: 2) { inverse.element($0[0], $0[1]) }
    couplings[2] = couplings[2].map { free + $0 } ?? free
    self.order = order
    mean = transform.maximumOrder >= 1 ? connected[1] : [Double](repeating: 0, count: n)
    self.couplings = couplings
    g0 = 0.5 * inverse.logDeterminant(times: 2 * .pi) + (powers[0]?.values[0] ?? 0)
    conditionNumber = inverse.conditionNumber
    propagator = kernel
  }

  /// Bytes that the tensors take: the largest without use of its symmetry, before and after each change of
  /// basis, and products of triples.
  public static func bytes(points n: Int, order: Int) -> Double {
    let triples = order == 2 ? tupleCount(slots: n, order: 3) : 0
    return 24 * pow(Double(n), Double(2 * order + 2)) + 16 * triples * triples
  }

  /// T3 = -k3/6, T4 += Sym(k3 x_1 k3)/8, T2 += (k3 x_2 k3)/4, T0 += (k3 x_3 k3)/12.
  private static func addOdd(
    _ hermite: inout [Int: SymmetricTensor], _ k3: SymmetricTensor, _ p: Inverse
  ) {
    let n = k3.slots
    hermite[3] = (-1.0 / 6) * k3
    // k3 with one index raised: R_ab,y = sum_x k3_abx P_xy.
    func raised(_ a: Int, _ b: Int) -> [Double] {
      (0..<n).map { y in (0..<n).reduce(0) { $0 + k3[[a, b, $1]] * p.element($1, y) } }
    }
    let up = (0..<n).map { a in (0..<n).map { raised(a, $0) } }
    func once(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Double {
      (0..<n).reduce(0) { $0 + up[a][b][$1] * k3[[$1, c, d]] }
    }
    let pairs = [(0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2)]
    let first = SymmetricTensor(slots: n, order: 4) { t in
      pairs.reduce(0) { $0 + once(t[$1.0], t[$1.1], t[$1.2], t[$1.3]) } / 3
    }
    hermite[4] = hermite[4]! + 0.125 * first
    let second = SymmetricTensor(slots: n, order: 2) { t in
      var sum = 0.0
      for x in 0..<n {
        for y in 0..<n {
          for w in 0..<n { sum += up[t[0]][x][y] * p.element(x, w) * k3[[w, y, t[1]]] }
        }
      }
      return sum
    }
    hermite[2] = 0.25 * second
    hermite[0] = (1.0 / 12) * second.contracted(p.element)
  }

  /// T6 = -k6/720 + Sym(c1)/72, T4 += Sym(c2)/16, T2 = c3/12, T0 = c4/48, with
  /// c_m = k4 x_m k4.
  private static func addSecondOrder(
    _ hermite: inout [Int: SymmetricTensor], k4: SymmetricTensor, k6: SymmetricTensor, _ p: Inverse
  ) {
    let n = k4.slots
    let triples = Multisets(slots: n, order: 3)
    let pairs = Multisets(slots: n, order: 2)
    // One index raised, by triples of the others.
    let up = triples.tuples.map { t in
      (0..<n).map { y in
        (0..<n).reduce(0.0) { $0 + k4[t + [$1]] * p.element($1, y) }
      }
    }
    let c1 = triples.tuples.indices.map { s in
      triples.tuples.map { t in
        (0..<n).reduce(0.0) { $0 + up[s][$1] * k4[[$1] + t] }
      }
    }
    let splits = (1..<5).flatMap { i in (i + 1..<6).map { (i, $0) } }
    let first = SymmetricTensor(
      k6.indices,
      values: k6.indices.tuples.map { x in
        splits.reduce(0) { sum, split in
          let left = [x[0], x[split.0], x[split.1]]
          let right = (1..<6).filter { $0 != split.0 && $0 != split.1 }.map { x[$0] }
          return sum + c1[triples.index(of: left)][triples.index(of: right)]
        } / 10
      })
    hermite[6] = (-1.0 / 720) * k6 + (1.0 / 72) * first
    // Two indices raised, by pairs of the others: Q_ab,zw.
    let upTwice = pairs.tuples.map { ab in
      (0..<n).map { z in
        (0..<n).map { w in
          (0..<n).reduce(0.0) {
            $0 + up[triples.index(of: [ab[0], ab[1], $1].sorted())][w] * p.element($1, z)
          }
        }
      }
    }
    let c2 = pairs.tuples.indices.map { ab in
      pairs.tuples.map { cd in
        var sum = 0.0
        for z in 0..<n { for w in 0..<n { sum += upTwice[ab][z][w] * k4[[z, w] + cd] } }
        return sum
      }
    }
    let matchings = [(0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2)]
    let second = SymmetricTensor(slots: n, order: 4) { x in
      matchings.reduce(0) {
        $0 + c2[pairs.index(of: [x[$1.0], x[$1.1]])][pairs.index(of: [x[$1.2], x[$1.3]])]
      } / 3
    }
    hermite[4] = hermite[4]! + (1.0 / 16) * second
    // c3_ab = sum c2_(ax)(yb) P_xy, by the pair that is left open on either side.
    let c3 = SymmetricTensor(slots: n, order: 2) { t in
      var sum = 0.0
      for x in 0..<n {
        for y in 0..<n {
          sum +=
            p.element(x, y)
            * c2[pairs.index(of: [t[0], x].sorted())][pairs.index(of: [t[1], y].sorted())]
        }
      }
      return sum
    }
    hermite[2] = (1.0 / 12) * c3
    hermite[0] = (1.0 / 48) * c3.contracted(p.element)
  }

  /// From tensors T_r of the Hermite tensors H_r to tensors A_r of u^r:
  ///
  ///     A4 = T4 - 15 T6:P,   A2 = T2 - 6 T4:P + 45 T6:P:P,   A1 = -3 T3:P,
  ///     A0 = T0 - T2:P + 3 T4:P:P - 15 T6:P:P:P
  private static func powers(
    _ hermite: [Int: SymmetricTensor], slots: Int, _ p: (Int, Int) -> Double
  ) -> [Int: SymmetricTensor] {
    var result: [Int: SymmetricTensor] = [:]
    // In a fixed order, so that sums have the same bits every time.
    for (r, own) in hermite.sorted(by: { $0.key < $1.key }) {
      // H_r = sum_k (-1)^k r! / ((r - 2k)! 2^k k!) P^k u^(r-2k)
      var tensor = own
      var weight = 1.0
      for k in 0...r / 2 {
        let rest = r - 2 * k
        result[rest] = result[rest].map { $0 + weight * tensor } ?? weight * tensor
        guard rest >= 2 else { break }
        weight *= -Double(rest * (rest - 1)) / Double(2 * (k + 1))
        tensor = tensor.contracted(p)
      }
    }
    return result
  }

  /// S at field values f, one a point.
  public func callAsFunction(_ field: [Double]) -> Double {
    let phi = zip(field, mean).map { $0 - $1 }
    return couplings.sorted { $0.key < $1.key }.reduce(g0) { $0 + $1.value.form(phi) }
  }

  /// dS/df at each point.
  public func gradient(_ field: [Double]) -> [Double] {
    let phi = zip(field, mean).map { $0 - $1 }
    return couplings.sorted { $0.key < $1.key }.reduce(
      into: [Double](repeating: 0, count: phi.count)
    ) { sum, coupling in
      for (i, x) in coupling.value.formGradient(phi).enumerated() { sum[i] += x }
    }
  }

  /// A direction in which the highest power falls without bound; nil where none was found among the
  /// eigenvectors of K, the axes, and their sums and differences.
  public var unboundedDirection: [Double]? {
    guard let top = couplings.keys.max(), top > 2, let leading = couplings[top] else { return nil }
    let n = propagator.count
    let modes = propagator.eigen()?.vectors ?? []
    let axes = (0..<n).map { i in (0..<n).map { $0 == i ? 1.0 : 0 } }
    let basis = axes + modes
    var candidates = basis
    for (i, a) in basis.enumerated() {
      for b in basis.dropFirst(i + 1) {
        candidates.append(zip(a, b).map { $0 + $1 })
        candidates.append(zip(a, b).map { $0 - $1 })
      }
    }
    let scale = leading.values.map { abs($0) }.max() ?? 0
    return candidates.first { leading.form($0) < -1e-12 * scale }
  }
}

/// K^-1 through the eigenvalues of K.
private struct Inverse {
  private let matrix: SymmetricMatrix
  private let eigenvalues: [Double]
  let conditionNumber: Double

  init(_ kernel: SymmetricMatrix) throws(EdgeworthAction.Unavailable) {
    guard let (values, vectors) = kernel.eigen(), let top = values.last, top > 0 else {
      throw EdgeworthAction.Unavailable(
        description: "the two-point function vanishes, or is not finite, at these points")
    }
    let rank = values.filter { $0 > 1e-14 * Double(values.count) * top }.count
    guard rank == kernel.count else {
      throw EdgeworthAction.Unavailable(
        description:
          "the two-point function is singular: the outputs at these \(kernel.count) points span \(rank) direction\(rank == 1 ? "" : "s"), so they have no density; choose fewer points or a jitter"
      )
    }
    eigenvalues = values
    conditionNumber = top / values[0]
    matrix = SymmetricMatrix(count: kernel.count) { i, j in
      var sum = 0.0
      for (value, vector) in zip(values, vectors) { sum += vector[i] * vector[j] / value }
      return sum
    }
  }

  func element(_ i: Int, _ j: Int) -> Double { matrix[i, j] }

  /// log det(c K).
  func logDeterminant(times c: Double) -> Double {
    eigenvalues.reduce(0) { $0 + log(c * $1) }
  }
}
