import Foundation
import NumericalMethods

/// A kinetic energy that moves long waves as fast as short ones, T = pi (-Delta + M^2)^-1 pi / 2: diagonal in
/// products of cas(2 pi j k / L) = cos + sin along each axis, a real orthogonal transform applied
/// one axis after the other. O(d L^(d+1)) a transform, which beats a fast one on the lattices that fit here.
final class FourierAcceleration {
  private let dimension: Int
  private let size: Int
  private let volume: Int
  private let matrix: [Double]
  /// 1/(khat^2 + M^2), by wave number.
  private let inverse: [Double]
  private let root: [Double]

  init(_ lattice: ScalarLattice, massSquared: Double) {
    dimension = lattice.dimension
    size = lattice.size
    volume = lattice.volume
    let n = size
    let norm = 1 / Double(n).squareRoot()
    matrix = (0..<n * n).map { at in
      let angle = 2 * Double.pi * Double(at / n * (at % n) % n) / Double(n)
      return norm * (cos(angle) + sin(angle))
    }
    let line = (0..<n).map { k in
      let s = sin(Double.pi * Double(k) / Double(n))
      return 4 * s * s
    }
    inverse = (0..<lattice.volume).map { site in
      var (rest, k2) = (site, massSquared)
      for _ in 0..<lattice.dimension {
        k2 += line[rest % n]
        rest /= n
      }
      return 1 / k2
    }
    root = inverse.map { (1 / $0).squareRoot() }
  }

  /// The transform is its own inverse: the symmetric matrix along one axis after the other.
  private func transform(_ field: inout [Double]) {
    var stride = 1
    for _ in 0..<dimension {
      let block = stride * size
      if stride == 1 {
        field = product(field, matrix, rows: volume / size, inner: size, columns: size)
      } else if block == volume {
        field = product(matrix, field, rows: size, inner: size, columns: stride)
      } else {
        field = Swift.stride(from: 0, to: volume, by: block).flatMap {
          product(
            matrix, Array(field[$0..<$0 + block]), rows: size, inner: size, columns: stride)
        }
      }
      stride = block
    }
  }

  /// From independent normals to momenta of variance -Delta + M^2.
  func shape(_ momenta: inout [Double]) {
    transform(&momenta)
    for k in 0..<volume { momenta[k] *= root[k] }
    transform(&momenta)
  }

  /// (-Delta + M^2)^-1 of momenta.
  func velocity(_ momenta: [Double]) -> [Double] {
    var v = momenta
    transform(&v)
    for k in 0..<volume { v[k] *= inverse[k] }
    transform(&v)
    return v
  }
}
