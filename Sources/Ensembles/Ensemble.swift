import Foundation
import NumericalMethods

/// One hidden layer.
public struct HiddenLayer: Sendable, Hashable, Codable {
  public let activation: Activation
  public let width: Int

  public init(_ activation: Activation, width: Int) {
    self.activation = activation
    self.width = width
  }
}

/// An ensemble of fully connected networks: an architecture and the densities of its parameters.
///
///     f_i(x) = b_i + sum_j W_ij s(z_j),   z = b + W s(z),   ...,   z_j = b_j + sum_a W_ja x_a
///
/// Weights of a layer with fan-in n have variance sigma^2 / n; all parameters are independent.
public struct Ensemble: Sendable, Hashable, Codable {
  public let inputs: Int
  public let outputs: Int
  public let hidden: [HiddenLayer]
  /// From input to output: `hidden.count + 1` entries.
  public let weights: [Density]
  public let biases: [Density]
  public let parametrisation: Parametrisation
  /// Correlations among the output weights; nil for independent ones.
  public let correlation: OutputCorrelation?
  /// Factors of the outputs relative to the first, for unequal variances; empty: all 1.
  public let outputScales: [Double]
  /// Whether outputs 2k and 2k + 1 are the real and the imaginary part of one complex output.
  public let isComplex: Bool

  /// - Throws: `InvalidEnsemble` naming the key, for sizes out of range, or a combination of
  ///   activation and density that has no meaning.
  public init(
    inputs: Int, outputs: Int = 1, hidden: [HiddenLayer], weights: [Density], biases: [Density],
    parametrisation: Parametrisation = .standard, correlation: OutputCorrelation? = nil,
    outputScales: [Double] = [], isComplex: Bool = false
  ) throws(InvalidEnsemble) {
    func check(_ key: String, _ value: Int, _ limit: Int) throws(InvalidEnsemble) {
      guard (1...limit).contains(value) else {
        throw InvalidEnsemble(key, "must be a whole number from 1 to \(limit), found \(value)")
      }
    }
    try check("inputs", inputs, 1_000_000)
    try check("outputs", outputs, 1_000_000)
    guard (1...10_000).contains(hidden.count) else {
      throw InvalidEnsemble("hidden", "must list 1 to 10000 hidden layers, found \(hidden.count)")
    }
    for (l, layer) in hidden.enumerated() {
      try check("hidden.\(l).width", layer.width, 10_000_000)
    }
    let fans = [inputs] + hidden.map(\.width) + [outputs]
    for (l, (fanIn, fanOut)) in zip(fans, fans.dropFirst()).enumerated() {
      // The numbering of variates within a stream ends at 2^32.
      guard fanIn * fanOut <= 1 << 32 else {
        throw InvalidEnsemble(
          l < hidden.count ? "hidden.\(l).width" : "outputs",
          "a layer may have at most 2^32 weights, found \(fanIn) x \(fanOut)")
      }
    }
    guard weights.count == hidden.count + 1 else {
      throw InvalidEnsemble(
        "weights.layers", "must have \(hidden.count + 1) entries, found \(weights.count)")
    }
    guard biases.count == hidden.count + 1 else {
      throw InvalidEnsemble(
        "biases.layers", "must have \(hidden.count + 1) entries, found \(biases.count)")
    }
    for (name, densities) in [("weights", weights), ("biases", biases)] {
      for (l, density) in densities.enumerated() {
        let fanOut = l < hidden.count ? hidden[l].width : outputs
        guard density.mean.count <= 1 || (l == hidden.count && density.mean.count == fanOut) else {
          throw InvalidEnsemble(
            "\(name).layers.\(l).mean",
            l == hidden.count
              ? "must be one number or \(fanOut), one per output, found \(density.mean.count)"
              : "must be one number for a hidden layer, found \(density.mean.count)")
        }
      }
    }
    for (l, layer) in hidden.enumerated() where layer.activation.name == NormalizedExponential.name
    {
      guard l == 0 else {
        throw InvalidEnsemble(
          "hidden.\(l).activation",
          "gauss is defined in the first layer only: its normaliser needs the variance of z")
      }
      guard weights[0].isCentredGaussian, biases[0].isCentredGaussian else {
        throw InvalidEnsemble(
          "hidden.0.activation",
          "gauss needs Gaussian hidden weights and biases of mean 0: its normaliser assumes them")
      }
    }
    if let correlation {
      try correlation.validate()
      guard weights[hidden.count].isCentredGaussian, biases[hidden.count].isCentredGaussian else {
        throw InvalidEnsemble(
          "correlation",
          "correlated output weights start from centred Gaussian output weights and biases")
      }
      if case .quartic = correlation {
        guard outputs == 1, biases[hidden.count].sigma == 0, parametrisation != .meanField else {
          throw InvalidEnsemble(
            "correlation.quartic",
            "needs one output, no output bias (biases: {output: false}), and not the mean-field parametrisation"
          )
        }
      }
    }
    if !outputScales.isEmpty {
      guard outputScales.count == outputs, outputScales[0] == 1,
        outputScales.allSatisfy({ $0.isFinite && $0 >= 0 && $0 <= 1e6 })
      else {
        throw InvalidEnsemble(
          "output_scales",
          "must be \(outputs) numbers from 0 to 1e6, one per output, the first of them 1, found \(outputScales)"
        )
      }
    }
    guard !isComplex || outputs % 2 == 0 else {
      throw InvalidEnsemble("complex", "complex outputs are pairs of real ones, found \(outputs)")
    }
    self.outputScales = outputScales.allSatisfy { $0 == 1 } ? [] : outputScales
    self.isComplex = isComplex
    self.inputs = inputs
    self.outputs = outputs
    self.hidden = hidden
    self.weights = weights
    self.biases = biases
    self.parametrisation = parametrisation
    self.correlation = correlation
  }

