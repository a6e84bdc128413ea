import Combinatorics
import Correlators
import Duality
import Engineering
import Ensembles
import Foundation
import Kernels
import Sampling
import Statistics

/// The `symmetry` measurement of one case: full correlators, or the mean tangent kernel, before and after
/// transformations, on the same networks.
struct SymmetryMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let tests: [SymmetryOptions]
  let theory: StudyTheory

  var name: String { "symmetry" }

  private var settings: SamplingSettings { study.sampling }
  private var outputs: Int { item.outputs }

  /// Tests run at one order, with what they need.
  private struct Piece {
    let options: SymmetryOptions
    let order: Int
    let elements: [GroupElement]
    let change: Change
    let requirement: SamplingRequirement
    /// How many of the requirement's monomials the change is made of; the squares of single slots follow.
    let monomials: Int
  }

  private enum Change {
    case output(OutputTransformation)
    case contracted(ContractedTransformation)
    case input(InputTransformation)
    case tangent(TangentTransformation)

    var components: Int {
      switch self {
      case .output(let change): change.components
      case .contracted(let change): change.components
      case .input(let change): change.components
      case .tangent(let change): change.components
      }
    }

    func differences(_ means: [Double]) -> [Double] {
      switch self {
      case .output(let change): change.differences(means)
      case .contracted(let change): change.differences(means)
      case .input(let change): change.differences(means)
      case .tangent(let change): change.differences(means)
      }
    }
  }

  private func pieces() -> [Piece] {
    tests.flatMap { options -> [Piece] in
      let side = options.group.side
      let dimension = side == .output ? outputs : study.points[0].count
      let elements = options.group.elements(
        options.elements, dimension: dimension, seed: settings.seed)
      if options.field == .ntk {
        let change = TangentTransformation(
          points: study.points, outputs: outputs, side: side, elements: elements)
        return [
          Piece(
            options: options, order: 1, elements: elements, change: .tangent(change),
            requirement: SamplingRequirement(
              points: change.points, quantity: .tangentKernel, monomials: change.monomials),
            monomials: change.monomials.count)
        ]
      }
      return options.orders.map { order in
        side == .input
          ? inputPiece(options, order, elements) : outputPiece(options, order, elements)
      }
    }
  }

  private func outputPiece(_ options: SymmetryOptions, _ order: Int, _ elements: [GroupElement])
    -> Piece
  {
    let slots = study.points.count * outputs
    let squares = (0..<slots).map { [$0, $0] }
    if order > 4 {
      let change = ContractedTransformation(
        points: study.points.count, outputs: outputs, order: order, elements: elements,
        count: options.contractions, seed: settings.seed)
      return Piece(
        options: options, order: order, elements: elements, change: .contracted(change),
        requirement: SamplingRequirement(
          points: study.points, quantity: .outputs,
          monomials: change.monomials.map { $0.map { slots + $0 } } + squares,
          contractions: change.contractions.map {
            OutputContraction(point: $0.point, vector: $0.vector)
          }),
        monomials: change.monomials.count)
    }
    let change = OutputTransformation(
      points: study.points.count, outputs: outputs, order: order, elements: elements)
    return Piece(
      options: options, order: order, elements: elements, change: .output(change),
      requirement: SamplingRequirement(
        points: study.points, quantity: .outputs, monomials: change.tuples + squares),
      monomials: change.tuples.count)
  }

  private func inputPiece(_ options: SymmetryOptions, _ order: Int, _ elements: [GroupElement])
    -> Piece
  {
    let conditional = settings.estimator == .conditional
    let change = InputTransformation(
      points: study.points, order: order, elements: elements,
      basis: conditional ? .kernel : .outputs(outputs))
    let all = change.points.count
    let squares = (0..<study.points.count).map { p in
      conditional ? [p * all - p * (p - 1) / 2] : [p * outputs, p * outputs]
    }
    return Piece(
      options: options, order: order, elements: elements, change: .input(change),
      requirement: SamplingRequirement(
        points: change.points, quantity: conditional ? .kernel : .outputs,
        monomials: change.monomials + squares),
      monomials: change.monomials.count)
  }

  func requirements() -> [SamplingRequirement] {
    settings.estimator == .exact ? [] : pieces().map(\.requirement)
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    if let theory = item.theory {
      own.result.symmetry_prediction = theory.symmetryPrediction(item.interaction)
    }
    if let ensemble = item.ensemble {
      let prediction = SymmetryPrediction(ensemble)
      own.result.symmetry_prediction = SymmetryPredictionResult(
        summary: prediction.summary, statements: prediction.statements)
    }
    var results: [SymmetryResult] = []
    let pieces = pieces()
    for (k, piece) in pieces.enumerated() {
      results.append(test(piece, k < sums.count ? sums[k] : nil))
    }
    adjust(&results, levels: pieces.map(\.options.level))
    for result in results { warn(result, &own) }
    own.result.symmetry = results
  }

  /// Holm's correction over all tests of the case, each the better of two.
  private func adjust(_ results: inout [SymmetryResult], levels: [Double]) {
    let single = results.map { r -> Double? in
      r.p_value.map { min(1, 2 * min($0, r.largest?.p_value ?? 1)) }
    }
    for (i, adjusted) in HolmCorrection.adjusted(single).enumerated() {
      guard let adjusted else { continue }
      results[i].p_adjusted = adjusted
      if results[i].verdict == .holds, adjusted < levels[i] { results[i].verdict = .broken }
    }
  }

  private func test(_ piece: Piece, _ sums: ReplicatedSums?) -> SymmetryResult {
    let scales = scales(piece, sums)
    let exact = exactDifferences(piece)
    var result = SymmetryResult(
      group: piece.options.group.title(
        piece.options.group.side == .output ? outputs : study.points[0].count),
      side: piece.options.group.side, of: piece.options.field, order: piece.order,
      elements: piece.elements.count, components: piece.change.components, verdict: .holds)
    if let exact, !exact.values.isEmpty {
      let relative = zip(exact.values, scales).map { abs($0) / $1 }
      let top = relative.indices.max { relative[$0] < relative[$1] } ?? 0
      let error = max(1e-12, (zip(exact.errors, scales).map { $0 / $1 }.max() ?? 0) * 3)
      result.exact = .init(largest: relative[top], where: place(piece, top), error: error)
      result.verdict = relative[top] > error ? .brokenExactly : .holdsExactly
    }
    guard let sums else {
      if result.exact == nil {
        result.verdict = .undecided
        result.undecided = "nothing was drawn, and exact correlators are not known here"
      }
      return result
    }
    let count = sums.blockCounts.count
    // Kept where that is small: parts of the sample use them again.
    let keep = count * piece.change.components < 20_000_000
    let differences = { (b: Int) in
      piece.change.differences(
        sums.blockSums[b].prefix(piece.monomials).map { $0 / sums.blockCounts[b] })
    }
    let kept = keep ? (0..<count).map(differences) : []
    func test(_ blocks: Int) -> InvarianceTest {
      InvarianceTest(
        blocks: blocks, weights: Array(sums.blockCounts.prefix(blocks)), scales: scales,
        seed: settings.seed
      ) { keep ? kept[$0] : differences($0) }
    }
    let whole = test(count)
    if let reason = whole.undecided ?? vanishing(piece, sums) {
      if result.exact == nil { result.verdict = .undecided }
      result.undecided = reason
      return result
    }
    result.p_value = whole.pValue
    result.modes = whole.modes
    result.blocks = whole.blocks
    result.detectable = whole.detectable
    result.kurtosis = whole.kurtosis
    result.largest = whole.largest.map {
      .init(
        value: $0.value, error: $0.error, sigma: $0.sigma, p_value: $0.pValue,
        where: place(piece, $0.component), exact: exact?.values[$0.component])
    }
    if whole.holdsIdentically, result.exact == nil { result.verdict = .holdsExactly }
    if keep {
      result.parts = [8, 4, 2, 1].compactMap { divisor in
        let blocks = count / divisor
        guard blocks >= 64 else { return nil }
        let part = divisor == 1 ? whole : test(blocks)
        return .init(
          networks: sums.blockCounts.prefix(blocks).reduce(0, +), p_value: part.pValue,
          sigma: part.largest?.sigma, detectable: part.detectable)
      }
    }
    if piece.options.procedure == .published, case .output(let change) = piece.change {
      result.published = PublishedProcedure(
        change, outputs: outputs, runs: sums.runMeans.map { Array($0.prefix(piece.monomials)) },
        count: 1000, seed: settings.seed)
    }
    return result
  }

  /// Why correlators of this sample have no size that a change could be compared with.
  private func vanishing(_ piece: Piece, _ sums: ReplicatedSums) -> String? {
    if case .tangent = piece.change {
      return sums.means.contains { $0 != 0 } ? nil : "the tangent kernel vanishes at all points"
    }
    let squares = sums.means.dropFirst(piece.monomials)
    return squares.contains { $0 > 0 } ? nil : "the outputs vanish at all points"
  }

  /// Sizes of the components: the product of the square roots of E f^2 at their points, a mean over
  /// outputs.
  private func scales(_ piece: Piece, _ sums: ReplicatedSums?) -> [Double] {
    var squares: [Double]
    if let sums {
      if case .tangent(let change) = piece.change {
        return change.scales(Array(sums.means.prefix(piece.monomials))).map { $0 > 0 ? $0 : 1 }
      }
      squares = Array(sums.means.dropFirst(piece.monomials))
      if piece.options.group.side == .output {
        squares = (0..<study.points.count).map { p in
          squares[p * outputs..<(p + 1) * outputs].reduce(0, +) / Double(outputs)
        }
      }
    } else {
      let kernel = item.kernel ?? theory.kernels[index]?.matrix.rows
      squares = (0..<study.points.count).map { kernel?[$0][$0] ?? 1 }
    }
    let sizes = squares.map { $0 > 0 ? $0.squareRoot() : 1 }
    return (0..<piece.change.components).map { c in
      points(piece, c).reduce(1) { $0 * sizes[$1] }
    }
  }

  private func points(_ piece: Piece, _ component: Int) -> [Int] {
    switch piece.change {
    case .output(let change): change.tuples[change.place(component).tuple].map { $0 / outputs }
    case .contracted(let change): change.tuples[change.place(component).tuple]
    case .input(let change): change.tuples[change.place(component).tuple]
    case .tangent(let change):
      [
        change.entries[change.place(component).entry].a,
        change.entries[change.place(component).entry].b,
      ]
    }
  }

  /// Group element, points and outputs in words.
  private func place(_ piece: Piece, _ component: Int) -> String {
    let element = piece.elements[component / (piece.change.components / piece.elements.count)].label
    let points = points(piece, component).map(String.init).joined(separator: " ")
    switch piece.change {
    case .output(let change):
      let outputs = change.tuples[change.place(component).tuple].map { "\($0 % self.outputs)" }
      return "\(element); points \(points); outputs \(outputs.joined(separator: " "))"
    case .contracted: return "\(element); points \(points), a random contraction"
    case .input: return "\(element); points \(points)"
    case .tangent(let change):
      let entry = change.entries[change.place(component).entry]
      return "\(element); points \(points); outputs \(entry.i) \(entry.j)"
    }
  }

  private func warn(_ result: SymmetryResult, _ own: inout CaseAnalysis) {
    let label = "\(place): \(result.group), order \(result.order)"
    if let reason = result.undecided {
      own.warn("undecided", "nothing was tested: \(reason)", at: label)
    }
    if let blocks = result.blocks, blocks < 100 {
      own.warn(
        "few-blocks",
        "the test has fewer than 100 blocks of 64 networks: draw more networks for p-values that can be trusted",
        at: label)
    }
    if let kurtosis = result.kurtosis, kurtosis > 8 {
      own.warn(
        "heavy-blocks",
        "the differences over blocks are far from Gaussian (excess kurtosis above 8): a few networks carry them, and p-values near the level are not to be trusted",
        at: label)
    }
    if let prediction = own.result.symmetry_prediction?.statements.first(where: {
      $0.group == result.group && $0.side == result.side
    }), prediction.holds, result.verdict == .broken {
      own.warn(
        "against-prediction",
        "the symmetry must hold for this architecture, yet the test rejects it (adjusted p = \(PValue.text(result.p_adjusted))): the smaller the level, the rarer; repeat it with another seed",
        at: label)
    }
  }
}

