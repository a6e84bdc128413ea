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
    let connected = unit.map { theory.networkCumulants(unitMoments: $0) }
    let full = unit.map {
      transform.moments(ofCumulants: theory.networkCumulants(unitMoments: $0))
    }
    tensors = CorrelatorTensors(full: full.values, connected: connected.values)
    fullErrors = full.errors
    connectedErrors = connected.errors
  }

  /// From connected correlators that are known without a numerical error.
  public init(connected: [[Double]], transform: CumulantTransform) {
    tensors = CorrelatorTensors(
      full: transform.moments(ofCumulants: connected), connected: connected)
    fullErrors = connected.map { $0.map { _ in 0 } }
    connectedErrors = fullErrors
  }

  public func fullErrors(order: Int) -> [Double] { fullErrors[order] }

  public func fullError(order: Int, element: Int) -> Double { fullErrors[order][element] }

  public func connectedError(order: Int, element: Int) -> Double {
    connectedErrors[order][element]
  }
}
