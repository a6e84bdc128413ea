import Correlators
import Foundation
import Kernels
import NumericalMethods
import Statistics

/// Everything a run found: `results.json`.
public struct Results: Sendable, Codable {
  public var fieldwork: RunRecord
  public var warnings: [StudyWarning]
  public var cases: [CaseResult]
  public var fits: Fits

  public struct Fits: Sendable, Codable {
    public var correlators: [WidthFit]?
    public var active_flow: ActiveFlowFit?
    /// They depend on the dimension alone, not on the case.
    public var fixed_points: FixedPointList?
    public var observables: [ObservableFit]?
    public var lattice: [LatticeReference]?
  }
}

/// How and when the results came about: the only part that differs between two runs of one study.
public struct RunRecord: Sendable, Codable {
  public var version = ""
  public var study = JSONValue.null
  /// The files that the study read.
  public var files: [InputFile]?
  public var seed: UInt64 = 0
  public var started = ""
  public var seconds = 0.0
  public var networks_per_second: Double?
  public var instruction_set = ""
  public var threads = 0
  /// Of observables, where these were drawn in this session.
  public var costs: [CostRecord]?
}

/// The results of one combination of swept values. One key per measurement.
public struct CaseResult: Sendable, Codable {
  public var parameters: [String: JSONValue]
  /// Networks (for `neurons`, units) drawn in each run; absent where nothing is drawn.
  public var networks: Int?
  public var runs: Int?
  /// Fixed sets of networks that errors and covariances come from.
  public var blocks: Int?
  /// K(x_i, x_j) of infinite width; null where there is none.
  public var kernel: [[Double]]?
  public var kernel_error: Double?
  /// How exact correlators were computed; absent where there are none.
  public var exact: ExactRecord?
  /// Relative size of what follows the leading order in depth/width.
  public var next_term: Double?
  public var correlators: [CorrelatorResult]?
  public var layers: [LayerResult]?
  public var generating_functional: [GeneratingResult]?
  /// One entry for each set of points; null where there is no density.
  public var output_density: [OutputDensity?]?
  public var couplings: [CouplingResult]?
  public var six_point: [SixPointResult]?
  public var action: ActionResult?
  public var independence: IndependenceResult?
  public var cutoff_flow: CutoffFlowResult?
  public var couplings_at_scale: ScaleCouplings?
  public var passive_flow: [PassiveFlowPoint]?
  public var passive_flow_start: PassiveFlowResult?
  /// null where the passive flow has none.
  public var pole: PolePoint?
  public var potential: PotentialResult?
  public var symmetry: [SymmetryResult]?
  public var symmetry_prediction: SymmetryPredictionResult?
  public var locality: [LocalityResult]?
  /// All verdicts in one sentence.
  public var locality_summary: String?
  public var reflection_positivity: PositivityResult?
  /// How an interacting theory was drawn.
  public var chains: ChainResult?
  public var observables: [ObservableResult]?
  public var identities: [IdentityResult]?
  public var histogram: Histogram?

  enum CodingKeys: String, CodingKey {
    case parameters, networks, runs, blocks, kernel, kernel_error, exact, next_term
    case correlators, layers, generating_functional, output_density, couplings, six_point, action
    case independence, cutoff_flow, couplings_at_scale, passive_flow, passive_flow_start, pole
    case potential, symmetry, symmetry_prediction, locality, locality_summary
    case reflection_positivity, chains, observables, identities
    case histogram
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(parameters, forKey: .parameters)
    try container.encodeIfPresent(networks, forKey: .networks)
    try container.encodeIfPresent(runs, forKey: .runs)
    try container.encodeIfPresent(blocks, forKey: .blocks)
    try container.encode(kernel, forKey: .kernel)
    try container.encode(kernel_error, forKey: .kernel_error)
    try container.encodeIfPresent(exact, forKey: .exact)
    try container.encodeIfPresent(next_term, forKey: .next_term)
    try container.encodeIfPresent(correlators, forKey: .correlators)
    try container.encodeIfPresent(layers, forKey: .layers)
    try container.encodeIfPresent(generating_functional, forKey: .generating_functional)
    try container.encodeIfPresent(output_density, forKey: .output_density)
    try container.encodeIfPresent(couplings, forKey: .couplings)
    try container.encodeIfPresent(six_point, forKey: .six_point)
    try container.encodeIfPresent(action, forKey: .action)
    try container.encodeIfPresent(independence, forKey: .independence)
    try container.encodeIfPresent(cutoff_flow, forKey: .cutoff_flow)
    try container.encodeIfPresent(couplings_at_scale, forKey: .couplings_at_scale)
    try container.encodeIfPresent(passive_flow, forKey: .passive_flow)
    try container.encodeIfPresent(passive_flow_start, forKey: .passive_flow_start)
    if passive_flow != nil { try container.encode(pole, forKey: .pole) }
    try container.encodeIfPresent(potential, forKey: .potential)
    try container.encodeIfPresent(symmetry, forKey: .symmetry)
    try container.encodeIfPresent(symmetry_prediction, forKey: .symmetry_prediction)
    try container.encodeIfPresent(locality, forKey: .locality)
    try container.encodeIfPresent(locality_summary, forKey: .locality_summary)
    try container.encodeIfPresent(reflection_positivity, forKey: .reflection_positivity)
    try container.encodeIfPresent(chains, forKey: .chains)
    try container.encodeIfPresent(observables, forKey: .observables)
    try container.encodeIfPresent(identities, forKey: .identities)
    try container.encodeIfPresent(histogram, forKey: .histogram)
  }

