import Combinatorics
import Ensembles
import Kernels
import Statistics

/// Connected correlators of one output at a set of points, of every order through a maximum, with
/// what their errors follow from: the same tensors with one block left out, and the exact ones where they
/// are known.
///
/// Whatever is derived from connected correlators (couplings, actions) is a function of these tensors;
/// `estimate` gives it with its jackknife error and its exact value. Where the two-point function is
/// known exactly it stands in all tensors, since it is the same at every width.
public struct CumulantSample: Sendable {
  /// Slots are points.
  public let transform: CumulantTransform
  /// Plug-in cumulants of all samples; the exact ones where nothing was drawn.
  public let connected: [[Double]]
  public let withoutBlock: [[[Double]]]
  public let exact: [[Double]]?
  private let exactUncertainty: UnitMoments.Uncertainty
  private let blockCounts: [Double]
  public let isSampled: Bool

  /// From samples.
  ///
  /// - Parameters:
  ///   - formula: how the sums become cumulants; its slots must be those of `points`, one output.
  ///   - second: the exact two-point function over pairs of points, in the order of `Multisets`.
  public init(
    _ sums: ReplicatedSums, formula: CorrelatorFormula, second: [Double]? = nil,
    exact: ExactCumulants? = nil
  ) {
    func tensors(_ means: [Double]) -> [[Double]] {
      var result = formula.tensors(means: means).connected
      if let second { result[2] = second }
      return result
    }
    transform = formula.transform
    connected = tensors(sums.means)
    withoutBlock = sums.blockCounts.count > 1 ? sums.leavingOut(.block, tensors) : []
    isSampled = true
    self.exact = exact?.connected
    exactUncertainty = exact?.uncertainty ?? .none
    blockCounts = sums.blockCounts
  }

  /// From exact values alone.
  public init(_ exact: ExactCumulants) {
    transform = exact.transform
    connected = exact.connected
    withoutBlock = []
    isSampled = false
    self.exact = exact.connected
    exactUncertainty = exact.uncertainty
    blockCounts = []
  }

  private init(_ whole: CumulantSample, _ slots: [Int]) {
    let part = CumulantTransform(
      slots: slots.count, maximumOrder: whole.transform.maximumOrder,
      evenOnly: whole.transform.evenOnly)
    func restrict(_ tensors: [[Double]]) -> [[Double]] {
      part.multisets.map { set in
        set.tuples.map { tuple in
          tensors[set.order][
            whole.transform.multisets[set.order].index(of: tuple.map { slots[$0] }.sorted())]
        }
      }
    }
    transform = part
    connected = restrict(whole.connected)
    withoutBlock = whole.withoutBlock.map(restrict)
    isSampled = whole.isSampled
    exact = whole.exact.map(restrict)
    exactUncertainty = whole.exactUncertainty.map(restrict)
    blockCounts = whole.blockCounts
  }

  /// The same at some of the points.
  public func restricted(to points: [Int]) -> CumulantSample { CumulantSample(self, points) }

  /// Values derived from the tensors, each with its error and exact value. Values that are not finite
  /// become nil.
  public func estimate(_ derived: ([[Double]]) -> [Double]) -> [Estimate] {
    Self.estimate([self]) { derived($0[0]) }
  }

  /// Values derived from the tensors of several sets of points of the same networks.
  public static func estimate(_ samples: [CumulantSample], _ derived: ([[[Double]]]) -> [Double])
    -> [Estimate]
  {
    let known =
      samples.allSatisfy { $0.exact != nil } ? exactly(samples, derived) : nil
    guard samples.allSatisfy(\.isSampled), let first = samples.first else { return known ?? [] }
    let full = derived(samples.map(\.connected))
    var sums = JackknifeSums(Jackknife(counts: first.blockCounts), full: full)
    for r in first.withoutBlock.indices {
      sums.leaveOut(r, derived(samples.map { $0.withoutBlock[r] }))
    }
    return sums.estimates.enumerated().map { i, own in
      let rounding = CorrelatorAnalysis.roundingError * abs(full[i])
      return Estimate(
        value: own.value, error: own.error.map { max($0, rounding) }, degrees: own.degrees,
        exact: known?[i].value,
        exactError: known?[i].error.flatMap { $0 > 1e-13 * abs(full[i]) ? $0 : nil })
    }
  }

