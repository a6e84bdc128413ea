import Combinatorics
import Correlators
import Ensembles
import Foundation
import Kernels
import NumericalMethods
import Statistics

/// Couplings of the effective action at one cutoff, from the connected correlators (arXiv:2008.08601):
///
///     lambda(x1..x4; L) = -Gc4 / (24 I4(L)),    I4 = int_{[-L,L]^d} prod K_W(x_i, y) d^dy
///     kappa(x1..x6; L)  = -(Gc6 - 576 lambda^2 sum_10 int int KKK(y) K_W(y,z) KKK(z)) / (720 I6)
///
/// A positive Gc4 with a positive integral is a negative lambda: stability is then carried by higher
/// terms.
public struct Couplings: Sendable {
  public struct Element: Sendable {
    public let indices: [Int]
    public let integral: IntegralValue
    /// lambda, or kappa for six points; no value where the integral vanishes.
    public let coupling: Estimate
  }

  /// The six-point coupling.
  public struct Sextic: Sendable {
    /// Mean over tuples, the exchange of two quartic vertices taken out.
    public let mean: Estimate
    /// The same without taking it out; the only one where the exchange cannot be integrated.
    public let withoutExchange: Estimate
    public let elements: [Element]
  }

  public let cutoff: Double
  public let elements: [Element]
  /// Mean of lambda over the tuples whose integral does not vanish.
  public let mean: Estimate
  /// Mean of log10(|lambda| L^p) with I4 ~ L^p; given for homogeneous kernels, p = d + 4.
  public let logMean: Estimate?
  /// Share of tuples with a negative integral.
  public let negativeIntegrals: Double
  /// Tuples left out of the mean since their integral vanishes.
  public let excluded: Int
  public let fit: CouplingFit?
  public let sextic: Sextic?
}

/// Extracts couplings at several cutoffs.
public struct CouplingAnalysis: Sendable {
  public let propagator: Propagator
  public let points: Points
  public let testPoints: Points?
  public let cutoffs: [Double]
  public let terms: [QuarticTerm]
  public let sextic: Bool
  private let integrals: VertexIntegrals
  private let testIntegrals: VertexIntegrals?
  private let exchange: SixPointExchange?
  private let tuples: [[Int]]
  private let sixTuples: [[Int]]
  private let testTuples: [[Int]]

  /// Computes the integrals; nothing of them depends on the data.
  ///
  /// - Parameters:
  ///   - testPoints: where the fit is tested.
  ///   - sextic: whether kappa is wanted.
  /// - Throws: `IntegralUnavailable`, saying why; also where the integrals do not fit into the memory of the
  ///   work budget.
  public init(
    _ propagator: Propagator, points: Points, testPoints: Points? = nil, cutoffs: [Double],
    terms: [QuarticTerm] = [.lambda0], sextic: Bool = false
  ) throws(IntegralUnavailable) {
    self.propagator = propagator
    self.points = points
    self.testPoints = testPoints
    self.cutoffs = cutoffs
    self.terms = terms
    self.sextic = sextic
    try Self.checkMemory(
      points: max(points.count, testPoints?.count ?? 0), terms: terms.count, cutoffs: cutoffs.count,
      sextic: sextic)
    let tuples = Multisets(slots: points.count, order: 4).tuples
    let sixTuples = sextic ? Multisets(slots: points.count, order: 6).tuples : []
    let all = Array(Set(terms + [.lambda0]))
    func integrands(_ tuples: [[Int]]) -> [VertexIntegrals.Integrand] {
      tuples.flatMap { x in all.flatMap { $0.integrands(x) } }
    }
    integrals = try VertexIntegrals(
      propagator, points: points,
      integrands: integrands(tuples) + sixTuples.map { .init($0) }, cutoffs: cutoffs)
    if let testPoints {
      testTuples = Multisets(slots: testPoints.count, order: 4).tuples
      testIntegrals = try VertexIntegrals(
        propagator, points: testPoints, integrands: integrands(testTuples), cutoffs: cutoffs)
    } else {
      testTuples = []
      testIntegrals = nil
    }
    // Beside the tree without exchange, where the exchange can be integrated.
    exchange =
      sextic
      ? try? SixPointExchange(propagator, points: points, tuples: sixTuples, cutoffs: cutoffs) : nil
    self.tuples = tuples
    self.sixTuples = sixTuples
  }

  /// Refuses lists of tuples, of their integrals, and of their values at every cutoff that do not fit.
  private static func checkMemory(points: Int, terms: Int, cutoffs: Int, sextic: Bool)
    throws(IntegralUnavailable)
  {
    let quartic = tupleCount(slots: points, order: 4) * Double(3 * terms + 3)
    // A six-point function is one vertex, and ten exchanges of two.
    let others = sextic ? 11 * tupleCount(slots: points, order: 6) : 0
    if let refusal = WorkBudget.refusal(
      "the couplings at \(points) points\(sextic ? ", kappa too," : "")",
      bytes: (quartic + others) * (300 + 200 * Double(cutoffs)))
    {
      throw IntegralUnavailable(description: refusal)
    }
  }

  /// Integrals that vanish to rounding carry no coupling.
  public static func vanishes(_ integral: IntegralValue, scale: Double) -> Bool {
    abs(integral.value) <= 1e-12 * scale || abs(integral.value) <= 3 * integral.error
  }

  /// The couplings at every cutoff.
  ///
  /// - Parameters:
  ///   - sample: connected correlators at `points` through order 4, or 6 with `sextic`.
  ///   - test: at `testPoints`, through order 4.
  public func couplings(_ sample: CumulantSample, test: CumulantSample? = nil) -> [Couplings] {
    cutoffs.indices.map { couplings(sample, test: test, cutoff: $0) }
  }

