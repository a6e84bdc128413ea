import Foundation
import NumericalMethods

/// One neuron: scale times amplitude times cos(k.x + c), the amplitude a vector in a theory of many components.
public struct ScalarNeuron: Sendable, Hashable {
  /// The first d components.
  public var momentum: SIMD4<Double>
  public var phase: Double
  /// sqrt(2 C/N) Delta(k)^(-alpha/2).
  public var scale: Double
  /// a, of unit variance; the first n components.
  public var amplitude: SIMD8<Double>
  /// The place of the momentum in the list of a lattice or box; 0 in the continuum.
  public var mode: Int

  /// k.x + c.
  @inlinable
  public func angle(_ x: [Double]) -> Double {
    var angle = phase
    for i in x.indices { angle += momentum[i] * x[i] }
    return angle
  }

  /// One component of its share of the field.
  @inlinable
  public func callAsFunction(_ x: [Double], component: Int = 0) -> Double {
    scale * amplitude[component] * cos(angle(x))
  }
}

/// The density of the neurons of a free scalar, drawn exactly: inverse distribution functions of |k| for
/// alpha = 0 and -1, rejection from these for other alpha, and Walker's alias table of the momenta of a box or
/// lattice.
public struct NeuronPrior: Sendable {
  public let theory: FreeScalar
  /// sqrt(2 C/N).
  private let unit: Double
  private let modes: [SIMD4<Double>]
  private let squares: [Double]
  private let alias: AliasTable?

  public init(_ theory: FreeScalar) {
    self.theory = theory
    var modes: [SIMD4<Double>] = []
    var squares: [Double] = []
    MomentumLattice(theory).forEach { k, square in
      modes.append(k)
      squares.append(square)
    }
    self.modes = modes
    self.squares = squares
    let m2 = theory.mass * theory.mass
    alias =
      modes.isEmpty
      ? nil : AliasTable(weights: squares.map { pow($0 + m2, -(1 + theory.alpha)) })
    unit = (2 * theory.normalisation / Double(theory.width)).squareRoot()
  }

  /// Whether the momenta are continuous, and so have derivatives.
  public var isContinuous: Bool { alias == nil }

  /// sqrt(2 C/N) Delta(k)^(-alpha/2).
  public func scale(square: Double) -> Double {
    guard theory.alpha != 0 else { return unit }
    return unit * pow(square + theory.mass * theory.mass, 0.5 * theory.alpha)
  }

  public func draw(_ random: inout SeededGenerator) -> ScalarNeuron {
    let (k, square, mode) = momentum(&random)
    return ScalarNeuron(
      momentum: k, phase: 2 * .pi * random.uniform(), scale: scale(square: square),
      amplitude: amplitude(&random), mode: mode)
  }

  private func amplitude(_ random: inout SeededGenerator) -> SIMD8<Double> {
    var a = SIMD8<Double>.zero
    let n = theory.components
    if theory.amplitudes == .constant, n == 1 {
      a[0] = 1
      return a
    }
    for i in 0..<n { a[i] = random.normal() }
    guard theory.amplitudes == .constant else { return a }
    return a * (Double(n) / (a * a).sum()).squareRoot()
  }

  private func momentum(_ random: inout SeededGenerator) -> (SIMD4<Double>, Double, Int) {
    if let alias {
      let mode = alias.draw(&random)
      return (modes[mode], squares[mode], mode)
    }
    let k = radius(&random)
    switch theory.dimension {
    case 1: return (SIMD4(k, 0, 0, 0), k * k, 0)
    case 2:
      let angle = 2 * Double.pi * random.uniform()
      return (SIMD4(k * cos(angle), k * sin(angle), 0, 0), k * k, 0)
    default:
      var direction = SIMD4<Double>.zero
      for i in 0..<theory.dimension { direction[i] = random.normal() }
      let norm = (direction * direction).sum().squareRoot()
      return (direction * (k / norm), k * k, 0)
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
