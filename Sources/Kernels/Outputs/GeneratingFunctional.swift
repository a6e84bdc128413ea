import Ensembles
import Foundation
import NumericalMethods

/// The generating functional of connected correlators and the characteristic function of the outputs
/// of a network with one hidden layer, at any width N:
///
///     W[J]   =  sb^2 (sum J)^2 / 2 + N ln E exp( (sw^2/2N) (sum_a J_a s_a)^2 )
///     phi(t) = exp(-sb^2 (sum t)^2 / 2) [ E exp(-(sw^2/2N) (sum_a t_a s_a)^2 ) ]^N
///
/// over one hidden unit s, after the Gaussian output weights are integrated out. phi always exists;
/// W is infinite where units grow too fast (arXiv:2307.03223).
public struct GeneratingFunctional: Sendable {
  private let ensemble: Ensemble
  private let points: Points
  private let unit: any HiddenUnit
  private let covariance: SymmetricMatrix
  private let fine: UnitNodes
  private let coarse: UnitNodes

  public struct Unavailable: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// A number with its numerical error, or why it does not exist.
  public struct Value: Sendable, Codable, Hashable {
    public var value: Double?
    public var error: Double?
    public var reason: String?
  }

  /// Why there is no generating functional; nil where there is.
  public static func whyUnavailable(_ ensemble: Ensemble) -> String? {
    if let reason = UnitMoments.whyUnavailable(ensemble) { return reason }
    guard ensemble.weights[1].isCentredGaussian,
      ensemble.biases[1].isCentredGaussian || ensemble.biases[1].sigma == 0
    else { return "the output weights and biases must be Gaussian of mean 0" }
    guard ensemble.correlation == nil else { return "the output weights are correlated" }
    guard ensemble.outputScales.isEmpty else { return "the outputs have unequal variances" }
    return nil
  }

  /// - Throws: `Unavailable` for deep networks, or parameters that are not centred Gaussians.
  public init(_ ensemble: Ensemble, points: Points) throws(Unavailable) {
    if let reason = Self.whyUnavailable(ensemble) { throw Unavailable(description: reason) }
    self.ensemble = ensemble
    self.points = points
    unit = ensemble.hidden[0].activation.unit
    covariance = SymmetricMatrix(count: points.count) {
      ensemble.preactivationCovariance(points[$0], points[$1])
    }
    guard UnitNodes.areFew(unit, covariance: covariance) else {
      throw Unavailable(
        description: String(
          format:
            "a rule that resolves the unit where pre-activations spread by %.3g has more than %.0g nodes",
          GaussianDirections(covariance).spread, UnitNodes.most))
    }
    let phase = ensemble.hasUniformPhase(layer: 0)
    fine = UnitNodes(unit, uniformPhase: phase, covariance: covariance, resolution: .fine)
    coarse = UnitNodes(unit, uniformPhase: phase, covariance: covariance, resolution: .coarse)
  }

  private var width: Double { Double(ensemble.hidden[0].width) }
  /// sw^2 / 2N.
  private var lambda: Double { 0.5 * ensemble.weightVariance(layer: 1) / width }

  /// Sources by output: `sources[p * outputs + i]` at point p.
  private func byOutput(_ sources: [Double]) -> [[Double]] {
    (0..<ensemble.outputs).map { i in
      (0..<points.count).map { sources[$0 * ensemble.outputs + i] }
    }
  }

  private func biasTerm(_ sources: [[Double]]) -> Double {
    let sigma = ensemble.biases[1].sigma
    return 0.5 * sigma * sigma
      * sources.reduce(0) { sum, j in
        let total = j.reduce(0, +)
        return sum + total * total
      }
  }

  /// W[J] for sources at every point and output.
  public func logZ(_ sources: [Double]) -> Value {
    precondition(sources.count == points.count * ensemble.outputs)
    let j = byOutput(sources)
    if sources.allSatisfy({ $0 == 0 }) { return Value(value: 0, error: 0) }
    if let pole = unit.poles.first, (0..<points.count).contains(where: { covariance[$0, $0] > 0 }) {
      return Value(
        reason: String(
          format: "W is infinite for any source: the hidden unit is not bounded at x = %.6g",
          pole.place))
    }
    let (growth, direction) = threshold(j)
    guard growth < 1 else {
      return Value(
        reason: growth == .infinity
          ? "W is infinite for any source: the hidden unit outgrows the Gaussian weights"
          : String(
            format:
              "W is infinite: the sources exceed the threshold by a factor of %.4g (squared)",
            growth))
    }
    guard let mean = logarithm(j, growth: growth, grows: direction) else {
      return Value(
        reason: growth > 0.9999
          ? String(
            format:
              "W is finite, but the sources come within %.2g (squared, relative) of the threshold beyond which it is infinite, where it is not resolved",
            1 - growth)
          : "W is finite, but the sources weight parts of the hidden unit's law that no rule used here resolves"
      )
    }
    return Value(value: biasTerm(j) + width * mean.value, error: width * mean.error)
  }

