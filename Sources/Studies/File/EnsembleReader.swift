import Ensembles
import Foundation

/// Reads the `ensemble` section, with the swept values in force.
struct EnsembleReader {
  let reader: KeyReader
  /// Whether `hidden` may be missing (networks from a file).
  let optional: Bool
  let files: InputFiles

  struct Item {
    let inputs: Int
    let outputs: Int
    let ensemble: Ensemble?
    let kernel: [[Double]]?
  }

  func read() throws(StudyError) -> Item {
    try reader.keys(
      [
        "inputs", "outputs", "hidden", "weights", "biases", "parametrisation", "correlation",
        "output_scales", "complex",
      ]
        + (optional ? ["kernel"] : []))
    let fixed = { (key: String) in
      reader.child(key).map {
        KeyReader(tree: $0.tree, path: $0.path, file: $0.file, sweep: nil)
      }
    }
    let inputs = try fixed("inputs")?.integer(1...1_000_000) ?? 1
    let count = try reader.child("outputs")?.integer(1...1_000_000) ?? 1
    let isComplex = try fixed("complex")?.flag() ?? false
    let outputs = isComplex ? 2 * count : count
    var kernel: [[Double]]?
    if let file = fixed("kernel") { kernel = try files.rows(file) }
    guard let hiddenReader = reader.child("hidden") else {
      guard optional else { throw reader.refuse("the key `hidden` is missing") }
      return Item(inputs: inputs, outputs: outputs, ensemble: nil, kernel: kernel)
    }
    var hidden: [HiddenLayer] = []
    for layer in try hiddenReader.items() { hidden.append(try readLayer(layer)) }
    guard !hidden.isEmpty else { throw hiddenReader.refuse("expected at least one hidden layer") }
    var weights = try readDensities("weights", hidden: hidden, defaultSigma: 1)
    var biases = try readDensities("biases", hidden: hidden, defaultSigma: 0)
    if isComplex {
      weights[hidden.count] = try halved(weights[hidden.count], outputs: count)
      biases[hidden.count] = try halved(biases[hidden.count], outputs: count)
    }
    var scales = try reader.child("output_scales")?.numbers() ?? []
    if isComplex { scales = scales.flatMap { [$0, $0] } }
    let parametrisation =
      try reader.child("parametrisation")?.choice(Parametrisation.self) ?? .standard
    let correlation = try readCorrelation()
    do {
      return Item(
        inputs: inputs, outputs: outputs,
        ensemble: try Ensemble(
          inputs: inputs, outputs: outputs, hidden: hidden, weights: weights, biases: biases,
          parametrisation: parametrisation, correlation: correlation, outputScales: scales,
          isComplex: isComplex),
        kernel: kernel)
    } catch {
      throw reader.refuse(error.reason, key: error.key)
    }
  }

  /// Real and imaginary parts of complex parameters: each has half the variance, means are real.
  private func halved(_ density: Density, outputs: Int) throws(StudyError) -> Density {
    do {
      return try Density(
        density.shape, sigma: density.sigma / 2.0.squareRoot(), dof: density.dof,
        mean: density.isCentred
          ? [] : (0..<outputs).flatMap { [density.mean(ofOutput: $0), 0] })
    } catch { throw reader.refuse(error.reason, key: "complex") }
  }

  /// `{quartic: beta}`, or `{shared_scale: variance, law: gamma}`.
  private func readCorrelation() throws(StudyError) -> OutputCorrelation? {
    guard let entry = reader.child("correlation") else { return nil }
    try entry.keys(["quartic", "shared_scale", "law"])
    switch (entry.child("quartic"), entry.child("shared_scale")) {
    case (let quartic?, nil):
      if let law = entry.child("law") { throw law.refuse("only a shared scale has a law") }
      return .quartic(beta: try quartic.number())
    case (nil, let scale?):
      return .sharedScale(
        law: try entry.child("law")?.choice(OutputCorrelation.ScaleLaw.self) ?? .gamma,
        variance: try scale.number())
    default: throw entry.refuse("expected either quartic (beta) or shared_scale (a variance)")
    }
  }

  private func readLayer(_ layer: KeyReader) throws(StudyError) -> HiddenLayer {
    try layer.keys(["activation", "width", "slope", "periodic"])
    var activation = try readActivation(layer)
    if try layer.child("periodic")?.flag() ?? false {
      do { activation = try Activation.periodic(activation) } catch {
        throw layer.refuse(error.reason, key: error.key)
      }
    }
    return HiddenLayer(activation, width: try layer.required("width").integer(1...10_000_000))
  }