  private func couplings(_ sample: CumulantSample, test: CumulantSample?, cutoff c: Int)
    -> Couplings
  {
    let own = tuples.map { integrals.value(.init($0), cutoff: c) }
    let scale = own.map { abs($0.value) }.max() ?? 0
    let kept = own.indices.filter { !Self.vanishes(own[$0], scale: scale) }
    func lambda(_ tensors: [[Double]], _ i: Int) -> Double {
      -tensors[4][i] / (24 * own[i].value)
    }
    let power = propagator.isHomogeneous ? Double(propagator.inputs + 4) : nil
    let estimates = sample.estimate { tensors in
      let values = kept.map { lambda(tensors, $0) }
      let count = Double(max(1, values.count))
      let logs = values.map { log10(abs($0)) + (power ?? 0) * log10(cutoffs[c]) }
      return values + [values.reduce(0, +) / count, logs.reduce(0, +) / count]
    }
    var elements = own.indices.map { i in
      Couplings.Element(
        indices: tuples[i], integral: own[i], coupling: Estimate(value: nil, error: nil))
    }
    for (k, i) in kept.enumerated() {
      elements[i] = Couplings.Element(
        indices: tuples[i], integral: own[i],
        coupling: sample.isSampled
          ? estimates[k]
          : estimates[k].widened(
            by: abs(estimates[k].value ?? 0) * own[i].error / abs(own[i].value)))
    }
    func columns(_ tuples: [[Int]], _ integrals: VertexIntegrals) -> [[Double]] {
      terms.map { term in tuples.map { term.value($0, integrals, cutoff: c) } }
    }
    var tested: (CumulantSample, [[Double]])?
    if let test, let testIntegrals { tested = (test, columns(testTuples, testIntegrals)) }
    let none = Estimate(value: nil, error: nil)
    return Couplings(
      cutoff: cutoffs[c], elements: elements,
      mean: kept.isEmpty ? none : estimates[kept.count],
      logMean: power == nil || kept.isEmpty ? nil : estimates[kept.count + 1],
      negativeIntegrals: Double(kept.filter { own[$0].value < 0 }.count)
        / Double(max(1, kept.count)),
      excluded: own.count - kept.count,
      fit: terms.isEmpty
        ? nil
        : CouplingFit(
          terms, sample: sample, columns: columns(tuples, integrals),
          columnErrors: terms.map { term in
            tuples.map { term.error($0, integrals, cutoff: c) }
          },
          test: tested.map { (sample: $0.0, columns: $0.1) }),
      sextic: sextic ? sexticCoupling(sample, kept, own, cutoff: c) : nil)
  }

  private func sexticCoupling(
    _ sample: CumulantSample, _ quartic: [Int], _ fours: [IntegralValue], cutoff c: Int
  ) -> Couplings.Sextic {
    let own = sixTuples.map { integrals.value(.init($0), cutoff: c) }
    let scale = own.map { abs($0.value) }.max() ?? 0
    let kept = own.indices.filter { !Self.vanishes(own[$0], scale: scale) }
    let trees = exchange.map { exchange in
      sixTuples.map { exchange.value($0, cutoff: c).value }
    }
    func mean(_ tensors: [[Double]]) -> Double {
      quartic.reduce(0) { $0 - tensors[4][$1] / (24 * fours[$1].value) }
        / Double(max(1, quartic.count))
    }
    func kappas(_ tensors: [[Double]], exchanged: Bool) -> [Double] {
      let lambda = mean(tensors)
      return kept.map { i in
        let tree = exchanged ? 576 * lambda * lambda * (trees?[i] ?? .nan) : 0
        return -(tensors[6][i] - tree) / (720 * own[i].value)
      }
    }
    let count = Double(max(1, kept.count))
    let values = sample.estimate { tensors in
      let exchanged = kappas(tensors, exchanged: true)
      return exchanged + [
        exchanged.reduce(0, +) / count,
        kappas(tensors, exchanged: false).reduce(0, +) / count,
      ]
    }
    let none = Estimate(value: nil, error: nil)
    var elements = own.indices.map {
      Couplings.Element(indices: sixTuples[$0], integral: own[$0], coupling: none)
    }
    for (k, i) in kept.enumerated() {
      elements[i] = Couplings.Element(indices: sixTuples[i], integral: own[i], coupling: values[k])
    }
    return Couplings.Sextic(
      mean: kept.isEmpty ? none : values[kept.count],
      withoutExchange: kept.isEmpty ? none : values[kept.count + 1], elements: elements)
  }
}

/// The tree of two quartic vertices in the six-point function, summed over the ten ways to split the
/// points: sum_10 int int K_W K_W K_W(y) K_W(y, z) K_W K_W K_W(z).
struct SixPointExchange: Sendable {
  private let integrals: PairIntegrals

  init(_ propagator: Propagator, points: Points, tuples: [[Int]], cutoffs: [Double])
    throws(IntegralUnavailable)
  {
    integrals = try PairIntegrals(
      propagator, points: points, integrands: tuples.flatMap(Self.splits), cutoffs: cutoffs)
  }

  private static func splits(_ x: [Int]) -> [PairIntegrals.Integrand] {
    (1..<5).flatMap { i in
      (i + 1..<6).map { j in
        let left = [x[0], x[i], x[j]]
        let right = (1..<6).filter { $0 != i && $0 != j }.map { x[$0] }
        return PairIntegrals.Integrand(.init(left), .init(right), lines: 1)
      }
    }
  }

  func value(_ x: [Int], cutoff: Int) -> IntegralValue {
    Self.splits(x).reduce(into: IntegralValue(value: 0)) { sum, split in
      let own = integrals.value(split, cutoff: cutoff)
      sum.value += own.value
      sum.error += own.error
    }
  }
}
