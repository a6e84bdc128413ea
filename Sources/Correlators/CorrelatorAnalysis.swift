import Combinatorics
import Foundation
import NumericalMethods
import Statistics

/// Turns sums over replicates into correlators with errors.
///
/// Errors: delete-one-run jackknife; covariance: the same over the fixed blocks. Connected parts
/// are plug-in cumulants less their jackknife bias, which leaves O(1/samples^2).
public struct CorrelatorAnalysis: Sendable {
  /// How connected parts are formed: joint cumulants of the sample, or (`published`) raw moments
  /// minus the Wick terms of the exact two-point function, with raw deviations.
  public enum Form: String, Sendable, Codable, CaseIterable {
    case unbiased, published
  }

  /// Relative rounding error of a correlator, a bound on what cancels in its sums.
  public static let roundingError = 1e-14

  /// Elements above which no covariance is kept.
  public static let covarianceLimit = 1000

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
  private func ratios(_ t: CorrelatorTensors, _ free: FreeTheory, order: Int, included: [Int])
    -> (m: [Double], connected: [Double])
  {
    let wick = free.wick[order]
    let full = order <= 2 || form == .published ? t.full : free.rebuilt(connected: t.connected)
    return (
      included.map { (full[order][$0] - wick[$0]) / wick[$0] },
      included.map { t.connected[order][$0] / abs(wick[$0]) }
    )
  }

  private func meanAbsolute(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0) { $0 + abs($1) } / Double(values.count)
  }

  /// The correlators of the given orders.
  public func measure(_ sums: ReplicatedSums, orders: [Int]) -> [Correlator] {
    let all = tensors(sums.means)
    let withoutRun = sums.meansWithoutRun.map(tensors)
    let runs = sums.runMeans.map(tensors)
    let jackknife = Jackknife(counts: sums.runCounts)
    let free = freeTheory(all)
    let freeWithoutRun =
      exactSecond == nil || exactFirst == nil
      ? withoutRun.map(freeTheory) : withoutRun.map { _ in free }
    // Connected parts with one block left out, for the orders whose covariance is wanted.
    let kept = orders.filter { count($0) <= Self.covarianceLimit || $0 == 2 }
    let withoutBlock =
      kept.isEmpty
      ? []
      : sums.meansWithoutBlock.map { means -> [Int: [Double]] in
        let connected = tensors(means).connected
        return Dictionary(uniqueKeysWithValues: kept.map { ($0, connected[$0]) })
      }
    let blockKnife = Jackknife(counts: sums.blockCounts)

    return orders.map { n in
      let included = free.included(order: n)
      let exactRatios = exact.map { ratios($0.tensors, free, order: n, included: included) }
      let own = ratios(all, free, order: n, included: included)
      let leftOut = zip(withoutRun, freeWithoutRun).map {
        ratios($0, $1, order: n, included: included)
      }

      // A spread below the rounding of float64 is no error: sums of many terms lose a few digits.
      func estimate(
        _ full: Double, scale: Double = 0, exact: Double?, exactError: Double? = nil,
        _ leftOut: @escaping (Int) -> Double
      ) -> Estimate {
        let rounding = Self.roundingError * max(abs(full), scale)
        return Estimate(
          value: jackknife.corrected(full: full, leftOut: leftOut),
          error: jackknife.error(full: full, leftOut: leftOut).map { max($0, rounding) },
          // Below rounding an error of the exact value says nothing.
          exact: exact,
          exactError: exactError.flatMap { $0 > 1e-13 * max(abs(full), scale) ? $0 : nil })
      }

      let elements = transform.multisets[n].tuples.enumerated().map { i, tuple in
        CorrelatorElement(
          indices: tuple.map { $0 / outputs },
          outputs: outputs > 1 ? tuple.map { $0 % outputs } : nil,
          full: estimate(
            all.full[n][i], exact: exact?.tensors.full[n][i],
            exactError: exact?.fullError(order: n, element: i)
          ) { withoutRun[$0].full[n][i] },
          gaussian: finite(free.wick[n][i]),
          connected: estimate(
            all.connected[n][i], scale: abs(all.full[n][i]),
            exact: exact?.tensors.connected[n][i],
            exactError: exact?.connectedError(order: n, element: i)
          ) {
            withoutRun[$0].connected[n][i]
          })
      }
      let deviations = leftOut.map { (meanAbsolute($0.m), meanAbsolute($0.connected)) }
      let spread = included.map { i -> Double in
        let values = runs.map { $0.full[n][i] }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance =
          values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count - 1))
        return variance.squareRoot() / abs(free.wick[n][i])
      }
      let background = meanAbsolute(spread)
      let faint = included.indices.filter { k in
        guard let error = jackknife.error(full: own.m[k], leftOut: { leftOut[$0].m[k] }) else {
          return false
        }
        return abs(own.m[k]) < 5 * error
      }.count

      return Correlator(
        order: n, elements: elements,
        deviation: estimate(
          meanAbsolute(own.m), exact: exactRatios.map { meanAbsolute($0.m) }
        ) { deviations[$0].0 },
        connectedDeviation: estimate(
          meanAbsolute(own.connected), exact: exactRatios.map { meanAbsolute($0.connected) }
        ) { deviations[$0].1 },
        excluded: elements.count - included.count,
        background: Background(
          mean: finite(background / Double(runs.count).squareRoot()),
          single_run: finite(background)),
        chiSquare: n == 2
          ? exactSecond.flatMap { second in
            BlockDeviations(
              blockKnife, full: all.connected[2], leftOut: withoutBlock.map { $0[2]! })?
              .chiSquare(zip(all.connected[2], second).map { $0 - $1 })
          } : nil,
        faint: faint,
        covariance: count(n) <= Self.covarianceLimit
          ? BlockDeviations(
            blockKnife, full: all.connected[n], leftOut: withoutBlock.map { $0[n]! })?
            .covariance : nil,
        withoutRun: deviations.map { (deviation: $0.0, connected: $0.1) })
    }
  }

  /// The correlators from exact values alone: nothing is drawn.
  public func exactOnly(orders: [Int]) -> [Correlator] {
    guard let exact else { return [] }
    let free = freeTheory(exact.tensors)
    return orders.map { n in
      let included = free.included(order: n)
      let own = ratios(exact.tensors, free, order: n, included: included)
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
      return Correlator(
        order: n, elements: elements, deviation: .exactly(meanAbsolute(own.m), error: error),
        connectedDeviation: .exactly(meanAbsolute(own.connected), error: error),
        excluded: elements.count - included.count,
        background: Background(mean: nil, single_run: nil), chiSquare: nil,
        faint: 0, covariance: nil, withoutRun: [])
    }
  }

  private func count(_ order: Int) -> Int { transform.multisets[order].tuples.count }

  private func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }
}
