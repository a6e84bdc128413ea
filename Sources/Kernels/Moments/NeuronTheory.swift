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

  private var weight: Density { ensemble.weights[1] }

  /// Joint cumulants of the outputs of every order, from the unit's moments (all orders through
  /// the transform's maximum; odd ones may be absent where the transform leaves them out).
  public func networkCumulants(unitMoments: [[Double]]) -> [[Double]] {
    finished(transform.cumulants(ofMoments: neuronMoments(unitMoments)))
  }

  /// The same from exact moments, with their numerical errors and a bound on rounding.
  ///
  /// Where moments nearly cancel and the unit's own cumulants are known, Gaussian weights take those
  /// (`GaussianWeightCumulants`): of both ways each element has the one that loses less.
  public func networkCumulants(_ unit: UnitMoments) -> NumericalTensors {
    func moments(_ table: [[Double]]) -> [[Double]] {
      Array(table.prefix(transform.maximumOrder + 1))
    }
    let neuron = neuronMoments(moments(unit.values))
    let plain = transform.cumulants(ofMoments: neuron)
    var own = NumericalTensors(
      values: finished(plain),
      uncertainty: unit.uncertainty.map { networkCumulants(unitMoments: moments($0)) },
      rounding: finishedErrors(
        transform.cumulantErrors(
          moments: neuron, cumulants: plain,
          momentErrors: neuronMoments(moments(unit.rounding), sizes: true)), of: plain))
    guard weight.isCentredGaussian, ensemble.correlation == nil,
      let cumulants = unit.cumulants(through: transform.maximumOrder)
    else { return own }
    let direct = gaussianWeights(cumulants.values, cumulants.rounding)
    let rounding = finishedErrors(direct.errors, of: direct.values)
    let isBetter = rounding.enumerated().map { n, errors in
      errors.enumerated().map { i, error in error < own.rounding[n][i] }
    }
    func choose(_ first: [[Double]], _ second: [[Double]]) -> [[Double]] {
      first.indices.map { n in
        first[n].indices.map { isBetter[n][$0] ? second[n][$0] : first[n][$0] }
      }
    }
    own.values = choose(own.values, finished(direct.values))
    own.rounding = choose(own.rounding, rounding)
    own.uncertainty = own.uncertainty.combined(of: own.values, cumulants.uncertainty) {
      choose($0, finished(gaussianWeights($1, cumulants.rounding).values))
    }
    return own
  }

  /// Moments of W_i s; with `sizes`, of their absolute values.
  private func neuronMoments(_ unitMoments: [[Double]], sizes: Bool = false) -> [[Double]] {
    let outputs = ensemble.outputs
    let top = transform.maximumOrder
    let weightMoments = (0..<outputs).map { i in
      (0...top).map { n in
        let moment = weight.moment(
          n, scale: ensemble.weightScale(layer: 1), mean: weight.mean(ofOutput: i))
        return sizes ? abs(moment) : moment
      }
    }
    var neuron = transform.multisets.map { [Double](repeating: 0, count: $0.tuples.count) }
    neuron[0] = [sizes ? 0 : 1]
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
    return neuron
  }

  /// Cumulants of W_i s for Gaussian weights, from those of the unit. An infinite bound marks elements
  /// that are not computed: those that mix more than two outputs.
  private func gaussianWeights(_ unit: [[Double]], _ errors: [[Double]]) -> (
    values: [[Double]], errors: [[Double]]
  ) {
    let outputs = ensemble.outputs
    let scale = ensemble.weightScale(layer: 1)
    var values = transform.multisets.map { [Double](repeating: 0, count: $0.tuples.count) }
    var bounds = values
    values[0] = [1]
    for set in transform.multisets.dropFirst() where set.order % 2 == 0 {
      let factor = pow(scale, Double(set.order))
      for (i, tuple) in set.tuples.enumerated() {
        let own = tuple.map { $0 % outputs }
        let names = Array(Set(own)).sorted()
        // Each output's weights are as likely positive as negative.
        guard names.allSatisfy({ name in own.count { $0 == name } % 2 == 0 }) else { continue }
        guard names.count <= GaussianWeightCumulants.most else {
          bounds[set.order][i] = .infinity
          continue
        }
        let kappa = (0..<(1 << set.order)).map { mask -> RoundedValue in
          let part = tuple.indices.filter { mask >> $0 & 1 == 1 }.map { tuple[$0] / outputs }
          let place = unitSets[part.count].index(of: part)
          return RoundedValue(value: unit[part.count][place], error: errors[part.count][place])
        }
        let found = GaussianWeightCumulants(
          kappa: kappa, outputs: own.map { $0 == names[0] ? 0 : 1 }
        ).cumulant()
        values[set.order][i] = factor * found.value
        bounds[set.order][i] =
          found.error.isFinite && found.value.isFinite ? factor * found.error : .infinity
      }
    }
    return (values, bounds)
  }

  /// From one neuron to all of them, with biases, unequal outputs and correlated weights.
  private func finished(_ neuron: [[Double]]) -> [[Double]] {
    let cumulants = independent(neuron)
    guard ensemble.correlation != nil else { return cumulants }
    return transform.cumulants(ofMoments: rescaled(transform.moments(ofCumulants: cumulants)))
  }

  /// The rounding errors that go with `finished`.
  private func finishedErrors(_ neuron: [[Double]], of values: [[Double]]) -> [[Double]] {
    let bias = ensemble.biases[1]
    let width = Double(ensemble.hidden[0].width)
    let errors = transform.scaled(
      neuron.enumerated().map { n, errors in
        let own = n == 0 ? 0 : abs(bias.cumulant(n, scale: bias.sigma, mean: 0))
        return errors.map { width * $0 + Double.ulpOfOne * own }
      }, byOutput: ensemble.outputScales.map { abs($0) })
    guard ensemble.correlation != nil else { return errors }
    let cumulants = independent(values)
    let moments = transform.moments(ofCumulants: cumulants)
    let changed = rescaled(moments)
    return transform.cumulantErrors(
      moments: changed, cumulants: transform.cumulants(ofMoments: changed),
      momentErrors: rescaled(
        transform.momentErrors(cumulants: cumulants, moments: moments, cumulantErrors: errors)))
  }

  private func independent(_ neuron: [[Double]]) -> [[Double]] {
    let outputs = ensemble.outputs
    let width = Double(ensemble.hidden[0].width)
    let bias = ensemble.biases[1]
    var cumulants = neuron
    for n in 1...max(1, transform.maximumOrder) where n <= transform.maximumOrder {
      let own = (0..<outputs).map {
        bias.cumulant(n, scale: bias.sigma, mean: bias.mean(ofOutput: $0))
      }
      for (i, tuple) in transform.multisets[n].tuples.enumerated() {
        cumulants[n][i] *= width
        let output = tuple[0] % outputs
        // The bias is the same at every point.
        if tuple.allSatisfy({ $0 % outputs == output }) { cumulants[n][i] += own[output] }
      }
    }
    return transform.scaled(cumulants, byOutput: ensemble.outputScales)
  }

  /// With correlated output weights all moments of order 2k are multiplied by one ratio.
  private func rescaled(_ moments: [[Double]]) -> [[Double]] {
    moments.enumerated().map { n, values in
      let ratio = n % 2 == 0 ? ensemble.momentRatio(n / 2) : 1
      return values.map { ratio * $0 }
    }
  }
}