  /// Exponents at nodes up to which the rules over the Gaussian itself are used.
  private static let steepest = 5.0
  /// Share of one node beyond which a lattice in many directions says nothing.
  private static let share = 0.02

  /// ln E exp(lambda sum (sum J s)^2) with its error; nil where it is not resolved.
  private func logarithm(_ j: [[Double]], growth: Double, grows: Bool) -> (
    value: Double, error: Double
  )? {
    let phase = ensemble.hasUniformPhase(layer: 0)
    func mean(_ resolution: UnitNodes.Resolution, _ plain: UnitNodes)
      -> (value: Double, exponent: Double, share: Double)?
    {
      // A growing integrand is a wider Gaussian.
      let isWider = grows && plain.sphere == nil && growth < 0.9999
      let stretch = isWider ? 1 / (1 - growth).squareRoot() : 1
      guard !isWider || UnitNodes.areFew(unit, covariance: covariance, stretch: stretch) else {
        return nil
      }
      let nodes =
        isWider
        ? UnitNodes(
          unit, uniformPhase: phase, covariance: covariance, resolution: resolution,
          stretch: stretch) : plain
      return nodes.logMeanExponential(j, lambda: lambda, growing: true)
    }
    let directions = GaussianDirections(covariance)
    let isRadial = fine.sphere != nil
    guard growth < 0.9999 || fine.sphere == 1, let best = mean(.fine, fine),
      let other = mean(.coarse, coarse), best.value.isFinite, other.value.isFinite
    else { return nil }
    let plain = (
      value: best.value,
      error: abs(best.value - other.value) + 4 * Double.ulpOfOne * abs(best.value)
    )
    if isRadial || best.exponent < Self.steepest { return plain }
    guard directions.count <= 3 else { return best.share < Self.share ? plain : nil }
    return SourceMean(
      unit: unit, uniformPhase: phase, directions: directions, sources: j, lambda: lambda
    ).logarithm(growth: growth)
  }

  /// phi(t), real because outputs and their negatives are equally likely.
  public func characteristic(_ t: [Double]) -> Value {
    precondition(t.count == points.count * ensemble.outputs)
    let j = byOutput(t)
    func phi(_ nodes: UnitNodes) -> Double {
      exp(-biasTerm(j)) * pow(nodes.meanDecay(j, lambda: lambda), width)
    }
    let (a, b) = (phi(fine), phi(coarse))
    return Value(value: a, error: abs(a - b))
  }

  /// phi(t) from the finer rule alone.
  func characteristicValue(_ t: [Double]) -> Double {
    exp(-biasTerm([t])) * pow(fine.meanDecay([t], lambda: lambda), width)
  }

  /// (sw^2/N) max over unit directions of (sum J s)^2 for the asymptotic unit: below one W exists.
  /// Whether the integrand grows at all comes second.
  private func threshold(_ sources: [[Double]]) -> (Double, Bool) {
    switch unit.growth {
    case .bounded: return (0, false)
    case .faster: return (.infinity, true)
    case .linear: break
    }
    // Slopes far out, with their signs.
    let far =
      [1e8, 1e4, 600].first {
        unit.value($0, variance: 0).isFinite && unit.value(-$0, variance: 0).isFinite
      } ?? 300
    let above = unit.value(far, variance: 0) / far
    let below = unit.value(-far, variance: 0) / -far
    let directions = GaussianDirections(covariance)
    var largest = 0.0
    func look(_ w: [Double]) {
      var form = 0.0
      for j in sources {
        var y = 0.0
        for p in 0..<points.count {
          let z = zip(directions.slopes[p], w).reduce(0) { $0 + $1.0 * $1.1 }
          y += j[p] * (z > 0 ? above : below) * z
        }
        form += y * y
      }
      largest = max(largest, form)
    }
    Self.scan(directions.count, look)
    return (2 * lambda * largest, true)
  }

  /// Directions of the unit sphere, dense enough for a maximum to 1e-5.
  private static func scan(_ r: Int, _ look: ([Double]) -> Void) {
    switch r {
    case 0: return
    case 1:
      look([1])
      look([-1])
    case 2:
      for k in 0..<4096 {
        let angle = 2 * Double.pi * Double(k) / 4096
        look([cos(angle), sin(angle)])
      }
    default:
      let rule = LatticeRule(dimensions: r, count: 1 << 17, replicate: 0)
      var u = [Double](repeating: 0, count: r)
      for i in 0..<(1 << 17) {
        rule.normals(i, into: &u)
        let length = u.reduce(0) { $0 + $1 * $1 }.squareRoot()
        look(u.map { $0 / length })
      }
    }
  }
}
