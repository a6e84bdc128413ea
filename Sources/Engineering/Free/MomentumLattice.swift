import Foundation

/// The momenta of a box or a lattice, the first axis fastest; none in the continuum.
struct MomentumLattice {
  /// Of the space that they belong to.
  let volume: Double
  private let axis: [(k: Double, square: Double)]
  private let dimension: Int
  /// On k^2.
  private let limit: Double

  init(_ theory: FreeScalar) {
    dimension = theory.dimension
    switch theory.momenta {
    case .lattice(let size):
      axis = (0..<size).map { n in
        let k = 2 * Double.pi * Double(n) / Double(size)
        let s = sin(0.5 * k)
        return (k, 4 * s * s)
      }
      volume = pow(Double(size), Double(dimension))
      limit = .infinity
    case .box(let length):
      let cutoff = theory.cutoff ?? 0
      let top = Int(cutoff * length / (2 * .pi))
      axis = (-top...top).map { n in
        let k = 2 * Double.pi * Double(n) / length
        return (k, k * k)
      }
      volume = pow(length, Double(dimension))
      limit = cutoff * cutoff
    case .continuum: (axis, volume, limit) = ([], 1, 0)
    }
  }

  /// All momenta with k^2 (khat^2 on a lattice).
  func forEach(_ body: (SIMD4<Double>, Double) -> Void) {
    guard !axis.isEmpty else { return }
    let total = (0..<dimension).reduce(1) { n, _ in n * axis.count }
    for index in 0..<total {
      var (rest, square) = (index, 0.0)
      var k = SIMD4<Double>.zero
      for i in 0..<dimension {
        let mode = axis[rest % axis.count]
        rest /= axis.count
        k[i] = mode.k
        square += mode.square
      }
      if square < limit { body(k, square) }
    }
  }
}
