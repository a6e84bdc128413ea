import Combinatorics
import Ensembles
import Foundation
import NumericalMethods

/// s(z) - s(0) as a unit.
struct DeviationUnit: HiddenUnit {
  static let name = "deviation"
  static let vectorCode: Int32 = -1
  let unit: any HiddenUnit

  var kinks: [Double] { unit.kinks }
  var poles: [Formula.Pole] { unit.poles }
  var hasJumps: Bool { unit.hasJumps }
  var growth: Growth { unit.growth }
  func value(_ z: Double, variance: Double) -> Double { unit.deviation(z) }
  func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    unit.series(z, variance: variance) - TaylorSeries(constant: unit.value(0, variance: 0))
  }
}

/// Units that hardly fluctuate (cos, gauss and softplus at small pre-activations): products of their moments
/// cancel, and what is left are the cumulants of s - s(0).
extension UnitMoments {
  /// Sums of products over nodes are rounded by so many units of the last digit of the largest terms.
  private static let roundings = 64.0
  /// Elements of the transform beyond which cumulants are not formed.
  private static let limit = 2e7

  /// Machine precision times E|prod s|, which Hoelder's inequality bounds by moments of one point.
  static func roundingOfSums(_ values: [[Double]]) -> [[Double]] {
    let sets = values.indices.map {
      Multisets(slots: max(1, values.count > 1 ? values[1].count : 1), order: $0)
    }
    return values.indices.map { n in
      guard n > 0 else { return [0] }
      // The even order from which the size of one factor is taken.
      let even = n % 2 == 0 ? n : (n + 1 < values.count ? n + 1 : n - 1)
      let sizes = (0..<sets[n].slots).map { p -> Double in
        guard even > 0 else { return abs(values[1][p]) }
        let own = values[even][sets[even].index(of: [Int](repeating: p, count: even))]
        return pow(abs(own), 1 / Double(even)) * (even < n ? 2 : 1)
      }
      return sets[n].tuples.map { tuple in
        roundings * Double.ulpOfOne * tuple.reduce(1) { $0 * sizes[$1] }
      }
    }
  }

  /// Moments of s = base + t from those of t.
  init(_ deviations: UnitMoments, base: Double) {
    let top = deviations.values.count - 1
    let sets = deviations.values.indices.map {
      Multisets(slots: max(1, top > 0 ? deviations.values[1].count : 1), order: $0)
    }
    func shifted(_ table: [[Double]], _ base: Double) -> [[Double]] {
      sets.map { set in
        set.tuples.map { tuple in
          var sum = 0.0
          for mask in 0..<(1 << tuple.count) {
            let part = tuple.indices.filter { mask >> $0 & 1 == 1 }.map { tuple[$0] }
            sum +=
              table[part.count][sets[part.count].index(of: part)]
              * pow(base, Double(tuple.count - part.count))
          }
          return sum
        }
      }
    }
    let own = shifted(deviations.values, base)
    // Sizes of the terms: of sums over nodes, and of the sum over subsets.
    let sizes = shifted(deviations.rounding, abs(base))
    let terms = shifted(deviations.values.map { $0.map { abs($0) } }, abs(base))
    self.init(
      values: own, uncertainty: deviations.uncertainty.map { shifted($0, base) },
      rounding: zip(sizes, terms).map { zip($0, $1).map { $0 + 4 * Double.ulpOfOne * $1 } },
      method: deviations.method, directions: deviations.directions)
    fluctuation = .deviations(
      NumericalTensors(
        values: deviations.values, uncertainty: deviations.uncertainty,
        rounding: deviations.rounding), base: base)
  }

  /// What is known besides the closed moments: clusters for gauss; for cos of small pre-activations
  /// -2 sin^2(z/2), of one sign, by the equally spaced rule.
  static func closedFluctuation(
    _ unit: any HiddenUnit, _ uniformPhase: Bool, _ form: PreactivationForm, order: Int
  ) -> Fluctuation? {
    if unit is NormalizedExponential {
      let (values, errors) = MayerCumulants(form: form).tensors(order: order)
      return .cumulants(NumericalTensors(values: values, rounding: errors))
    }
    let directions = GaussianDirections(form.covariance)
    guard unit is Cosine, !uniformPhase, directions.spread < 1, directions.count <= 3,
      let moments = SmoothQuadrature(
        unit: DeviationUnit(unit: unit), directions: directions, order: order
      ).moments()
    else { return nil }
    return .deviations(
      NumericalTensors(
        values: moments.values, uncertainty: moments.uncertainty, rounding: moments.rounding),
      base: 1)
  }

