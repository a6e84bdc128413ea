import Engineering
import Statistics

/// One quantity of the `observables` measurement.
public struct ObservableResult: Sendable, Codable {
  public typealias Quantity = FieldQuantity.Name

  public var quantity: Quantity
  /// The distance of a correlator or an effective mass.
  public var time: Double?
  /// With the exact value at this width, where the theory is free.
  public var estimate: Estimate
}

/// A quantity against 1/N.
public struct ObservableFit: Sendable, Codable {
  /// Of the swept values but the width.
  public var parameters: [String: JSONValue]?
  public var quantity: FieldQuantity.Name
  public var time: Double?
  public var widths: [Int]
  /// c0 with its statistical error.
  public var limit: Estimate
  /// What c0 changes by when the smallest width is left out, or one power more is fitted.
  public var systematic: Double
  /// c0, c1, ... of c0 + c1/N + c2/N^2.
  public var coefficients: [Double]
  public var chi_square: Double
  public var degrees: Int
  /// Of infinite width, where it is known; with where it comes from.
  public var exact: Double?
  public var source: String?
  /// By lattice Monte Carlo.
  public var lattice: Estimate?
}

/// Lattice Monte Carlo beside the networks of a torus.
public struct LatticeReference: Sendable, Codable {
  public var parameters: [String: JSONValue]?
  public var size: Int
  public var mass_squared: Double
  public var coupling: Double
  public var trajectories: Int
  public var acceptance: Double
  public var exp_minus_dh: Estimate
  public var r_hat: Double
  public var observables: LatticeObservables
  public var warnings: [String]
}

/// The chains, or the weights, that drew an interacting theory.
public struct ChainResult: Sendable, Codable {
  public struct Autocorrelation: Sendable, Codable {
    public var observable: String
    /// Integrated, in sweeps.
    public var tau: Estimate
    public var r_hat: Double
    /// Second half of the chains less the first, in sigmas.
    public var drift: Double?
    /// rho(t), t in sweeps.
    public var rho: [Double]
  }

  public var sampler: String
  public var chains: Int?
  public var sweeps: Int?
  public var thermalisation: Int?
  public var stride: Int?
  public var neuron_acceptance: Double?
  public var trajectory_acceptance: Double?
  public var exp_minus_dh: Estimate?
  public var step: Double?
  public var length: Double?
  public var autocorrelation: [Autocorrelation]?
  /// Of reweighting: (sum w)^2 / sum w^2.
  public var effective_networks: Double?
  public var effective_share: Double?
  public var trustworthy: Bool
  /// Why not.
  public var reasons: [String]
}

/// One identity of the `identities` measurement.
public struct IdentityResult: Sendable, Codable {
  public enum Verdict: String, Sendable, Codable {
    case holds, broken
    /// The test had nothing to decide from.
    case undecided
  }

  public var identity: String
  public var order: Int
  public var statements: Int
  /// Of Hotelling's T^2 over all of them; absent where nothing can be decided.
  public var p_value: Double?
  /// Of both tests, corrected for all identities of the case (Holm).
  public var p_adjusted: Double?
  public var largest: LargestComponent?
  public var verdict: Verdict
  /// Why the sample decides nothing, where it does not.
  public var undecided: String?
}
