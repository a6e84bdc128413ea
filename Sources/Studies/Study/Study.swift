import Correlators
import Engineering
import Ensembles
import Foundation
import Sampling

/// How the correlators of a study are estimated.
public enum Estimator: String, Sendable, Hashable, Codable, CaseIterable {
  /// Products of the outputs, averaged over networks.
  case outputs
  /// The output weights and biases integrated out, given the hidden layers.
  case conditional
  /// Moments of single hidden units, then exact formulas for every width.
  case neurons
  /// Closed forms and quadrature: nothing is drawn.
  case exact
  /// Outputs of the user's own networks.
  case file
}

/// The `sampling` section of a study.
public struct SamplingSettings: Sendable, Hashable {
  /// Blocks below which errors are themselves uncertain.
  public static let fewestBlocks = 64

  public var estimator: Estimator
  /// Networks (for `neurons`, hidden units) per run.
  public var networks: Int
  public var runs: Int
  public var seed: UInt64
  public var form: CorrelatorAnalysis.Form
  /// Importance sampling of `gauss` units, each product with its own density.
  public var tilt: Bool
  /// Fixed sets of networks, at least this many, for all errors and covariances.
  public var blocks: Int
  public var saveOutputs: Bool
  /// Relative error of the deviations at which sampling ends early.
  public var targetError: Double?
  /// For `file`: the array [network][point][output].
  public var outputsFile: String?

  /// As `networks`: of recorded networks, all that are there.
  public static let allNetworks = 1 << 40

  public init(
    estimator: Estimator = .conditional, networks: Int = 100_000, runs: Int = 10, seed: UInt64 = 1,
    form: CorrelatorAnalysis.Form = .unbiased, tilt: Bool = false, blocks: Int = 256,
    saveOutputs: Bool = false, targetError: Double? = nil, outputsFile: String? = nil
  ) {
    self.estimator = estimator
    self.networks = networks
    self.runs = runs
    self.seed = seed
    self.form = form
    self.tilt = tilt
    self.blocks = blocks
    self.saveOutputs = saveOutputs
    self.targetError = targetError
    self.outputsFile = outputsFile
  }
}

/// What the fields of a case are: an ensemble of networks, or only sizes where the networks come
/// from a file.
public struct StudyCase: Sendable, Hashable {
  /// Values of the swept keys, by their short names.
  public var parameters: [String: JSONValue]
  /// nil where nothing is known about the networks but their sizes.
  public let ensemble: Ensemble?
  public let outputs: Int
  /// A kernel given with networks from a file, or the propagator of a theory.
  public var kernel: [[Double]]?
  /// A theory built from a density of parameters, in place of an ensemble.
  public let theory: FreeScalar?
  /// By which the density of the theory's parameters is deformed; nil: it is free.
  public let interaction: ScalarInteraction?

  public init(
    parameters: [String: JSONValue] = [:], ensemble: Ensemble?, outputs: Int,
    kernel: [[Double]]? = nil, theory: FreeScalar? = nil, interaction: ScalarInteraction? = nil
  ) {
    self.parameters = parameters
    self.ensemble = ensemble
    self.outputs = outputs
    self.kernel = kernel
    self.theory = theory
    self.interaction = interaction
  }

  /// The width of the only hidden layer, if there is just one.
  public var width: Int? {
    theory?.width ?? ensemble.flatMap { $0.isShallow ? $0.hidden[0].width : nil }
  }

  /// The dimension of space; nil where nothing is known.
  var inputs: Int? { theory?.dimension ?? ensemble?.inputs }

  /// The theory where it is free, and so exactly known.
  var freeTheory: FreeScalar? { interaction == nil ? theory : nil }

  /// Whether odd correlators vanish identically; nil where nothing is known.
  public var isEven: Bool? {
    theory != nil ? interaction?.isEven ?? true : ensemble?.oddCorrelatorsVanish
  }

