import Engineering
import Ensembles
import Foundation

/// Checks measurements of theories, and how these are drawn.
struct TheoryValidation {
  let source: String

  private func refuse(_ key: String, _ reason: String) -> StudyError {
    StudyError(.badStudy, "\(source): \(key): \(reason)")
  }

  /// Networks that reweighting must be worth, of all and as a share.
  static let fewestEffective = 100.0
  static let smallestShare = 0.001
  /// Statements of one identity.
  static let mostStatements = 20_000

  func check(
    _ measurement: Measurement, _ cases: [StudyCase], _ points: Points,
    _ sampling: SamplingSettings
  ) throws(StudyError) {
    for item in cases {
      try checkReach(measurement, item, points)
      if sampling.saveOutputs, item.interaction?.sampling.isWeighted ?? false {
        throw refuse(
          "sampling.save_outputs", "weights of reweighting are not saved: use another sampler")
      }
      if case .symmetry(let tests) = measurement, item.interaction?.sampling.isWeighted ?? false,
        tests.contains(where: { ($0.orders.max() ?? 0) > 4 && $0.group.side == .output })
      {
        throw refuse("measure.symmetry.orders", "orders above 4 do not go with reweighting")
      }
      switch measurement {
      case .observables(let options):
        guard let theory = item.theory else {
          throw refuse("measure.observables", "is for theories, given by `theory`")
        }
        guard options.axis < theory.dimension else {
          throw refuse(
            "measure.observables.axis",
            "the theory has \(theory.dimension) axes, from 0 on, found \(options.axis)")
        }
        if case .lattice(let size) = theory.momenta {
          guard size >= 3, pow(Double(size), Double(theory.dimension)) <= 1e6 else {
            throw refuse(
              "measure.observables", "needs at least 3 sites along each axis, and up to 10^6 in all"
            )
          }
        }
      case .identities(let options):
        guard let theory = item.theory else {
          throw refuse("measure.identities", "is for theories, given by `theory`")
        }
        let identities = ScalarIdentities(theory, points: points.coordinates)
        let top = options.orders.max() ?? 0
        var count = Double(points.count * theory.components)
        for k in 1..<max(1, top) {
          count *= Double(points.count * theory.components + k - 1) / Double(k)
        }
        guard count <= Double(Self.mostStatements), identities.slots <= 5000 else {
          throw refuse(
            "measure.identities.orders",
            "order \(top) at \(points.count) points has more than \(Self.mostStatements) statements: use fewer points or lower orders"
          )
        }
        if sampling.saveOutputs {
          throw refuse("measure.identities", "and `save_outputs` exclude one another")
        }
      default: continue
      }
    }
  }

  /// Terms of one propagator, whose integrand oscillates with the distance.
  static let mostTerms = 2e6

  /// Refuses distances at which a cutoff leaves nothing but oscillations.
  private func checkReach(_ measurement: Measurement, _ item: StudyCase, _ points: Points)
    throws(StudyError)
  {
    guard let theory = item.theory else { return }
    let key: String
    var reach = points.coordinates.reduce(0) { $1.reduce($0) { max($0, abs($1)) } }
    switch measurement {
    case .observables(let options):
      key = "observables.times"
      reach = options.times.max() ?? 0
    case .locality(let options):
      key = "locality.distances"
      reach += options.distances(for: item).max() ?? 0
    case .reflectionPositivity(let options):
      key = "reflection-positivity.times"
      reach += options.times.max() ?? 0
    case .symmetry(let tests):
      key = "symmetry.by"
      let largest = tests.flatMap { $0.group.by.joined() + [$0.group.range] }.map { abs($0) }.max()
      reach = max(reach, 1) * max(1, largest ?? 0)
    default: return
    }
    let far = 4 * Double(theory.dimension).squareRoot() * reach
    guard
      theory.cutoff == nil || theory.momenta != .continuum
        || theory.momentumTerms(distance: far) <= Self.mostTerms
    else {
      throw refuse(
        "measure.\(key)",
        "distances of up to \(far) are too many wavelengths of the cutoff \(theory.cutoff ?? 0): expected up to \(Self.mostTerms / 4 / (theory.cutoff ?? 1))"
      )
    }
  }

  /// Refuses reweighting that no number of networks would save; looks at a few thousand of them.
  func checkWeights(_ item: StudyCase, _ sampling: SamplingSettings) throws(StudyError) {
    guard let theory = item.theory, let interaction = item.interaction,
      interaction.sampling.isWeighted
    else { return }
    let found = EffectiveSamples(NetworkSystem(theory, interaction), seed: sampling.seed)
    let total = found.fraction * Double(sampling.networks * sampling.runs)
    guard found.fraction >= Self.smallestShare, total >= Self.fewestEffective else {
      throw refuse(
        "theory.interaction.sampler",
        String(
          format:
            "reweighting is worth %.2g of its networks here (%.0f in all), fewer than %.0f or %.1g of them: use neuron-refresh, or a smaller region",
          found.fraction, total, Self.fewestEffective, Self.smallestShare))
    }
  }
}
