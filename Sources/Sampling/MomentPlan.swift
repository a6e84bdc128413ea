import CSampling
import NumericalMethods

/// Which products of slots are summed, and how: every product of degree n is the product of its
/// first ceil(n/2) factors and the rest, formed once and shared.
///
/// The decomposition depends on the product alone, so its sum has the same bits in every plan.
public struct MomentPlan: Sendable {
  public let slots: Int
  /// The products asked for, each a sorted list of slots.
  public let monomials: [[Int]]
  /// `position[i]` is the place of monomial i among the sums.
  public let position: [Int]
  /// Working arrays, slots and intermediate products together.
  public let arrays: Int

  private let productLeft: [Int32]
  private let productRight: [Int32]
  private let groupLeft: [Int32]
  private let groupStart: [Int64]
  private let sumRight: [Int32]

  public init(slots: Int, monomials: [[Int]]) {
    self.slots = slots
    self.monomials = monomials
    var index: [[Int]: Int32] = [:]
    var left: [Int32] = []
    var right: [Int32] = []

    func array(_ factors: ArraySlice<Int>) -> Int32 {
      if factors.count == 1 { return Int32(factors[factors.startIndex]) }
      let key = Array(factors)
      if let known = index[key] { return known }
      let (a, b) = Self.halves(factors)
      let l = array(a)
      let r = array(b)
      left.append(l)
      right.append(r)
      let new = Int32(slots + left.count - 1)
      index[key] = new
      return new
    }

    var sums: [(left: Int32, right: Int32, monomial: Int)] = []
    for (i, monomial) in monomials.enumerated() {
      if monomial.count == 1 {
        sums.append((-1, Int32(monomial[0]), i))
      } else {
        let (a, b) = Self.halves(monomial[...])
        sums.append((array(a), array(b), i))
      }
    }
    sums.sort { ($0.left, $0.right, $0.monomial) < ($1.left, $1.right, $1.monomial) }
    var position = [Int](repeating: 0, count: monomials.count)
    var groups: [Int32] = []
    var starts: [Int64] = []
    for (k, sum) in sums.enumerated() {
      position[sum.monomial] = k
      if groups.last != sum.left || k == 0 {
        groups.append(sum.left)
        starts.append(Int64(k))
      }
    }
    starts.append(Int64(sums.count))
    self.position = position
    productLeft = left
    productRight = right
    groupLeft = groups
    groupStart = starts
    sumRight = sums.map(\.right)
    arrays = slots + left.count
  }

  private static func halves(_ factors: ArraySlice<Int>) -> (ArraySlice<Int>, ArraySlice<Int>) {
    let middle = factors.startIndex + (factors.count + 1) / 2
    return (factors[..<middle], factors[middle...])
  }

  /// Adds the sums over one batch: `arrays` holds `self.arrays` x 64 values, the slots first.
  public func accumulate(
    level: InstructionSet, arrays: UnsafeMutablePointer<Double>,
    sums: UnsafeMutablePointer<Double>
  ) {
    productLeft.withUnsafeBufferPointer { l in
      productRight.withUnsafeBufferPointer { r in
        groupLeft.withUnsafeBufferPointer { g in
          groupStart.withUnsafeBufferPointer { s in
            sumRight.withUnsafeBufferPointer { t in
              // An empty array has no base address; the loop over it never looks.
              let none = UnsafePointer<Int32>(bitPattern: 64)!
              var plan = fw_moment_plan(
                products: Int64(l.count), slots: Int64(slots),
                product_left: l.baseAddress ?? none, product_right: r.baseAddress ?? none,
                groups: Int64(g.count), group_left: g.baseAddress ?? none,
                group_start: s.baseAddress!, sum_right: t.baseAddress ?? none)
              fw_moments(level.level, &plan, arrays, sums)
            }
          }
        }
      }
    }
  }
}
