/// A hidden unit by name, with its parameters.
public struct Activation: Sendable, Hashable, Codable, CustomStringConvertible {
  public let name: String
  /// The slope of `leaky-relu`; nil for all others.
  public let slope: Double?

  /// Every hidden unit of the package. A new one is a file in `Activations/` and a line here.
  public static let all: [(name: String, make: @Sendable (Double) -> any HiddenUnit)] = [
    (Relu.name, { _ in Relu() }),
    (LeakyRelu.name, { LeakyRelu(slope: $0) }),
    (ErrorFunction.name, { _ in ErrorFunction() }),
    (NormalizedExponential.name, { _ in NormalizedExponential() }),
    (Cosine.name, { _ in Cosine() }),
    (Sine.name, { _ in Sine() }),
    (HyperbolicTangent.name, { _ in HyperbolicTangent() }),
    (GaussianErrorLinear.name, { _ in GaussianErrorLinear() }),
    (Softplus.name, { _ in Softplus() }),
    (Linear.name, { _ in Linear() }),
  ]

  public static var names: [String] { all.map(\.name) }

  /// - Throws: `InvalidEnsemble` for an unknown name, or a slope where there is none.
  public init(_ name: String, slope: Double? = nil) throws(InvalidEnsemble) {
    guard Self.names.contains(name) else {
      throw InvalidEnsemble(
        "activation",
        "'\(name)' is not an activation; known are \(Self.names.joined(separator: ", "))")
    }
    if name == LeakyRelu.name {
      self.slope = slope ?? 0.01
    } else if slope != nil {
      throw InvalidEnsemble("slope", "only leaky-relu has a slope, not \(name)")
    } else {
      self.slope = nil
    }
    self.name = name
  }

  /// The unit itself.
  public var unit: any HiddenUnit {
    for entry in Self.all where entry.name == name { return entry.make(slope ?? 0) }
    preconditionFailure("unregistered activation \(name)")
  }

  public var description: String { slope.map { "\(name)(\($0))" } ?? name }
}
