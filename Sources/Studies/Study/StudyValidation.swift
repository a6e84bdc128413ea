import Ensembles
import Foundation
import Kernels
import Sampling

/// Checks that the parts of a study fit together, and settles what follows from the rest.
struct StudyValidation {
  let source: String

  private func refuse(_ key: String, _ reason: String) -> StudyError {
    StudyError(.badStudy, "\(source): \(key): \(reason)")
  }

  func check(
    cases: [StudyCase], points: Points, sampling: SamplingSettings, measurements: [Measurement]
  ) throws(StudyError) -> (
    sampling: SamplingSettings, measurements: [Measurement], notes: [StudyWarning]
  ) {
    guard !cases.isEmpty else { throw refuse("ensemble", "the sweep is empty") }
    guard (1...65535).contains(sampling.runs) else {
      throw refuse("sampling.runs", "expected 1 to 65535 runs, found \(sampling.runs)")
    }
    if sampling.form == .published, sampling.runs < 2 {
      throw refuse(
        "sampling.runs",
        "the errors of `form: published` leave out one run at a time: expected 2 runs or more, found \(sampling.runs)"
      )
    }
    guard (1...(1 << 40)).contains(sampling.networks) else {
      throw refuse("sampling.networks", "expected 1 to 2^40 networks, found \(sampling.networks)")
    }
    guard (SamplingSettings.fewestBlocks...65536).contains(sampling.blocks) else {
      throw refuse(
        "sampling.blocks",
        "expected \(SamplingSettings.fewestBlocks) to 65536 blocks, found \(sampling.blocks)")
    }
    // Equal cases are the same networks, which a fit would count twice.
    var known: [StudyCase: String] = [:]
    for item in cases where item.ensemble != nil || item.theory != nil {
      var law = item
      law.parameters = [:]
      if let other = known.updateValue(item.label, forKey: law) {
        throw refuse(
          "ensemble",
          other == item.label
            ? "the case \(other) stands twice" : "the cases \(other) and \(item.label) are the same"
        )
      }
    }
    for item in cases {
      try checkEstimator(item, sampling)
      if let kernel = item.kernel,
        kernel.count != points.count || kernel.contains(where: { $0.count != points.count })
      {
        throw refuse(
          "ensemble.kernel",
          "expected a matrix of \(points.count) x \(points.count), one row per point, found \(kernel.count) rows of \(Set(kernel.map(\.count)).sorted())"
        )
      }
    }
    for item in cases where item.theory == nil {
      if let kernel = item.kernel { try check(kernel) }
    }
    if sampling.tilt {
      guard sampling.estimator == .neurons else {
        throw refuse("sampling.tilt", "the tilt is for `estimator: neurons`")
      }
      guard cases.allSatisfy({ $0.ensemble?.hidden[0].activation.name == "gauss" }) else {
        throw refuse("sampling.tilt", "the tilt is for `gauss`, whose moments sit in its far tail")
      }
    }
    if sampling.form == .published, ![.outputs, .conditional, .file].contains(sampling.estimator) {
      throw refuse(
        "sampling.form", "`published` is a form of the estimators outputs, conditional and file")
    }
    if sampling.form == .published,
      let item = cases.first(where: { $0.kernel == nil && !($0.ensemble?.isShallow ?? false) })
    {
      throw refuse(
        "sampling.form",
        "`published` subtracts the exact two-point function, known for one hidden layer only, not \(item.ensemble.map { "\($0.hidden.count)" } ?? "recorded networks without a kernel")"
      )
    }
    if sampling.saveOutputs, sampling.estimator != .outputs {
      throw refuse(
        "sampling.save_outputs",
        "only `estimator: outputs` draws outputs, not \(sampling.estimator.rawValue)")
    }
    if let target = sampling.targetError {
      guard target > 0, target < 1 else {
        throw refuse("sampling.target_error", "expected a relative error between 0 and 1 (or 100%)")
      }
      guard ![.exact, .file].contains(sampling.estimator), !sampling.saveOutputs else {
        throw refuse(
          "sampling.target_error", "needs networks that can be drawn, and no `save_outputs`")
      }
    }
    var notes: [StudyWarning] = []
    if ![.exact, .file].contains(sampling.estimator), !sampling.tilt {
      notes += Self.fewBlocks(sampling.networks, sampling)
    }
    var settled: [Measurement] = []
    for measurement in measurements {
      if case .kernel(let options) = measurement, options.sampled,
        sampling.estimator != .conditional
      {
        throw refuse(
          "measure.kernel.sampled",
          "random kernels are sampled by `estimator: conditional`, not \(sampling.estimator.rawValue)"
        )
      }
      try checkOutputs(measurement, cases, points)
      try checkMoments(cases, measurement)
      if case .symmetry(let tests) = measurement {
        try DualityValidation(source: source).check(tests, cases, points, sampling)
      }
      if case .reflectionPositivity(let options) = measurement {
        try DualityValidation(source: source).check(options, points, sampling)
      }
      try TheoryValidation(source: source).check(measurement, cases, points, sampling)
      if case .locality(let options) = measurement {
        try DualityValidation(source: source).check(options, cases, points, sampling)
      }
      guard case .correlators(var orders) = measurement else {
        settled.append(
          try ActionValidation(source: source).settle(measurement, cases, points, sampling))
        continue
      }
      let odd = orders.filter { $0 % 2 == 1 }
      if !odd.isEmpty, cases.allSatisfy({ $0.isEven ?? false }),
        sampling.estimator != .file
      {
        orders.removeAll { $0 % 2 == 1 }
        notes.append(
          StudyWarning(
            code: "odd-orders",
            message:
              "odd correlators vanish identically here (f and -f are equally likely); left out: \(odd.map(String.init).joined(separator: ", "))",
            where: "measure.correlators.orders"))
      }
      if !orders.isEmpty { settled.append(.correlators(orders: orders)) }
    }
    guard Set(settled.map(\.name)).count == settled.count else {
      throw refuse("measure", "a measurement stands twice")
    }
    return (sampling, settled, notes)
  }

