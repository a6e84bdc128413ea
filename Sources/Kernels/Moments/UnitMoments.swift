import Combinatorics
import Ensembles
import Foundation
import NumericalMethods

/// Moments M_n = E[s(z_1)...s(z_n)] of one hidden unit at zero-mean Gaussian pre-activations, for
/// all unique tuples of points, with what is known of their numerical error.
public struct UnitMoments: Sendable {
  /// How the moments were computed.
  public enum Method: String, Sendable, Codable, Hashable {
    case closedForm = "closed form"
    /// Equally spaced rule over the independent directions.
    case quadrature
    /// Exact radial part, angles split at the kinks.
    case polar = "polar quadrature"
    /// Gauss-Legendre between the kinks of a formula.
    case piecewise = "piecewise quadrature"
    case quasiMonteCarlo = "quasi-Monte Carlo"
  }

  public typealias Uncertainty = NumericalTensors.Uncertainty

  /// `values[n][i]` for tuple i of `Multisets(slots: points, order: n)`; order 0 is [1].
  public internal(set) var values: [[Double]]
  public internal(set) var uncertainty: Uncertainty
  /// Bounds on the rounding error of each value.
  public internal(set) var rounding: [[Double]]
  public let method: Method
  /// Independent Gaussian directions: the rank of the covariance.
  public let directions: Int
  /// What the unit's own cumulants follow from, where moments would lose them.
  var fluctuation: Fluctuation?

  /// The unit about a value that does not fluctuate.
  enum Fluctuation: Sendable {
    /// Moments of t = s - base.
    case deviations(NumericalTensors, base: Double)
    /// The cumulants themselves.
    case cumulants(NumericalTensors)
  }

  /// - Parameter rounding: bounds on rounding; nil for a sum of products over nodes.
  init(
    values: [[Double]], uncertainty: Uncertainty = .none, rounding: [[Double]]? = nil,
    method: Method, directions: Int
  ) {
    self.values = values
    self.uncertainty = uncertainty
    self.rounding = rounding ?? Self.roundingOfSums(values)
    self.method = method
    self.directions = directions
  }

