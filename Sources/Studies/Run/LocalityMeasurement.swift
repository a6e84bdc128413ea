import Combinatorics
import Correlators
import Duality
import Ensembles
import Foundation
import Kernels
import NumericalMethods
import Sampling
import Statistics

/// The `locality` measurement of one case: connected correlators of the first output while groups of points
/// move apart, sampled on one set of networks, and exact where exact correlators exist.
struct LocalityMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: LocalityOptions
  let theory: StudyTheory

  var name: String { "locality" }

  private var estimator: Estimator { study.sampling.estimator }

  /// One curve: points of the correlator at every distance.
  private struct Curve {
    let channel: Channel
    let direction: [Double]
    let distances: [Double]
    let places: [[[Double]]]
  }

  private func curves() -> [Curve] {
    let dimension = study.points[0].count
    let axis = (0..<dimension).map { $0 == 0 ? 1.0 : 0 }
    let directions = options.directions.isEmpty ? [axis] : options.directions
    let distances = options.distances(for: item)
    return options.orders.flatMap { order -> [Curve] in
      let base = options.base(order: order, points: study.points.count).map { study.points[$0] }
      return options.channels(order: order).flatMap { channel in
        directions.map { e in
          Curve(
            channel: channel, direction: e, distances: distances,
            places: distances.map {
              channel.points(base, direction: e, distance: $0, both: options.move == .both)
            })
        }
      }
    }
  }

  /// Everything sampled in one requirement: all points once, the products of all cumulants once.
  private struct Plan {
    let requirement: SamplingRequirement
    /// For each curve and distance the cumulant, and where its products are.
    let cumulants: [[(formula: DistinctCumulant, places: [Int])]]
  }

  private func plan(_ curves: [Curve]) -> Plan {
    var points: [[Double]] = []
    var known: [[Double]: Int] = [:]
    let slots = curves.map { curve in
      curve.places.map { x in
        x.map { point -> Int in
          if let place = known[point] { return place }
          points.append(point)
          known[point] = points.count - 1
          return points.count - 1
        }
      }
    }
    let count = points.count
    let conditional = estimator == .conditional
    let even = item.isEven ?? true
    let ratios =
      item.ensemble?.correlation == nil ? [] : (0...3).map { item.ensemble!.momentRatio($0) }
    var monomials: [[Int]] = []
    var place: [[Int]: Int] = [:]
    let cumulants = slots.map { curve in
      curve.map { own -> (DistinctCumulant, [Int]) in
        let formula =
          conditional
          ? DistinctCumulant.kernel(points: own.count, ratios: ratios) { i, j in
            let (a, b) = (min(own[i], own[j]), max(own[i], own[j]))
            return a * count - a * (a - 1) / 2 + b - a
          } : DistinctCumulant.outputs(own.map { $0 * item.outputs }, even: even)
        let places = formula.monomials.map { m -> Int in
          if let known = place[m] { return known }
          monomials.append(m)
          place[m] = monomials.count - 1
          return monomials.count - 1
        }
        return (formula, places)
      }
    }
    return Plan(
      requirement: SamplingRequirement(
        points: Points(valid: points), quantity: conditional ? .kernel : .outputs,
        monomials: monomials),
      cumulants: cumulants)
  }

  func requirements() -> [SamplingRequirement] {
    estimator == .exact ? [] : [plan(curves()).requirement]
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    let curves = curves()
    let sampled = sums.first.map { sample(curves, $0) }
    var results: [LocalityResult] = []
    for (k, curve) in curves.enumerated() {
      let exact = exactCurve(curve)
      var points = curve.distances.map { LocalityResult.Point(distance: $0) }
      var fit: DecayFit?
      var drawn: DecayFit?
      if let sampled {
        for (i, e) in sampled[k].estimates.enumerated() {
          points[i].value = e.value
          points[i].error = e.error
        }
        drawn = DecayFit(
          distances: curve.distances, values: sampled[k].estimates.map { $0.value ?? .nan },
          covariance: sampled[k].covariance)
      }
      if let exact {
        for (i, value) in exact.enumerated() { points[i].exact = value }
        fit = DecayFit(
          distances: curve.distances, values: exact, covariance: nil,
          scale: pow(variance, 0.5 * Double(curve.channel.order)))
      }
      guard let deciding = fit ?? drawn else { continue }
      results.append(
        LocalityResult(
          order: curve.channel.order, channel: curve.channel.label, kind: curve.channel.kind,
          direction: curve.direction, verdict: deciding.verdict, reason: deciding.reason,
          decay: .init(deciding), sampled: fit == nil ? nil : drawn.map { .init($0) },
          curve: points))
    }
    own.result.locality = results
    own.result.locality_summary = LocalitySummary.text(
      results, correlated: item.ensemble?.correlation != nil)
    if let ensemble = item.ensemble, let bias = ensemble.biases.last, bias.sigma > 0 {
      own.warn(
        "output-bias",
        "the output bias is the same at all points, so that no two-point function clusters: switch it off (biases: {output: false})",
        at: place)
    }
  }

  /// Values with errors and their covariance along each curve, by leaving out one block at a time.
  private func sample(_ curves: [Curve], _ sums: ReplicatedSums) -> [(
    estimates: [Estimate], covariance: SymmetricMatrix
  )] {
    let plan = plan(curves)
    func values(_ means: [Double]) -> [[Double]] {
      plan.cumulants.map { curve in
        curve.map { cumulant in cumulant.formula.value { means[cumulant.places[$0]] } }
      }
    }
    let full = values(sums.means)
    let left = sums.leavingOut(.block, values)
    let knife = Jackknife(counts: sums.blockCounts)
    return full.indices.map { k in
      let deviations = full[k].indices.map { i in
        knife.deviations(full: full[k][i]) { left[$0][k][i] }
      }
      let covariance = SymmetricMatrix(count: full[k].count) { i, j in
        zip(deviations[i], deviations[j]).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let estimates = full[k].indices.map { i in
        Estimate(
          value: knife.corrected(full: full[k][i]) { left[$0][k][i] },
          error: max(0, covariance[i, i]).squareRoot(), degrees: knife.degrees)
      }
      return (estimates, covariance)
    }
  }

  /// K at the first point, for the size of correlators.
  private var variance: Double {
    item.kernel?[0][0] ?? theory.kernels[index]?.matrix[0, 0] ?? 1
  }

  private func exactCurve(_ curve: Curve) -> [Double]? {
    if let theory = item.freeTheory {
      guard curve.channel.order <= 4 else { return nil }
      return curve.places.map { x in
        curve.channel.order == 2
          ? theory.propagator(zip(x[0], x[1]).map { $0 - $1 }) : theory.connectedFourPoint(x)
      }
    }
    guard let ensemble = item.ensemble?.ofFirstOutput, ensemble.isShallow,
      UnitMoments.whyUnavailable(ensemble) == nil
    else { return nil }
    var values: [Double] = []
    let order = curve.channel.order
    for x in curve.places {
      // Points that coincide are one point with several fields.
      var distinct: [[Double]] = []
      let slots = x.map { point -> Int in
        if let known = distinct.firstIndex(of: point) { return known }
        distinct.append(point)
        return distinct.count - 1
      }
      let points = Points(valid: distinct)
      if estimator != .exact, UnitMoments.isLaborious(ensemble, points: points, order: order) {
        return nil
      }
      guard let exact = try? ExactCumulants(ensemble, points: points, order: order) else {
        return nil
      }
      let place = exact.transform.multisets[order].index(of: slots.sorted())
      let value = exact.connected[order][place]
      guard value.isFinite else { return nil }
      values.append(value)
    }
    return values
  }
}