  /// Names the random streams of a theory.
  var theoryName: String? {
    theory.map { t in interaction.map { "\(t.name) \($0.name)" } ?? t.name }
  }

  public var label: String {
    parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }
      .joined(separator: ", ")
  }
}

/// A study: ensembles, points, how to sample, what to measure. Read from a file by `StudyFile`,
/// or built by hand.
public struct Study: Sendable {
  public let title: String
  public let cases: [StudyCase]
  public let points: Points
  public let sampling: SamplingSettings
  public let measurements: [Measurement]
  /// The study with every default written out, as it stands in results.
  public let expanded: JSONValue
  /// What was skipped or adjusted, with the reason.
  public let notes: [StudyWarning]
  /// The file of the user's own networks.
  let recorded: RecordedFile?
  private let tables: [InputFile]

  /// Every file that the study reads, with the hash of its content.
  /// - Throws: `StudyError` where one cannot be read to its end.
  public func inputFiles() throws(StudyError) -> [InputFile] {
    guard let recorded else { return tables }
    return tables + [try recorded.inputFile()]
  }

  /// - Throws: `StudyError` (65) where the parts do not fit together.
  public init(
    title: String, cases: [StudyCase], points: Points, sampling: SamplingSettings,
    measurements: [Measurement], sweeps: [String: JSONValue] = [:], source: String = "study"
  ) throws(StudyError) {
    try self.init(
      title: title, cases: cases, points: points, sampling: sampling, measurements: measurements,
      sweeps: sweeps, source: source, tables: [], notes: [])
  }

  /// - Parameters:
  ///   - tables: the files that its numbers were read from.
  ///   - found: what was noticed while they were read.
  init(
    title: String, cases: [StudyCase], points: Points, sampling: SamplingSettings,
    measurements: [Measurement], sweeps: [String: JSONValue], source: String,
    tables: [InputFile], notes found: [StudyWarning]
  ) throws(StudyError) {
    let checked = try StudyValidation(source: source).check(
      cases: cases, points: points, sampling: sampling, measurements: measurements)
    self.title = title
    self.cases = cases
    self.points = points
    self.sampling = checked.sampling
    self.measurements = checked.measurements
    self.tables = tables
    var notes = found + checked.notes
    var recorded: RecordedFile?
    if sampling.estimator == .file, let path = sampling.outputsFile {
      let file = try RecordedFile(path: path, source: source)
      let division = try file.division(
        points: points.count, outputs: cases[0].outputs, checked.sampling)
      notes += division.notes
      notes += StudyValidation.fewBlocks(division.networksPerRun, sampling)
      recorded = file
    }
    self.recorded = recorded
    self.notes = notes
    expanded = ExpandedStudy.json(
      title: title, cases: cases, points: points, sampling: checked.sampling,
      measurements: checked.measurements, sweeps: sweeps)
  }
}

/// Something about the results that their reader must know.
public struct StudyWarning: Sendable, Hashable, Codable {
  public let code: String
  public let message: String
  /// Case and quantity.
  public let `where`: String

  public init(code: String, message: String, where place: String) {
    self.code = code
    self.message = message
    self.where = place
  }

  /// Errors from few blocks of networks; nil where there are enough of them.
  static func fewBlocks(_ blocks: Int) -> StudyWarning? {
    guard blocks < SamplingSettings.fewestBlocks else { return nil }
    return StudyWarning(
      code: "few-blocks",
      message: blocks < 2
        ? "the networks make one block of \(batchSize) only: nothing can be left out, and no error is known; draw \(SamplingSettings.fewestBlocks * batchSize) networks or more"
        : "errors come from \(blocks) blocks of networks only: they are uncertain by \(Int((100 / (2 * Double(blocks - 1)).squareRoot()).rounded()))%, and too small where few networks decide, in connected parts above all; draw \(SamplingSettings.fewestBlocks * batchSize) networks or more",
      where: "sampling.networks")
  }
}
