import Ensembles
import Foundation
import NumericalMethods

/// <s(z_a) s(z_b)> and <s'(z_a) s'(z_b)> over zero-mean Gaussian pre-activations, for all pairs of
/// points.
///
/// Closed forms where the unit has them; Hermite expansions for smooth units, whose cost is that of
/// a polynomial a pair; the moments of each pair by itself for the rest.
/// - Complexity: O(points^2 x terms), terms 1 to 2000.
struct PairExpectations {
  /// The upper triangle counts, row by row.
  private(set) var values: [Double]
  /// Likewise; nil unless asked for.
  private(set) var slopes: [Double]?
  /// Bound on, or estimate of, the numerical error of an element.
  let error: Double

  /// - Throws: `UnitMoments.Unavailable` where an expectation does not exist.
  init(
    _ unit: any HiddenUnit, uniformPhase: Bool, form: PreactivationForm, slopes: Bool
  ) throws(UnitMoments.Unavailable) {
    let covariance = form.covariance
    let n = covariance.count
    guard covariance.elements.allSatisfy(\.isFinite) else {
      throw UnitMoments.Unavailable(description: "the kernel overflows at these points")
    }
    if uniformPhase {
      // cos and sin with a phase have the same pairs, and so have their slopes.
      values = Self.rows(n) { i, out in
        for j in i..<n { out[j] = unit.uniformPhasePair(form.pair(i, j)) ?? .nan }
      }
      self.slopes = slopes ? values : nil
      error = Self.rounding(values)
      return
    }
    if unit.gaussianPair(1, 0.5, 1) != nil {
      let diagonal = (0..<n).map { covariance[$0, $0] }
      values = Self.rows(n) { i, out in
        covariance.elements.withUnsafeBufferPointer { c in
          diagonal.withUnsafeBufferPointer { d in
            _ = unit.gaussianPairs(
              d[i], c.baseAddress! + i * n + i, d.baseAddress! + i, into: out + i, count: n - i)
            guard !form.coordinates.isEmpty else { return }
            for j in i..<n where PairCovariance.isDelicate(d[i], c[i * n + j], d[j]) {
              out[j] = unit.gaussianPair(form.pair(i, j)) ?? .nan
            }
          }
        }
      }
      self.slopes =
        slopes
        ? Self.rows(n) { i, out in
          for j in i..<n { out[j] = unit.gaussianSlopePair(form.pair(i, j)) ?? .nan }
        } : nil
      error = Self.rounding(values)
      return
    }
    try UnitMoments.checkExistence(unit, covariance, order: 2)
    if slopes { try UnitMoments.checkExistence(SlopeUnit(unit: unit), covariance, order: 2) }
    if slopes, unit.hasJumps {
      throw UnitMoments.Unavailable(description: "the unit jumps: <s' s'> does not exist")
    }
    let variances = (0..<n).map { max(0, covariance[$0, $0]) }
    if unit.isSmooth, unit.growth != .faster || n > 8,
      let expansion = HermiteExpansion(unit, variances: variances)
    {
      values = Self.expanded(expansion, covariance, unit, derivative: false)
      self.slopes = slopes ? Self.expanded(expansion, covariance, unit, derivative: true) : nil
      error = expansion.error
      return
    }
    if let wide = Self.wide(unit, covariance, slopes: slopes) {
      self = wide
      return
    }
    var worst = 0.0
    var both = (SymmetricMatrix(count: n), SymmetricMatrix(count: n))
    for i in 0..<n {
      for j in i..<n {
        guard !WorkBudget.isStopped else {
          throw UnitMoments.Unavailable(description: WorkBudget.stopped)
        }
        let pair = SymmetricMatrix(count: i == j ? 1 : 2) {
          covariance[$0 == 0 ? i : j, $1 == 0 ? i : j]
        }
        let moments = try UnitMoments.gaussian(unit, covariance: pair, order: 2)
        let place = i == j ? 0 : 1
        both.0[i, j] = moments.values[2][place]
        worst = max(worst, moments.map { $0 }.errors[2][place] + moments.rounding[2][place])
        if slopes {
          let own = try UnitMoments.gaussian(SlopeUnit(unit: unit), covariance: pair, order: 2)
          both.1[i, j] = own.values[2][place]
          worst = max(worst, own.map { $0 }.errors[2][place] + own.rounding[2][place])
        }
      }
    }
    values = both.0.elements
    self.slopes = slopes ? both.1.elements : nil
    error = worst
  }