  /// The unit's own cumulants through an order; nil where its moments are as good.
  func cumulants(through order: Int) -> NumericalTensors? {
    switch fluctuation {
    case nil: return nil
    case .cumulants(let own):
      return NumericalTensors(
        values: Array(own.values.prefix(order + 1)),
        uncertainty: own.uncertainty.map { Array($0.prefix(order + 1)) },
        rounding: Array(own.rounding.prefix(order + 1)))
    case .deviations(let own, let base):
      let points = own.values.count > 1 ? own.values[1].count : 1
      guard
        Double(Multisets.count(slots: points, order: order) ?? .max) * exp2(Double(order))
          < Self.limit
      else { return nil }
      let transform = CumulantTransform(slots: points, maximumOrder: order)
      func cumulants(_ table: [[Double]]) -> [[Double]] {
        var result = transform.cumulants(ofMoments: Array(table.prefix(order + 1)))
        if order > 0 { result[1] = result[1].map { $0 + base } }
        return result
      }
      let values = cumulants(own.values)
      var plain = values
      if order > 0 { plain[1] = own.values[1] }
      return NumericalTensors(
        values: values, uncertainty: own.uncertainty.map(cumulants),
        rounding: transform.cumulantErrors(
          moments: Array(own.values.prefix(order + 1)), cumulants: plain,
          momentErrors: Array(own.rounding.prefix(order + 1))))
    }
  }

  /// Cov(s_a s_b, s_c s_d) over unordered pairs of points, with the largest numerical error; of moments through
  /// order four.
  public func pairCovariances(points: Int) -> (values: SymmetricMatrix, error: Double) {
    let pairs = Multisets(slots: points, order: 2).tuples
    let sets = (0...4).map { Multisets(slots: points, order: $0) }
    func place(_ x: Int...) -> Int { sets[x.count].index(of: x.sorted()) }
    func matrix(_ element: (Int, Int, Int, Int) -> Double) -> [[Double]] {
      [
        pairs.flatMap { p in pairs.map { q in element(p[0], p[1], q[0], q[1]) } }
      ]
    }
    func plain(_ m: [[Double]]) -> [[Double]] {
      matrix { a, b, c, d in m[4][place(a, b, c, d)] - m[2][place(a, b)] * m[2][place(c, d)] }
    }
    let products = matrix { a, b, c, d in
      rounding[4][place(a, b, c, d)] + abs(values[2][place(a, b)]) * rounding[2][place(c, d)]
        + abs(values[2][place(c, d)]) * rounding[2][place(a, b)]
    }
    let own = plain(values)
    let errors = uncertainty.errors(own, plain)
    let size = pairs.count
    guard let unit = cumulants(through: 4) else {
      return (
        SymmetricMatrix(count: size, upper: own[0]),
        zip(errors[0], products[0]).map { $0 + $1 }.max() ?? 0
      )
    }
    // Partitions of the four factors that join the two pairs.
    func joined(_ k: [[Double]], _ sizes: Bool) -> [[Double]] {
      func kappa(_ x: Int...) -> Double {
        let value = k[x.count][sets[x.count].index(of: x.sorted())]
        return sizes ? abs(value) : value
      }
      return matrix { a, b, c, d in
        let three: Double =
          kappa(a, b, c) * kappa(d) + kappa(a, b, d) * kappa(c) + kappa(a, c, d) * kappa(b)
          + kappa(b, c, d) * kappa(a)
        let (ac, ad, bc, bd) = (kappa(a, c), kappa(a, d), kappa(b, c), kappa(b, d))
        let single: Double =
          ac * kappa(b) * kappa(d) + ad * kappa(b) * kappa(c) + bc * kappa(a) * kappa(d) + bd
          * kappa(a) * kappa(c)
        return kappa(a, b, c, d) + three + ac * bd + ad * bc + single
      }
    }
    let direct = joined(unit.values, false)
    let upper = joined(
      zip(unit.values, unit.rounding).map { zip($0, $1).map { abs($0) + $1 } }, true)
    let lower = joined(unit.values, true)
    let bounds = zip(upper[0], lower[0]).map { $0 - $1 + 8 * Double.ulpOfOne * $0 }
    let rule = unit.uncertainty.errors(direct) { joined($0, false) }
    var (best, worst) = (own[0], 0.0)
    for i in best.indices {
      if bounds[i] < products[0][i] {
        best[i] = direct[0][i]
        worst = max(worst, rule[0][i] + bounds[i])
      } else {
        worst = max(worst, errors[0][i] + products[0][i])
      }
    }
    return (SymmetricMatrix(count: size, upper: best), worst)
  }
}
