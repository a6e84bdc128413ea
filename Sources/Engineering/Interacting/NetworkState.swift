import CSampling
import Ensembles
import Foundation
import NumericalMethods
import Sampling

/// One network of a scalar theory: its neurons, the field they make on the grid, and its S_int. What a chain
/// changes, move by move.
public final class NetworkState {
  public let system: NetworkSystem
  public private(set) var neurons: [ScalarNeuron]
  /// S_int.
  public private(set) var action = 0.0
  /// Of this network relative to others, exp of it; 0 in a Markov chain.
  public var logWeight = 0.0
  public var random: SeededGenerator

  let rows: Int
  let columns: Int
  let volume: Int
  /// [component][row][column], padded.
  private var field: AlignedBuffer<Double>
  private var moved: AlignedBuffer<Double>
  /// Sum of squares of the other components.
  private let rest: AlignedBuffer<Double>
  private let force: AlignedBuffer<Double>
  private let weights: AlignedBuffer<Double>
  private let coordinates: AlignedBuffer<Double>
  private let waves: WaveStore
  /// Of each neuron's wave.
  private var slot: [Int]
  private var spare: Int
  private var trial: ScalarNeuron
  private var trialAction = 0.0
  private var trialOf = 0
  private var unsummed = 0
  private let level: Int32
  private var potential: fw_potential
  private var grid: fw_wave_grid
  private let unit: FormulaUnit?

  /// A network of the free theory.
  public init(_ system: NetworkSystem, random: SeededGenerator) {
    self.system = system
    level = InstructionSet.chosen.level
    rows = system.rows
    columns = system.paddedColumns
    volume = rows * columns
    let (theory, rows, columns, volume) = (system.theory, rows, columns, volume)
    let count = theory.width
    field = AlignedBuffer(count: theory.components * volume)
    moved = AlignedBuffer(count: theory.components * volume)
    rest = AlignedBuffer(count: volume)
    force = AlignedBuffer(count: volume)
    weights = AlignedBuffer(count: volume)
    for i in system.grid.weights.indices {
      weights.pointer[system.place(i)] = system.grid.weights[i]
    }
    coordinates = AlignedBuffer(count: system.columnAxes * columns)
    for axis in 0..<system.columnAxes {
      for x in 0..<system.columns {
        coordinates.pointer[axis * columns + x] = system.grid.points[x][axis]
      }
    }
    waves = WaveStore(system)
    slot = Array(0..<count)
    spare = count
    potential = system.interaction.vector
    unit = system.interaction.formula.map { FormulaUnit($0) }
    // Sites of a torus without padding all have weight 1.
    let plain = system.grid.torus != nil && system.columns == columns
    grid = fw_wave_grid(
      rows: Int64(rows), columns: Int64(columns),
      weights: plain ? nil : UnsafePointer(weights.pointer),
      axes: Int32(system.columnAxes), coordinates: UnsafePointer(coordinates.pointer))
    var random = random
    neurons = (0..<count).map { _ in system.prior.draw(&random) }
    self.random = random
    trial = neurons[0]
    rebuild()
  }

  /// All waves, the field and the action from the neurons.
  private func rebuild() {
    for i in neurons.indices { waves.place(neurons[i], in: slot[i]) }
    resum()
  }

  private func resum() {
    unsummed = 0
    guard volume > 0 else { return }
    for c in 0..<system.theory.components {
      let own = field.pointer + c * volume
      for x in 0..<volume { own[x] = 0 }
      for i in neurons.indices {
        var one = waves.wave(slot[i], neurons[i].amplitude[c])
        fw_wave_add(level, &grid, &one, own)
      }
    }
    action = wholeAction()
  }

  /// Squares of all components but one; nil where there is just one.
  private func squares(without component: Int) -> UnsafePointer<Double>? {
    guard system.theory.components > 1 else { return nil }
    for x in 0..<volume { rest.pointer[x] = 0 }
    for c in 0..<system.theory.components where c != component {
      let other = field.pointer + c * volume
      for x in 0..<volume { rest.pointer[x] += other[x] * other[x] }
    }
    return UnsafePointer(rest.pointer)
  }

  /// What formulas and kernels between points add for one component's field.
  private func furtherAction(
    _ phi: UnsafePointer<Double>, force: UnsafeMutablePointer<Double>? = nil
  )
    -> Double
  {
    var sum = 0.0
    if let unit {
      for i in system.grid.weights.indices {
        let (x, w) = (system.place(i), system.grid.weights[i])
        if let force {
          let series = unit.series(TaylorSeries(variable: phi[x]), variance: 1)
          sum += w * series.value
          force[x] += w * series.derivative(1)
        } else {
          sum += w * unit.value(phi[x], variance: 1)
        }
      }
    }
    if let nonlocal = system.nonlocal {
      sum += nonlocal.action(
        system.grid.weights.indices.map { phi[system.place($0)] }, weights: system.grid.weights,
        force: force, place: system.place)
    }
    return sum
  }

