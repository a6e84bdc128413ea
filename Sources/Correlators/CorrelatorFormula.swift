import Combinatorics
import Ensembles
import Kernels

/// How sampled means become correlators: the products to average, and the map from their means to
/// full and connected correlators. One case per kind of sampled slot.
public struct CorrelatorFormula: Sendable {
  /// Slots point * outputs + output, all orders through the highest asked for.
  public let transform: CumulantTransform
  /// The products of sampled slots whose means are needed, orders ascending.
  public let monomials: [[Int]]
  private let basis: Basis

  private enum Basis: Sendable {
    /// The outputs themselves.
    case outputs
    /// The random kernel over pairs of points, with the pairings of every tuple.
    case kernel(
      CumulantTransform, pairingTable: [[[Int32]]], momentRatios: [Double], scales: [Double])
    /// Single hidden units.
    case units(NeuronTheory, sets: [Multisets])
  }

  /// From products of outputs: moments, and the joint cumulants by the partition formula.
  public static func outputs(points: Int, outputs: Int, order: Int, evenOnly: Bool) -> Self {
    let transform = CumulantTransform(
      slots: points * outputs, maximumOrder: order, evenOnly: evenOnly)
    let monomials = transform.multisets.filter { transform.includes(order: $0.order) }
      .flatMap(\.tuples)
    return CorrelatorFormula(transform: transform, monomials: monomials, basis: .outputs)
  }

  /// From the random kernel Kh, given which the outputs are Gaussian:
  ///
  ///     G^(2k) = sum over pairings E[prod Kh],   Gc^(2k) = sum over pairings kappa_k(Kh, ..., Kh)
  ///
  /// Correlated output weights (`ensemble`) multiply E[prod of k Kh] by one ratio, and so act as a
  /// random factor of Kh.
  public static func kernel(points: Int, outputs: Int, order: Int, ensemble: Ensemble? = nil)
    -> Self
  {
    let transform = CumulantTransform(
      slots: points * outputs, maximumOrder: order, evenOnly: true)
    let pairs = points * (points + 1) / 2
    let inner = CumulantTransform(slots: pairs, maximumOrder: max(1, order / 2))
    var table = [[[Int32]]](repeating: [], count: order + 1)
    for n in stride(from: 2, through: order, by: 2) {
      let matchings = pairings(of: n)
      table[n] = transform.multisets[n].tuples.map { tuple in
        var places: [Int32] = []
        for matching in matchings {
          // Different outputs have independent weights: such a pair contributes nothing.
          guard matching.allSatisfy({ tuple[$0.0] % outputs == tuple[$0.1] % outputs }) else {
            continue
          }
          let slots = matching.map { i, j -> Int in
            let a = tuple[i] / outputs
            let b = tuple[j] / outputs
            return a * points - a * (a - 1) / 2 + b - a
          }
          places.append(Int32(inner.multisets[n / 2].index(of: slots.sorted())))
        }
        return places
      }
    }
    return CorrelatorFormula(
      transform: transform, monomials: inner.multisets.dropFirst().flatMap(\.tuples),
      basis: .kernel(
        inner, pairingTable: table,
        momentRatios: (0...max(1, order / 2)).map { ensemble?.momentRatio($0) ?? 1 },
        scales: outputs > 1 ? ensemble?.outputScales ?? [] : []))
  }

  /// From products of one hidden unit, for any width at once.
  public static func units(_ ensemble: Ensemble, points: Int, order: Int) -> Self {
    let transform = CumulantTransform(
      slots: points * ensemble.outputs, maximumOrder: order,
      evenOnly: ensemble.oddCorrelatorsVanish)
    let sets = (0...order).map { Multisets(slots: points, order: $0) }
    return CorrelatorFormula(
      transform: transform,
      monomials: sets.filter { transform.includes(order: $0.order) }.flatMap(\.tuples),
      basis: .units(NeuronTheory(ensemble, points: points, transform: transform), sets: sets))
  }

  /// Full and connected correlators from the means of `monomials`.
  ///
  /// - Parameter exactSecond: the exact two-point cumulants, for the `published` form: connected
  ///   parts are then raw moments minus exact Wick terms. nil: joint cumulants of the sample.
  public func tensors(means: [Double], exactSecond: [Double]? = nil) -> CorrelatorTensors {
    switch basis {
    case .outputs:
      let moments = split(means, transform)
      return CorrelatorTensors(
        full: moments, connected: transform.cumulants(ofMoments: moments, second: exactSecond))
    case .kernel(let inner, let table, let ratios, let scales):
      var moments = split(means, inner)
      for k in moments.indices where ratios[k] != 1 {
        moments[k] = moments[k].map { ratios[k] * $0 }
      }
      let cumulants = inner.cumulants(ofMoments: moments)
      func summed(_ tensors: [[Double]]) -> [[Double]] {
        let sums = transform.multisets.map { set -> [Double] in
          guard set.order > 0 else { return [1] }
          guard set.order % 2 == 0 else { return [Double](repeating: 0, count: set.tuples.count) }
          let source = tensors[set.order / 2]
          return table[set.order].map { $0.reduce(0) { $0 + source[Int($1)] } }
        }
        return transform.scaled(sums, byOutput: scales)
      }
      let full = summed(moments)
      return CorrelatorTensors(
        full: full,
        connected: exactSecond.map { transform.cumulants(ofMoments: full, second: $0) }
          ?? summed(cumulants))
    case .units(let theory, let sets):
      var moments: [[Double]] = [[1]]
      var next = 0
      for set in sets.dropFirst() {
        let included = transform.includes(order: set.order)
        moments.append(
          included
            ? Array(means[next..<next + set.tuples.count])
            : [Double](repeating: 0, count: set.tuples.count))
        next += included ? set.tuples.count : 0
      }
      let cumulants = theory.networkCumulants(unitMoments: moments)
      return CorrelatorTensors(
        full: transform.moments(ofCumulants: cumulants), connected: cumulants)
    }
  }

  /// The formula through order two alone: its monomials are the first of this one's. Where it would be no
  /// shorter it is this formula.
  public var throughPairs: CorrelatorFormula {
    let two = CumulantTransform(
      slots: transform.slots, maximumOrder: min(2, transform.maximumOrder),
      evenOnly: transform.evenOnly)
    let basis: Basis
    let count: Int
    switch self.basis {
    case .outputs:
      basis = .outputs
      count = two.multisets.filter { two.includes(order: $0.order) }.reduce(0) {
        $0 + $1.tuples.count
      }
    case .kernel(let inner, let table, let ratios, let scales):
      let first = CumulantTransform(slots: inner.slots, maximumOrder: 1)
      count = first.multisets[1].tuples.count
      basis = .kernel(
        first, pairingTable: Array(table.prefix(3)), momentRatios: Array(ratios.prefix(2)),
        scales: scales)
    case .units: return self
    }
    return CorrelatorFormula(
      transform: two, monomials: Array(monomials.prefix(count)), basis: basis)
  }

  /// Cuts a list of means, orders ascending, into tensors; zeros for the orders left out.
  private func split(_ means: [Double], _ transform: CumulantTransform) -> [[Double]] {
    var tensors: [[Double]] = []
    var next = 0
    for set in transform.multisets {
      if set.order == 0 {
        tensors.append([1])
      } else if transform.includes(order: set.order) {
        tensors.append(Array(means[next..<next + set.tuples.count]))
        next += set.tuples.count
      } else {
        tensors.append([Double](repeating: 0, count: set.tuples.count))
      }
    }
    return tensors
  }
}
