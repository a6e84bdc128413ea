import ArgumentParser
import Fieldwork

/// The unit of a network, by name or by formula.
struct ActivationOptions: ParsableArguments {
  @Option(help: "\(Activation.names.joined(separator: ", ")).")
  var activation: String?

  @Option(help: "A formula in x instead of a name, e.g. \"x*tanh(x)\".")
  var formula: String?

  @Option(
    help: "Where the slope of the formula jumps, beyond what is found.",
    transform: { text in
      try text.split(separator: ",").map { part in
        guard let x = Double(part.trimmingPrefix(" ")) else {
          throw ValidationError("--kinks: expected numbers and commas, found \(part)")
        }
        return x
      }
    })
  var kinks: [Double] = []

  @Option(help: "Slope of leaky-relu.")
  var slope: Double?

  func validate() throws {
    try Allowed.check("kinks", kinks, -1e6...1e6, count: 0...64)
    try Allowed.check("slope", slope, -1e6...1e6)
  }

  func make() throws -> Activation {
    do {
      switch (activation, formula) {
      case (_?, nil) where !kinks.isEmpty:
        throw StudyError(.usage, "--kinks are those of a formula: give --formula")
      case (let name?, nil): return try Activation(name, slope: slope)
      case (nil, let text?): return Activation(try Formula(text, kinks: kinks))
      default: throw StudyError(.usage, "give either --activation or --formula")
      }
    } catch let error as InvalidEnsemble {
      throw StudyError(
        .usage,
        "--\(error.key.split(separator: ".").last ?? "activation"): \(error.reason)")
    }
  }
}

/// A network whose layers are alike, and points.
struct NetworkOptions: ParsableArguments {
  @OptionGroup var activation: ActivationOptions

  @Option(help: "Input dimension.")
  var inputs = 1

  @Option(
    name: .customLong("sigma-w"), help: "Standard deviation of the weights, times sqrt(fan-in).")
  var sigmaW = 1.0

  @Option(
    name: .customLong("sigma-b"),
    help: "Standard deviation of the biases. cos takes a uniform phase.")
  var sigmaB = 0.0

  @Option(help: "Weight layers.")
  var depth = 2

  @Option(help: "Width of the hidden layers, where numbers depend on it.")
  var width: Int?

  @Option(help: "standard, ntk or mean-field.")
  var parametrisation = "standard"

  @Flag(name: .customLong("no-output-bias"), help: "Leave the output bias out.")
  var noOutputBias = false

  func validate() throws {
    try Allowed.check("inputs", inputs, 1...1_000_000)
    try Allowed.check("sigma-w", sigmaW, 0...1e6)
    try Allowed.check("sigma-b", sigmaB, 0...1e6)
    try Allowed.check("depth", depth, 1...10_000)
    try Allowed.check("width", width, 1...10_000_000)
  }

  /// - Throws: `StudyError` (64), naming the option.
  func ensemble() throws -> Ensemble {
    guard let scaling = Parametrisation(rawValue: parametrisation) else {
      throw StudyError(
        .usage,
        "--parametrisation must be one of \(Parametrisation.allCases.map(\.rawValue).joined(separator: ", ")), found \(parametrisation)"
      )
    }
    guard scaling != .meanField || width != nil else {
      throw StudyError(.usage, "--parametrisation mean-field: the kernel depends on --width")
    }
    let unit = try activation.make()
    let phase = unit.name == "cos"
    let layers = max(1, depth - 1)
    do {
      let weight = try Density.gaussian(sigmaW)
      let hiddenBias = phase ? try Ensemble.uniformPhase() : try Density.gaussian(sigmaB)
      let outputBias = try Density.gaussian(noOutputBias || phase ? 0 : sigmaB)
      return try Ensemble(
        inputs: inputs,
        hidden: [HiddenLayer](repeating: HiddenLayer(unit, width: width ?? 1), count: layers),
        weights: [Density](repeating: weight, count: layers + 1),
        biases: [Density](repeating: hiddenBias, count: layers) + [outputBias],
        parametrisation: scaling)
    } catch {
      let key = String(error.key.split(separator: ".").last ?? "activation")
      throw StudyError(.usage, "--\(key == "sigma" ? "sigma-w" : key): \(error.reason)")
    }
  }
}
