import EffectiveAction
import Foundation
import Renormalization
import Statistics

/// The `cutoff-flow` measurement: couplings, beta functions and exponents against the cutoff.
public struct CutoffFlowResult: Sendable, Codable {
  public struct Point: Sendable, Codable {
    public var cutoff: Cutoff
    public var value: Double?
    public var error: Double?
    public var exact: Double?
  }

  public struct Sextic: Sendable, Codable {
    public var kappa: [Point]
    public var beta: [Point]
    public var exponent: [Point]
    public var slope: Estimate?
    public var behaviour: CutoffFlow.Behaviour?
  }

  public var vertex: Propagator.VertexLines
  public var lambda: [Point]
  public var beta: [Point]
  /// beta / lambda tuple by tuple, mean over tuples.
  public var exponent: [Point]
  /// Of log10 |lambda| against log10 of the cutoff.
  public var slope: Estimate?
  public var intercept: Estimate?
  /// As the cutoff is lowered, at the largest one.
  public var behaviour: CutoffFlow.Behaviour?
  public var sextic: Sextic?
  public var negative_integrals: Double

  public init(_ flow: CutoffFlow, vertex: Propagator.VertexLines) {
    func points(_ values: [Estimate]) -> [Point] {
      zip(flow.cutoffs, values).map {
        Point(cutoff: Cutoff($0), value: $1.value, error: $1.error, exact: $1.exact)
      }
    }
    func plain(_ values: [Double]) -> [Point] { points(values.map { .exactly($0) }) }
    self.vertex = vertex
    lambda = points(flow.lambda.values)
    beta = points(flow.lambda.beta)
    exponent = plain(flow.lambda.exponent)
    slope = flow.lambda.slope
    intercept = flow.lambda.intercept
    behaviour = flow.lambda.behaviour
    sextic = flow.kappa.map {
      Sextic(
        kappa: points($0.values), beta: points($0.beta), exponent: plain($0.exponent),
        slope: $0.slope, behaviour: $0.behaviour)
    }
    negative_integrals = flow.negativeIntegrals
  }
}

/// The `active-flow` measurement of one ensemble: its couplings in three normalisations.
public struct ScaleCouplings: Sendable, Codable {
  public struct Set: Sendable, Codable {
    public var u2: Double
    public var u4: Estimate
    public var u6: Estimate
  }

  public var sigma_w: Double
  public var m0_squared: Double
  /// Amputated with K_W: what is measured.
  public var raw: Set
  /// The kinetic term is p^2.
  public var canonical: Set
  /// Canonical, in units of m0: does not depend on sigma_w at dilated points.
  public var dimensionless: Set
  /// Closed forms at coincident points at the origin, for Gauss-nets.
  public var origin: NetworkCouplings?
  /// Largest deviation from the dilatation identity, relative; null where no exact value is known.
  public var dilatation: Double?
}

/// The fits of an active flow: log10 |u4| against log10 sigma_w.
public struct ActiveFlowFit: Sendable, Codable {
  public struct Line: Sendable, Codable {
    public var slope: Estimate
    public var intercept: Estimate
  }

  public struct Group: Sendable, Codable {
    /// Values of the other swept parameters.
    public var parameters: [String: String]
    public var raw: Line
    public var canonical: Line
  }

  /// Of the first group.
  public var raw: Line
  public var canonical: Line
  public var groups: [Group]
}

/// The `passive-flow` measurement.
public struct PassiveFlowResult: Sendable, Codable {
  public var kernel: PolynomialFlow.Kernel
  public var normalisation: String
  /// At k = 0.
  public var start: NetworkCouplings
  /// How far the end of the flow moves when u4 at k = 0 is raised by its error.
  public var u4_error: Double?
  /// The one-loop shift of u2, (1/2)(4 pi)^(-d/2) |u4| in units of m0: below about 0.1 the ensemble is
  /// perturbative, close to the Gaussian point.
  public var one_loop: Double
  /// Where the flow comes closest to the Gaussian fixed point, and to the Wilson-Fisher point of the same
  /// truncation (in 2 < d < 4): distances in the plane of u2/k^2 and V_d u4 k^(d-4); absent for the full
  /// kernel.
  public var gaussian: Nearest?
  public var wilson_fisher: Nearest?

  public struct Nearest: Sendable, Codable {
    public var distance: Double
    public var k: Double
  }
}

/// Couplings at one scale.
public struct PassiveFlowPoint: Sendable, Codable {
  public var k: Double
  public var u2: Double
  public var u4: Double
  public var u6: Double
  /// Distances from the fixed points at this scale.
  public var gaussian: Double?
  public var wilson_fisher: Double?
}

/// Where a flow ends in a pole.
public struct PolePoint: Sendable, Codable {
  public var k: Double

  public init(k: Double) { self.k = k }
}