  /// A name (with the slope of leaky-relu), or `{formula: "x*tanh(x)", kinks: [0]}`.
  private func readActivation(_ layer: KeyReader) throws(StudyError) -> Activation {
    let entry = try layer.required("activation")
    guard entry.isMapping else {
      let text = try entry.text()
      guard Activation.names.contains(text) else {
        throw entry.refuse(
          "`\(text.prefix(60))` is not an activation\(KeyReader.suggestion(String(text.prefix(60)), among: Activation.names)); a formula is written {formula: \"x*tanh(x)\"}"
        )
      }
      let slope = try layer.child("slope")?.number()
      do {
        return try Activation(text, slope: slope)
      } catch {
        throw layer.refuse(error.reason, key: error.key)
      }
    }
    try entry.keys(["formula", "kinks"])
    if let slope = layer.child("slope") {
      throw slope.refuse("only leaky-relu has a slope, not a formula")
    }
    let text = try entry.required("formula").text()
    let kinks = try entry.child("kinks")?.numbers() ?? []
    do {
      return Activation(try Formula(text, kinks: kinks))
    } catch {
      throw layer.refuse(error.reason, key: error.key)
    }
  }

  private func density(
    _ at: KeyReader, _ key: String, _ shape: Density.Shape, sigma: Double, dof: Double? = nil,
    mean: [Double] = []
  ) throws(StudyError) -> Density {
    do {
      return try Density(shape, sigma: sigma, dof: dof, mean: mean)
    } catch {
      throw at.refuse(error.reason, key: error.key == "sigma" ? key : error.key)
    }
  }

  /// Means: one number, or a list with one entry per output.
  private func means(_ at: KeyReader?) throws(StudyError) -> [Double] {
    guard let at else { return [] }
    return at.isSequence ? try at.numbers() : [try at.number()]
  }

  /// The shorthands (`sigma`, `hidden_sigma`, ...) or the list `layers`, from input to output.
  private func readDensities(_ name: String, hidden: [HiddenLayer], defaultSigma: Double)
    throws(StudyError) -> [Density]
  {
    let isBias = name == "biases"
    let depth = hidden.count + 1
    let periods = hidden.map(\.activation.period)
    let section = reader.child(name)
    let shorthands =
      ["sigma", "hidden_sigma", "output_sigma", "mean", "hidden_mean", "output_mean"]
      + (isBias ? ["hidden", "output"] : [])
    try section?.keys(shorthands + ["layers"])
    if let section, let layers = section.child("layers") {
      for key in shorthands where section.child(key) != nil {
        throw section.refuse("`layers` and the shorthand `\(key)` exclude one another")
      }
      let entries = try layers.items()
      guard entries.count == depth else {
        throw layers.refuse(
          "expected \(depth) entries, from input to output, found \(entries.count)")
      }
      var result: [Density] = []
      for entry in entries {
        try entry.keys(["density", "sigma", "dof", "mean"])
        result.append(
          try density(
            entry, "sigma", try entry.child("density")?.choice(Density.Shape.self) ?? .gaussian,
            sigma: try entry.child("sigma")?.number() ?? defaultSigma,
            dof: try entry.child("dof")?.number(), mean: try means(entry.child("mean"))))
      }
      return result
    }
    let common = try section?.child("sigma")?.number()
    let hiddenSigma = try section?.child("hidden_sigma")?.number()
    var outputSigma = try section?.child("output_sigma")?.number()
    let commonMean = try means(section?.child("mean"))
    let hiddenMean = try means(section?.child("hidden_mean"))
    let outputMean = try means(section?.child("output_mean"))
    var uniformPhase =
      isBias && hidden[0].activation.name == Cosine.name && hiddenSigma == nil && common == nil
      && section?.child("hidden") == nil
    if let choice = section?.child("hidden") {
      let word = try choice.text()
      guard word == "uniform" || word == "gaussian" else {
        throw choice.refuse(
          "expected `uniform` (over a period) or `gaussian`, found `\(word.prefix(60))`")
      }
      uniformPhase = word == "uniform"
      if uniformPhase, periods.allSatisfy({ $0 == nil }) {
        throw choice.refuse(
          "a bias uniform over a period needs a periodic unit: cos, sin, or `periodic: true`")
      }
      if uniformPhase, hiddenSigma != nil {
        throw choice.refuse("`hidden: uniform` and `hidden_sigma` exclude one another")
      }
    }
    if let output = section?.child("output") {
      if try !output.flag() {
        if outputSigma != nil {
          throw output.refuse("`output: false` and `output_sigma` exclude one another")
        }
        outputSigma = 0
      }
    } else if isBias, uniformPhase, outputSigma == nil, common == nil {
      outputSigma = 0
    }
    let empty = section ?? reader
    var result: [Density] = []
    for l in 0..<depth {
      let isLast = l == depth - 1
      if !isLast, uniformPhase, let period = periods[l] {
        do { result.append(try Ensemble.uniformPhase(period: period)) } catch {
          throw empty.refuse(error.reason)
        }
        continue
      }
      let own = isLast ? outputSigma : hiddenSigma
      let ownMean = isLast ? outputMean : hiddenMean
      result.append(
        try density(
          empty, own == nil ? "sigma" : isLast ? "output_sigma" : "hidden_sigma", .gaussian,
          sigma: own ?? common ?? defaultSigma, mean: ownMean.isEmpty ? commonMean : ownMean))
    }
    return result
  }

}