  /// An ensemble of one hidden layer with Gaussian parameters of the same standard deviations in
  /// both layers, the default of study files.
  public init(
    _ activation: String, inputs: Int = 1, outputs: Int = 1, width: Int, weightSigma: Double = 1,
    biasSigma: Double = 0
  ) throws(InvalidEnsemble) {
    let unit = try Activation(activation)
    let phase = activation == Cosine.name
    try self.init(
      inputs: inputs, outputs: outputs, hidden: [HiddenLayer(unit, width: width)],
      weights: [.gaussian(weightSigma), .gaussian(weightSigma)],
      biases: [
        phase ? Self.uniformPhase() : .gaussian(biasSigma), .gaussian(phase ? 0 : biasSigma),
      ])
  }

  /// The uniform density over a period about 0: on [-pi, pi] by default.
  public static func uniformPhase(period: Double = 2 * .pi) throws(InvalidEnsemble) -> Density {
    try Density(.uniform, sigma: period / 12.0.squareRoot())
  }

  /// The same with other correlations among the output weights.
  public func correlated(_ correlation: OutputCorrelation?) throws(InvalidEnsemble) -> Ensemble {
    try Ensemble(
      inputs: inputs, outputs: outputs, hidden: hidden, weights: weights, biases: biases,
      parametrisation: parametrisation, correlation: correlation, outputScales: outputScales,
      isComplex: isComplex)
  }

  /// What correlated output weights multiply the correlators of order 2k by: 1 for independent ones.
  public func momentRatio(_ k: Int) -> Double {
    correlation?.momentRatio(
      k, width: hidden[hidden.count - 1].width, sigma: weights[hidden.count].sigma) ?? 1
  }

  /// The derivative of `momentRatio` with respect to the strength of the correlation.
  public func momentRatioSlope(_ k: Int) -> Double {
    correlation?.momentRatioSlope(
      k, width: hidden[hidden.count - 1].width, sigma: weights[hidden.count].sigma) ?? 0
  }

  /// The factor of output i.
  public func scale(ofOutput i: Int) -> Double { outputScales.isEmpty ? 1 : outputScales[i] }

  public var depth: Int { hidden.count + 1 }
  public var isShallow: Bool { hidden.count == 1 }

