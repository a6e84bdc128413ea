import Foundation

/// The covariance of two Gaussian pre-activations, with the combinations of its elements that lose their digits
/// where the variables are nearly equal, opposite or parallel.
public struct PairCovariance: Sendable, Hashable {
  public let c11: Double
  public let c12: Double
  public let c22: Double
  /// Var(z1 - z2) = c11 + c22 - 2 c12.
  public let difference: Double
  /// Var(z1 + z2) = c11 + c22 + 2 c12.
  public let sum: Double
  /// c11 c22 - c12^2.
  public let determinant: Double

  /// From the elements alone: the combinations carry the rounding of the sums.
  public init(_ c11: Double, _ c12: Double, _ c22: Double) {
    self.init(
      c11, c12, c22, difference: max(0, c11 + c22 - 2 * c12), sum: max(0, c11 + c22 + 2 * c12),
      determinant: max(0, c11 * c22 - c12 * c12))
  }

  public init(
    _ c11: Double, _ c12: Double, _ c22: Double, difference: Double, sum: Double,
    determinant: Double
  ) {
    self.c11 = c11
    self.c12 = c12
    self.c22 = c22
    self.difference = difference
    self.sum = sum
    self.determinant = determinant
  }

  /// The angle between the variables, from 0 to pi.
  public var angle: Double { atan2(determinant.squareRoot(), c12) }

  /// pi - angle, without cancellation.
  public var complement: Double { atan2(determinant.squareRoot(), -c12) }

  /// Whether a combination of the elements may have lost digits that matter: nearly opposite variables, or
  /// nearly parallel ones that vary by more than one.
  public static func isDelicate(_ c11: Double, _ c12: Double, _ c22: Double) -> Bool {
    let product = c11 * c22
    return c12 * c12 > 0.999 * product && (c12 < 0 || product > 4)
  }
}
