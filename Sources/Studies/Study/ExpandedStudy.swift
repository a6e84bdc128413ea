import Ensembles

/// A study with every default written out, in the layout of the study file.
enum ExpandedStudy {
  static func json(
    title: String, cases: [StudyCase], points: Points, sampling: SamplingSettings,
    measurements: [Measurement], sweeps: [String: JSONValue]
  ) -> JSONValue {
    var settings: [String: JSONValue] = [
      "estimator": .string(sampling.estimator.rawValue),
      "networks": .integer(sampling.networks),
      "runs": .integer(sampling.runs),
      "seed": .whole(sampling.seed),
      "form": .string(sampling.form.rawValue),
      "tilt": .bool(sampling.tilt),
      "blocks": .integer(sampling.blocks),
      "save_outputs": .bool(sampling.saveOutputs),
    ]
    if let target = sampling.targetError { settings["target_error"] = .number(target) }
    if let file = sampling.outputsFile { settings["outputs"] = .string(file) }
    return .object([
      "title": .string(title),
      "ensembles": .array(cases.map(ensemble)),
      "sweeps": .object(sweeps),
      "points": .array(points.coordinates.map { .numeric($0) }),
      "sampling": .object(settings),
      "measure": .array(measurements.map(\.json)),
    ])
  }

  private static func density(_ density: Density) -> JSONValue {
    var result: [String: JSONValue] = [
      "density": .string(density.shape.rawValue), "sigma": .numeric(density.sigma),
    ]
    if let dof = density.dof { result["dof"] = .numeric(dof) }
    if !density.mean.isEmpty { result["mean"] = .numeric(density.mean) }
    return .object(result)
  }

  private static func activation(_ activation: Activation) -> JSONValue {
    guard let formula = activation.formula else { return .string(activation.name) }
    return .object([
      "formula": .string(formula.text), "kinks": .array(formula.kinks.map { .numeric($0) }),
    ])
  }

  private static func ensemble(_ item: StudyCase) -> JSONValue {
    if let theory = item.theory {
      var result = ["theory": theory.json]
      if let interaction = item.interaction { result["interaction"] = interaction.json }
      return .object(result)
    }
    guard let ensemble = item.ensemble else {
      var result = ["outputs": JSONValue.integer(item.outputs)]
      if let kernel = item.kernel { result["kernel"] = .array(kernel.map { .numeric($0) }) }
      return .object(result)
    }
    var result: [String: JSONValue] = [
      "inputs": .integer(ensemble.inputs),
      "outputs": .integer(ensemble.outputs),
      "parametrisation": .string(ensemble.parametrisation.rawValue),
      "hidden": .array(
        ensemble.hidden.map { layer in
          var entry: [String: JSONValue] = [
            "activation": activation(layer.activation), "width": .integer(layer.width),
          ]
          if let slope = layer.activation.slope { entry["slope"] = .numeric(slope) }
          return .object(entry)
        }),
      "weights": .object(["layers": .array(ensemble.weights.map(density))]),
      "biases": .object(["layers": .array(ensemble.biases.map(density))]),
    ]
    // What a theory has of its own is not told apart from it.
    if let kernel = item.kernel { result["kernel"] = .array(kernel.map { .numeric($0) }) }
    if !ensemble.outputScales.isEmpty {
      result["output_scales"] = .numeric(ensemble.outputScales)
    }
    if ensemble.isComplex { result["complex"] = .bool(true) }
    switch ensemble.correlation {
    case nil: break
    case .quartic(let beta): result["correlation"] = .object(["quartic": .numeric(beta)])
    case .sharedScale(let law, let variance):
      result["correlation"] = .object([
        "shared_scale": .numeric(variance), "law": .string(law.rawValue),
      ])
    }
    return .object(result)
  }
}
