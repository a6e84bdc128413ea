import Foundation

/// Networks of a scalar theory with alpha = 0 that interact at one point ("zero dimensions"), exactly at every
/// width: phi = sqrt(2 D0/N) sum_i a_i cos theta_i with weight exp(-V(phi)).
///
/// f(phi) exp(-V) is expanded in cosines of period 2P, where it has decayed, and the average of cos(k phi) over
/// the free networks is J_0(k sqrt(2 D0/N))^N for constant amplitudes, [exp(-z) I_0(z)]^N with
/// z = k^2 D0/(2N) for Gaussian ones, and exp(-k^2 D0/2) at infinite width.
public struct SinglePointTheory: Sendable {
  /// nil: infinite.
  public let width: Int?
  public let amplitudes: FreeScalar.Amplitudes
  /// D0.
  public let variance: Double
  public let interaction: LocalInteraction

  /// - Precondition: the interaction is even and grows.
  public init(
    width: Int?, amplitudes: FreeScalar.Amplitudes = .constant, variance: Double = 1,
    interaction: LocalInteraction
  ) {
    precondition(interaction.isEven && interaction.isBoundedBelow)
    self.width = width
    self.amplitudes = amplitudes
    self.variance = variance
    self.interaction = interaction
  }

  /// <phi^power>, power even.
  public func moment(_ power: Int) -> Double {
    average { pow($0, Double(power)) } / average { _ in 1 }
  }

  /// E_free[f exp(-V)].
  private func average(_ f: (Double) -> Double) -> Double {
    // Where the weight, or the Gaussian measure itself, is below rounding.
    var period = variance.squareRoot()
    while interaction(period) < 45, period < 60 * variance.squareRoot() { period *= 1.1 }
    period *= 1.5
    let count = 1024
    // The cosine transform by the trapezoidal rule.
    let values = (0...count).map { j -> Double in
      let x = period * Double(j) / Double(count)
      return f(x) * exp(-interaction(x))
    }
    var sum = 0.0
    for k in 0..<count / 2 {
      var coefficient = 0.0
      for j in 0...count {
        let weight = j == 0 || j == count ? 0.5 : 1
        coefficient +=
          weight * values[j] * cos(Double.pi * Double(j * k % (2 * count)) / Double(count))
      }
      coefficient *= (k == 0 ? 1 : 2) / Double(count)
      sum += coefficient * characteristic(Double.pi * Double(k) / period)
    }
    return sum
  }

  /// E_free[cos(k phi)].
  func characteristic(_ k: Double) -> Double {
    guard let width else { return exp(-0.5 * k * k * variance) }
    let n = Double(width)
    switch amplitudes {
    case .constant: return pow(j0(k * (2 * variance / n).squareRoot()), n)
    case .gaussian: return pow(scaledBesselI0(k * k * variance / (2 * n)), n)
    }
  }

  /// exp(-z) I_0(z) = (1/pi) int_0^pi exp(-z (1 - cos t)) dt.
  private func scaledBesselI0(_ z: Double) -> Double {
    // Smooth and periodic; nodes resolve the peak of width 1/sqrt(z).
    let nodes = 32 + Int(12 * z.squareRoot())
    var sum = 0.5 * (1 + exp(-2 * z))
    for k in 1..<nodes { sum += exp(-z * (1 - cos(Double.pi * Double(k) / Double(nodes)))) }
    return sum / Double(nodes)
  }
}