  private func wholeAction() -> Double {
    fw_potential_sum(level, &grid, field.pointer, squares(without: 0), &potential, nil)
      + furtherAction(field.pointer)
  }

  // MARK: One neuron at a time

  /// The action with neuron i replaced.
  public func propose(_ neuron: ScalarNeuron, for i: Int) -> Double {
    (trial, trialOf) = (neuron, i)
    guard volume > 0 else { return 0 }
    waves.place(neuron, in: spare)
    let (was, components) = (neurons[i].amplitude, system.theory.components)
    if components > 1 {
      for x in 0..<volume { rest.pointer[x] = 0 }
      for c in 1..<components {
        var (fresh, old) = (waves.wave(spare, neuron.amplitude[c]), waves.wave(slot[i], was[c]))
        fw_wave_shift(
          level, &grid, field.pointer + c * volume, &fresh, &old, moved.pointer + c * volume,
          rest.pointer)
      }
    }
    var (fresh, old) = (waves.wave(spare, neuron.amplitude[0]), waves.wave(slot[i], was[0]))
    trialAction = fw_wave_move(
      level, &grid, field.pointer, &fresh, &old,
      components > 1 ? UnsafePointer(rest.pointer) : nil, &potential, moved.pointer)
    if unit != nil || system.nonlocal != nil { trialAction += furtherAction(moved.pointer) }
    return trialAction
  }

  /// Takes the network proposed last.
  public func accept() {
    neurons[trialOf] = trial
    action = trialAction
    guard volume > 0 else { return }
    swap(&slot[trialOf], &spare)
    swap(&field, &moved)
    // Rounding adds up: the field is summed anew now and then.
    unsummed += 1
    if unsummed >= 1000 * neurons.count { resum() }
  }

  // MARK: All neurons at once

  /// Other neurons in the place of all.
  public func replace(_ all: [ScalarNeuron]) {
    neurons = all
    rebuild()
  }

  /// Derivatives of S_int by the parameters of a neuron.
  public struct Gradient {
    /// By each component of the amplitude.
    public var amplitude: SIMD8<Double>
    public var phase: Double
    /// At fixed scale.
    public var momentum: SIMD4<Double>
  }

  /// Derivatives of S_int by the parameters of all neurons.
  /// - Parameter momenta: whether those by the momenta are wanted.
  /// - Complexity: O(neurons x grid).
  public func gradient(momenta: Bool) -> [Gradient] {
    var result = [Gradient](
      repeating: Gradient(amplitude: .zero, phase: 0, momentum: .zero), count: neurons.count)
    guard volume > 0, !system.isFree else { return result }
    let axes = momenta ? system.columnAxes : 0
    var own = grid
    own.axes = Int32(axes)
    let d = system.theory.dimension
    var sums = [Double](repeating: 0, count: rows * 2 * (axes + 1))
    for c in 0..<system.theory.components {
      let phi = field.pointer + c * volume
      _ = fw_potential_sum(level, &own, phi, squares(without: c), &potential, force.pointer)
      _ = furtherAction(phi, force: force.pointer)
      for i in neurons.indices {
        let a = neurons[i].amplitude[c]
        var one = waves.wave(slot[i], a)
        fw_wave_project(level, &own, force.pointer, &one, &sums)
        var g = result[i]
        for row in 0..<rows {
          let (re, im) = (one.real[row], one.imaginary[row])
          let at = row * 2 * (axes + 1)
          g.amplitude[c] += re * sums[at] - im * sums[at + 1]
          let turned = a * (re * sums[at + 1] + im * sums[at])
          g.phase -= turned
          guard momenta else { continue }
          for axis in 0..<d {
            if axis < axes {
              g.momentum[axis] -=
                a * (re * sums[at + 2 * axis + 3] + im * sums[at + 2 * axis + 2])
            } else {
              g.momentum[axis] -= turned * system.grid.points[row * system.columns][axis]
            }
          }
        }
        result[i] = g
      }
    }
    return result
  }

  // MARK: Reading

  /// phi of all components at any point.
  /// - Complexity: O(neurons).
  public func value(at x: [Double], component: Int = 0) -> Double {
    neurons.reduce(0) { $0 + $1(x, component: component) }
  }

  /// The field of one component at the points of the grid, in their order.
  public func gridField(component: Int = 0) -> [Double] {
    system.grid.points.indices.map { field.pointer[component * volume + system.place($0)] }
  }

  /// Averages over the grid: of |phi|^2, and the square of that of phi.
  public var averages: (square: Double, meanSquared: Double) {
    var weight = 0.0
    for x in 0..<volume { weight += weights.pointer[x] }
    guard weight > 0 else { return (0, 0) }
    var (square, meanSquared) = (0.0, 0.0)
    for c in 0..<system.theory.components {
      var mean = 0.0
      for x in 0..<volume {
        let phi = field.pointer[c * volume + x]
        mean += weights.pointer[x] * phi
        square += weights.pointer[x] * phi * phi
      }
      meanSquared += mean * mean / (weight * weight)
    }
    return (square / weight, meanSquared)
  }
}
