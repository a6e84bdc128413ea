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
  /// Whether an equally spaced rule converges (no kinks).
  static var isSmooth: Bool { get }

  /// The unit s(z); `variance` is the variance of z, which the normaliser of `gauss` needs.
  func value(_ z: Double, variance: Double) -> Double

  /// E[s(z1) s(z2)] for centred Gaussian (z1, z2) of covariance ((c11, c12), (c12, c22)), in
  /// closed form; nil where there is none.
  func gaussianPair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double?

  /// E[s(z1 + b) s(z2 + b)] with b uniform over a period besides; nil where there is none.
  func uniformPhasePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double?
}

extension HiddenUnit {
  public static var isPeriodic: Bool { false }
  public static var isSmooth: Bool { true }
  public func gaussianPair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? { nil }
  public func uniformPhasePair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? { nil }
}