  /// A covariance is symmetric, and of variances not below 0.
  private func check(_ kernel: [[Double]]) throws(StudyError) {
    for (i, row) in kernel.enumerated() {
      guard row[i] >= 0 else {
        throw refuse("ensemble.kernel", "the variance at point \(i) is \(row[i]), below 0")
      }
      for j in 0..<i {
        let scale = max((row[i] * kernel[j][j]).squareRoot(), abs(row[j]), abs(kernel[j][i]))
        guard row[j].isFinite, abs(row[j] - kernel[j][i]) <= 1e-9 * scale else {
          throw refuse(
            "ensemble.kernel",
            "must be symmetric, but is \(row[j]) at points \(i), \(j) and \(kernel[j][i]) at points \(j), \(i)"
          )
        }
      }
    }
  }

  /// A warning where errors cannot be estimated well.
  static func fewBlocks(_ networksPerRun: Int, _ sampling: SamplingSettings) -> [StudyWarning] {
    let layout = CellLayout(
      runs: sampling.runs, samplesPerRun: networksPerRun,
      cellsPerRun: CellLayout.cellsPerRun(blocks: sampling.blocks, runs: sampling.runs))
    return StudyWarning.fewBlocks(layout.blocks).map { [$0] } ?? []
  }

  /// Generating functionals and densities: sizes, and ensembles that have them.
  private func checkOutputs(
    _ measurement: Measurement, _ cases: [StudyCase], _ points: Points
  ) throws(StudyError) {
    let name = measurement.name
    switch measurement {
    case .correlators, .kernel, .couplings, .sixPoint, .action, .independence, .cutoffFlow,
      .activeFlow, .passiveFlow, .fixedPoints, .potential,
      .symmetry, .locality, .reflectionPositivity, .observables, .identities:
      return
    case .generatingFunctional(let sources):
      for (k, list) in sources.enumerated() {
        for item in cases where list.count != points.count * item.outputs {
          throw refuse(
            "measure.\(name).sources.\(k)",
            "expected \(points.count * item.outputs) numbers, one a point\(item.outputs > 1 ? " and output" : ""), found \(list.count)"
          )
        }
      }
    case .outputDensity(let sets):
      for (k, set) in sets.enumerated() where set.contains(where: { $0 >= points.count }) {
        throw refuse(
          "measure.\(name).points.\(k)", "the study has \(points.count) points, from 0 on")
      }
    }
    for item in cases {
      guard let ensemble = item.ensemble else {
        throw refuse("measure.\(name)", "nothing is known about recorded networks")
      }
      if let reason = GeneratingFunctional.whyUnavailable(ensemble) {
        throw refuse("measure.\(name)", "not available here: \(reason)")
      }
    }
  }