/// Exact changes of correlators, where exact correlators exist.
extension SymmetryMeasurement {
  private func exactDifferences(_ piece: Piece) -> (values: [Double], errors: [Double])? {
    guard let found = differencesOfExact(piece), found.values.allSatisfy(\.isFinite),
      found.errors.allSatisfy(\.isFinite)
    else { return nil }
    return found
  }

  private func differencesOfExact(_ piece: Piece) -> (values: [Double], errors: [Double])? {
    if let theory = item.freeTheory { return exactDifferences(piece, theory) }
    guard let ensemble = item.ensemble, piece.options.field == .output,
      UnitMoments.whyUnavailable(ensemble) == nil, piece.order <= 4
    else { return nil }
    switch piece.change {
    case .output(let change):
      guard let unit = theory.unitMoments[index], unit.values.count > piece.order else {
        return nil
      }
      let exact = ExactCorrelators(
        ensemble, unit: unit, points: study.points.count,
        transform: CumulantTransform(
          slots: study.points.count * outputs, maximumOrder: piece.order))
      let values = exact.tensors.full[piece.order]
      let size = values.map { abs($0) }.max() ?? 0
      let errors = exact.fullErrors(order: piece.order).max() ?? 0
      return (
        change.differences(values),
        [Double](repeating: errors + 1e-13 * size, count: change.components)
      )
    case .input:
      let first = ensemble.ofFirstOutput
      func correlators(_ x: [[Double]]) -> (values: [Double], errors: [Double])? {
        let points = Points(valid: x)
        guard !UnitMoments.isLaborious(first, points: points, order: max(2, piece.order)),
          let unit = try? UnitMoments.exact(first, points: points, order: max(2, piece.order))
        else { return nil }
        let exact = ExactCorrelators(
          first, unit: unit, points: points.count,
          transform: CumulantTransform(slots: points.count, maximumOrder: max(2, piece.order)))
        return (exact.tensors.full[piece.order], exact.fullErrors(order: piece.order))
      }
      guard let base = correlators(study.points.coordinates) else { return nil }
      var values: [Double] = []
      var errors: [Double] = []
      for element in piece.elements {
        guard let moved = correlators(study.points.coordinates.map(element.image)) else {
          return nil
        }
        let factor = pow(element.factor, Double(piece.order))
        values += zip(moved.values, base.values).map { factor * $0 - $1 }
        errors += zip(moved.errors, base.errors).map { factor * $0 + $1 }
          .enumerated().map { $1 + 1e-12 * abs(base.values[$0]) }
      }
      return (values, errors)
    case .contracted, .tangent: return nil
    }
  }

