import Foundation
import NumericalMethods

/// One neuron: amplitude times cos(k.x + c).
public struct ScalarNeuron: Sendable, Hashable {
  public var momentum: [Double]
  public var phase: Double
  /// sqrt(2 C/N) a Delta(k)^(-alpha/2).
  public var amplitude: Double

  @inlinable
  public func callAsFunction(_ x: [Double]) -> Double {
    var angle = phase
    for i in x.indices { angle += momentum[i] * x[i] }
    return amplitude * cos(angle)
  }
}

/// The density of the neurons of a free scalar, drawn exactly: inverse distribution functions of |k| for
/// alpha = 0 and -1, rejection from these for other alpha, and the table of momenta on a box or lattice.
public struct NeuronPrior: Sendable {
  public let theory: FreeScalar
  private let scale: Double
  private let modes: [[Double]]
  private let squares: [Double]
  private let cumulative: [Double]

  public init(_ theory: FreeScalar) {
    self.theory = theory
    scale = (2 * theory.normalisation / Double(theory.width)).squareRoot()
    let list = ModeList(theory)
    modes = list.modes.map(\.k)
    squares = list.modes.map(\.square)
    var sum = 0.0
    let m2 = theory.mass * theory.mass
    cumulative = squares.map {
      sum += pow($0 + m2, -(1 + theory.alpha))
      return sum
    }
  }

  public func draw(_ random: inout SeededGenerator) -> ScalarNeuron {
    let m2 = theory.mass * theory.mass
    let (k, square) = momentum(&random)
    var amplitude = scale
    if theory.alpha != 0 { amplitude *= pow(square + m2, 0.5 * theory.alpha) }
    if theory.amplitudes == .gaussian { amplitude *= random.normal() }
    return ScalarNeuron(momentum: k, phase: 2 * .pi * random.uniform(), amplitude: amplitude)
  }

  private func momentum(_ random: inout SeededGenerator) -> ([Double], Double) {
    if let total = cumulative.last {
      let target = random.uniform() * total
      var (low, high) = (0, cumulative.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if cumulative[middle] < target { low = middle + 1 } else { high = middle }
      }
      return (modes[low], squares[low])
    }
    let k = radius(&random)
    switch theory.dimension {
    case 1: return ([k], k * k)
    case 2:
      let angle = 2 * Double.pi * random.uniform()
      return ([k * cos(angle), k * sin(angle)], k * k)
    default:
      var direction = (0..<theory.dimension).map { _ in random.normal() }
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for i in direction.indices { direction[i] *= k / norm }
      return (direction, k * k)
    }
  }

  /// |k| in the continuum.
  private func radius(_ random: inout SeededGenerator) -> Double {
    let (m, d) = (theory.mass, theory.dimension)
    let alpha = theory.alpha
    while true {
      let k: Double
      if alpha < 0 {
        // Uniform in the ball, accepted with (Delta/Delta(0))^(1 + alpha).
        k = (theory.cutoff ?? 0) * pow(random.uniform(), 1 / Double(d))
        if alpha == -1 || random.uniform() < pow(m * m / (k * k + m * m), 1 + alpha) { return k }
      } else {
        k = propagatorRadius(random.uniform())
        if alpha == 0 || random.uniform() < pow(m * m / (k * k + m * m), alpha) { return k }
      }
    }
  }

  /// The inverse of the distribution function of |k| with the propagator's weight, k^(d-1)/(k^2 + m^2).
  private func propagatorRadius(_ u: Double) -> Double {
    let m = theory.mass
    // In units of the mass.
    let top = theory.cutoff.map { $0 / m }
    switch theory.dimension {
    case 1: return m * tan(u * (top.map { atan($0) } ?? .pi / 2))
    case 2: return m * expm1(u * log1p(top! * top!)).squareRoot()
    default:
      // q - atan q in three dimensions, (q^2 - log(1 + q^2))/2 in four, by Newton within a bracket.
      let three = theory.dimension == 3
      func integral(_ q: Double) -> Double {
        // Series where the difference cancels.
        if three {
          return q < 0.05 ? q * q * q * (1.0 / 3 - q * q / 5 + q * q * q * q / 7) : q - atan(q)
        }
        let s = q * q
        return 0.5 * (s < 0.0025 ? s * s * (0.5 - s / 3 + s * s / 4) : s - log1p(s))
      }
      let target = u * integral(top!)
      var (low, high) = (0.0, top!)
      var q = 0.5 * high
      for _ in 0..<200 {
        let value = integral(q) - target
        if value > 0 { high = q } else { low = q }
        let slope = (three ? q * q : q * q * q) / (1 + q * q)
        var next = slope > 0 ? q - value / slope : 0.5 * (low + high)
        if !(next > low && next < high) { next = 0.5 * (low + high) }
        if abs(next - q) < 1e-15 * high { break }
        q = next
      }
      return m * q
    }
  }
}