  /// The values, which are gone from here afterwards: no copy is left behind.
  mutating func takeValues() -> [Double] {
    defer { values = [] }
    return values
  }

  /// Likewise.
  mutating func takeSlopes() -> [Double]? {
    defer { slopes = nil }
    return slopes
  }

  /// Of closed forms: the last digits of the largest element.
  private static func rounding(_ values: [Double]) -> Double {
    8 * Double.ulpOfOne * values.reduce(0) { max($0, abs($1)) }
  }

  private init(values: [Double], slopes: [Double]?, error: Double) {
    self.values = values
    self.slopes = slopes
    self.error = error
  }

  /// Smooth units with an asymptote where pre-activations spread too widely for a rule in standard deviations.
  private static func wide(
    _ unit: any HiddenUnit, _ covariance: SymmetricMatrix, slopes: Bool
  ) -> PairExpectations? {
    let n = covariance.count
    let largest = (0..<n).map { covariance[$0, $0] }.max() ?? 0
    guard unit.isSmooth, largest > 900, let expectation = AsymptoticExpectation(unit) else {
      return nil
    }
    let slope = slopes ? AsymptoticExpectation(SlopeUnit(unit: unit)) : nil
    guard !slopes || slope != nil else { return nil }
    func all(_ expectation: AsymptoticExpectation) -> [Double] {
      rows(n) { i, out in
        for j in i..<n {
          out[j] =
            i == j
            ? expectation.square(covariance[i, i])
            : expectation.pair(covariance[i, i], covariance[i, j], covariance[j, j])
        }
      }
    }
    let values = all(expectation)
    // Against closed forms and finer rules.
    let size = values.reduce(0) { max($0, abs($1)) }
    return PairExpectations(values: values, slopes: slope.map(all), error: 1e-11 * max(1, size))
  }

  /// The upper triangle of a matrix, on the threads of the work budget, a few rows at a time.
  private static func rows(
    _ n: Int, _ row: @Sendable (Int, UnsafeMutablePointer<Double>) -> Void
  ) -> [Double] {
    var elements = [Double](repeating: 0, count: n * n)
    elements.withUnsafeMutableBufferPointer { buffer in
      // Rows are disjoint.
      nonisolated(unsafe) let base = buffer.baseAddress!
      // A few rows are done before a thread has begun.
      let chunk = max(16, n / 64)
      let stop = WorkBudget.current.stop
      concurrentFor((n + chunk - 1) / chunk) { k in
        for i in k * chunk..<min(n, (k + 1) * chunk) where !stop.isStopped { row(i, base + i * n) }
      }
    }
    return elements
  }

  private static func expanded(
    _ expansion: HermiteExpansion, _ covariance: SymmetricMatrix, _ unit: any HiddenUnit,
    derivative: Bool
  ) -> [Double] {
    let sigmas = expansion.variances.map { $0.squareRoot() }
    return rows(covariance.count) { i, out in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: covariance.count) { rho in
        for j in i..<covariance.count {
          let scale = sigmas[i] * sigmas[j]
          rho[j] = scale > 0 ? min(1, max(-1, covariance[i, j] / scale)) : 0
        }
        expansion.row(i, derivative: derivative, rho: rho.baseAddress!, out: out)
        if derivative {
          for j in i..<covariance.count {
            let scale = sigmas[i] * sigmas[j]
            out[j] =
              scale > 0
              ? out[j] / scale : expansion.meanSlope(i, unit) * expansion.meanSlope(j, unit)
          }
        } else {
          out[i] = expansion.squares[i]
        }
      }
    }
  }
}

/// The slope of a unit as a unit.
struct SlopeUnit: HiddenUnit {
  static let name = "slope"
  static let vectorCode: Int32 = -1
  let unit: any HiddenUnit

  var kinks: [Double] { unit.kinks }
  var poles: [Formula.Pole] {
    unit.poles.map { Formula.Pole(place: $0.place, power: $0.power + 1) }
  }
  var growth: Growth { unit.growth == .faster ? .faster : .bounded }
  func value(_ z: Double, variance: Double) -> Double { unit.slope(z, variance: variance) }
  func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    preconditionFailure("the slope of a unit has no series of its own")
  }
}
