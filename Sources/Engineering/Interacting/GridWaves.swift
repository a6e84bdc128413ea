import Foundation

/// cos(k.x + c) at all points of a grid: on the sites of a torus with lattice momenta from a table of the
/// L-th roots of one, elsewhere directly.
struct GridWaves {
  private let points: [[Double]]
  private let size: Int?
  private let cosines: [Double]
  private let dimension: Int

  init(_ grid: FieldGrid, _ theory: FreeScalar) {
    points = grid.points
    dimension = theory.dimension
    if let torus = grid.torus, case .lattice(let size) = theory.momenta, size == torus {
      self.size = size
      let angles = (0..<size).map { 2 * Double.pi * Double($0) / Double(size) }
      cosines = angles.map { cos($0) } + angles.map { sin($0) }
    } else {
      size = nil
      cosines = []
    }
  }

  func evaluate(_ neuron: ScalarNeuron, into out: inout [Double]) {
    guard let size else {
      for (i, x) in points.enumerated() { out[i] = neuron(x) }
      return
    }
    // k.x is a whole multiple of 2 pi / L.
    let unit = 2 * Double.pi / Double(size)
    let numbers = neuron.momentum.map { Int(($0 / unit).rounded()) % size }
    let (a, b) = (neuron.amplitude * cos(neuron.phase), neuron.amplitude * sin(neuron.phase))
    cosines.withUnsafeBufferPointer { table in
      for start in stride(from: 0, to: points.count, by: size) {
        // The row's own multiple, then one step along the first axis at a time.
        var rest = start / size
        var angle = 0
        for axis in 1..<max(1, dimension) {
          angle += numbers[axis] * (rest % size)
          rest /= size
        }
        angle %= size
        for x in 0..<size {
          out[start + x] = a * table[angle] - b * table[size + angle]
          angle += numbers[0]
          if angle >= size { angle -= size }
        }
      }
    }
  }
}