  public struct Unavailable: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
  }

  /// A function of the moments, element by element, with the numerical errors of the rule.
  public func map(_ transform: ([[Double]]) -> [[Double]]) -> (
    values: [[Double]], errors: [[Double]]
  ) {
    let own = transform(values)
    return (own, uncertainty.errors(own, transform))
  }

  /// The moments of the hidden unit of a network with one hidden layer through `order`.
  ///
  /// - Throws: `Unavailable`, saying why, where the pre-activations are not Gaussian, a moment does
  ///   not exist, or the tables do not fit into the memory of the work budget.
  public static func exact(_ ensemble: Ensemble, points: Points, order: Int) throws(Unavailable)
    -> UnitMoments
  {
    if let reason = whyUnavailable(ensemble) { throw Unavailable(description: reason) }
    return try gaussian(
      ensemble.hidden[0].activation.unit, uniformPhase: ensemble.hasUniformPhase(layer: 0),
      form: PreactivationForm(ensemble, points: points), order: order)
  }

  /// Why an ensemble has no exact moments; nil where it has (unless a moment diverges).
  public static func whyUnavailable(_ ensemble: Ensemble) -> String? {
    guard ensemble.isShallow else {
      return "exact correlators need one hidden layer; deeper networks have expansions in 1/width"
    }
    guard ensemble.weights[0].isCentredGaussian else {
      return "exact values need centred Gaussian hidden weights"
    }
    let bias = ensemble.biases[0]
    guard
      bias.isCentred,
      bias.shape == .gaussian || bias.sigma == 0 || ensemble.hasUniformPhase(layer: 0)
    else {
      return "exact values need centred Gaussian hidden biases (or a uniform phase)"
    }
    return nil
  }

  /// Whether the moments would be sums over so many tuples in so many directions that they are for
  /// those who ask: quasi-Monte Carlo beyond 10^5 tuples.
  public static func isLaborious(_ ensemble: Ensemble, points: Points, order: Int) -> Bool {
    guard whyUnavailable(ensemble) == nil,
      Multisets.count(slots: points.count, order: order) ?? .max > 100_000
    else { return false }
    let form = PreactivationForm(ensemble, points: points)
    return ClosedMoments(form).element(
      of: ensemble.hidden[0].activation.unit, uniformPhase: ensemble.hasUniformPhase(layer: 0))
      == nil
      && GaussianDirections(form.covariance).count > 3
  }

  /// The moments of a unit at Gaussian pre-activations of any covariance.
  ///
  /// Closed forms for gauss, cos, sin and linear. Otherwise the covariance is reduced to its
  /// independent directions: through three, the equally spaced rule (smooth units), polar
  /// coordinates (relu, leaky-relu), or Gauss-Legendre between the kinks (formulas); beyond three,
  /// and where these do not converge, a randomised lattice rule to 1e-5 of the largest moment of
  /// each order, with small sets of points still done deterministically.
  /// - Complexity: O(nodes x tuples); nodes: 10^2 for one direction to 10^7 for three.
  public static func gaussian(
    _ unit: any HiddenUnit, uniformPhase: Bool = false, covariance: SymmetricMatrix, order: Int
  ) throws(Unavailable) -> UnitMoments {
    try gaussian(
      unit, uniformPhase: uniformPhase, form: PreactivationForm(covariance: covariance),
      order: order)
  }

  static func gaussian(
    _ unit: any HiddenUnit, uniformPhase: Bool, form: PreactivationForm, order: Int
  ) throws(Unavailable) -> UnitMoments {
    let covariance = form.covariance
    let what = "the moments of order \(order) at \(covariance.count) points"
    if let element = ClosedMoments(form).element(of: unit, uniformPhase: uniformPhase) {
      let bytes = Self.tupleBytes(order) * tuples(points: covariance.count, order: order)
      if let refusal = WorkBudget.refusal(what, bytes: bytes) {
        throw Unavailable(description: refusal)
      }
      let stop = WorkBudget.current.stop
      let values = (0...order).map { n in
        Multisets(slots: covariance.count, order: n).tuples.map {
          stop.isStopped ? RoundedValue(value: 0, error: 0) : element($0)
        }
      }
      try checkStop()
      guard values.allSatisfy({ $0.allSatisfy(\.value.isFinite) }) else {
        throw Unavailable(description: "the moments overflow at these points")
      }
      var moments = UnitMoments(
        values: values.map { $0.map(\.value) }, rounding: values.map { $0.map(\.error) },
        method: .closedForm, directions: GaussianDirections(covariance).count)
      moments.fluctuation = closedFluctuation(unit, uniformPhase, form, order: order)
      return moments
    }
    if let refusal = WorkBudget.refusal(what, bytes: bytes(points: covariance.count, order: order))
    {
      throw Unavailable(description: refusal)
    }
    try checkExistence(unit, covariance, order: order)
    let directions = GaussianDirections(covariance)
    // A unit that does not vanish at zero is taken as its deviation from there, unless it moves with the
    // variance, as gauss does.
    let base = unit.isHomogeneous ? 0 : unit.value(0, variance: 0)
    guard base != 0, base.isFinite, base == unit.value(0, variance: 1) else {
      return try numerical(unit, covariance, directions, order: order)
    }
    let deviations = try numerical(
      DeviationUnit(unit: unit), covariance, directions, order: order)
    return UnitMoments(deviations, base: base)
  }

  private static func numerical(
    _ unit: any HiddenUnit, _ covariance: SymmetricMatrix, _ directions: GaussianDirections,
    order: Int
  ) throws(Unavailable) -> UnitMoments {
    if directions.count <= 3, let moments = deterministic(unit, directions, order: order) {
      try checkStop()
      return moments
    }
    try checkStop()
    var all = try QuasiMonteCarlo(unit: unit, directions: directions, order: order).moments()
    all.refine(unit, covariance)
    all.rounding = roundingOfSums(all.values)
    try checkStop()
    return all
  }

  private static func checkStop() throws(Unavailable) {
    guard !WorkBudget.isStopped else { throw Unavailable(description: WorkBudget.stopped) }
  }

  /// Tuples of all orders through one.
  private static func tuples(points: Int, order: Int) -> Double {
    (0...max(0, order)).reduce(0) { $0 + tupleCount(slots: points, order: $1) }
  }

  /// A listed tuple and its value.
  private static func tupleBytes(_ order: Int) -> Double { 56 + 8 * Double(order) }

  /// Bytes that moments through an order take where they are sums over nodes: every thread has its list of
  /// products and its sums, and beyond three points, where directions may be too many for a grid, there
  /// is a table for each shift, and for each shift left out.
  public static func bytes(points: Int, order: Int) -> Double {
    let sampled = points > 3
    let lists = sampled ? min(WorkBudget.current.threads, QuasiMonteCarlo.shifts) : 1
    let tables = sampled ? 2 * QuasiMonteCarlo.shifts + 2 : 3
    return tuples(points: points, order: order)
      * (Double(lists) * (3 * tupleBytes(order) + 100) + 8 * Double(tables))
  }

  private static func deterministic(
    _ unit: any HiddenUnit, _ directions: GaussianDirections, order: Int
  ) -> UnitMoments? {
    if unit.isSmooth {
      return SmoothQuadrature(unit: unit, directions: directions, order: order).moments()
    }
    if unit.isHomogeneous {
      return PolarQuadrature(unit: unit, directions: directions, order: order).moments()
    }
    return PiecewiseQuadrature(unit: unit, directions: directions, order: order).moments()
  }

  /// Replaces the elements whose points span at most three directions, for pairs and triples of
  /// points, by deterministic values.
  private mutating func refine(_ unit: any HiddenUnit, _ covariance: SymmetricMatrix) {
    let points = covariance.count
    guard points <= 12 else { return }
    let sets = values.indices.map { Multisets(slots: points, order: $0) }
    for triple in Multisets(slots: points, order: min(3, points)).tuples
    where Set(triple).count == min(3, points) {
      let part = SymmetricMatrix(count: triple.count) { covariance[triple[$0], triple[$1]] }
      guard
        let own = Self.deterministic(unit, GaussianDirections(part), order: values.count - 1)
      else { continue }
      for n in 1..<values.count {
        for (i, tuple) in Multisets(slots: triple.count, order: n).tuples.enumerated() {
          let place = sets[n].index(of: tuple.map { triple[$0] })
          values[n][place] = own.values[n][i]
          guard case .shiftsLeftOut(var tables) = uncertainty else { continue }
          for t in tables.indices { tables[t][n][place] = own.values[n][i] }
          uncertainty = .shiftsLeftOut(tables)
        }
      }
    }
  }

  /// Moments of a formula that outgrows the Gaussian density, or has a pole of too high a power, do not exist.
  static func checkExistence(
    _ unit: any HiddenUnit, _ covariance: SymmetricMatrix, order: Int
  ) throws(Unavailable) {
    let sigma = (0..<covariance.count).map { covariance[$0, $0] }.max()?.squareRoot() ?? 0
    for pole in unit.poles {
      // Beyond, the Gaussian density is zero in double precision.
      guard sigma > 0, abs(pole.place) < 38 * sigma else { continue }
      if pole.power * Double(order) > 0.98 {
        throw Unavailable(
          description: String(
            format:
              "the unit grows as |x - %.6g|^-%.3g at its pole: its moment of order %d does not exist",
            pole.place, pole.power, order))
      }
    }
    guard unit.growth == .faster, !(unit is NormalizedExponential) else { return }
    let rule = GaussianRule(count: 192)
    let sizes = zip(rule.nodes, rule.weights).map { u, w in
      w * pow(abs(unit.value(sigma * u, variance: sigma * sigma)), Double(order))
    }
    let sum = sizes.reduce(0, +)
    guard !sum.isNaN else {
      throw Unavailable(
        description: String(
          format: "the unit is not a number everywhere within %.3g of 0", GaussianRule.reach * sigma
        ))
    }
    guard sum.isFinite, max(sizes[0], sizes[191]) <= 1e-9 * sum else {
      throw Unavailable(
        description:
          "the unit outgrows the Gaussian density: its moment of order \(order) does not exist, or sits in a tail that cannot be integrated"
      )
    }
  }
}
