import Foundation
import NumericalMethods

/// Swendsen and Wang's update of the signs of the field: links between neighbours of equal sign are bonds
/// with probability 1 - exp(-2 phi_x phi_y), and every cluster takes a random sign. It leaves the action's
/// density as it is and removes the slow reversals of the magnetisation near criticality (Brower and Tamayo,
/// Phys. Rev. Lett. 62, 1087).
///
/// O(d V) a sweep.
struct ClusterUpdate {
  private var parent: [Int32]
  private var sign: [Int8]

  init(_ lattice: ScalarLattice) {
    parent = [Int32](repeating: 0, count: lattice.volume)
    sign = [Int8](repeating: 0, count: lattice.volume)
  }

  private mutating func root(_ x: Int32) -> Int32 {
    var x = x
    while parent[Int(x)] != x {
      parent[Int(x)] = parent[Int(parent[Int(x)])]
      x = parent[Int(x)]
    }
    return x
  }

  mutating func callAsFunction(
    _ phi: inout [Double], _ lattice: ScalarLattice, _ random: inout SeededGenerator
  ) {
    let volume = lattice.volume
    for x in 0..<volume { parent[x] = Int32(x) }
    var stride = 1
    for _ in 0..<lattice.dimension {
      for x in 0..<volume {
        let at = x / stride % lattice.size
        let y = at == lattice.size - 1 ? x - at * stride : x + stride
        let product = phi[x] * phi[y]
        guard product > 0 else { continue }
        // 1 - u < exp(-2 phi phi) leaves the link open.
        if random.uniform() > exp(-2 * product) {
          let (a, b) = (root(Int32(x)), root(Int32(y)))
          if a != b { parent[Int(max(a, b))] = min(a, b) }
        }
      }
      stride *= lattice.size
    }
    for x in 0..<volume { sign[x] = 0 }
    for x in 0..<volume {
      let r = Int(root(Int32(x)))
      if sign[r] == 0 { sign[r] = random.next() & 1 == 0 ? 1 : -1 }
      if sign[r] < 0 { phi[x] = -phi[x] }
    }
  }
}