  /// Exact values with their numerical errors.
  private static func exactly(
    _ samples: [CumulantSample], _ derived: ([[[Double]]]) -> [Double]
  ) -> [Estimate] {
    let own = derived(samples.map { $0.exact ?? [] })
    // Variants of all samples together: coarser rules, or the same shift left out everywhere.
    func variant(_ sample: CumulantSample, _ k: Int) -> [[Double]] {
      switch sample.exactUncertainty {
      case .none: sample.exact ?? []
      case .coarser(let other): other
      case .shiftsLeftOut(let tables): tables[k % tables.count]
      }
    }
    let shifts =
      samples.map { sample -> Int in
        if case .shiftsLeftOut(let tables) = sample.exactUncertainty { return tables.count }
        return 0
      }.max() ?? 0
    let errors: [Double]
    if shifts > 1 {
      let others = (0..<shifts).map { k in derived(samples.map { variant($0, k) }) }
      let count = Double(shifts)
      errors = own.indices.map { i in
        let mean = others.reduce(0) { $0 + $1[i] } / count
        let spread = others.reduce(0) { $0 + ($1[i] - mean) * ($1[i] - mean) }
        return (spread * (count - 1) / count).squareRoot()
      }
    } else {
      errors = zip(own, derived(samples.map { variant($0, 0) })).map { abs($0 - $1) }
    }
    return zip(own, errors).map { .exactly($0, error: $1.isFinite ? $1 : 0) }
  }

  /// Deviations of derived values with one block left out, for their covariance; nil where nothing
  /// was drawn, or one block only.
  public func blockDeviations(_ derived: ([[Double]]) -> [Double]) -> BlockDeviations? {
    guard withoutBlock.count > 1 else { return nil }
    return BlockDeviations(
      Jackknife(counts: blockCounts), full: derived(connected),
      leftOut: withoutBlock.map(derived))
  }

  /// A derived value with what it is when one block is left out, for fits across cases.
  public func replicated(_ derived: ([[Double]]) -> Double) -> Replicated {
    Replicated(
      full: derived(connected), leftOut: withoutBlock.map(derived), counts: blockCounts)
  }

  /// Full correlators of an order from connected ones.
  public func full(_ connected: [[Double]], order: Int) -> [Double] {
    transform.moments(ofCumulants: connected)[order]
  }
}

/// Exact connected correlators of one output with what is known of their numerical error.
public struct ExactCumulants: Sendable {
  public let transform: CumulantTransform
  public let connected: [[Double]]
  public let uncertainty: UnitMoments.Uncertainty

  /// - Throws: `UnitMoments.Unavailable` where there is no exact value.
  public init(_ ensemble: Ensemble, points: Points, order: Int) throws(UnitMoments.Unavailable) {
    self.init(
      ensemble, unit: try UnitMoments.exact(ensemble, points: points, order: order),
      points: points.count, order: order)
  }

  /// From the moments of the hidden unit through `order`, at the same points.
  public init(_ ensemble: Ensemble, unit: UnitMoments, points: Int, order: Int) {
    let transform = CumulantTransform(
      slots: points, maximumOrder: order, evenOnly: ensemble.oddCorrelatorsVanish)
    let theory = NeuronTheory(
      ensemble.ofFirstOutput, points: points, transform: transform)
    func cumulants(_ moments: [[Double]]) -> [[Double]] {
      theory.networkCumulants(unitMoments: Array(moments.prefix(order + 1)))
    }
    self.init(
      transform: transform, connected: cumulants(unit.values),
      uncertainty: unit.uncertainty.map(cumulants))
  }

  public init(
    transform: CumulantTransform, connected: [[Double]],
    uncertainty: UnitMoments.Uncertainty = .none
  ) {
    self.transform = transform
    self.connected = connected
    self.uncertainty = uncertainty
  }
}
