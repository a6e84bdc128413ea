import Renormalization

/// The `fixed-points` measurement: all fixed points that were found, order by order.
public struct FixedPointList: Sendable, Codable {
  public var dimension: Double
  public var components: Double
  public var points: [FixedPointResult]
}

/// A fixed point of a truncation, or of the whole potential.
public struct FixedPointResult: Sendable, Codable {
  /// Highest power that is kept; absent for the whole potential.
  public var order: Int?
  public var expansion: FixedPointOptions.Expansion?
  public var couplings: [String: Double]
  public var relevant: Int
  public var nu: Double?
  public var omega: Double?
  public var omega_imaginary: Double?
  public var eta: Double
  /// Numerical errors of nu, omega, eta and the couplings; 0 where a number is exact.
  public var errors: [String: Double]
  public var label: String

  init(order: Int?, expansion: FixedPointOptions.Expansion?, _ point: FixedPoint) {
    self.order = order
    self.expansion = expansion
    couplings = point.couplings
    relevant = point.relevant
    nu = point.nu
    omega = point.omega
    omega_imaginary = point.omega_imaginary
    eta = point.eta
    errors = point.errors
    label = point.label
  }
}

/// The `potential` measurement: U_k(phi) from the ultraviolet to the infrared.
public struct PotentialResult: Sendable, Codable {
  public struct Start: Sendable, Codable {
    public var k: Double
    /// u2, u4, ...
    public var couplings: [Double]
  }

  /// The potential at one scale, on at most 101 points of the grid.
  public struct Snapshot: Sendable, Codable {
    public var k: Double
    public var u2: Double
    /// nil where the potential is flat too close to 0 for derivatives.
    public var u4: Double?
    public var u6: Double?
    /// Their changes on a coarser grid.
    public var u2_error: Double?
    public var u4_error: Double?
    public var u6_error: Double?
    public var field: [Double]
    /// U_k - U_k(0).
    public var potential: [Double]
    /// Smallest U_k'' on the grid, edges apart: convex where it is not negative.
    public var smallest_curvature: Double
    /// Where U_k is lowest.
    public var minimum: Double

    init(_ snapshot: PotentialFlow.Snapshot) {
      let stride = max(1, (snapshot.field.count + 99) / 100)
      let kept = Swift.stride(from: 0, to: snapshot.field.count, by: stride)
      k = snapshot.k
      u2 = snapshot.u2
      u4 = snapshot.u4
      u6 = snapshot.u6
      u2_error = snapshot.u2_error
      u4_error = snapshot.u4_error
      u6_error = snapshot.u6_error
      field = kept.map { snapshot.field[$0] }
      potential = kept.map { snapshot.potential[$0] }
      smallest_curvature = snapshot.curvature.dropLast(2).min() ?? 0
      let lowest = snapshot.potential.indices.min {
        snapshot.potential[$0] < snapshot.potential[$1]
      }
      minimum = snapshot.field[lowest ?? 0]
    }
  }

  public var start: Start
  /// Canonical couplings of the networks at k = 0; absent where couplings were given.
  public var measured: NetworkCouplings?
  public var snapshots: [Snapshot]
  /// Where the integration ended; absent where the last scale was reached.
  public var end: Double?
}
