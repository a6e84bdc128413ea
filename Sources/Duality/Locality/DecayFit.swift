import Foundation
import NumericalMethods
import Statistics

/// How a connected correlator falls off with the distance of two groups of points: fits of an exponential, a
/// Gaussian, a power law and a constant, and of the first three on top of a constant, compared by their
/// information criterion.
public struct DecayFit: Sendable, Codable {
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// A exp(-r/xi); a negative length is growth.
    case exponential
    /// A exp(b r - r^2 / (2 l^2)).
    case gaussian
    /// A r^-alpha; a negative exponent is growth.
    case power
    case constant
    /// Zero at all distances.
    case zero
  }

  public enum Verdict: String, Sendable, Codable {
    case clusters
    case doesNotCluster = "does not cluster"
    case undecided
  }

  public var verdict: Verdict
  /// Why, in words.
  public var reason: String
  public var kind: Kind
  /// xi, or l.
  public var length: Estimate?
  /// alpha.
  public var exponent: Estimate?
  /// The value at infinite distance where it is not 0; nil where the correlator grows.
  public var limit: Estimate?
  public var grows: Bool
  /// Akaike weights of the kinds, with and without a constant.
  public var weights: [String: Double]

  private struct Model {
    let kind: Kind
    let offset: Bool
    /// Values at r, from parameters; the last one is the constant.
    let value: @Sendable ([Double], Double) -> Double
    let starts: [[Double]]

    var name: String { offset && kind != .constant ? "\(kind.rawValue) + constant" : kind.rawValue }
  }

  /// - Parameters:
  ///   - distances: ascending, from 0 on.
  ///   - covariance: of the values; nil for exact ones.
  ///   - scale: the size of a correlator of this order; exact values far below it are rounding.
  public init(
    distances: [Double], values: [Double], covariance: SymmetricMatrix?, scale: Double = 0
  ) {
    let top = values.map { abs($0) }.max() ?? 0
    let errors = values.indices.map { i in
      covariance.map { $0[i, i] < 0 ? 0 : $0[i, i].squareRoot() } ?? 0
    }
    guard !values.isEmpty, values.allSatisfy(\.isFinite), errors.allSatisfy(\.isFinite) else {
      self.init(.undecided, "values of the curve are not known", .zero)
      return
    }
    guard top > (covariance == nil ? 1e-12 * scale : 0) else {
      // What was drawn says nothing where it is zero without an error.
      self.init(
        covariance == nil ? .clusters : .undecided, "it vanishes at all distances", .zero)
      return
    }
    // The near part is not asymptotic.
    let far = distances.last ?? 0
    let tail = distances.indices.filter { distances[$0] > 0 && $0 >= distances.count / 4 }
    if covariance != nil,
      !values.indices.contains(where: { abs(values[$0]) > 4 * errors[$0] })
    {
      self.init(
        .undecided, "noise: no value is above four standard deviations; draw more networks", .zero)
      return
    }
    // Distances in units of the largest, values in units of the largest.
    let r = tail.map { distances[$0] / far }
    let y = tail.map { values[$0] / top }
    guard let whitened = Self.whitening(tail, values, covariance, top) else {
      self.init(.undecided, "the errors of the curve have no usable mode", .zero)
      return
    }
    let modes = whitened.count
    var fits: [(model: Model, solution: NonlinearLeastSquares.Solution, criterion: Double)] = []
    for model in Self.models(r, y) {
      let count = model.starts[0].count
      guard count < modes else { continue }
      var best: NonlinearLeastSquares.Solution?
      for start in model.starts {
        let solution = NonlinearLeastSquares.minimise(from: start) { p in
          let d = zip(r, y).map { model.value(p, $0) - $1 }
          return whitened.map { row in zip(row, d).reduce(0) { $0 + $1.0 * $1.1 } }
        }
        if let solution, solution.value < best?.value ?? .infinity { best = solution }
      }
      guard let best else { continue }
      let (k, n) = (Double(count), Double(modes))
      let correction = n - k - 1 > 0 ? 2 * k * (k + 1) / (n - k - 1) : 2 * k * (k + 1)
      // Exact values have no errors: the size of the residuals is a parameter.
      let deviance =
        covariance != nil ? best.value : n * log(max(best.value / n, Self.resolution))
      fits.append((model, best, deviance + 2 * k + correction))
    }
    guard let best = fits.min(by: { $0.criterion < $1.criterion }) else {
      self.init(
        .undecided, "range: \(modes) independent distances are too few for a fit", .zero)
      return
    }
    let relative = fits.map { exp(-0.5 * ($0.criterion - best.criterion)) }
    let total = relative.reduce(0, +)
    var weights: [String: Double] = [:]
    for (fit, w) in zip(fits, relative) where w / total > 1e-6 {
      weights[fit.model.name, default: 0] += w / total
    }
    let shown = Self.parameters(
      best.model, best.solution, unit: far, size: top, modes: modes, sampled: covariance != nil)
    self.init(.undecided, "", best.model.kind)
    self.weights = weights
    (length, exponent, limit, grows) = shown
    if let l = limit, !Self.isSignificant(l, top, sampled: covariance != nil) { limit = nil }
    // A form that levels off beyond the data may imitate growth.
    let middle = abs(values[tail[tail.count / 2]])
    if abs(values[tail[tail.count - 1]]) > 2 * middle + 5 * (errors.last ?? 0) {
      grows = true
      limit = nil
      if kind == .gaussian { length = nil }
    }
    decide(
      fits.map { ($0.model, $0.solution) }, zip(relative, fits).map { $0.0 / total },
      values: values, errors: errors, tail: tail, top: top, sampled: covariance != nil,
      unit: far, modes: modes)
  }

  private init(_ verdict: Verdict, _ reason: String, _ kind: Kind) {
    self.verdict = verdict
    self.reason = reason
    self.kind = kind
    grows = false
    weights = [:]
  }

  /// Square of the relative deviation below which two forms fit exact values equally well.
  private static let resolution = 1e-12

  /// Rows that turn differences of the tail into independent ones of unit variance; exact values are weighted
  /// by their size, so that the far ones count, or by their neighbours' where the sign changes.
  private static func whitening(
    _ tail: [Int], _ values: [Double], _ covariance: SymmetricMatrix?, _ top: Double
  ) -> [[Double]]? {
    let n = tail.count
    guard let covariance else {
      return tail.indices.map { i in
        let near = tail[max(0, i - 1)...min(n - 1, i + 1)].map { values[$0] }
        let turns = near.contains { $0 * values[tail[i]] < 0 }
        let size = turns ? near.map { abs($0) }.max() ?? 0 : abs(values[tail[i]])
        let error = size / top + 1e-10
        return (0..<n).map { $0 == i ? 1 / error : 0 }
      }
    }
    // On the scale of each error, so that small far values keep their modes.
    let sigma = tail.map { max(covariance[$0, $0], 1e-300).squareRoot() }
    let scaled = SymmetricMatrix(count: n) { i, j in
      covariance[tail[i], tail[j]] / (sigma[i] * sigma[j])
    }
    let modes = scaled.leadingModes(tolerance: 1e-4)
    guard !modes.isEmpty else { return nil }
    return modes.map { mode in
      zip(mode.vector, sigma).map { $0 * top / ($1 * mode.value.squareRoot()) }
    }
  }

  private static func models(_ r: [Double], _ y: [Double]) -> [Model] {
    let (first, last) = (y.first ?? 1, y.last ?? 0)
    let slope =
      abs(first) > 0 && abs(last) > 0 ? -log(abs(last / first)) / log(1 / (r.first ?? 0.5)) : 1
    var all = [
      Model(kind: .constant, offset: true, value: { p, _ in p[0] }, starts: [[last], [first]])
    ]
    for offset in [false, true] {
      // Each start once towards zero and once towards the last value.
      func with(_ list: [[Double]]) -> [[Double]] {
        offset
          ? list.map { [$0[0] - last] + $0.dropFirst() + [last] } + list.map { $0 + [0] } : list
      }
      func constant(_ p: [Double]) -> Double { offset ? p[p.count - 1] : 0 }
      all.append(
        Model(
          kind: .exponential, offset: offset,
          value: { p, r in p[0] * exp(-p[1] * r) + (offset ? p[2] : 0) },
          starts: with([2, 6, 15, -2].map { [first * exp($0 * (r.first ?? 0)), $0] })))
      all.append(
        Model(
          kind: .gaussian, offset: offset,
          value: { p, r in p[0] * exp(p[1] * r - p[2] * r * r) + (offset ? p[3] : 0) },
          starts: with(
            [2, 8, 25, 80].map { [first * exp($0 * (r.first ?? 0) * (r.first ?? 0)), 0, $0] })))
      all.append(
        Model(
          kind: .power, offset: offset,
          value: { p, r in p[0] * pow(r, -p[1]) + (offset ? p[2] : 0) },
          starts: with(
            [1, 3, -1, -2].map { [first * pow(r.first ?? 1, $0), $0] } + [[last, slope]])))
    }
    return all
  }

  /// Length, exponent and limit in the units of the curve.
  private static func parameters(
    _ model: Model, _ s: NonlinearLeastSquares.Solution, unit: Double, size: Double, modes: Int,
    sampled: Bool
  ) -> (length: Estimate?, exponent: Estimate?, limit: Estimate?, grows: Bool) {
    let p = s.parameters
    // A poor fit widens the errors; those of exact values are what the form leaves over.
    let degrees = Double(max(1, modes - p.count))
    let widen = (sampled ? max(1, s.value / degrees) : s.value / degrees).squareRoot()
    func error(_ k: Int) -> Double? { s.covariance.map { widen * $0[k, k].squareRoot() } }
    var limit: Estimate?
    if model.offset {
      let k = p.count - 1
      limit = Estimate(value: p[k] * size, error: error(k).map { $0 * size })
    }
    switch model.kind {
    case .exponential:
      return (
        Estimate(value: unit / p[1], error: error(1).map { unit * $0 / (p[1] * p[1]) }), nil, limit,
        p[1] < 0
      )
    case .gaussian:
      // Still rising at the largest distance.
      guard p[1] < 2 * p[2] else { return (nil, nil, limit, true) }
      guard p[2] > 0 else { return (nil, nil, limit, false) }
      let length = unit / (2 * p[2]).squareRoot()
      return (
        Estimate(value: length, error: error(2).map { 0.5 * length * $0 / p[2] }), nil, limit, false
      )
    case .power:
      return (nil, Estimate(value: p[1], error: error(1)), limit, p[1] < 0)
    default: return (nil, nil, limit, false)
    }
  }

  private static func isSignificant(_ limit: Estimate, _ top: Double, sampled: Bool) -> Bool {
    abs(limit.value ?? 0) > max(3 * (limit.error ?? 0), sampled ? 0 : 1e-6 * top)
  }

  private mutating func decide(
    _ fits: [(Model, NonlinearLeastSquares.Solution)], _ weights: [Double], values: [Double],
    errors: [Double], tail: [Int], top: Double, sampled: Bool, unit: Double, modes: Int
  ) {
    // What each model says of infinite distance.
    var (to, stays) = (0.0, 0.0)
    for ((model, solution), w) in zip(fits, weights) {
      let shown = Self.parameters(
        model, solution, unit: unit, size: top, modes: modes, sampled: sampled)
      let constant = shown.limit.map { Self.isSignificant($0, top, sampled: sampled) } ?? false
      let far = abs(model.value(solution.parameters, 1))
      let near = abs(model.value(solution.parameters, 0.3))
      let falls = !model.offset || far < 0.7 * near
      if shown.grows || model.kind == .power || constant || !falls { stays += w } else { to += w }
    }
    let last = tail.suffix(3)
    let lastValue = last.map { abs(values[$0]) }.max() ?? 0
    let lastError = last.map { errors[$0] }.max() ?? 0
    let percent = { (x: Double) in String(format: "%.2g%%", 100 * x / top) }
    if to > 0.95 {
      if sampled, lastError > 0.1 * top {
        verdict = .undecided
        reason =
          "noise: the errors at the largest distances are \(percent(lastError)) of the largest value"
      } else if lastValue > 0.3 * top {
        verdict = .undecided
        reason =
          "range: it falls, but is still \(percent(lastValue)) of its largest value at r = \(String(format: "%.3g", unit))"
      } else {
        verdict = .clusters
        reason =
          kind == .gaussian
          ? "it falls like a Gaussian"
          : kind == .exponential ? "it falls exponentially" : "it falls to zero"
      }
      return
    }
    if stays > 0.95 {
      verdict = .doesNotCluster
      reason =
        grows
        ? "it grows with the distance"
        : limit != nil
          ? "a plateau of \(limit!.description) is left\(kind == .power ? ", reached as a power of 1/r" : "")"
          : kind == .power ? "it falls as a power of 1/r only" : "it does not fall off"
      return
    }
    verdict = .undecided
    let noisy = sampled && lastValue < 3 * lastError
    reason =
      noisy
      ? "noise: forms that fall to zero and forms that do not fit equally well; the errors at the largest distances are \(percent(lastError)) of the largest value"
      : "range: forms that fall to zero and forms that do not fit equally well up to r = \(String(format: "%.3g", unit))"
  }
}
