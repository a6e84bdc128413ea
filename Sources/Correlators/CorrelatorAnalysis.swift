import Combinatorics
import Foundation
import NumericalMethods
import Statistics

/// Turns sums over replicates into correlators with errors.
///
/// Errors and covariances: delete-one jackknife over the fixed blocks; in the form `published` errors leave out
/// one run. Connected parts are plug-in cumulants less their jackknife bias, which leaves O(1/samples^2).
public struct CorrelatorAnalysis: Sendable {
  /// How connected parts are formed: joint cumulants of the sample, or (`published`) raw moments
  /// minus the Wick terms of the exact two-point function, with raw deviations and errors from runs.
  public enum Form: String, Sendable, Codable, CaseIterable {
    case unbiased, published

    var replicate: ReplicatedSums.Replicate { self == .published ? .run : .block }
  }

  /// Relative rounding error of a correlator, a bound on what cancels in its sums.
  public static let roundingError = 1e-14

  /// Elements above which no covariance is kept.
  public static let covarianceLimit = 1000

  /// Sigmas below which a measured Wick value is taken for noise, by which nothing can be divided.
  public static let clearlyNotZero = 5.0

  public let formula: CorrelatorFormula
  public let outputs: Int
  public let form: Form
  /// The exact one- and two-point cumulants, where known.
  public let exactFirst: [Double]?
  public let exactSecond: [Double]?
  public let exact: ExactCorrelators?

  public init(
    formula: CorrelatorFormula, outputs: Int, form: Form = .unbiased, exactFirst: [Double]? = nil,
    exactSecond: [Double]? = nil, exact: ExactCorrelators? = nil
  ) {
    self.formula = formula
    self.outputs = outputs
    self.form = form
    self.exactFirst = exactFirst
    self.exactSecond = exactSecond
    self.exact = exact
  }

  private var transform: CumulantTransform { formula.transform }

  private var isFreeTheoryKnown: Bool { exactSecond != nil && exactFirst != nil }

  private func tensors(_ means: [Double]) -> CorrelatorTensors {
    formula.tensors(means: means, exactSecond: form == .published ? exactSecond : nil)
  }

  private func freeTheory(_ measured: CorrelatorTensors) -> FreeTheory {
    FreeTheory(
      first: exactFirst ?? measured.connected[1],
      second: exactSecond ?? (transform.maximumOrder >= 2 ? measured.connected[2] : []),
      transform: transform)
  }

  /// Relative deviations m_n and Gc_n / G_GP of the elements that have a Wick value.
  private func ratios(
    _ t: CorrelatorTensors, rebuilt: [[Double]], _ free: FreeTheory, order: Int, included: [Int]
  ) -> (m: [Double], connected: [Double]) {
    let wick = free.wick[order]
    return (
      included.map { (rebuilt[order][$0] - wick[$0]) / wick[$0] },
      included.map { t.connected[order][$0] / abs(wick[$0]) }
    )
  }

  /// What m_n of each order is the deviation of: raw moments through order 2 and in the published form.
  private func rebuilt(_ t: CorrelatorTensors, _ free: FreeTheory, orders: [Int]) -> [[Double]] {
    guard form != .published, orders.contains(where: { $0 > 2 }) else { return t.full }
    var all = free.rebuilt(connected: t.connected)
    for n in 0...min(2, transform.maximumOrder) { all[n] = t.full[n] }
    return all
  }