  /// Whether the bias of hidden layer l is uniform over a period of its periodic unit.
  public func hasUniformPhase(layer l: Int) -> Bool {
    let bias = biases[l]
    return type(of: hidden[l].activation.unit).isPeriodic && bias.shape == .uniform
      && abs(bias.sigma - Double.pi / 3.0.squareRoot()) < 1e-12
  }

  /// Covariance of first-layer pre-activations, c(x, y) = sb^2 + (sw^2 / d) x.y; a uniform phase
  /// is not part of it.
  public func preactivationCovariance(_ x: [Double], _ y: [Double]) -> Double {
    let dot = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    return biasVariance(layer: 0) + weights[0].sigma * weights[0].sigma * dot / Double(inputs)
  }

  /// Whether all odd correlators vanish identically: every density is even about its mean, so
  /// the last layer's means must be zero.
  public var oddCorrelatorsVanish: Bool {
    weights[depth - 1].isCentred && biases[depth - 1].isCentred
  }

  /// The name of the ensemble's random streams: everything that its law depends on.
  public var streamName: String { streamName(lastWidth: hidden[hidden.count - 1].width) }

  /// The same with another width of the last hidden layer (0: any, for the `neurons` estimator).
  public func streamName(lastWidth: Int) -> String {
    let layers = hidden.enumerated().map { l, layer in
      "\"\(layer.activation.streamText):\(l == hidden.count - 1 ? lastWidth : layer.width)\""
    }
    var fields = [
      "inputs=\(inputs)", "outputs=\(outputs)", "hidden=\(StreamText.list(layers))",
      "weights=\(StreamText.list(weights.map(\.streamText)))",
      "biases=\(StreamText.list(biases.map(\.streamText)))",
    ]
    // The NTK parametrisation has the law of the standard one, yet its cases are cases of their own.
    switch parametrisation {
    case .standard: break
    case .ntk: fields.append("parametrisation=ntk")
    case .meanField: fields.append("parametrisation=mean-field")
    }
    if let correlation { fields.append("correlation=\(correlation.streamText)") }
    if !outputScales.isEmpty { fields.append("output_scales=\(StreamText.numbers(outputScales))") }
    if isComplex { fields.append("complex") }
    return fields.joined(separator: " ")
  }

  /// The same ensemble with another width of its last hidden layer.
  public func withLastWidth(_ width: Int) throws(InvalidEnsemble) -> Ensemble {
    var layers = hidden
    layers[layers.count - 1] = HiddenLayer(layers[layers.count - 1].activation, width: width)
    return try Ensemble(
      inputs: inputs, outputs: outputs, hidden: layers, weights: weights, biases: biases,
      parametrisation: parametrisation, correlation: correlation, outputScales: outputScales,
      isComplex: isComplex)
  }

  /// The law of the first output alone.
  public var ofFirstOutput: Ensemble {
    guard outputs > 1 else { return self }
    func first(_ density: Density) -> Density { density.ofOutput(0) }
    return Ensemble(
      unchecked: self, outputs: 1,
      weights: weights.dropLast() + [first(weights[depth - 1])],
      biases: biases.dropLast() + [first(biases[depth - 1])])
  }

  private init(unchecked other: Ensemble, outputs: Int, weights: [Density], biases: [Density]) {
    inputs = other.inputs
    self.outputs = outputs
    hidden = other.hidden
    self.weights = weights
    self.biases = biases
    parametrisation = other.parametrisation
    correlation = other.correlation
    outputScales = []
    isComplex = false
  }

  /// The networks that end after hidden layer l, whose outputs are its pre-activations: the first
  /// `layers` weight layers.
  public func truncated(layers: Int) throws(InvalidEnsemble) -> Ensemble {
    try Ensemble(
      inputs: inputs, outputs: outputs, hidden: Array(hidden.prefix(layers - 1)),
      weights: weights.prefix(layers).map { $0 }, biases: biases.prefix(layers).map { $0 },
      parametrisation: layers == depth ? parametrisation : .standard,
      correlation: layers == depth ? correlation : nil,
      outputScales: layers == depth ? outputScales : [], isComplex: layers == depth && isComplex)
  }
}
