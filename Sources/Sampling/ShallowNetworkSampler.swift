import CSampling
import Ensembles
import NumericalMethods

/// Networks with one hidden layer, by the vectorised loop: 16 networks across the lanes.
///
/// Cost per network: O(width x (inputs + points)); memory per thread: O(32 x points) vectors.
/// Units in float32 (sums of 32 neurons), totals in float64.
public struct ShallowNetworkSampler: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  private let ensemble: Ensemble
  private let quantity: SampledQuantity
  private let streams: NetworkStreams
  private let seed: UInt64
  private let level: InstructionSet
  private let coordinates: [Float]
  private let shift: [Float]
  private let outputMean: [Float]
  private let outputBiasMean: [Float]
  private let formula: [fw_formula_step]

  /// - Precondition: `ensemble.isShallow`; a centred Gaussian last layer for `.kernel`.
  public init(
    _ ensemble: Ensemble, points: Points, quantity: SampledQuantity, seed: UInt64,
    level: InstructionSet = .chosen
  ) {
    precondition(ensemble.isShallow)
    self.ensemble = ensemble
    self.quantity = quantity
    self.seed = seed
    self.level = level
    let name =
      quantity == .units ? ensemble.streamName(lastWidth: 0) : ensemble.streamName
    streams = NetworkStreams(ensemble, name: name)
    coordinates = points.coordinates.flatMap { $0.map { Float($0) } }
    // The normaliser of the exponential uses the coordinates that the loop sees.
    shift = points.coordinates.map { x in
      let seen = x.map { Double(Float($0)) }
      return Float(ensemble.preactivationCovariance(seen, seen))
    }
    outputMean = (0..<ensemble.outputs).map { Float(ensemble.weights[1].mean(ofOutput: $0)) }
    outputBiasMean = (0..<ensemble.outputs).map { Float(ensemble.biases[1].mean(ofOutput: $0)) }
    formula = ensemble.hidden[0].activation.formula?.vectorSteps ?? []
    slots = quantity.slots(points: points.count, outputs: ensemble.outputs)
    tailSlots = quantity.tailSlots(points: points.count, outputs: ensemble.outputs)
  }

  private func withSpec<R>(_ body: (UnsafePointer<fw_network_spec>) -> R) -> R {
    formula.withUnsafeBufferPointer { formula in
      coordinates.withUnsafeBufferPointer { x in
        shift.withUnsafeBufferPointer { shift in
          outputMean.withUnsafeBufferPointer { mean in
            outputBiasMean.withUnsafeBufferPointer { biasMean in
              let activation = ensemble.hidden[0].activation
              let last = ensemble.biases[1]
              let width = quantity == .units ? 1 : ensemble.hidden[0].width
              var spec = fw_network_spec(
                inputs: Int32(ensemble.inputs), width: Int32(width),
                outputs: Int32(ensemble.outputs), points: Int32(shift.count),
                activation: type(of: activation.unit).vectorCode,
                slope: Float(activation.slope ?? 0), formula_steps: Int32(formula.count),
                formula: formula.baseAddress,
                quantity: quantity == .outputs
                  ? Int32(FW_OUTPUTS) : quantity.isKernel ? Int32(FW_KERNEL) : Int32(FW_UNITS),
                hidden_bias: ensemble.biases[0].sigma > 0 ? 1 : 0,
                output_bias: last.sigma > 0 ? 1 : 0,
                hidden_mean: Float(ensemble.weights[0].mean(ofOutput: 0)),
                hidden_bias_mean: Float(ensemble.biases[0].mean(ofOutput: 0)),
                kernel_offset: last.sigma * last.sigma,
                kernel_scale: ensemble.weightVariance(layer: 1) / Double(width),
                hidden_weights: streams.weights[0], hidden_biases: streams.biases[0],
                output_weights: streams.weights[1], output_biases: streams.biases[1],
                x: x.baseAddress!, shift: shift.baseAddress!, output_mean: mean.baseAddress!,
                output_bias_mean: biasMean.baseAddress!)
              return body(&spec)
            }
          }
        }
      }
    }
  }

  public func makeWorkspace() -> AnyObject {
    AlignedBuffer<Float>(count: withSpec { Int(fw_scratch_floats($0)) })
  }

  public func sample(
    run: Int, first: Int, count: Int, into slots: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) {
    let scratch = unsafeDowncast(workspace, to: AlignedBuffer<Float>.self)
    withSpec { spec in
      fw_sample(
        level.level, spec, fw_networks(seed: seed, run: UInt32(run), first: UInt64(first)),
        Int32(count), slots, scratch.pointer)
    }
  }
}
