import Combinatorics
import Engineering
import Ensembles
import Foundation
import NumericalMethods
import Sampling

/// What a study will take: tuples, memory, time.
public struct StudyCost: Sendable, Codable {
  /// Unique tuples per case, all orders of all measurements.
  public var tuples: Int
  /// Products summed per sample.
  public var products: Int
  /// Bytes at the peak, an upper estimate.
  public var memory: Double
  /// Seconds on one core, from a rule of thumb for this instruction set; within a factor of two.
  public var seconds: Double
  public var networks: Double

  /// Counts without listing a single tuple.
  /// - Throws: `StudyError` (65) where the study needs more than the machine has, naming the
  ///   number of tuples, or the measurement.
  public init(_ study: Study, file: String = "study") throws(StudyError) {
    let settings = study.sampling
    let top = max(study.measurements.map(\.highestOrder).max() ?? 0, 2)
    // Every order that a measurement lists in full; what is derived needs the even ones.
    let orders = Set(
      study.measurements.flatMap { m in
        m.orders.isEmpty ? Array(stride(from: 2, through: m.highestOrder, by: 2)) : m.orders
      })
    let points = study.points.count
    func tuples(_ slots: Int, _ orders: some Sequence<Int>) -> Double {
      orders.reduce(0.0) { sum, n in
        var value = 1.0
        for j in 0..<n { value *= Double(slots + j) / Double(j + 1) }
        return sum + value
      }
    }
    var tupleCount = 0.0
    var productCount = 0.0
    var peak = 0.0
    var seconds = 0.0
    var networks = 0.0
    let speed: Double =
      switch InstructionSet.chosen.description {
      case "avx512": 1
      case "avx2": 1.3
      default: 3.5
      }
    func duality(_ item: StudyCase) -> Double {
      study.measurements.reduce(0) {
        $0
          + Self.products($1, item, points: points, conditional: settings.estimator == .conditional)
      }
    }
    peak = try TheoryCost(study, file: file).bytes
    for item in study.cases where !orders.isEmpty || duality(item) > 0 || item.theory != nil {
      let slots = points * item.outputs
      let even = item.ensemble?.oddCorrelatorsVanish ?? false
      let included = (1...top).filter { !even || $0 % 2 == 0 }
      let own = tuples(slots, orders)
      let closure = tuples(slots, 0...top)
      let sampled: Double
      switch settings.estimator {
      case .outputs, .file: sampled = tuples(slots, included)
      case .conditional: sampled = tuples(points * (points + 1) / 2, 1...max(1, top / 2))
      case .neurons: sampled = tuples(points, included)
      case .exact: sampled = 0
      }
      let further = settings.estimator == .exact ? 0 : duality(item)
      tupleCount = max(tupleCount, own)
      productCount = max(productCount, sampled + further)
      let cells = Double(
        settings.runs
          * (CellLayout.cellsPerRun(blocks: settings.blocks, runs: settings.runs) + 1))
      // Cells, their checkpoint, the blocks left out one by one; index lists of the tensors.
      let subsets = pow(2, Double(top))
      peak = max(
        peak,
        (sampled + further) * cells * 8 * 4 + closure * (subsets * 8 + 200) + closure * cells * 16
          + own * 600 * Double(study.cases.count) + Double(slots) * Double(batchSize) * 8)
      let draws = Double(settings.networks) * Double(settings.runs)
      if settings.estimator != .exact, settings.estimator != .file, let ensemble = item.ensemble {
        networks += draws
        seconds += draws * speed * Self.nanoseconds(ensemble, points: points, settings) * 1e-9
      }
      if let theory = item.theory {
        // Outputs, observables and identities are read off networks of their own.
        var passes = !orders.isEmpty || further > 0 ? 1.0 : 0
        var extra = 0.0
        for m in study.measurements {
          switch m {
          case .observables, .identities: passes += 1
          case .reflectionPositivity where passes == 0: passes = 1
          default: break
          }
          if case .identities = m {
            extra += Self.gradient(theory, item.interaction) * 1e-9 * draws * speed
          }
        }
        networks += passes * draws
        let read = points + study.measurements.reduce(0) { $0 + Self.moved($1, item, points) }
        // The first chains are drawn once more.
        let diagnosis = item.interaction == nil ? 0 : 1024.0
        seconds +=
          (passes * draws + diagnosis) * speed
          * Self.nanoseconds(theory, item.interaction, points: read) * 1e-9 + extra
      }
      if ![.exact, .file].contains(settings.estimator) {
        seconds += draws * (sampled + further) * 1e-10 * speed
      }
    }
    guard peak < MachineMemory.total * 0.8, tupleCount < 1e9 else {
      throw StudyError(
        .badStudy,
        String(
          format:
            "%@: measure: %.3g unique tuples per case need about %.3g GiB and this machine has %.3g; use fewer points, outputs or orders",
          file, tupleCount, peak / 1_073_741_824, MachineMemory.total / 1_073_741_824))
    }
    self.tuples = Int(tupleCount)
    products = Int(productCount)
    memory = peak
    self.seconds = seconds
    self.networks = networks
  }