  /// Of a free scalar, orders 2 and 4.
  private func exactDifferences(_ piece: Piece, _ theory: FreeScalar) -> (
    values: [Double], errors: [Double]
  )? {
    guard [2, 4].contains(piece.order) else { return nil }
    if case .output(let change) = piece.change {
      let transform = CumulantTransform(
        slots: study.points.count * outputs, maximumOrder: piece.order, evenOnly: true)
      let values = transform.moments(
        ofCumulants: theory.connected(at: study.points, transform))[piece.order]
      let size = values.map { abs($0) }.max() ?? 0
      return (
        change.differences(values), [Double](repeating: 1e-11 * size, count: change.components)
      )
    }
    guard case .input(let change) = piece.change else { return nil }
    let transform = CumulantTransform(
      slots: study.points.count, maximumOrder: piece.order, evenOnly: true)
    func correlators(_ x: [[Double]]) -> [Double] {
      transform.moments(
        ofCumulants: theory.connected(at: Points(valid: x), transform, firstOnly: true))[
          piece.order]
    }
    let base = correlators(study.points.coordinates)
    let values = change.elements.flatMap { element -> [Double] in
      let factor = pow(element.factor, Double(piece.order))
      return zip(correlators(study.points.coordinates.map(element.image)), base)
        .map { factor * $0 - $1 }
    }
    let size = base.map { abs($0) }.max() ?? 0
    return (values, [Double](repeating: 1e-11 * size, count: values.count))
  }
}