  private func meanAbsolute(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0) { $0 + abs($1) } / Double(values.count)
  }

  /// Elements of each order that have a Wick value to be divided by: beyond rounding, and where the free
  /// theory is measured beyond its error.
  private func included(_ sums: ReplicatedSums, _ free: FreeTheory, orders: [Int]) -> [[Int]] {
    let beyondRounding = orders.map { free.included(order: $0) }
    let counts = sums.counts(form.replicate)
    guard !isFreeTheoryKnown, counts.count > 1 else { return beyondRounding }
    let short = formula.throughPairs
    let knife = Jackknife(counts: counts)
    var errors = orders.map { JackknifeSums(knife, full: free.wick[$0]) }
    for r in counts.indices {
      let means = sums.means(without: r, form.replicate)
      let t = short.tensors(means: Array(means.prefix(short.monomials.count)))
      let left = freeTheory(t)
      for (k, n) in orders.enumerated() { errors[k].leaveOut(r, left.wick[n]) }
    }
    return zip(beyondRounding, errors).map { list, sums in
      let estimates = sums.estimates
      return list.filter {
        (estimates[$0].sigmas(from: 0)).map { abs($0) >= Self.clearlyNotZero } ?? true
      }
    }
  }

  /// The correlators of the given orders.
  ///
  /// - Complexity: one evaluation of all tensors a replicate; what is kept of a replicate are the two
  ///   deviations, and the elements of orders whose covariance is wanted.
  public func measure(_ sums: ReplicatedSums, orders: [Int]) -> [Correlator] {
    let all = tensors(sums.means)
    let free = freeTheory(all)
    let included = included(sums, free, orders: orders)
    let whole = rebuilt(all, free, orders: orders)
    let counts = sums.counts(form.replicate)
    var own = orders.indices.map { k in
      let r = ratios(all, rebuilt: whole, free, order: orders[k], included: included[k])
      return OrderReplicates(
        counts, full: all.full[orders[k]], connected: all.connected[orders[k]], m: r.m,
        deviation: meanAbsolute(r.m), connectedDeviation: meanAbsolute(r.connected))
    }
    // Connected parts with one block left out, for the orders whose covariance is wanted.
    let kept = orders.filter { count($0) <= Self.covarianceLimit || $0 == 2 }
    var blocks: [Int: [[Double]]] = [:]
    for r in counts.indices where counts.count > 1 {
      let t = tensors(sums.means(without: r, form.replicate))
      let f = isFreeTheoryKnown ? free : freeTheory(t)
      let full = rebuilt(t, f, orders: orders)
      for (k, n) in orders.enumerated() {
        let ratios = ratios(t, rebuilt: full, f, order: n, included: included[k])
        own[k].leaveOut(
          r, full: t.full[n], connected: t.connected[n], m: ratios.m,
          deviation: meanAbsolute(ratios.m), connectedDeviation: meanAbsolute(ratios.connected))
      }
      if form.replicate == .block {
        for n in kept { blocks[n, default: []].append(t.connected[n]) }
      }
    }
    if form.replicate == .run, !kept.isEmpty {
      for r in sums.blockCounts.indices where sums.blockCounts.count > 1 {
        let connected = tensors(sums.means(without: r)).connected
        for n in kept { blocks[n, default: []].append(connected[n]) }
      }
    }
    let knife = Jackknife(counts: sums.blockCounts)
    return orders.indices.map { k in
      let n = orders[k]
      let deviations = blocks[n].flatMap { left in
        BlockDeviations(knife, full: all.connected[n], leftOut: left)
      }
      return correlator(
        order: n, own[k], all, free, included: included[k], runs: sums.runCounts.count,
        covariance: count(n) <= Self.covarianceLimit ? deviations?.covariance : nil,
        chiSquare: n == 2
          ? exactSecond.flatMap { second in
            deviations?.chiSquare(zip(all.connected[2], second).map { $0 - $1 })
          } : nil)
    }
  }

  private func correlator(
    order n: Int, _ own: OrderReplicates, _ all: CorrelatorTensors, _ free: FreeTheory,
    included: [Int], runs: Int, covariance: SymmetricMatrix?, chiSquare: ChiSquare?
  ) -> Correlator {
    let (full, connected) = (own.full.estimates, own.connected.estimates)
    let exactRatios = exact.map { exact in
      ratios(
        exact.tensors, rebuilt: rebuilt(exact.tensors, free, orders: [n]), free, order: n,
        included: included)
    }
    let elements = transform.multisets[n].tuples.enumerated().map { i, tuple in
      CorrelatorElement(
        indices: tuple.map { $0 / outputs },
        outputs: outputs > 1 ? tuple.map { $0 % outputs } : nil,
        full: Self.estimate(
          full[i], size: all.full[n][i], exact: exact?.tensors.full[n][i],
          exactError: exact?.fullError(order: n, element: i)),
        gaussian: finite(free.wick[n][i]),
        connected: Self.estimate(
          connected[i], size: max(abs(all.connected[n][i]), abs(all.full[n][i])),
          exact: exact?.tensors.connected[n][i],
          exactError: exact?.connectedError(order: n, element: i)))
    }
    let background = meanAbsolute(included.map { (full[$0].error ?? .nan) / free.wick[n][$0] })
    let faint = own.m.estimates.filter { m in
      m.sigmas(from: 0).map { abs($0) < 5 } ?? false
    }.count
    return Correlator(
      order: n, elements: elements,
      deviation: Self.estimate(
        own.deviation.estimate, size: own.deviation.full,
        exact: exactRatios.map { meanAbsolute($0.m) }),
      connectedDeviation: Self.estimate(
        own.connectedDeviation.estimate, size: own.connectedDeviation.full,
        exact: exactRatios.map { meanAbsolute($0.connected) }),
      excluded: elements.count - included.count,
      background: Background(
        mean: finite(background), single_run: finite(background * Double(runs).squareRoot())),
      chiSquare: chiSquare, faint: faint, covariance: covariance,
      replicated: (own.deviation, own.connectedDeviation))
  }

  /// A spread below the rounding of float64 is no error: sums of many terms lose a few digits. Nor does an
  /// error of the exact value below rounding say anything.
  private static func estimate(
    _ own: Estimate, size: Double, exact: Double?, exactError: Double? = nil
  ) -> Estimate {
    var result = Estimate(
      value: own.value, error: own.error.map { max($0, Self.roundingError * abs(size)) },
      degrees: own.degrees, exact: exact,
      exactError: exactError.flatMap { $0 > 1e-13 * abs(size) ? $0 : nil })
    result.expansion = own.expansion
    return result
  }

  /// The correlators from exact values alone: nothing is drawn.
  public func exactOnly(orders: [Int]) -> [Correlator] {
    guard let exact else { return [] }
    let free = freeTheory(exact.tensors)
    return orders.map { n in
      let included = free.included(order: n)
      let own = ratios(
        exact.tensors, rebuilt: rebuilt(exact.tensors, free, orders: [n]), free, order: n,
        included: included)
      let elements = transform.multisets[n].tuples.enumerated().map { i, tuple in
        CorrelatorElement(
          indices: tuple.map { $0 / outputs },
          outputs: outputs > 1 ? tuple.map { $0 % outputs } : nil,
          full: .exactly(exact.tensors.full[n][i], error: exact.fullError(order: n, element: i)),
          gaussian: finite(free.wick[n][i]),
          connected: .exactly(
            exact.tensors.connected[n][i], error: exact.connectedError(order: n, element: i)))
      }
      // The error of a mean of ratios: the mean of the elements' relative errors.
      let error = meanAbsolute(
        included.map { exact.connectedError(order: n, element: $0) / abs(free.wick[n][$0]) })
      let (m, c) = (meanAbsolute(own.m), meanAbsolute(own.connected))
      return Correlator(
        order: n, elements: elements, deviation: .exactly(m, error: error),
        connectedDeviation: .exactly(c, error: error),
        excluded: elements.count - included.count,
        background: Background(mean: nil, single_run: nil), chiSquare: nil,
        faint: 0, covariance: nil, replicated: (Replicated(exact: m), Replicated(exact: c)))
    }
  }

  private func count(_ order: Int) -> Int { transform.multisets[order].tuples.count }

  private func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }
}

