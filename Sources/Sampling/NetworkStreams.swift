import CSampling
import Ensembles
import NumericalMethods

/// The random streams of one ensemble: one for the weights and one for the biases of each layer.
///
/// The parameter number v of a stream in network i of run r is the same whatever else is drawn,
/// on any number of threads.
struct NetworkStreams: Sendable {
  let weights: [fw_source]
  let biases: [fw_source]

  init(_ ensemble: Ensemble, name: String) {
    func source(_ density: Density, _ role: String, scale: Double) -> fw_source {
      fw_make_source(
        density.shape.vectorCode, scale, density.dof ?? 0, streamHash("\(name) \(role)"))
    }
    weights = ensemble.weights.enumerated().map {
      source($1, "weights.\($0)", scale: ensemble.weightScale(layer: $0))
    }
    biases = ensemble.biases.enumerated().map { source($1, "biases.\($0)", scale: $1.sigma) }
  }
}

/// What is recorded of each network.
public enum SampledQuantity: Sendable, Hashable {
  /// f_i(x_p), slot p * outputs + i.
  case outputs
  /// The outputs, and after them the score d log P / d alpha of correlated output weights, up to a
  /// constant.
  case scoredOutputs
  /// The random kernels Kh(x_a, x_b) = sb^2 + (sw^2/N) sum_j s_j(x_a) s_j(x_b) of the last `layers`
  /// hidden layers, the last one first, a <= b in lexicographic order: the covariance of what
  /// follows given that layer.
  case randomKernels(layers: Int)
  /// The tangent kernel Theta_ij(x_a, x_b) of the network, a <= b in lexicographic order and all outputs:
  /// slot (pair * outputs + i) * outputs + j.
  case tangentKernel
  /// s(x_p) of a single hidden unit; each sample is one unit.
  case units
  /// Numbers that a theory reads off each of its networks, named by what they are.
  case numbers(name: String, count: Int)

  /// The random kernel of the last hidden layer: the covariance of the outputs.
  public static let kernel = SampledQuantity.randomKernels(layers: 1)

  public var isOutputs: Bool { self == .outputs || self == .scoredOutputs }

  public var isKernel: Bool {
    if case .randomKernels = self { return true }
    return false
  }

  public func slots(points: Int, outputs: Int) -> Int {
    switch self {
    case .outputs: points * outputs
    case .scoredOutputs: points * outputs + 1
    case .randomKernels(let layers): layers * (points * (points + 1) / 2)
    case .units: points
    case .tangentKernel: points * (points + 1) / 2 * outputs * outputs
    case .numbers(_, let count): count
    }
  }

  /// The slots of a single point (first output): what a heavy tail shows in.
  func tailSlots(points: Int, outputs: Int) -> [Int] {
    let shown = 0..<min(points, 16)
    switch self {
    case .outputs, .scoredOutputs: return shown.map { $0 * outputs }
    case .randomKernels: return shown.map { $0 * points - $0 * ($0 - 1) / 2 }
    case .units: return Array(shown)
    case .numbers: return []
    case .tangentKernel:
      return shown.map { ($0 * points - $0 * ($0 - 1) / 2) * outputs * outputs }
    }
  }
}

extension SampledQuantity: CustomStringConvertible {
  /// Names the samples; how many layers are recorded of them does not change what they are.
  public var description: String {
    switch self {
    case .outputs, .scoredOutputs: "outputs"
    case .randomKernels: "kernel"
    case .units: "units"
    case .tangentKernel: "tangent-kernel"
    case .numbers(let name, _): name
    }
  }
}