  private func checkEstimator(_ item: StudyCase, _ sampling: SamplingSettings) throws(StudyError) {
    let key = "sampling.estimator"
    if sampling.estimator == .file {
      guard sampling.outputsFile != nil else {
        throw refuse(
          "sampling.outputs", "`estimator: file` needs the file of the networks' outputs")
      }
      return
    }
    if item.theory != nil {
      guard sampling.estimator == .outputs else {
        throw refuse(key, "theories are sampled by `outputs`, not \(sampling.estimator.rawValue)")
      }
      return
    }
    guard let ensemble = item.ensemble else {
      throw refuse("ensemble.hidden", "the key is missing: only `estimator: file` does without")
    }
    switch sampling.estimator {
    case .conditional:
      if let reason = Self.whyNotConditional(ensemble) { throw refuse(key, reason) }
    case .neurons:
      guard ensemble.isShallow else {
        throw refuse(key, "`neurons` needs independent hidden units: one hidden layer")
      }
    case .exact:
      if let reason = UnitMoments.whyUnavailable(ensemble) {
        throw refuse(key, "`exact` is not available here: \(reason)")
      }
    case .outputs, .file: break
    }
  }

  /// Why the last layer cannot be integrated out; nil where it can.
  static func whyNotConditional(_ ensemble: Ensemble) -> String? {
    let last = ensemble.depth - 1
    guard ensemble.weights[last].isCentredGaussian else {
      return "`conditional` needs Gaussian output weights of mean 0; use outputs"
    }
    guard ensemble.biases[last].isCentredGaussian || ensemble.biases[last].sigma == 0 else {
      return "`conditional` needs a Gaussian output bias of mean 0; use outputs"
    }
    guard ensemble.biases[last].isCentred else {
      return "`conditional` needs an output bias of mean 0; use outputs"
    }
    return nil
  }

  /// Student t has no moments at or beyond its degrees of freedom.
  private func checkMoments(_ cases: [StudyCase], _ measurement: Measurement) throws(StudyError) {
    let top = measurement.highestMoment
    for item in cases {
      guard let ensemble = item.ensemble else { continue }
      for (name, densities) in [("weights", ensemble.weights), ("biases", ensemble.biases)] {
        for (l, density) in densities.enumerated() where density.sigma > 0 {
          // A bounded unit behind it leaves all moments finite.
          let tamed = ensemble.hidden.dropFirst(l).contains {
            $0.activation.unit.growth == .bounded
          }
          if let dof = density.dof, Double(top) >= dof, !tamed {
            throw refuse(
              measurement.orders.isEmpty
                ? "measure.\(measurement.name)" : "measure.correlators.orders",
              "order \(top) does not exist: \(name) of layer \(l + 1) are student-t with \(dof) degrees of freedom"
            )
          }
        }
      }
    }
  }
}
