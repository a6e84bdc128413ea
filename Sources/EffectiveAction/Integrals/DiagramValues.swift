import Ensembles
import Foundation
import Kernels
import NumericalMethods

/// Feynman diagrams evaluated at external points: what each contributes to E[f(x_1) ... f(x_n)] for
/// couplings of one, at every cutoff.
///
/// Lines between external points are the full kernel K, all others the propagator of vertices. Every
/// connected part is an integral of its own; equal parts of different diagrams and tuples are computed
/// once. Parts with one or two vertices are integrated in boxes; any number of them for Gaussian kernels
/// over all space.
public struct DiagramValues: Sendable {
  public let diagrams: FeynmanDiagrams
  public let tuples: [[Int]]
  public let cutoffs: [Double]
  /// `values[cutoff][diagram][tuple]`, the coefficient included, summed over labellings.
  public let values: [[[IntegralValue]]]

  /// - Parameters:
  ///   - set: diagrams of an interaction.
  ///   - tuples: indices of points, one for each leg.
  /// - Throws: `IntegralUnavailable` where a part cannot be integrated, or the labellings do not fit into the
  ///   memory of the work budget, saying why.
  /// - Complexity: legs! x diagrams x tuples for the labellings, besides the integrals.
  public init(
    _ set: FeynmanDiagrams, propagator: Propagator, points: Points, tuples: [[Int]],
    cutoffs: [Double]
  ) throws(IntegralUnavailable) {
    guard case .interactions = set.rules else {
      throw IntegralUnavailable(
        description: "diagrams of connected correlators are not integrals over vertices")
    }
    diagrams = set
    self.tuples = tuples
    self.cutoffs = cutoffs
    let labellings = set.labelled ? 1 : (0..<set.legs).reduce(1.0) { $0 * Double($1 + 1) }
    if let refusal = WorkBudget.refusal(
      "\(set.diagrams.count) diagrams with \(set.legs) legs in every order",
      bytes: labellings * Double(set.diagrams.count) * Double(tuples.count)
        * Double(400 + 100 * (set.legs + 4 * set.order)))
    {
      throw IntegralUnavailable(description: refusal)
    }
    let kernel: SymmetricMatrix
    do { kernel = try InfiniteWidthKernel(propagator.ensemble, points: points).matrix } catch {
      throw IntegralUnavailable(description: error.description)
    }
    let orders = set.labelled ? [Array(0..<set.legs)] : Self.permutations(set.legs)
    // Declared beforehand, then computed all at once.
    var needed: Set<DiagramPart> = []
    let parts = set.diagrams.map { d in
      tuples.map { tuple in
        orders.map { order in DiagramPart.all(of: d, points: order.map { tuple[$0] }) }
      }
    }
    for d in parts { for t in d { for labelling in t { needed.formUnion(labelling) } } }
    let integrals = try PartIntegrals(
      Array(needed), propagator: propagator, kernel: kernel, points: points, cutoffs: cutoffs)
    values = cutoffs.indices.map { c in
      set.diagrams.indices.map { k in
        parts[k].map { labellings in
          var sum = IntegralValue(value: 0)
          for labelling in labellings {
            var product = IntegralValue(value: 1)
            for part in labelling {
              let own = integrals.value(part, cutoff: c)
              product.error = abs(product.value) * own.error + product.error * abs(own.value)
              product.value *= own.value
            }
            sum.value += product.value
            sum.error += product.error
          }
          // The labellings among all orders are equally likely.
          let weight = Double(set.diagrams[k].coefficient) / Double(labellings.count)
          return IntegralValue(value: weight * sum.value, error: abs(weight) * sum.error)
        }
      }
    }
  }

  static func permutations(_ n: Int) -> [[Int]] {
    guard n > 0 else { return [[]] }
    return permutations(n - 1).flatMap { rest in
      (0..<n).map { k in
        var next = rest
        next.insert(n - 1, at: k)
        return next
      }
    }
  }
}

/// A connected part of a diagram with points at its legs: equal parts are equal integrals.
struct DiagramPart: Hashable {
  /// Points joined directly, if there is no vertex; else the lines in a normal form: external points
  /// by index, vertices as -1, -2, ...
  let lines: [[Int]]
  let vertices: Int

  static func all(of d: FeynmanDiagram, points: [Int]) -> [DiagramPart] {
    d.components.map { nodes in
      let own = nodes.filter(d.isVertex)
      func lines(_ order: [Int]) -> [[Int]] {
        let number = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, -1 - $0) })
        return d.lines.filter { nodes.contains($0.from) }.map { line in
          [line.from, line.to].map { d.isVertex($0) ? number[$0]! : points[$0] }.sorted()
        }.sorted { $0.lexicographicallyPrecedes($1) }
      }
      // Two vertices can be exchanged; more are left as they are.
      var form = lines(own)
      if own.count == 2 {
        let other = lines(own.reversed())
        if other.lexicographicallyPrecedes(form, by: { $0.lexicographicallyPrecedes($1) }) {
          form = other
        }
      }
      return DiagramPart(lines: form, vertices: own.count)
    }
  }

  func integrand(_ vertex: Int) -> VertexIntegrals.Integrand {
    VertexIntegrals.Integrand(
      lines.filter { $0[0] == vertex && $0[1] >= 0 }.map { $0[1] },
      selfLoops: lines.filter { $0 == [vertex, vertex] }.count)
  }

  var pair: PairIntegrals.Integrand {
    PairIntegrals.Integrand(
      integrand(-1), integrand(-2), lines: lines.filter { $0 == [-2, -1] }.count)
  }
}

/// The integrals of many parts.
private struct PartIntegrals {
  private var values: [DiagramPart: [IntegralValue]] = [:]

  init(
    _ parts: [DiagramPart], propagator: Propagator, kernel: SymmetricMatrix, points: Points,
    cutoffs: [Double]
  ) throws(IntegralUnavailable) {
    let ones = parts.filter { $0.vertices == 1 }
    let twos = parts.filter { $0.vertices == 2 }
    let single = try VertexIntegrals(
      propagator, points: points, integrands: ones.map { $0.integrand(-1) },
      cutoffs: ones.isEmpty ? [] : cutoffs)
    let pairs = try PairIntegrals(
      propagator, points: points, integrands: twos.map(\.pair),
      cutoffs: twos.isEmpty ? [] : cutoffs)
    for part in parts {
      var row: [IntegralValue] = []
      for (c, cutoff) in cutoffs.enumerated() {
        switch part.vertices {
        case 0: row.append(IntegralValue(value: kernel[part.lines[0][0], part.lines[0][1]]))
        case 1: row.append(single.value(part.integrand(-1), cutoff: c))
        case 2: row.append(pairs.value(part.pair, cutoff: c))
        default:
          guard let gaussian = propagator.gaussian, cutoff == .infinity else {
            throw IntegralUnavailable(
              description:
                "parts with \(part.vertices) vertices are integrated over all space for gauss and cos only"
            )
          }
          row.append(
            try GaussianDiagram(gaussian, dimensions: propagator.inputs).integral(
              lines: part.lines.map { ($0[0], $0[1]) }, vertices: part.vertices, points: points))
        }
      }
      values[part] = row
    }
  }

  func value(_ part: DiagramPart, cutoff: Int) -> IntegralValue { values[part]![cutoff] }
}
