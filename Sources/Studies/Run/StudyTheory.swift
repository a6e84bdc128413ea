import Combinatorics
import Correlators
import EffectiveAction
import Ensembles
import Kernels
import NumericalMethods

/// What is known exactly about the cases of a study, computed once: cases that differ in the width
/// of the last hidden layer share it.
public struct StudyTheory: Sendable {
  /// The infinite-width kernel of each case; nil where there is none.
  public let kernels: [InfiniteWidthKernel?]
  /// Exact moments of the hidden unit of each case; nil where there are none (yet).
  public let unitMoments: [UnitMoments?]
  /// The expansion in 1/width of each case: where the `kernel` measurement asks for it, and for the
  /// correlators of deep networks at up to three points (deterministic quadratures).
  public let expansions: [WidthExpansion?]
  /// Exact random kernels at finite width, for the deep nets that have them.
  public let exactWidths: [ExactWidth?]
  let whyNoExpansion: [String]
  /// Exact moments at the test points of the `couplings` measurement.
  private let testMoments: [UnitMoments?]
  /// Why a kernel, or moments, are missing, case by case.
  let whyNoKernel: [String]
  let whyNoMoments: [String]

  init(_ study: Study) {
    let top = study.measurements.map(\.highestOrder).max() ?? 0
    let testPoints = Self.testPoints(study)
    var testOf: [String: UnitMoments?] = [:]
    var tests: [UnitMoments?] = []
    var kernelOf: [String: (InfiniteWidthKernel?, String)] = [:]
    var momentsOf: [String: (UnitMoments?, String)] = [:]
    var kernels: [(InfiniteWidthKernel?, String)] = []
    var moments: [(UnitMoments?, String)] = []
    // After a stop nothing that is found here is used.
    for item in study.cases {
      guard !WorkBudget.isStopped, let ensemble = item.ensemble else {
        kernels.append((nil, "nothing is known about the networks"))
        moments.append((nil, "nothing is known about the networks"))
        tests.append(nil)
        continue
      }
      let name = ensemble.streamName(lastWidth: 0)
      // In mean field, and with correlated weights, the kernel depends on the last width.
      let kernelName =
        "\(name) \(ensemble.weightVariance(layer: ensemble.hidden.count)) \(ensemble.momentRatio(1))"
      let kernel =
        kernelOf[kernelName]
        ?? Self.known { () throws(InfiniteWidthKernel.Unavailable) in
          try InfiniteWidthKernel(ensemble, points: study.points)
        }
      kernelOf[kernelName] = kernel
      kernels.append(kernel)
      if let testPoints {
        let known =
          testOf[name]
          ?? (UnitMoments.isLaborious(ensemble, points: testPoints, order: 4)
            ? nil : try? UnitMoments.exact(ensemble, points: testPoints, order: 4))
        testOf[name] = .some(known)
        tests.append(known)
      } else {
        tests.append(nil)
      }
      guard top > 0 else {
        moments.append((nil, "no correlators are measured"))
        continue
      }
      if study.sampling.estimator != .exact,
        UnitMoments.isLaborious(ensemble, points: study.points, order: max(2, top))
      {
        moments.append(
          (nil, "so many tuples in more than three directions are computed by `exact` only"))
        continue
      }
      let unit =
        momentsOf[name]
        ?? Self.known { () throws(UnitMoments.Unavailable) in
          try UnitMoments.exact(ensemble, points: study.points, order: max(2, top))
        }
      momentsOf[name] = unit
      moments.append(unit)
    }
    let expanded = Self.expansions(study)
    expansions = expanded.map(\.0)
    whyNoExpansion = expanded.map(\.1)
    exactWidths = study.cases.map { item in
      item.ensemble.flatMap { $0.isShallow ? nil : ExactWidth($0, points: study.points) }
    }
    testMoments = tests
    self.kernels = kernels.map(\.0)
    unitMoments = moments.map(\.0)
    whyNoKernel = kernels.map(\.1)
    whyNoMoments = moments.map(\.1)
  }

  /// - Throws: `StudyError` (65) where a case has no exact moments, saying why.
  func requireMoments(of study: Study) throws(StudyError) {
    guard study.measurements.contains(where: { $0.highestOrder > 0 }),
      let index = unitMoments.firstIndex(where: { $0 == nil })
    else { return }
    throw StudyError(
      .badStudy,
      "sampling.estimator: `exact` is not available: \(whyNoMoments[index])")
  }

  private static func testPoints(_ study: Study) -> Points? {
    for case .couplings(let options) in study.measurements {
      if let points = options.testPoints { return points }
    }
    return nil
  }

  /// Exact connected correlators of the first output of a case at the points of the study, or at the
  /// test points; nil where there are none.
  func cumulants(ofCase index: Int, in study: Study, points: Points, order: Int) -> ExactCumulants?
  {
    let unit = points == study.points ? unitMoments[index] : testMoments[index]
    guard let ensemble = study.cases[index].ensemble, let unit, unit.values.count > order else {
      return nil
    }
    return ExactCumulants(ensemble, unit: unit, points: points.count, order: order)
  }

  /// The two-point function where it is known without moments: given with recorded networks, or the
  /// kernel of one hidden layer.
  func secondCumulants(ofCase index: Int, in study: Study, _ points: Points) -> [Double]? {
    let item = study.cases[index]
    let rows: [[Double]]
    if points == study.points, let given = item.kernel {
      rows = given
    } else if let ensemble = item.ensemble, ensemble.isShallow,
      let kernel = points == study.points
        ? kernels[index] : try? InfiniteWidthKernel(ensemble, points: points)
    {
      rows = kernel.matrix.rows
    } else {
      return nil
    }
    return Multisets(slots: points.count, order: 2).tuples.map { rows[$0[0]][$0[1]] }
  }

  /// Cases whose hidden widths differ by a common factor share one recursion.
  private static func expansions(_ study: Study) -> [(WidthExpansion?, String)] {
    var wanted = WidthExpansion.Options()
    var measured = false
    for case .kernel(let options) in study.measurements {
      wanted = options.expansion
      measured = true
    }
    var known: [String: (WidthExpansion?, String)] = [:]
    return study.cases.map { item in
      guard let ensemble = item.ensemble else { return (nil, "") }
      var options = wanted
      if !measured {
        guard !ensemble.isShallow, study.points.count <= 3,
          study.measurements.contains(where: { $0.orders.contains { $0 == 2 || $0 == 4 } })
        else { return (nil, "") }
        options = .init(vertex: true, shift: true)
      }
      let widths = ensemble.hidden.map(\.width)
      let name =
        ensemble.hidden.map { "\($0.activation)" }.joined(separator: " ")
        + " \(ensemble.weights) \(ensemble.biases) \(ensemble.parametrisation)"
        + (ensemble.parametrisation == .meanField
          ? " \(widths)" : " \(widths.map { Double($0) / Double(widths[0]) })")
      if let (found, why) = known[name] { return (found?.rescaled(to: ensemble), why) }
      let result = Self.known { () throws(InfiniteWidthKernel.Unavailable) in
        try WidthExpansion(ensemble, points: study.points, options: options)
      }
      known[name] = result
      return result
    }
  }

  private static func known<T, E: Error & CustomStringConvertible>(_ body: () throws(E) -> T)
    -> (T?, String)
  {
    do { return (try body(), "") } catch { return (nil, error.description) }
  }
}
