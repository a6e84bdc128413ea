import NumericalMethods

/// A hidden unit by name, with its parameters.
public struct Activation: Sendable, Hashable, Codable, CustomStringConvertible {
  public let name: String
  /// The slope of `leaky-relu`; nil for all others.
  public let slope: Double?
  /// The user's formula; nil for the units by name.
  public let formula: Formula?

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
    formula = nil
  }

  /// A unit given by a formula.
  public init(_ formula: Formula) {
    name = FormulaUnit.name
    slope = nil
    self.formula = formula
  }

  /// The unit s(z mod 1): translation invariant under a bias that is uniform over a period, whatever the
  /// density of the weights.
  /// - Throws: `InvalidEnsemble` for `gauss`, whose normaliser knows the variance of z.
  public static func periodic(_ activation: Activation) throws(InvalidEnsemble) -> Activation {
    let text: String
    switch activation.name {
    case NormalizedExponential.name:
      throw InvalidEnsemble("periodic", "gauss is normalised for a Gaussian z, not for z mod 1")
    // On [0, 1) leaky-relu is the identity.
    case Linear.name, LeakyRelu.name: text = "frac(x)"
    case FormulaUnit.name:
      let formula = activation.formula?.text ?? "x"
      text = formula.replacing(#/\b(?:x|z|phi)\b/#, with: "frac(x)")
    default: text = "\(activation.name)(frac(x))"
    }
    return Activation(try Formula(text))
  }

  /// The period of s, 1 or 2 pi; nil where it has none of these.
  public var period: Double? {
    if type(of: unit).isPeriodic { return 2 * .pi }
    guard let formula else { return nil }
    return [1, 2 * Double.pi].first { period in
      (0..<40).allSatisfy { k in
        let z = -7.3 + 0.377 * Double(k)
        let (a, b) = (formula.program.value(z), formula.program.value(z + period))
        return abs(a - b) < 1e-9 * (1 + abs(a))
      }
    }
  }

  /// The unit itself.
  public var unit: any HiddenUnit {
    if let formula { return FormulaUnit(formula) }
    for entry in Self.all where entry.name == name { return entry.make(slope ?? 0) }
    preconditionFailure("unregistered activation \(name)")
  }

  /// Tells two activations apart.
  public var description: String { streamText }

  /// Names it in the names of random streams.
  public var streamText: String {
    if let formula {
      return "formula(\(formula.text); kinks=\(StreamText.numbers(formula.kinks)))"
    }
    return slope.map { "\(name)(\(StreamText.number($0)))" } ?? name
  }

  /// Short name for tables and captions.
  public var label: String { formula?.text ?? slope.map { "\(name) (slope \($0))" } ?? name }
}
