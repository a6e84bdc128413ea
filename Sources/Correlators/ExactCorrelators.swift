import Combinatorics
import Ensembles
import Kernels

/// Correlators of a network with one hidden layer at its own width, from exact unit moments, with
/// the numerical error of each element.
public struct ExactCorrelators: Sendable {
  public let tensors: CorrelatorTensors
  private let coarser: CorrelatorTensors

  /// - Throws: `UnitMoments.Unavailable` where there is no exact value (yet).
  public init(_ ensemble: Ensemble, points: Points, transform: CumulantTransform)
    throws(UnitMoments.Unavailable)
  {
    let unit = try UnitMoments.exact(ensemble, points: points, order: transform.maximumOrder)
    self.init(ensemble, unit: unit, points: points.count, transform: transform)
  }

  public init(_ ensemble: Ensemble, unit: UnitMoments, points: Int, transform: CumulantTransform) {
    let theory = NeuronTheory(ensemble, points: points, transform: transform)
    func tensors(_ moments: [[Double]]) -> CorrelatorTensors {
      let cumulants = theory.networkCumulants(unitMoments: moments)
      return CorrelatorTensors(
        full: transform.moments(ofCumulants: cumulants), connected: cumulants)
    }
    self.tensors = tensors(unit.values)
    coarser = unit.values == unit.coarser ? self.tensors : tensors(unit.coarser)
  }

  public func fullError(order: Int, element: Int) -> Double {
    abs(tensors.full[order][element] - coarser.full[order][element])
  }

  public func connectedError(order: Int, element: Int) -> Double {
    abs(tensors.connected[order][element] - coarser.connected[order][element])
  }
}