/// The jackknife of one order: sums for every element, and the deviations replicate by replicate.
private struct OrderReplicates {
  var full: JackknifeSums
  var connected: JackknifeSums
  var m: JackknifeSums
  private let counts: [Double]
  private let own: (deviation: Double, connected: Double)
  private var left: [(deviation: Double, connected: Double)] = []

  init(
    _ counts: [Double], full: [Double], connected: [Double], m: [Double], deviation: Double,
    connectedDeviation: Double
  ) {
    let knife = Jackknife(counts: counts)
    self.counts = counts
    self.full = JackknifeSums(knife, full: full)
    self.connected = JackknifeSums(knife, full: connected)
    self.m = JackknifeSums(knife, full: m)
    own = (deviation, connectedDeviation)
  }

  mutating func leaveOut(
    _ r: Int, full: [Double], connected: [Double], m: [Double], deviation: Double,
    connectedDeviation: Double
  ) {
    self.full.leaveOut(r, full)
    self.connected.leaveOut(r, connected)
    self.m.leaveOut(r, m)
    left.append((deviation, connectedDeviation))
  }

  var deviation: Replicated {
    Replicated(full: own.deviation, leftOut: left.map(\.deviation), counts: counts)
  }

  var connectedDeviation: Replicated {
    Replicated(full: own.connected, leftOut: left.map(\.connected), counts: counts)
  }
}
