import Correlators
import EffectiveAction
import Foundation
import Statistics

/// A cutoff in results: a number, or "inf" for all space.
public struct Cutoff: Sendable, Hashable, Codable, CustomStringConvertible {
  public let value: Double

  public init(_ value: Double) { self.value = value }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    value = (try? container.decode(Double.self)) ?? .infinity
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value == .infinity { try container.encode("inf") } else { try container.encode(value) }
  }

  public var description: String { value == .infinity ? "inf" : String(format: "%g", value) }
}

/// The `couplings` measurement at one cutoff.
public struct CouplingResult: Sendable, Codable {
  public struct Element: Sendable, Codable {
    public var indices: [Int]
    public var integral: Double
    public var integral_error: Double
    /// No value where the integral vanishes.
    public var lambda: Estimate?
    /// For six points.
    public var kappa: Estimate?
  }

  /// |prediction / measured - 1| over the elements: at the points fitted to, and at test points.
  public struct Deviation: Sendable, Codable {
    public var train: Estimate
    public var train_maximum: Estimate
    public var test: Estimate?
    public var test_maximum: Estimate?
  }

  public struct Sextic: Sendable, Codable {
    public var mean: Estimate
    public var without_exchange: Estimate
    public var elements: [Element]
  }

  public var cutoff: Cutoff
  /// Lines to a vertex: `weights` (K_W) or `full` (K).
  public var vertex: Propagator.VertexLines
  /// Fitted couplings by name.
  public var terms: [String: Estimate]
  /// null where there is no fit, or it is singular.
  public var condition_number: Double?
  public var correlation: [[Double]]?
  public var unidentifiable: [String]?
  public var modes: Int?
  public var chi_square: ChiSquare?
  public var mape: Deviation?
  /// Mean of lambda over tuples.
  public var mean: Estimate
  /// Mean of log10(|lambda| L^(d+4)), for homogeneous kernels.
  public var log_mean: Estimate?
  public var negative_integrals: Double
  public var excluded: Int
  public var elements: [Element]
  public var kappa: Sextic?

  public init(_ c: Couplings, vertex: Propagator.VertexLines) {
    cutoff = Cutoff(c.cutoff)
    self.vertex = vertex
    terms = [:]
    if let fit = c.fit {
      for (term, value) in zip(fit.terms, fit.values) { terms[term.rawValue] = value }
      condition_number = fit.conditionNumber
      correlation = fit.correlation
      unidentifiable = fit.unidentifiable.isEmpty ? nil : fit.unidentifiable
      modes = fit.modes
      chi_square = fit.chiSquare
      mape = Deviation(
        train: fit.train.mean, train_maximum: fit.train.maximum, test: fit.test?.mean,
        test_maximum: fit.test?.maximum)
    }
    mean = c.mean
    log_mean = c.logMean
    negative_integrals = c.negativeIntegrals
    excluded = c.excluded
    func element(_ e: Couplings.Element, sextic: Bool) -> Element {
      Element(
        indices: e.indices, integral: e.integral.value, integral_error: e.integral.error,
        lambda: sextic ? nil : e.coupling, kappa: sextic ? e.coupling : nil)
    }
    elements = c.elements.map { element($0, sextic: false) }
    kappa = c.sextic.map {
      Sextic(
        mean: $0.mean, without_exchange: $0.withoutExchange,
        elements: $0.elements.map { element($0, sextic: true) })
    }
  }

  enum CodingKeys: String, CodingKey {
    case cutoff, vertex, terms, condition_number, correlation, unidentifiable, modes, chi_square
    case mape, mean, log_mean, negative_integrals, excluded, elements, kappa
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(cutoff, forKey: .cutoff)
    try container.encode(vertex, forKey: .vertex)
    try container.encode(terms, forKey: .terms)
    try container.encode(condition_number, forKey: .condition_number)
    try container.encodeIfPresent(correlation, forKey: .correlation)
    try container.encodeIfPresent(unidentifiable, forKey: .unidentifiable)
    try container.encodeIfPresent(modes, forKey: .modes)
    try container.encodeIfPresent(chi_square, forKey: .chi_square)
    try container.encodeIfPresent(mape, forKey: .mape)
    try container.encode(mean, forKey: .mean)
    try container.encodeIfPresent(log_mean, forKey: .log_mean)
    try container.encode(negative_integrals, forKey: .negative_integrals)
    try container.encode(excluded, forKey: .excluded)
    try container.encode(elements, forKey: .elements)
    try container.encodeIfPresent(kappa, forKey: .kappa)
  }
}

/// The `six-point` measurement at one cutoff: means over tuples, and the tuples.
public struct SixPointResult: Sendable, Codable {
  public struct Element: Sendable, Codable {
    public var indices: [Int]
    public var gaussian_ratio: Estimate
    public var prediction_ratio: Estimate
    public var tuple_prediction_ratio: Estimate
  }

