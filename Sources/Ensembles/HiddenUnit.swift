import NumericalMethods

/// The function that a hidden unit applies to its pre-activation.
///
/// One type a file in `Activations/`, one line in `Activation.all`.
public protocol HiddenUnit: Sendable {
  /// Name in study files.
  static var name: String { get }
  /// Code of the vectorised loop (`FW_RELU`, ...).
  static var vectorCode: Int32 { get }
  /// Whether the unit is a sine or cosine of z, so that a uniform bias over a period makes it
  /// translation invariant.
  static var isPeriodic: Bool { get }

  /// Where the unit or its slope jumps, ascending; empty for smooth units.
  var kinks: [Double] { get }
  /// Where the unit is infinite.
  var poles: [Formula.Pole] { get }
  /// Whether the unit itself jumps at a kink: its tangent kernel and vertices do not exist.
  var hasJumps: Bool { get }
  /// Whether s(az) = a s(z) for a > 0.
  var isHomogeneous: Bool { get }
  /// lim |s(z)/z| at either end: 0 for bounded units.
  var growth: Growth { get }

  /// The unit s(z); `variance` is the variance of z, which the normaliser of `gauss` needs.
  func value(_ z: Double, variance: Double) -> Double

  /// s(z) - s(0) of a unit that does not depend on the variance, without cancellation at small z.
  func deviation(_ z: Double) -> Double

  /// s'(z), one-sided at a kink.
  func slope(_ z: Double, variance: Double) -> Double

  /// Both at once.
  func valueAndSlope(_ z: Double, variance: Double) -> (Double, Double)

  /// s of a power series in z: its derivatives to fourth order.
  func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries

  /// E[s(z1) s(z2)] for centred Gaussian (z1, z2) of covariance ((c11, c12), (c12, c22)), in
  /// closed form; nil where there is none.
  func gaussianPair(_ pair: PairCovariance) -> Double?

  /// The same for a row of pairs, `out[j]` for (c11, c12[j], c22[j]); false where there is no
  /// closed form.
  func gaussianPairs(
    _ c11: Double, _ c12: UnsafePointer<Double>, _ c22: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>, count: Int
  ) -> Bool

  /// E[s'(z1) s'(z2)], likewise.
  func gaussianSlopePair(_ pair: PairCovariance) -> Double?

  /// E[s(z1 + b) s(z2 + b)] with b uniform over a period besides; nil where there is none.
  func uniformPhasePair(_ pair: PairCovariance) -> Double?
}

/// How fast a unit grows.
public enum Growth: Sendable, Equatable {
  case bounded
  /// s(z) ~ below |z| for z to minus infinity, above z for z to plus infinity.
  case linear(below: Double, above: Double)
  /// Faster, or unknown.
  case faster
}

extension HiddenUnit {
  public static var isPeriodic: Bool { false }
  public var kinks: [Double] { [] }
  public var poles: [Formula.Pole] { [] }
  public var hasJumps: Bool { false }
  public var isHomogeneous: Bool { false }
  public var growth: Growth { .bounded }
  public var isSmooth: Bool { kinks.isEmpty }
  public func deviation(_ z: Double) -> Double {
    value(z, variance: 0) - value(0, variance: 0)
  }
  public func slope(_ z: Double, variance: Double) -> Double {
    series(TaylorSeries(variable: z), variance: variance).derivative(1)
  }
  public func valueAndSlope(_ z: Double, variance: Double) -> (Double, Double) {
    (value(z, variance: variance), slope(z, variance: variance))
  }
  public func gaussianPair(_ pair: PairCovariance) -> Double? { nil }
  public func gaussianPair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    gaussianPair(PairCovariance(c11, c12, c22))
  }
  public func gaussianPairs(
    _ c11: Double, _ c12: UnsafePointer<Double>, _ c22: UnsafePointer<Double>,
    into out: UnsafeMutablePointer<Double>, count: Int
  ) -> Bool {
    for j in 0..<count {
      guard let value = gaussianPair(c11, c12[j], c22[j]) else { return false }
      out[j] = value
    }
    return true
  }
  public func gaussianSlopePair(_ pair: PairCovariance) -> Double? { nil }
  public func gaussianSlopePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    gaussianSlopePair(PairCovariance(c11, c12, c22))
  }
  public func uniformPhasePair(_ pair: PairCovariance) -> Double? { nil }
  public func uniformPhasePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    uniformPhasePair(PairCovariance(c11, c12, c22))
  }
}
