import Foundation

/// A free scalar of one dimension, without cutoff, that interacts in a box [0, L] at points of a given spacing
/// with the trapezoidal rule, in the limit of infinite width: exactly what networks with that interaction tend
/// to. Between points the field is a harmonic oscillator,
///
///     <phi(t_1) ... phi(t_n)> = <0| ... exp(-w V(x)) exp(-h H0) x exp(-h' H0) ... |0> / Z,
///
/// in the eigenstates of H0.
public struct OscillatorBox: Sendable {
  public let mass: Double
  public let length: Double
  public let interaction: LocalInteraction
  private let points: [(position: Double, weight: Double)]
  /// Of exp(-w V) by weight, and of x.
  private let factors: [Double: [[Double]]]
  private let field: [[Double]]
  private let states: Int

  /// - Parameter states: of the basis.
  public init(
    mass: Double, length: Double, spacing: Double, interaction: LocalInteraction, states: Int = 80
  ) {
    self.mass = mass
    self.length = length
    self.interaction = interaction
    self.states = states
    let grid = FieldGrid.box(dimension: 1, length: length, spacing: spacing)
    points = zip(grid.points, grid.weights).map { ($0[0], $1) }
    // Eigenfunctions on a grid of x; the trapezoidal rule converges exponentially.
    let reach = (2 * Double(states) + 1).squareRoot() + 6
    let count = 2 * Int(reach * Double(states).squareRoot()) + 401
    let step = 2 * reach / Double(count - 1)
    var functions: [[Double]] = []
    var positions: [Double] = []
    for k in 0..<count {
      // In units of 1/sqrt(m).
      let q = -reach + step * Double(k)
      positions.append(q / mass.squareRoot())
      var psi = [Double](repeating: 0, count: states)
      psi[0] = pow(Double.pi, -0.25) * exp(-0.5 * q * q) * step.squareRoot()
      if states > 1 { psi[1] = 2.0.squareRoot() * q * psi[0] }
      for n in 2..<max(2, states) {
        psi[n] =
          (2 / Double(n)).squareRoot() * q * psi[n - 1]
          - (Double(n - 1) / Double(n)).squareRoot() * psi[n - 2]
      }
      functions.append(psi)
    }
    func matrix(_ f: (Double) -> Double) -> [[Double]] {
      var result = [[Double]](
        repeating: [Double](repeating: 0, count: states), count: states)
      for (x, psi) in zip(positions, functions) {
        let value = f(x)
        for i in 0..<states {
          let left = value * psi[i]
          for j in 0..<states { result[i][j] += left * psi[j] }
        }
      }
      return result
    }
    var factors: [Double: [[Double]]] = [:]
    for w in Set(points.map(\.weight)) { factors[w] = matrix { exp(-w * interaction($0)) } }
    self.factors = factors
    field = matrix { $0 }
  }

  /// <phi(t_1) ... phi(t_n)>.
  /// - Complexity: O((points + n) states^2).
  public func correlator(at times: [Double]) -> Double {
    amplitude(times.sorted()) / amplitude([])
  }

  private func amplitude(_ times: [Double]) -> Double {
    var events = points.map { (position: $0.position, matrix: factors[$0.weight]!) }
    for t in times { events.append((t, field)) }
    events.sort { $0.position < $1.position }
    var v = [Double](repeating: 0, count: states)
    v[0] = 1
    var now = events.first?.position ?? 0
    for event in events {
      let decay = exp(-mass * (event.position - now))
      var factor = 1.0
      for n in 0..<states {
        v[n] *= factor
        factor *= decay
      }
      now = event.position
      var next = [Double](repeating: 0, count: states)
      for i in 0..<states {
        let row = event.matrix[i]
        var sum = 0.0
        for j in 0..<states { sum += row[j] * v[j] }
        next[i] = sum
      }
      v = next
    }
    return v[0]
  }
}
