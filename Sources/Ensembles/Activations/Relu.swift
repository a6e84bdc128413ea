import CSampling
import Foundation

/// The rectified linear unit, max(0, z).
public struct Relu: HiddenUnit {
  public static let name = "relu"
  public static let vectorCode = Int32(FW_RELU)
  public static let isSmooth = false

  public init() {}

  public func value(_ z: Double, variance: Double) -> Double { max(0, z) }

  /// The arc-cosine kernel of degree one (Cho and Saul, 2009).
  public func gaussianPair(_ c11: Double, _ c12: Double, _ c22: Double) -> Double? {
    let scale = (c11 * c22).squareRoot()
    guard scale > 0 else { return 0 }
    let cosine = min(1, max(-1, c12 / scale))
    let angle = acos(cosine)
    return scale * (sin(angle) + (Double.pi - angle) * cosine) / (2 * Double.pi)
  }
}