  /// Products of slots that tests of symmetries and of locality sum beyond those of correlators.
  private static func products(
    _ measurement: Measurement, _ item: StudyCase, points: Int, conditional: Bool
  ) -> Double {
    switch measurement {
    case .symmetry(let tests):
      return tests.reduce(0.0) { sum, test in
        let elements = Double(test.elements + 1)
        if test.field == .ntk {
          let outputs = Double(item.outputs)
          return sum + elements * Double(points * (points + 1) / 2) * outputs * outputs
        }
        let output = test.group.side == .output
        return sum
          + test.orders.reduce(0.0) { sum, order in
            if output, order > 4 { return sum + elements * Double(test.contractions) }
            let slots = output ? points * item.outputs : points
            let count = Double(Multisets.count(slots: slots, order: order) ?? Int.max)
            return sum + (output ? count : elements * count)
          }
      }
    case .locality(let options):
      return options.orders.reduce(0.0) { sum, order in
        let curves = options.channels(order: order).count * max(1, options.directions.count)
        let each = conditional ? [2: 1.0, 4: 9, 6: 75][order] ?? 1 : pow(2, Double(order - 1))
        return sum + Double(curves * options.distances(for: item).count) * each
      }
    case .kernel(let options) where options.sampled:
      let pairs = tupleCount(slots: points, order: 2)
      return Double(item.ensemble?.hidden.count ?? 0)
        * (pairs + (options.vertex ? 0.5 * pairs * (pairs + 1) : 0))
    default: return 0
    }
  }

  /// Points that a measurement adds to those of the study.
  private static func moved(_ measurement: Measurement, _ item: StudyCase, _ points: Int) -> Int {
    switch measurement {
    case .symmetry(let tests):
      return tests.filter { $0.group.side == .input }.reduce(0) { $0 + $1.elements * points }
    case .locality(let options):
      return max(1, options.directions.count) * options.distances(for: item).count
        * (options.orders.max() ?? 2)
    case .reflectionPositivity(let options): return 2 * options.times.count
    default: return 0
    }
  }

  /// Points of the interaction's grid.
  private static func sites(_ theory: FreeScalar, _ interaction: ScalarInteraction?) -> Double {
    let d = Double(theory.dimension)
    switch interaction?.region {
    case .torus(let size)?: return pow(Double(size), d)
    case .box(let length, let spacing)?: return pow(length / spacing + 1, d)
    case nil: return 0
    }
  }

  /// Derivatives of S_int by all parameters.
  private static func gradient(_ theory: FreeScalar, _ interaction: ScalarInteraction?) -> Double {
    Double(theory.width)
      * (200 + 0.8 * sites(theory, interaction) * Double(theory.components))
  }

  /// Time of one network of a theory.
  private static func nanoseconds(
    _ theory: FreeScalar, _ interaction: ScalarInteraction?, points: Int
  ) -> Double {
    let width = Double(theory.width)
    let read = width * 20 * Double(points * theory.components)
    guard let interaction else { return width * 100 + read }
    let d = Double(theory.dimension)
    let sites = sites(theory, interaction)
    let grid = sites * Double(theory.components)
    var potential = 0.0
    if interaction.potential.formula != nil { potential += 40 * sites }
    if interaction.nonlocal != nil { potential += sites * sites }
    // Cosines along the axes of a box.
    if case .box = interaction.region { potential += 250 * d }
    let refresh = width * (130 + 0.35 * grid + potential)
    // About ten steps a trajectory.
    let trajectory = 10 * (width * (60 + 0.8 * grid) + 5 * sites + 4 * potential)
    let sweeps = Double(interaction.stride) + Double(interaction.thermalisation) / 64
    switch interaction.sampling {
    case .neuronRefresh: return sweeps * refresh + read
    case .hamiltonian: return sweeps * trajectory + read
    case .mixture(let r, let h):
      return sweeps * (Double(r) * refresh + Double(h) * trajectory) + read
    case .reweighting: return width * (100 + 0.2 * grid) + potential + read
    }
  }

  /// Time of one network on one core with AVX-512.
  private static func nanoseconds(
    _ ensemble: Ensemble, points: Int, _ settings: SamplingSettings
  ) -> Double {
    let parameters = Double(ensemble.inputs + 1 + ensemble.outputs)
    let pairs = Double(points * (points + 1) / 2)
    guard ensemble.isShallow else {
      if settings.estimator == .conditional {
        // The chain of random kernels: one normal a point and neuron.
        return ensemble.hidden.reduce(20) { sum, layer in
          sum + Double(layer.width) * (1.1 * Double(points) + 0.1 * pairs)
        }
      }
      let fans = [ensemble.inputs] + ensemble.hidden.map(\.width) + [ensemble.outputs]
      return zip(fans, fans.dropFirst()).reduce(20) {
        $0 + Double($1.0 * $1.1) * (0.6 + 0.08 * Double(points))
      }
    }
    let smooth = ensemble.hidden[0].activation.unit.isSmooth ? 0.6 : 0.1
    let contracted =
      settings.estimator == .conditional ? pairs : Double(points * ensemble.outputs)
    let width = settings.estimator == .neurons ? 1 : Double(ensemble.hidden[0].width)
    return 20 + width * (0.5 * parameters + smooth * Double(points) + 0.03 * contracted)
  }
}
