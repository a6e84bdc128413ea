import EffectiveAction
import Ensembles
import Foundation
import Kernels
import Renormalization

/// Checks the measurements that are derived from connected correlators, and settles their defaults.
struct ActionValidation {
  let source: String

  private func refuse(_ key: String, _ reason: String) -> StudyError {
    StudyError(.badStudy, "\(source): \(key): \(reason)")
  }

  func settle(
    _ measurement: Measurement, _ cases: [StudyCase], _ points: Points,
    _ sampling: SamplingSettings
  ) throws(StudyError) -> Measurement {
    let key = "measure.\(measurement.name)"
    switch measurement {
    case .couplings(var options):
      options.cutoffs = try settle(options.cutoffs, key, cases)
      try checkTuples(points, order: measurement.highestOrder, key)
      return .couplings(options)
    case .sixPoint(let options):
      try checkTuples(points, order: 6, key)
      return .sixPoint(try settle(options, key, cases))
    case .action(let options):
      try check(options, key, cases, points)
      return measurement
    case .cutoffFlow(var options):
      options.cutoffs = try settle(options.cutoffs, key, cases)
      try checkTuples(points, order: measurement.highestOrder, key)
      return .cutoffFlow(options)
    case .fixedPoints(let options):
      try check(options, key, cases)
      return measurement
    case .potential(let options) where options.couplings != nil:
      for item in cases where item.inputs == nil {
        throw refuse(key, "the ensemble is needed: its inputs are the dimension")
      }
      return measurement
    case .activeFlow, .passiveFlow, .potential:
      _ = try settle(CutoffOptions(), key, cases)
      for item in cases {
        guard let ensemble = item.ensemble, let propagator = try? Propagator(ensemble),
          propagator.gaussian != nil
        else {
          throw refuse(
            key,
            "needs a translation-invariant Gaussian kernel: gauss, or cos with a uniform phase")
        }
        guard ensemble.inputs <= 20 else {
          throw refuse(key, "needs up to 20 dimensions, found \(ensemble.inputs)")
        }
      }
      try checkTuples(points, order: measurement.highestOrder, key)
      return measurement
    case .independence:
      for item in cases where item.ensemble == nil {
        throw refuse(key, "nothing is known about recorded networks: the ensemble is needed")
      }
      for item in cases {
        guard let ensemble = item.ensemble, !ensemble.oddCorrelatorsVanish else { continue }
        throw refuse(key, "needs output weights and biases of mean 0")
      }
      if sampling.tilt { throw refuse(key, "not with `tilt`") }
      return measurement
    default: return measurement
    }
  }

  /// Cutoffs by default: all space where every case can be integrated over it, else 100.
  private func settle(_ options: CutoffOptions, _ key: String, _ cases: [StudyCase])
    throws(StudyError) -> CutoffOptions
  {
    var propagators: [Propagator] = []
    for item in cases {
      guard let ensemble = item.ensemble else {
        throw refuse(
          key,
          "vertices need the kernel at every point of space: it is not known for recorded networks")
      }
      guard ensemble.oddCorrelatorsVanish else {
        throw refuse(key, "needs output weights and biases of mean 0: odd correlators must vanish")
      }
      do { propagators.append(try Propagator(ensemble, vertexLines: options.vertex)) } catch {
        throw refuse(key, error.description)
      }
    }
    for propagator in propagators {
      guard propagator.inputs <= 3 || propagator.gaussian != nil else {
        throw refuse(
          key,
          "vertices are integrated in up to 3 dimensions (any number for gauss and cos), found inputs: \(propagator.inputs)"
        )
      }
    }
    guard options.cutoffs.allSatisfy({ $0 > 0 && ($0 <= 1e12 || $0 == .infinity) }) else {
      throw refuse(
        "\(key).cutoffs", "cutoffs must be above 0 and up to 1e12, or inf, found \(options.cutoffs)"
      )
    }
    var settled = options
    let everywhere = propagators.allSatisfy(\.isIntegrable)
    if options.cutoffs.isEmpty { settled.cutoffs = everywhere ? [.infinity] : [100] }
    if settled.cutoffs.contains(.infinity), !everywhere {
      throw refuse(
        "\(key).cutoffs",
        "an infinite cutoff is for kernels that fall off in all directions (gauss, cos); this one gives a divergent integral"
      )
    }
    return settled
  }

  private func checkTuples(_ points: Points, order: Int, _ key: String) throws(StudyError) {
    let limit = order == 6 ? 12 : 24
    guard points.count <= limit else {
      throw refuse(
        key,
        "takes up to \(limit) points\(order == 6 ? " where the six-point function enters" : ""), found \(points.count)"
      )
    }
  }

  private func check(
    _ options: FixedPointOptions, _ key: String, _ cases: [StudyCase]
  ) throws(StudyError) {
    guard
      let dimension = options.dimension ?? cases.first?.inputs.map({ Double($0) })
    else { throw refuse("\(key).dimension", "the key is missing: no ensemble tells the dimension") }
    for order in options.orders {
      do {
        switch options.expansion {
        case .zero:
          _ = try PolynomialFlow(
            dimension: dimension, order: order, components: options.components)
        case .minimum:
          _ = try MinimumFlow(
            dimension: dimension, order: order, components: options.components,
            anomalous: options.anomalous)
        }
      } catch { throw refuse(key, "\(error)") }
    }
  }

  private func check(
    _ options: ActionOptions, _ key: String, _ cases: [StudyCase], _ points: Points
  ) throws(StudyError) {
    guard (0...2).contains(options.order) else {
      throw refuse("\(key).order", "expected 0, 1 or 2, found \(options.order)")
    }
    guard (0...0.1).contains(options.jitter) else {
      throw refuse("\(key).jitter", "expected a number from 0 to 0.1, found \(options.jitter)")
    }
    let limit = ActionOptions.maximumPoints(order: options.order)
    guard points.count <= limit else {
      throw refuse(
        key, "order \(options.order) takes up to \(limit) points, found \(points.count)")
    }
    for (k, field) in options.fields.enumerated() where field.count != points.count {
      throw refuse(
        "\(key).at.\(k)", "expected \(points.count) numbers, one a point, found \(field.count)")
    }
    guard Set(points.coordinates).count == points.count else {
      throw refuse(
        key, "two points are the same: their outputs have no joint density, and so no action")
    }
    if options.order == 2,
      cases.contains(where: { !($0.ensemble?.oddCorrelatorsVanish ?? true) })
    {
      throw refuse(
        "\(key).order",
        "order 2 is known for even ensembles; odd correlators do not vanish here: use order: 1")
    }
  }
}