  public var cutoff: Cutoff
  /// G6_GP / G6.
  public var gaussian_ratio: Estimate
  /// With the mean coupling.
  public var prediction_ratio: Estimate
  /// With the coupling of each tuple, which is its Gc4.
  public var tuple_prediction_ratio: Estimate
  public var elements: [Element]

  public init(_ p: SixPointPrediction) {
    cutoff = Cutoff(p.cutoff)
    gaussian_ratio = p.gaussian
    prediction_ratio = p.prediction
    tuple_prediction_ratio = p.perTuple
    elements = p.elements.map {
      Element(
        indices: $0.indices, gaussian_ratio: $0.gaussian, prediction_ratio: $0.prediction,
        tuple_prediction_ratio: $0.perTuple)
    }
  }
}

/// An element of a coupling tensor.
public struct TensorElement: Sendable, Codable {
  public var indices: [Int]
  public var value: Double?
  public var error: Double?
  public var degrees: Double?
  public var exact: Double?

  init(indices: [Int], _ estimate: Estimate) {
    self.indices = indices
    value = estimate.value
    error = estimate.error
    degrees = estimate.degrees
    exact = estimate.exact
  }

  public var estimate: Estimate {
    Estimate(value: value, error: error, degrees: degrees, exact: exact)
  }
}

/// The `action` measurement: S = g0 + g1 phi + g2 phi^2/2! + g3 phi^3/3! + g4 phi^4/4! + g6 phi^6/6!,
/// phi = f - mean.
public struct ActionResult: Sendable, Codable {
  /// S at given field values, through each order.
  public struct Value: Sendable, Codable {
    public var field: [Double]
    public var gaussian: Double?
    public var gaussian_error: Double?
    public var first: Double?
    public var first_error: Double?
    public var second: Double?
    public var second_error: Double?
    public var exact: Double?
    /// dS/df of the highest order.
    public var gradient: [Estimate]

    init(field: [Double], orders: [Estimate], exact: Double?, gradient: [Estimate]) {
      self.field = field
      func order(_ k: Int) -> Estimate? { orders.indices.contains(k) ? orders[k] : nil }
      (gaussian, gaussian_error) = (order(0)?.value, order(0)?.error)
      (first, first_error) = (order(1)?.value, order(1)?.error)
      (second, second_error) = (order(2)?.value, order(2)?.error)
      self.exact = exact
      self.gradient = gradient
    }
  }

  /// S along a straight line through the mean.
  public struct Curve: Sendable, Codable {
    public var points: [Int]
    public var direction: [Double]
    /// Standard deviation of the field along the direction.
    public var sigma: Double
    /// Distance along the direction.
    public var fields: [Double]
    /// S through each order: gaussian, first, second.
    public var orders: [[Double?]]
    public var errors: [[Double?]]
    public var exact: [Double?]?

    init(
      points: [Int], direction: [Double], sigma: Double, fields: [Double], orders: [[Estimate]],
      exact: [Double?]?
    ) {
      self.points = points
      self.direction = direction
      self.sigma = sigma
      self.fields = fields
      self.orders = orders.map { $0.map(\.value) }
      errors = orders.map { $0.map(\.error) }
      self.exact = exact
    }
  }

  public var order: Int
  public var mean: [Double]?
  public var g0: [TensorElement] = []
  public var g1: [TensorElement]?
  public var g2: [TensorElement] = []
  public var g3: [TensorElement]?
  public var g4: [TensorElement]?
  public var g6: [TensorElement]?
  public var condition_number: Double
  /// A direction in which the truncated action falls without bound.
  public var unbounded: [Double]?
  public var values: [Value] = []
  public var curves: [Curve] = []

  init(order: Int, condition_number: Double) {
    self.order = order
    self.condition_number = condition_number
  }

  mutating func set(_ power: Int, _ elements: [TensorElement]) {
    switch power {
    case 1: g1 = elements
    case 2: g2 = elements
    case 3: g3 = elements
    case 4: g4 = elements
    case 6: g6 = elements
    default: break
    }
  }

  /// The tensors that are there, by name.
  public var tensors: [(name: String, elements: [TensorElement])] {
    [("g0", g0), ("g1", g1), ("g2", g2), ("g3", g3), ("g4", g4), ("g6", g6)]
      .compactMap { name, elements in elements.map { (name, $0) } }
  }
}

/// The `independence` measurement: the connected four-point function and its parts.
public struct IndependenceResult: Sendable, Codable {
  public struct Element: Sendable, Codable {
    public var indices: [Int]
    public var connected: Estimate
    public var finite_width: Estimate?
    public var correlation: Estimate?
    /// d Gc4 / d strength.
    public var response: Estimate?

    init(indices: [Int], connected: Estimate) {
      self.indices = indices
      self.connected = connected
    }
  }

  public var correlation: String
  public var strength: Double
  public var elements: [Element]
}
