import Foundation
import Statistics

/// What is measured of one configuration.
struct LatticeMeasurement {
  /// phi^2, phi^4, phi phi(+1), |M|, M^2, M^4, F and then C(t), t = 0 ... L/2.
  static func row(_ phi: [Double], _ lattice: ScalarLattice) -> [Double] {
    let (size, volume) = (lattice.size, lattice.volume)
    let slice = volume / size
    var (second, fourth, neighbour) = (0.0, 0.0, 0.0)
    phi.withUnsafeBufferPointer { phi in
      for row in Swift.stride(from: 0, to: volume, by: size) {
        for x in 0..<size {
          let f = phi[row + x]
          let g = f * f
          second += g
          fourth += g * g
          neighbour += f * phi[row + (x == size - 1 ? 0 : x + 1)]
        }
      }
    }
    // Sums over slices of the last axis: their correlator has zero momentum along the others.
    var sums = [Double](repeating: 0, count: size)
    phi.withUnsafeBufferPointer { phi in
      for t in 0..<size {
        var sum = 0.0
        for x in t * slice..<(t + 1) * slice { sum += phi[x] }
        sums[t] = sum
      }
    }
    let n = Double(volume)
    let magnetisation = sums.reduce(0, +) / n
    var (re, im) = (0.0, 0.0)
    for (t, s) in sums.enumerated() {
      let angle = 2 * Double.pi * Double(t) / Double(size)
      re += s * cos(angle)
      im += s * sin(angle)
    }
    let m2 = magnetisation * magnetisation
    var result = [
      second / n, fourth / n, neighbour / n, abs(magnetisation), m2, m2 * m2,
      (re * re + im * im) / n,
    ]
    for t in 0...size / 2 {
      var sum = 0.0
      for s in 0..<size { sum += sums[s] * sums[(s + t) % size] }
      result.append(sum / n)
    }
    return result
  }
}

/// Averages of a lattice run, with errors by the Gamma method.
public struct LatticeObservables: Sendable, Codable {
  public struct Value: Sendable, Codable {
    public var value: Double
    public var error: Double
    /// Integrated autocorrelation time in trajectories.
    public var tau: Double

    init(_ g: GammaMethod, every: Int) {
      value = g.value
      error = g.error
      tau = g.autocorrelationTime * Double(every)
    }
  }

  /// <phi^2>, <phi^4>, <phi_x phi_(x+1)>.
  public var phi2: Value
  public var phi4: Value
  public var neighbour: Value
  /// chi = V <M^2> = sum_x <phi_0 phi_x>.
  public var susceptibility: Value
  /// <|M|>.
  public var magnetisation: Value
  /// U4 = 1 - <M^4> / (3 <M^2>^2).
  public var binder: Value
  /// Second moment: [sqrt(chi/F - 1)] / (2 sin(pi/L)); nil where chi < F.
  public var correlation_length: Value?
  /// Zero momentum along the other axes, C(t) = sum_x <phi(t, x) phi(0, 0)>.
  public var correlator: [Value]
  /// acosh((C(t-1) + C(t+1)) / (2 C(t))), from t = 1 on; nil where noise allows none.
  public var effective_mass: [Value?]

  init(_ chains: [[[Double]]], _ lattice: ScalarLattice, every: Int) {
    func mean(_ k: Int) -> Value {
      Value(GammaMethod(chains: chains.map { $0.map { $0[k] } }), every: every)
    }
    func derived(_ columns: [Int], _ f: ([Double]) -> Double) -> Value {
      Value(
        GammaMethod(chains: chains.map { $0.map { row in columns.map { row[$0] } } }, f),
        every: every)
    }
    let volume = Double(lattice.volume)
    phi2 = mean(0)
    phi4 = mean(1)
    neighbour = mean(2)
    magnetisation = mean(3)
    susceptibility = derived([4]) { volume * $0[0] }
    binder = derived([4, 5]) { 1 - $0[1] / (3 * $0[0] * $0[0]) }
    let length = derived([4, 6]) { m in
      let ratio = volume * m[0] / m[1] - 1
      return ratio > 0 ? ratio.squareRoot() / (2 * sin(.pi / Double(lattice.size))) : 0
    }
    correlation_length = length.value > 0 ? length : nil
    correlator = (0...lattice.size / 2).map { mean(7 + $0) }
    effective_mass = (1..<max(1, lattice.size / 2)).map { t in
      let value = derived([6 + t, 7 + t, 8 + t]) { c in
        let ratio = (c[0] + c[2]) / (2 * c[1])
        return ratio >= 1 ? acosh(ratio) : 0
      }
      return value.value > 0 && value.error.isFinite ? value : nil
    }
  }
}

extension LatticeObservables {
  /// In units in which the lattice has the spacing a: fields of dimension (d - 2)/2, chi in a^2, lengths in a,
  /// masses in 1/a.
  public func scaled(spacing a: Double, dimension d: Int) -> LatticeObservables {
    guard a != 1 else { return self }
    func times(_ factor: Double, _ v: Value) -> Value {
      var result = v
      result.value *= factor
      result.error *= abs(factor)
      return result
    }
    // phi of the lattice is phi a^((d-2)/2).
    let field = pow(a, -0.5 * Double(d - 2))
    var result = self
    result.phi2 = times(field * field, phi2)
    result.phi4 = times(pow(field, 4), phi4)
    result.neighbour = times(field * field, neighbour)
    result.magnetisation = times(field, magnetisation)
    result.susceptibility = times(field * field * pow(a, Double(d)), susceptibility)
    result.correlation_length = correlation_length.map { times(a, $0) }
    result.correlator = correlator.map { times(field * field * pow(a, Double(d - 1)), $0) }
    result.effective_mass = effective_mass.map { $0.map { times(1 / a, $0) } }
    return result
  }
}
