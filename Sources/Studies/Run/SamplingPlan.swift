import Combinatorics
import Correlators
import DataFiles
import Ensembles
import Foundation
import NumericalMethods
import Sampling

/// What one measurement needs of the sampler for one case: points, and products of what is
/// sampled there. Slots are numbered over these points alone; contractions are further slots behind them.
public struct SamplingRequirement: Sendable {
  public let points: Points
  public let quantity: SampledQuantity
  public let monomials: [[Int]]
  /// Linear combinations of the outputs at one point; `point` counts within `points`.
  public var contractions: [OutputContraction] = []
}

/// The networks that a pass draws, and the cases it serves.
///
/// Cases share a pass where the same samples serve them all (`neurons`, at every width). All
/// measurements of a case are served by the union of their points and products on the same
/// networks; what is recorded of a network (outputs, random kernels, tangent kernels) has a pass of
/// its own.
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
  /// Slots behind those of the quantity.
  public let contractions: [OutputContraction]

  /// Short name for files.
  public var identifier: String { String(streamHash(key), radix: 16) }
}

/// The way from a study to its passes.
public struct SamplingPlan: Sendable {
  public let passes: [PlannedPass]
  /// For each case, measurement and requirement, the pass and the place of its monomials there.
  private let places: [[[(pass: Int, monomials: [Int])]]]
  /// The first pass of each case; nil where nothing is drawn.
  public let passOfCase: [Int?]

  private struct Draft {
    var cases: [Int]
    var points: [[Double]] = []
    var place: [[Double]: Int] = [:]
    var monomials: [[Int]] = []
    var known: [[Int]: Int] = [:]
    var contractions: [OutputContraction] = []
    var knownContractions: [OutputContraction: Int] = [:]
    var quantity: SampledQuantity

    mutating func place(_ x: [Double]) -> Int {
      if let known = place[x] { return known }
      points.append(x)
      place[x] = points.count - 1
      return points.count - 1
    }

    mutating func place(_ contraction: OutputContraction) -> Int {
      if let known = knownContractions[contraction] { return known }
      contractions.append(contraction)
      knownContractions[contraction] = contractions.count - 1
      return contractions.count - 1
    }

    mutating func place(monomial code: [Int]) -> Int {
      if let known = known[code] { return known }
      monomials.append(code)
      known[code] = monomials.count - 1
      return monomials.count - 1
    }
  }

  /// Groups the requirements of all cases into passes: `requirements[case][measurement]`, none for
  /// what draws nothing, several for several sets of points.
  public init(_ study: Study, requirements: [[[SamplingRequirement]]]) {
    var keys: [String] = []
    var drafts: [String: Draft] = [:]
    var places: [[[(pass: Int, monomials: [Int])]]] = []
    for (index, item) in study.cases.enumerated() {
      let wanted = requirements[index]
      // One draft for each kind of quantity.
      var keyOf: [String: String] = [:]
      for quantity in wanted.joined().map(\.quantity) where keyOf[quantity.description] == nil {
        let kind = quantity.description
        let union = Self.union(wanted.joined().map(\.quantity).filter { $0.description == kind })
        let key = Self.key(study, item, union ?? quantity)
        keyOf[kind] = key
        if drafts[key] == nil {
          keys.append(key)
          var draft = Draft(cases: [], quantity: union ?? quantity)
          // Raw outputs are those at the points of the study, whatever is measured.
          if study.sampling.saveOutputs, quantity.isOutputs {
            for x in study.points.coordinates { _ = draft.place(x) }
          }
          drafts[key] = draft
        }
        drafts[key]!.cases.append(index)
      }
      places.append(
        wanted.map { requirements in
          requirements.map { requirement in
            let key = keyOf[requirement.quantity.description]!
            var draft = drafts[key]!
            defer { drafts[key] = draft }
            let moved = requirement.points.coordinates.map { draft.place($0) }
            let contractions = requirement.contractions.map {
              draft.place(OutputContraction(point: moved[$0.point], vector: $0.vector))
            }
            let own = requirement.quantity.slots(
              points: requirement.points.count, outputs: item.outputs)
            // Slots of the random kernel are numbered when the number of points is known.
            let list = requirement.monomials.map { monomial in
              draft.place(
                monomial: monomial.map { slot in
                  slot >= own
                    ? Self.contractionCode + contractions[slot - own]
                    : Self.slotCode(
                      slot, quantity: draft.quantity, points: requirement.points.count,
                      outputs: item.outputs, moved: moved)
                }.sorted())
            }
            return (keys.firstIndex(of: key)!, list)
          }
        })
    }
    self.places = places
    passOfCase = places.map { $0.joined().first?.pass }
    passes = keys.map { key in
      let draft = drafts[key]!
      let item = study.cases[draft.cases[0]]
      let points = draft.points
      let combined =
        draft.contractions.isEmpty
        ? key
        : "\(key) contractions=\(streamHash(StreamText.list(draft.contractions.map(\.streamText))))"
      return PlannedPass(
        key: combined, cases: draft.cases, ensemble: item.ensemble, outputs: item.outputs,
        quantity: draft.quantity,
        // Every point was accepted in its own requirement.
        points: Points(valid: points),
        monomials: draft.monomials.map { code in
          code.map {
            Self.slot($0, quantity: draft.quantity, points: points.count, outputs: item.outputs)
          }.sorted()
        },
        tilted: study.sampling.tilt, contractions: draft.contractions)
    }
  }

