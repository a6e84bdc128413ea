import Combinatorics
import Ensembles
import Foundation

/// From the moments of one hidden unit to the joint cumulants of networks of any width.
///
/// With independent neurons h_i = W_i s, Gc^(n) = N kappa_n(h) + kappa_n(bias), exactly; for
/// Gaussian output weights this is 1/N^(n/2-1) times a constant. Slots are point * outputs +
/// output; components mix through E[prod W_i] only.
public struct NeuronTheory: Sendable {
  private let ensemble: Ensemble
  private let points: Int
  private let transform: CumulantTransform
  private let unitSets: [Multisets]

  /// - Precondition: one hidden layer; `transform` over points x outputs slots.
  public init(_ ensemble: Ensemble, points: Int, transform: CumulantTransform) {
    self.ensemble = ensemble
    self.points = points
    self.transform = transform
    unitSets = (0...transform.maximumOrder).map { Multisets(slots: points, order: $0) }
  }

  /// Joint cumulants of the outputs of every order, from the unit's moments (all orders through
  /// the transform's maximum; odd ones may be absent where the transform leaves them out).
  public func networkCumulants(unitMoments: [[Double]]) -> [[Double]] {
    let outputs = ensemble.outputs
    let width = Double(ensemble.hidden[0].width)
    let weight = ensemble.weights[1]
    let top = transform.maximumOrder
    let weightMoments = (0..<outputs).map { i in
      (0...top).map { n in
        weight.moment(
          n, scale: ensemble.weightScale(layer: 1), mean: weight.mean(ofOutput: i))
      }
    }
    var neuron = transform.multisets.map { [Double](repeating: 0, count: $0.tuples.count) }
    neuron[0] = [1]
    for n in 1...max(1, top) where n <= top && transform.includes(order: n) {
      for (i, tuple) in transform.multisets[n].tuples.enumerated() {
        var factor = 1.0
        if outputs == 1 {
          factor = weightMoments[0][n]
        } else {
          var counts = [Int](repeating: 0, count: outputs)
          for slot in tuple { counts[slot % outputs] += 1 }
          for (o, k) in counts.enumerated() where k > 0 { factor *= weightMoments[o][k] }
        }
        if factor != 0 {
          let unit = unitSets[n].index(of: tuple.map { $0 / outputs })
          neuron[n][i] = factor * unitMoments[n][unit]
        }
      }
    }
    var cumulants = transform.cumulants(ofMoments: neuron)
    let bias = (0..<outputs).map { biasCumulants(output: $0, through: top) }
    for n in 1...max(1, top) where n <= top {
      for (i, tuple) in transform.multisets[n].tuples.enumerated() {
        cumulants[n][i] *= width
        let output = tuple[0] % outputs
        if tuple.allSatisfy({ $0 % outputs == output }) { cumulants[n][i] += bias[output][n] }
      }
    }
    return correlated(transform.scaled(cumulants, byOutput: ensemble.outputScales))
  }

  /// With correlated output weights all moments of order 2k are multiplied by one ratio.
  private func correlated(_ cumulants: [[Double]]) -> [[Double]] {
    guard ensemble.correlation != nil else { return cumulants }
    let moments = transform.moments(ofCumulants: cumulants)
    return transform.cumulants(
      ofMoments: moments.enumerated().map { n, values in
        let ratio = n % 2 == 0 ? ensemble.momentRatio(n / 2) : 1
        return values.map { ratio * $0 }
      })
  }

  /// Cumulants of the output bias, which is the same at every point.
  private func biasCumulants(output: Int, through top: Int) -> [Double] {
    let bias = ensemble.biases[1]
    let single = CumulantTransform(slots: 1, maximumOrder: top)
    let moments = (0...top).map {
      [bias.moment($0, scale: bias.sigma, mean: bias.mean(ofOutput: output))]
    }
    return single.cumulants(ofMoments: moments).map { $0[0] }
  }
}
