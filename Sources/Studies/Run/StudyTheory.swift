import Combinatorics
import Ensembles
import Kernels

/// What is known exactly about the cases of a study, computed once: cases that differ in the width
/// of the last hidden layer share it.
public struct StudyTheory: Sendable {
  /// The infinite-width kernel of each case; nil where there is none.
  public let kernels: [InfiniteWidthKernel?]
  /// Exact moments of the hidden unit of each case; nil where there are none (yet).
  public let unitMoments: [UnitMoments?]
  /// Why a kernel, or moments, are missing, case by case.
  let whyNoKernel: [String]
  let whyNoMoments: [String]

  init(_ study: Study) {
    let orders = study.measurements.flatMap(\.orders)
    var kernelOf: [String: (InfiniteWidthKernel?, String)] = [:]
    var momentsOf: [String: (UnitMoments?, String)] = [:]
    var kernels: [(InfiniteWidthKernel?, String)] = []
    var moments: [(UnitMoments?, String)] = []
    for item in study.cases {
      guard let ensemble = item.ensemble else {
        kernels.append((nil, "nothing is known about the networks"))
        moments.append((nil, "nothing is known about the networks"))
        continue
      }
      let name = ensemble.streamName(lastWidth: 0)
      let kernel =
        kernelOf[name]
        ?? Self.known { () throws(InfiniteWidthKernel.Unavailable) in
          try InfiniteWidthKernel(ensemble, points: study.points)
        }
      kernelOf[name] = kernel
      kernels.append(kernel)
      guard let top = orders.max() else {
        moments.append((nil, "no correlators are measured"))
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
    self.kernels = kernels.map(\.0)
    unitMoments = moments.map(\.0)
    whyNoKernel = kernels.map(\.1)
    whyNoMoments = moments.map(\.1)
  }

  /// - Throws: `StudyError` (65) where a case has no exact moments, saying why.
  func requireMoments(of study: Study) throws(StudyError) {
    guard study.measurements.contains(where: { !$0.orders.isEmpty }),
      let index = unitMoments.firstIndex(where: { $0 == nil })
    else { return }
    throw StudyError(
      .badStudy,
      "sampling.estimator: `exact` is not available: \(whyNoMoments[index])")
  }

  private static func known<T, E: Error & CustomStringConvertible>(_ body: () throws(E) -> T)
    -> (T?, String)
  {
    do { return (try body(), "") } catch { return (nil, error.description) }
  }
}