  private static func key(_ study: Study, _ item: StudyCase, _ quantity: SampledQuantity) -> String
  {
    let settings = study.sampling
    // What the file held, the directory of the run knows.
    if settings.estimator == .file { return "file" }
    let name =
      quantity == .units
      ? item.ensemble?.streamName(lastWidth: 0) : item.ensemble?.streamName ?? item.theoryName
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
    case .numbers: return slot
    case .tangentKernel:
      let square = outputs * outputs
      let (a, b) = Self.pair(slot / square, points: points)
      let (first, second) = (moved[a], moved[b])
      let (i, j) = (slot % square / outputs, slot % outputs)
      // Theta_ij(x, y) = Theta_ji(y, x).
      let element = first <= second ? i * outputs + j : j * outputs + i
      let (low, high) = (min(first, second), max(first, second))
      return (high * (high + 1) / 2 + low) * square + element
    case .randomKernels:
      let pairs = points * (points + 1) / 2
      let layer = slot / pairs
      let (a, b) = Self.pair(slot % pairs, points: points)
      let first = moved[a]
      let second = moved[b]
      let low = min(first, second)
      let high = max(first, second)
      return layer << 40 + high * (high + 1) / 2 + low
    }
  }

  /// The points of pair number `index` in lexicographic order.
  private static func pair(_ index: Int, points: Int) -> (Int, Int) {
    var rest = index
    var a = 0
    while rest >= points - a {
      rest -= points - a
      a += 1
    }
    return (a, a + rest)
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

  /// Contractions stand behind everything else.
  private static let contractionCode = 1 << 51

  private static func slot(
    _ code: Int, quantity: SampledQuantity, points: Int, outputs: Int
  ) -> Int {
    if code >= contractionCode {
      return quantity.slots(points: points, outputs: outputs) + code - contractionCode
    }
    if code == scoreCode { return points * outputs }
    let square = quantity == .tangentKernel ? outputs * outputs : 1
    guard quantity.isKernel || quantity == .tangentKernel else { return code }
    let layer = code >> 40
    let pair = (code & (1 << 40 - 1)) / square
    var high = 0
    while (high + 1) * (high + 2) / 2 <= pair { high += 1 }
    let low = pair - high * (high + 1) / 2
    let place = low * points - low * (low - 1) / 2 + high - low
    return (layer * (points * (points + 1) / 2) + place) * square
      + (quantity == .tangentKernel ? code % square : 0)
  }

  /// The pass and the places of the monomials of a case's measurement, one for each requirement.
  public func places(ofCase index: Int, measurement: Int) -> [(pass: Int, monomials: [Int])] {
    places[index][measurement]
  }
}
