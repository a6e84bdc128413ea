import Kernels

/// What the `kernel` measurement gives besides the kernel of every layer.
public struct KernelOptions: Sendable, Hashable {
  /// The neural tangent kernel, with these learning rates.
  public var tangent: InfiniteWidthKernel.LearningRates?
  /// The four-point vertex V, over all pairs of pairs of points.
  public var vertex: Bool
  /// The mean shift at order 1/width.
  public var shift: Bool
  /// The third cumulant of the random kernel at each point.
  public var sixPoint: Bool
  /// Means and covariances of the random kernel of every layer, from the study's networks.
  public var sampled: Bool

  public init(
    tangent: InfiniteWidthKernel.LearningRates? = nil, vertex: Bool = false, shift: Bool = false,
    sixPoint: Bool = false, sampled: Bool = false
  ) {
    self.tangent = tangent
    self.vertex = vertex
    self.shift = shift
    self.sixPoint = sixPoint
    self.sampled = sampled
  }

  var expansion: WidthExpansion.Options {
    WidthExpansion.Options(tangent: tangent, vertex: vertex, shift: shift, sixPoint: sixPoint)
  }

  static func read(_ reader: KeyReader?) throws(StudyError) -> KernelOptions {
    var options = KernelOptions()
    guard let reader else { return options }
    try reader.keys(["ntk", "vertex", "shift", "six_point", "sampled", "learning_rates"])
    var rates = InfiniteWidthKernel.LearningRates()
    if let given = reader.child("learning_rates") {
      try given.keys(["biases", "weights"])
      rates.biases = try given.child("biases")?.number() ?? 1
      rates.weights = try given.child("weights")?.number() ?? 1
      guard rates.biases >= 0, rates.weights >= 0 else {
        throw given.refuse("learning rates must not be below 0")
      }
      options.tangent = rates
    }
    if let ntk = try reader.child("ntk")?.flag() { options.tangent = ntk ? rates : nil }
    options.vertex = try reader.child("vertex")?.flag() ?? false
    options.shift = try reader.child("shift")?.flag() ?? false
    options.sixPoint = try reader.child("six_point")?.flag() ?? false
    options.sampled = try reader.child("sampled")?.flag() ?? false
    return options
  }

  var json: JSONValue {
    var result: [String: JSONValue] = [
      "ntk": .bool(tangent != nil), "vertex": .bool(vertex), "shift": .bool(shift),
      "six_point": .bool(sixPoint), "sampled": .bool(sampled),
    ]
    if let tangent {
      result["learning_rates"] = .object([
        "biases": .numeric(tangent.biases), "weights": .numeric(tangent.weights),
      ])
    }
    return .object(result)
  }
}
