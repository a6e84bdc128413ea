import Combinatorics
import Ensembles
import Kernels

/// Correlators of a network with one hidden layer at its own width, from exact unit moments, with
/// the numerical error of each element.
public struct ExactCorrelators: Sendable {
  public let tensors: CorrelatorTensors
  private let fullErrors: [[Double]]
  private let connectedErrors: [[Double]]

  /// - Throws: `UnitMoments.Unavailable` where there is no exact value.
  public init(_ ensemble: Ensemble, points: Points, transform: CumulantTransform)
    throws(UnitMoments.Unavailable)
  {
    let unit = try UnitMoments.exact(ensemble, points: points, order: transform.maximumOrder)
    self.init(ensemble, unit: unit, points: points.count, transform: transform)
  }

  public init(_ ensemble: Ensemble, unit: UnitMoments, points: Int, transform: CumulantTransform) {
    let theory = NeuronTheory(ensemble, points: points, transform: transform)
    self.init(theory.networkCumulants(unit), transform: transform)
  }

  private init(_ connected: NumericalTensors, transform: CumulantTransform) {
    let full = transform.moments(ofCumulants: connected.values)
    tensors = CorrelatorTensors(full: full, connected: connected.values)
    let rule = connected.uncertainty.errors(full) { transform.moments(ofCumulants: $0) }
    let rounding = transform.momentErrors(
      cumulants: connected.values, moments: full, cumulantErrors: connected.rounding)
    fullErrors = zip(rule, rounding).map { zip($0, $1).map { $0 + $1 } }
    connectedErrors = connected.errors
  }

  /// From connected correlators that are known to their last digits.
  public init(connected: [[Double]], transform: CumulantTransform) {
    self.init(
      NumericalTensors(
        values: connected,
        rounding: connected.map { $0.map { 4 * Double.ulpOfOne * abs($0) } }),
      transform: transform)
  }

  public func fullErrors(order: Int) -> [Double] { fullErrors[order] }

  public func fullError(order: Int, element: Int) -> Double { fullErrors[order][element] }

  public func connectedError(order: Int, element: Int) -> Double {
    connectedErrors[order][element]
  }
}