/// The verdicts of all channels in one sentence.
enum LocalitySummary {
  /// - Parameter correlated: whether output weights are correlated, so that orders above 2 stay at any width.
  static func text(_ results: [LocalityResult], correlated: Bool) -> String {
    func list(_ channels: [LocalityResult]) -> String {
      let kinds = Dictionary(grouping: channels, by: \.kind).keys.sorted()
      return kinds.joined(separator: " and ")
    }
    let second = results.filter { $0.order == 2 }
    var parts: [String] = []
    if !second.isEmpty {
      let bad = second.filter { $0.verdict == .doesNotCluster }
      let open = second.filter { $0.verdict == .undecided }
      parts.append(
        !bad.isEmpty
          ? "non-local already at infinite width (\(bad[0].reason))"
          : !open.isEmpty
            ? "undecided at infinite width (\(open[0].reason))"
            : "local at infinite width (\(second[0].reason))")
    }
    for order in Set(results.map(\.order)).sorted() where order > 2 {
      let own = results.filter { $0.order == order }
      let what =
        correlated ? "order \(order) at any width" : "order 1/N" + (order == 6 ? "^2" : "")
      let bad = own.filter { $0.verdict == .doesNotCluster }
      let good = own.filter { $0.verdict == .clusters }
      let open = own.filter { $0.verdict == .undecided }
      var text: [String] = []
      if !bad.isEmpty {
        text.append("non-local at \(what) through \(list(bad)) (\(bad[0].reason))")
      }
      if !good.isEmpty {
        text.append(bad.isEmpty && open.isEmpty ? "local at \(what)" : "\(list(good)) clusters")
      }
      if !open.isEmpty { text.append("\(list(open)) undecided (\(open[0].reason))") }
      parts.append(text.joined(separator: ", "))
    }
    return parts.joined(separator: "; ")
  }
}
