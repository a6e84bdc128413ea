import Combinatorics
import Correlators
import DataFiles
import Ensembles
import Foundation
import NumericalMethods
import Sampling

/// What one measurement needs of the sampler for one case: points, and products of what is
/// sampled there. Slots are numbered over these points alone.
public struct SamplingRequirement: Sendable {
  public let points: Points
  public let quantity: SampledQuantity
  public let monomials: [[Int]]
}

/// The networks that a pass draws, and the cases it serves.
///
/// Cases share a pass where the same samples serve them all (`neurons`, at every width). All
/// measurements of a case are served by the union of their points and products on the same
/// networks.
public struct PlannedPass: Sendable {
  /// Names the random streams, the quantity and the seed; equal keys mean equal networks.
  public let key: String
  public let cases: [Int]
  public let ensemble: Ensemble?
  public let outputs: Int
  public let quantity: SampledQuantity
  /// Union of the points.
  public let points: Points
  /// Union of the products, in slots of the union.
  public let monomials: [[Int]]
  public let tilted: Bool

  /// Short name for files.
  public var identifier: String { String(streamHash(key), radix: 16) }
}

/// The way from a study to its passes.
public struct SamplingPlan: Sendable {
  public let passes: [PlannedPass]
  /// For each case, measurement and requirement, the place of its monomials in the pass.
  private let places: [[[[Int]]]]
  /// The pass of each case; nil where nothing is drawn.
  public let passOfCase: [Int?]

  /// Groups the requirements of all cases into passes: `requirements[case][measurement]`, none for
  /// what draws nothing, several for several sets of points.
  public init(_ study: Study, requirements: [[[SamplingRequirement]]]) {
    struct Draft {
      var cases: [Int]
      var points: [[Double]]
      var place: [[Double]: Int]
      var monomials: [[Int]]
      var known: [[Int]: Int]
      var quantity: SampledQuantity
    }
    var keys: [String] = []
    var drafts: [String: Draft] = [:]
    var places: [[[[Int]]]] = []
    var passOfCase: [Int?] = []
    for (index, item) in study.cases.enumerated() {
      let wanted = requirements[index]
      guard let quantity = Self.union(wanted.joined().map(\.quantity)) else {
        places.append(wanted.map { _ in [] })
        passOfCase.append(nil)
        continue
      }
      let key = Self.key(study, item, quantity)
      if drafts[key] == nil {
        keys.append(key)
        drafts[key] = Draft(
          cases: [], points: [], place: [:], monomials: [], known: [:], quantity: quantity)
      }
      var draft = drafts[key]!
      draft.cases.append(index)
      places.append(
        wanted.map { requirements in
          requirements.map { requirement in
            let moved = requirement.points.coordinates.map { x -> Int in
              if let known = draft.place[x] { return known }
              draft.points.append(x)
              draft.place[x] = draft.points.count - 1
              return draft.points.count - 1
            }
            // Slots of the random kernel are numbered when the number of points is known.
            return requirement.monomials.map { monomial in
              let code = monomial.map { slot in
                Self.slotCode(
                  slot, quantity: quantity, points: requirement.points.count,
                  outputs: item.outputs, moved: moved)
              }.sorted()
              if let known = draft.known[code] { return known }
              draft.monomials.append(code)
              draft.known[code] = draft.monomials.count - 1
              return draft.monomials.count - 1
            }
          }
        })
      passOfCase.append(keys.firstIndex(of: key))
      drafts[key] = draft
    }
    self.places = places
    self.passOfCase = passOfCase
    passes = keys.map { key in
      let draft = drafts[key]!
      let item = study.cases[draft.cases[0]]
      let points = draft.points
      return PlannedPass(
        key: key, cases: draft.cases, ensemble: item.ensemble, outputs: item.outputs,
        quantity: draft.quantity,
        // Every point was accepted in its own requirement.
        points: Points(valid: points),
        monomials: draft.monomials.map { code in
          code.map {
            Self.slot($0, quantity: draft.quantity, points: points.count, outputs: item.outputs)
          }.sorted()
        },
        tilted: study.sampling.tilt)
    }
  }

  private static func key(_ study: Study, _ item: StudyCase, _ quantity: SampledQuantity) -> String
  {
    let settings = study.sampling
    if settings.estimator == .file { return "file \(settings.outputsFile ?? "")" }
    let name =
      quantity == .units
      ? item.ensemble?.streamName(lastWidth: 0) : item.ensemble?.streamName
    return "\(name ?? "") quantity=\(quantity) tilt=\(settings.tilt) seed=\(settings.seed)"
  }

  /// A slot in terms that do not depend on how many points there are: for random kernels the layer
  /// and the pair (a, b) as b (b + 1) / 2 + a.
  private static func slotCode(
    _ slot: Int, quantity: SampledQuantity, points: Int, outputs: Int, moved: [Int]
  ) -> Int {
    switch quantity {
    case .outputs: return moved[slot / outputs] * outputs + slot % outputs
    case .scoredOutputs:
      return slot == points * outputs ? scoreCode : moved[slot / outputs] * outputs + slot % outputs
    case .units: return moved[slot]
    case .randomKernels:
      let pairs = points * (points + 1) / 2
      let layer = slot / pairs
      var rest = slot % pairs
      var a = 0
      while rest >= points - a {
        rest -= points - a
        a += 1
      }
      let first = moved[a]
      let second = moved[a + rest]
      let low = min(first, second)
      let high = max(first, second)
      return layer << 40 + high * (high + 1) / 2 + low
    }
  }

  /// What serves several measurements of the same networks: as many layers as any of them needs.
  private static func union(_ quantities: [SampledQuantity]) -> SampledQuantity? {
    quantities.max { a, b in
      switch (a, b) {
      case (.randomKernels(let few), .randomKernels(let many)): few < many
      case (.outputs, .scoredOutputs): true
      default: false
      }
    }
  }

  /// The score stands behind the outputs, however many points there are.
  private static let scoreCode = 1 << 50

  private static func slot(
    _ code: Int, quantity: SampledQuantity, points: Int, outputs: Int
  ) -> Int {
    if code == scoreCode { return points * outputs }
    guard quantity.isKernel else { return code }
    let layer = code >> 40
    let pair = code & (1 << 40 - 1)
    var high = 0
    while (high + 1) * (high + 2) / 2 <= pair { high += 1 }
    let low = pair - high * (high + 1) / 2
    return layer * (points * (points + 1) / 2) + low * points - low * (low - 1) / 2 + high - low
  }

  /// Places of the monomials of a case's measurement in its pass, one list a requirement.
  public func monomialPlaces(ofCase index: Int, measurement: Int) -> [[Int]] {
    places[index][measurement]
  }
}
