import CSampling
import Foundation
import NumericalMethods
import Sampling

/// The waves of a network's neurons on the grid, each cos(k.x + c) as rows of amplitudes times columns of
/// cosines and sines. They stand in slots, one more than there are neurons: a spare one takes trials.
final class WaveStore {
  private let system: NetworkSystem
  private let level = InstructionSet.chosen.level
  private let rows: Int
  private let columns: Int
  private let table: (cosines: AlignedBuffer<Double>, sines: AlignedBuffer<Double>)
  private let waves: AlignedBuffer<Double>
  private let waveStride: Int
  private var columnsOfSlot: [(UnsafePointer<Double>, UnsafePointer<Double>)]

  init(_ system: NetworkSystem) {
    self.system = system
    (rows, columns) = (system.rows, system.paddedColumns)
    func copy(_ numbers: [Double]) -> AlignedBuffer<Double> {
      let buffer = AlignedBuffer<Double>(count: numbers.count)
      for i in numbers.indices { buffer.pointer[i] = numbers[i] }
      return buffer
    }
    table = (copy(system.table.cosines), copy(system.table.sines))
    // On a torus columns stand in the table.
    waveStride = 2 * rows + (system.roots.isEmpty ? 2 * columns : 0)
    let slots = system.theory.width + 1
    waves = AlignedBuffer(count: slots * waveStride)
    let start = UnsafePointer(waves.pointer)
    columnsOfSlot = [(UnsafePointer<Double>, UnsafePointer<Double>)](
      repeating: (start, start), count: slots)
  }

  /// Cost: O(rows + columns), of a table O(rows).
  func place(_ neuron: ScalarNeuron, in slot: Int) {
    let base = waves.pointer + slot * waveStride
    let (real, imaginary) = (base, base + rows)
    let own = base + 2 * rows
    let (a, b) = (neuron.scale * cos(neuron.phase), neuron.scale * sin(neuron.phase))
    switch system.layout {
    case .table:
      let at = neuron.mode * columns
      columnsOfSlot[slot] = (
        UnsafePointer(table.cosines.pointer + at), UnsafePointer(table.sines.pointer + at)
      )
      (real[0], imaginary[0]) = (a, b)
    case .torus(let size):
      let at = neuron.mode % size * columns
      columnsOfSlot[slot] = (
        UnsafePointer(table.cosines.pointer + at), UnsafePointer(table.sines.pointer + at)
      )
      // Rows by steps along the second axis; divisions only where one of the others changes.
      let step = neuron.mode / size % size
      system.roots.withUnsafeBufferPointer { roots in
        for first in stride(from: 0, to: rows, by: min(size, rows)) {
          var (rest, mode, angle) = (first / size, neuron.mode / size / size, 0)
          for _ in 2..<max(2, system.theory.dimension) {
            angle += (mode % size) * (rest % size)
            rest /= size
            mode /= size
          }
          angle %= size
          for row in first..<first + min(size, rows) {
            let root = roots[angle]
            real[row] = a * root.real - b * root.imaginary
            imaginary[row] = a * root.imaginary + b * root.real
            angle += step
            if angle >= size { angle -= size }
          }
        }
      }
    case .ramp(let count, let spacing):
      columnsOfSlot[slot] = (UnsafePointer(own), UnsafePointer(own + columns))
      fw_wave_ramp(
        level, Int64(count), Int64(columns), 0, neuron.momentum[0] * spacing, own, own + columns)
      for row in 0..<rows {
        var (rest, angle) = (row, neuron.phase)
        for axis in 1..<max(1, system.theory.dimension) {
          angle += neuron.momentum[axis] * spacing * Double(rest % count)
          rest /= count
        }
        real[row] = neuron.scale * cos(angle)
        imaginary[row] = neuron.scale * sin(angle)
      }
    case .points:
      columnsOfSlot[slot] = (UnsafePointer(own), UnsafePointer(own + columns))
      for (x, point) in system.grid.points.enumerated() {
        let angle = neuron.angle(point) - neuron.phase
        own[x] = cos(angle)
        own[columns + x] = sin(angle)
      }
      if rows > 0 { (real[0], imaginary[0]) = (a, b) }
    }
  }

  /// For the vectorised loops, times a factor.
  func wave(_ slot: Int, _ factor: Double) -> fw_wave {
    let base = waves.pointer + slot * waveStride
    return fw_wave(
      factor: factor, real: base, imaginary: base + rows, cosines: columnsOfSlot[slot].0,
      sines: columnsOfSlot[slot].1)
  }
}
