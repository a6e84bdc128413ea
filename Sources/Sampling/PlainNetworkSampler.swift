import CSampling
import Ensembles
import NumericalMethods

/// Networks of any depth, layer by layer in float64: the reference for the vectorised loops, which
/// draw the same parameters.
///
/// Cost per network: O(sum over layers of fan-in x fan-out x points).
public struct PlainNetworkSampler: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  private let ensemble: Ensemble
  private let points: Points
  private let quantity: SampledQuantity
  private let streams: NetworkStreams
  private let seed: UInt64
  private let level: InstructionSet

  /// - Precondition: `quantity` is `.outputs` or the random kernel of the last layer.
  public init(
    _ ensemble: Ensemble, points: Points, quantity: SampledQuantity, seed: UInt64,
    level: InstructionSet = .chosen
  ) {
    precondition(quantity == .outputs || quantity == .kernel)
    self.ensemble = ensemble
    self.points = points
    self.quantity = quantity
    self.seed = seed
    self.level = level
    streams = NetworkStreams(ensemble, name: ensemble.streamName)
    slots = quantity.slots(points: points.count, outputs: ensemble.outputs)
    tailSlots = quantity.tailSlots(points: points.count, outputs: ensemble.outputs)
  }

  private final class Workspace {
    var variates: AlignedBuffer<Float>
    /// units[unit][point][lane]
    var units: [Double] = []
    var next: [Double] = []

    init(largestRow: Int) { variates = AlignedBuffer(count: (largestRow + 8) * Int(FW_LANES)) }
  }

  public func makeWorkspace() -> AnyObject {
    Workspace(
      largestRow: max(ensemble.inputs, ensemble.outputs, ensemble.hidden.map(\.width).max() ?? 1))
  }

  /// Variates first ..< first + count of a source; the pointer starts at variate `first`.
  private func variates(
    _ source: fw_source, _ networks: fw_networks, first: Int, count: Int, _ space: Workspace
  ) -> UnsafePointer<Float> {
    let aligned = first & ~3
    let total = (first + count - aligned + 3) & ~3
    fw_variates(
      level.level, source, networks, UInt64(aligned), Int64(total), space.variates.pointer)
    return UnsafePointer(space.variates.pointer + (first - aligned) * Int(FW_LANES))
  }

  public func sample(
    run: Int, first: Int, count: Int, into slots: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) {
    let space = unsafeDowncast(workspace, to: Workspace.self)
    let lanes = Int(FW_LANES)
    for group in 0..<batchSize / lanes {
      let live = min(lanes, max(0, count - group * lanes))
      let out = slots + group * lanes
      if live > 0 {
        let networks = fw_networks(
          seed: seed, run: UInt32(run), first: UInt64(first + group * lanes))
        sampleSixteen(networks, into: out, space)
      }
      for s in 0..<self.slots {
        for lane in live..<lanes { out[s * batchSize + lane] = 0 }
      }
    }
  }

  private func sampleSixteen(
    _ networks: fw_networks, into out: UnsafeMutablePointer<Double>, _ space: Workspace
  ) {
    let lanes = Int(FW_LANES)
    let row = points.count * lanes
    space.units = [Double](repeating: 0, count: ensemble.inputs * row)
    for (p, x) in points.coordinates.enumerated() {
      for (a, value) in x.enumerated() {
        for lane in 0..<lanes { space.units[a * row + p * lanes + lane] = value }
      }
    }
    let variances = points.coordinates.map { ensemble.preactivationCovariance($0, $0) }
    for l in ensemble.hidden.indices {
      affine(l, networks, space)
      let unit = ensemble.hidden[l].activation.unit
      for i in space.units.indices {
        space.units[i] = unit.value(space.units[i], variance: variances[i % row / lanes])
      }
    }
    switch quantity {
    case .outputs, .scoredOutputs:
      affine(ensemble.depth - 1, networks, space)
      for i in 0..<ensemble.outputs {
        for p in points.coordinates.indices {
          for lane in 0..<lanes {
            out[(p * ensemble.outputs + i) * batchSize + lane] =
              space.units[i * row + p * lanes + lane]
          }
        }
      }
    case .randomKernels:
      let width = ensemble.hidden[ensemble.hidden.count - 1].width
      let variance = ensemble.weightVariance(layer: ensemble.depth - 1)
      let bias = ensemble.biases[ensemble.depth - 1].sigma
      var slot = 0
      for a in points.coordinates.indices {
        for b in a..<points.count {
          for lane in 0..<lanes {
            var sum = 0.0
            for j in 0..<width {
              sum +=
                space.units[j * row + a * lanes + lane] * space.units[j * row + b * lanes + lane]
            }
            out[slot * batchSize + lane] = bias * bias + variance / Double(width) * sum
          }
          slot += 1
        }
      }
    case .units, .tangentKernel, .numbers:
      break
    }
  }

  /// Replaces the units of the layer below by b + W s, the affine map of layer l.
  private func affine(_ l: Int, _ networks: fw_networks, _ space: Workspace) {
    let lanes = Int(FW_LANES)
    let row = points.count * lanes
    let isLast = l == ensemble.depth - 1
    let fanIn = space.units.count / row
    let fanOut = isLast ? ensemble.outputs : ensemble.hidden[l].width
    space.next = [Double](repeating: 0, count: fanOut * row)

    func add(_ i: Int, _ k: Int, _ w: UnsafePointer<Float>) {
      let mean = ensemble.weights[l].mean(ofOutput: isLast ? i : 0)
      space.units.withUnsafeBufferPointer { units in
        space.next.withUnsafeMutableBufferPointer { next in
          for p in 0..<points.count {
            for lane in 0..<lanes {
              next[i * row + p * lanes + lane] +=
                (Double(w[lane]) + mean) * units[k * row + p * lanes + lane]
            }
          }
        }
      }
    }

    for i in 0..<fanOut where ensemble.biases[l].sigma > 0 || !ensemble.biases[l].isCentred {
      let b = variates(streams.biases[l], networks, first: i, count: 1, space)
      let mean = ensemble.biases[l].mean(ofOutput: isLast ? i : 0)
      for p in 0..<points.count {
        for lane in 0..<lanes { space.next[i * row + p * lanes + lane] = Double(b[lane]) + mean }
      }
    }
    if isLast {
      // Output weights are numbered neuron by neuron, so that a chunk of neurons is one range.
      for k in 0..<fanIn {
        let w = variates(streams.weights[l], networks, first: k * fanOut, count: fanOut, space)
        for i in 0..<fanOut { add(i, k, w + i * lanes) }
      }
    } else {
      for i in 0..<fanOut {
        let w = variates(streams.weights[l], networks, first: i * fanIn, count: fanIn, space)
        for k in 0..<fanIn { add(i, k, w + k * lanes) }
      }
    }
    swap(&space.units, &space.next)
  }
}
