import Foundation

/// V_d = 1 / (2^d pi^(d/2) Gamma(d/2 + 1)), the volume of the unit ball of momenta over (2 pi)^d: what
/// the Litim regulator R_k = (k^2 - p^2) theta(k^2 - p^2) leaves of the momentum integral, in any real
/// dimension d >= 0 (hep-th/0103195). V_0 = 1.
public func thresholdVolume(_ dimension: Double) -> Double {
  exp(
    -dimension * log(2) - 0.5 * dimension * log(Double.pi) - lgamma(0.5 * dimension + 1))
}