  public var label: String {
    parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }
      .joined(separator: ", ")
  }

  /// The width, where it is one number.
  public var width: Double? {
    switch parameters["width"] {
    case .integer(let n)?: Double(n)
    case .number(let x)?: x
    default: nil
    }
  }
}

/// W[J] and the characteristic function phi(J) for one set of sources, one a point and output.
public struct GeneratingResult: Sendable, Codable {
  public var sources: [Double]
  /// null where W is infinite, with the reason.
  public var log_z: Double?
  public var log_z_error: Double?
  public var reason: String?
  public var characteristic: Double?
  public var characteristic_error: Double?

  enum CodingKeys: String, CodingKey {
    case sources, log_z, log_z_error, reason, characteristic, characteristic_error
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(sources, forKey: .sources)
    try container.encode(log_z, forKey: .log_z)
    try container.encode(log_z_error, forKey: .log_z_error)
    try container.encodeIfPresent(reason, forKey: .reason)
    try container.encodeIfPresent(characteristic, forKey: .characteristic)
    try container.encodeIfPresent(characteristic_error, forKey: .characteristic_error)
  }
}

/// Where the exact correlators of a case come from.
public struct ExactRecord: Sendable, Codable {
  public var method: UnitMoments.Method
  /// Independent Gaussian directions of the pre-activations.
  public var directions: Int
}

/// One order of the `correlators` measurement.
public struct CorrelatorResult: Sendable, Codable {
  public var order: Int
  public var elements: [CorrelatorElement]
  /// Mean over elements of |m_n|.
  public var deviation: Estimate
  /// Mean over elements of |Gc_n| / |G_GP|.
  public var connected_deviation: Estimate
  public var excluded: Int
  public var background: Background
  /// Of the two-point function against its exact value.
  public var chi_square: ChiSquare?
  /// Eigenmodes of the covariance above 1e-6 of the largest.
  public var covariance_modes: Int?
  /// Covariance of the connected elements; in `data.h5` only.
  public var covariance: SymmetricMatrix?

  enum CodingKeys: String, CodingKey {
    case order, elements, deviation, connected_deviation, excluded, background, chi_square
    case covariance_modes
  }

  init(_ correlator: Correlator) {
    order = correlator.order
    elements = correlator.elements
    deviation = correlator.deviation
    connected_deviation = correlator.connectedDeviation
    excluded = correlator.excluded
    background = correlator.background
    chi_square = correlator.chiSquare
    covariance = correlator.covariance
    covariance_modes = correlator.covariance.map { $0.leadingModes().count }
  }
}

/// The distribution of one output at one point, with the Gaussian of the free theory.
public struct Histogram: Sendable, Codable {
  public var point: Int
  public var networks: Int
  /// Standard deviation of the free theory (of the sample where there is none).
  public var sigma: Double
  /// Edges in units of sigma.
  public var edges: [Double]
  /// Density in units of 1/sigma, with its binomial error.
  public var density: [Double]
  public var error: [Double]
}

extension Results {
  public static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  public func json() throws -> Data {
    let encoder = Self.encoder()
    encoder.outputFormatting.insert(.prettyPrinted)
    return try encoder.encode(self)
  }

  /// The parts that two runs of one study share, byte by byte.
  public func reproducibleJSON() throws -> Data {
    struct Shared: Encodable {
      let cases: [CaseResult]
      let fits: Fits
      let warnings: [StudyWarning]
    }
    return try Self.encoder().encode(Shared(cases: cases, fits: fits, warnings: warnings))
  }
}
