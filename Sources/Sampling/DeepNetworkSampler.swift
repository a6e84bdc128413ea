import CSampling
import Ensembles
import Foundation
import NumericalMethods

/// Networks of any depth by the vectorised loop, 16 networks across the lanes: with all their
/// weights, or by the random-kernel chain.
///
/// Chain: given layer l, the pre-activations of different neurons of layer l + 1 are independent
/// Gaussians of covariance Kh^(l+1), so that Kh^(2) -> Kh^(3) -> ... has the law of the full network
/// without its weight matrices (arXiv:2106.10165). Cost per network and layer: O(width x points^2)
/// instead of O(width x fan-in). Units in float32, sums over neurons and Cholesky factors in
/// float64; a pivot below 2e-7 of its diagonal element counts as zero.
public struct DeepNetworkSampler: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  public let rule: String
  private let ensemble: Ensemble
  private let quantity: SampledQuantity
  private let seed: UInt64
  private let level: InstructionSet
  private let points: Int
  // Plain values: the pointers in them are set for the duration of a call only.
  private nonisolated(unsafe) let layers: [fw_layer]
  /// One after the other, layer by layer.
  private let formulas: [[fw_formula_step]]
  private let streams: NetworkStreams
  private let coordinates: [Float]
  private let shift: [Float]
  private let firstFactor: [Float]
  private let outputMean: [Float]
  private let outputBiasMean: [Float]

  /// Whether the weights between hidden layers can be integrated out: centred Gaussians.
  public static func canChain(_ ensemble: Ensemble) -> Bool {
    ensemble.weights.dropFirst().allSatisfy(\.isCentredGaussian)
      && (!ensemble.isShallow || ensemble.weights[0].isCentredGaussian)
  }

  /// - Precondition: `quantity` is not `.units`; chained: `canChain` and a random kernel.
  public init(
    _ ensemble: Ensemble, points: Points, quantity: SampledQuantity, seed: UInt64, chained: Bool,
    level: InstructionSet = .chosen
  ) {
    precondition(quantity != .units && (!chained || quantity.isKernel))
    self.ensemble = ensemble
    self.quantity = quantity
    self.seed = seed
    self.level = level
    self.points = points.count
    let name = ensemble.streamName
    let streams = NetworkStreams(ensemble, name: name)
    self.streams = streams
    rule = chained ? "kernel chain" : "weights"
    slots = quantity.slots(points: points.count, outputs: ensemble.outputs)
    tailSlots = quantity.tailSlots(points: points.count, outputs: ensemble.outputs)
    coordinates = points.coordinates.flatMap { $0.map { Float($0) } }
    shift = points.coordinates.map { x in
      let seen = x.map { Double(Float($0)) }
      return Float(ensemble.preactivationCovariance(seen, seen))
    }
    let last = ensemble.hidden.count
    outputMean = (0..<ensemble.outputs).map { Float(ensemble.weights[last].mean(ofOutput: $0)) }
    outputBiasMean = (0..<ensemble.outputs).map { Float(ensemble.biases[last].mean(ofOutput: $0)) }
    formulas = ensemble.hidden.map { $0.activation.formula?.vectorSteps ?? [] }

    func isLink(_ l: Int) -> Bool { chained && (l > 0 || ensemble.weights[0].isCentredGaussian) }
    /// A bias that is part of the Gaussian pre-activations needs no drawing.
    func isAbsorbed(_ l: Int) -> Bool {
      isLink(l) && ensemble.biases[l].isCentredGaussian
    }
    layers = ensemble.hidden.enumerated().map { l, hidden in
      let bias = ensemble.biases[l]
      let next = ensemble.biases[l + 1]
      let offset = l + 1 == last || next.isCentredGaussian ? next.sigma * next.sigma : 0
      let normals = fw_make_source(
        Int32(FW_GAUSSIAN), 1, 0, streamHash("\(name) chain.\(l)"))
      return fw_layer(
        width: Int32(hidden.width), activation: type(of: hidden.activation.unit).vectorCode,
        slope: Float(hidden.activation.slope ?? 0), formula_steps: 0, formula: nil,
        chained: isLink(l) ? 1 : 0,
        bias: bias.sigma > 0 && !isAbsorbed(l) ? 1 : 0,
        mean: Float(ensemble.weights[l].mean(ofOutput: 0)),
        bias_mean: Float(bias.mean(ofOutput: 0)),
        weights: isLink(l) ? normals : streams.weights[l], biases: streams.biases[l],
        kernel_offset: offset,
        kernel_scale: ensemble.weightVariance(layer: l + 1) / Double(hidden.width))
    }
    let offset = isAbsorbed(0) ? ensemble.biases[0].sigma * ensemble.biases[0].sigma : 0
    let variance = ensemble.weightVariance(layer: 0) / Double(ensemble.inputs)
    firstFactor = SymmetricMatrix(count: points.count) { i, j in
      offset + variance * zip(points[i], points[j]).reduce(0) { $0 + $1.0 * $1.1 }
    }.semidefiniteFactor().map { Float($0) }
  }

  private func withSpec<R>(_ body: (UnsafePointer<fw_deep_spec>) -> R) -> R {
    let steps = formulas.flatMap { $0 }
    return steps.withUnsafeBufferPointer { steps in
      var own = layers
      var next = 0
      for (l, formula) in formulas.enumerated() where !formula.isEmpty {
        own[l].formula = steps.baseAddress! + next
        own[l].formula_steps = Int32(formula.count)
        next += formula.count
      }
      return own.withUnsafeBufferPointer { layers in
        coordinates.withUnsafeBufferPointer { x in
          shift.withUnsafeBufferPointer { shift in
            firstFactor.withUnsafeBufferPointer { factor in
              outputMean.withUnsafeBufferPointer { mean in
                outputBiasMean.withUnsafeBufferPointer { biasMean in
                  var recorded = 0
                  if case .randomKernels(let count) = quantity { recorded = count }
                  let last = layers.count
                  var spec = fw_deep_spec(
                    inputs: Int32(ensemble.inputs), outputs: Int32(ensemble.outputs),
                    points: Int32(points), layers: Int32(last), layer: layers.baseAddress!,
                    quantity: quantity.isKernel ? Int32(FW_KERNEL) : Int32(FW_OUTPUTS),
                    recorded: Int32(recorded), output_bias: ensemble.biases[last].sigma > 0 ? 1 : 0,
                    output_weights: streams.weights[last], output_biases: streams.biases[last],
                    x: x.baseAddress!, shift: shift.baseAddress!,
                    first_factor: factor.baseAddress!, output_mean: mean.baseAddress!,
                    output_bias_mean: biasMean.baseAddress!)
                  return body(&spec)
                }
              }
            }
          }
        }
      }
    }
  }

  public func makeWorkspace() -> AnyObject {
    AlignedBuffer<Float>(count: withSpec { Int(fw_deep_scratch_floats($0)) })
  }

  public func sample(
    run: Int, first: Int, count: Int, into slots: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) {
    let scratch = unsafeDowncast(workspace, to: AlignedBuffer<Float>.self)
    withSpec { spec in
      fw_sample_deep(
        level.level, spec, fw_networks(seed: seed, run: UInt32(run), first: UInt64(first)),
        Int32(count), slots, scratch.pointer)
    }
  }
}
