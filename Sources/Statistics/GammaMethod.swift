import Foundation

/// Errors of Markov chain averages by the Gamma method of U. Wolff (hep-lat/0306017): the autocorrelation
/// function of the quantity itself, summed to a window that balances its statistical against its systematic
/// error,
///
///     tau_int(W) = 1/2 + sum_(t <= W) rho(t),      error^2 = 2 tau_int Gamma(0) / n.
public struct GammaMethod: Sendable {
  public let value: Double
  public let error: Double
  /// Of the error.
  public let errorOfError: Double
  /// Integrated autocorrelation time, 1/2 for independent numbers.
  public let autocorrelationTime: Double
  public let autocorrelationTimeError: Double
  public let window: Int
  public let samples: Int
  /// rho(t) = Gamma(t)/Gamma(0) from t = 0 through the window.
  public let correlation: [Double]

  /// `value` and `error` as an estimate.
  public var estimate: Estimate { Estimate(value: value, error: error) }

  /// Samples that independent ones would need for the same error.
  public var effectiveSamples: Double { Double(samples) / (2 * autocorrelationTime) }

  /// - Parameters:
  ///   - chains: `chains[r][t]` lists the primary observables at step t of chain r.
  ///   - derived: the quantity as a function of their means.
  /// - Complexity: O(samples x (observables + window)).
  public init(chains: [[[Double]]], _ derived: ([Double]) -> Double) {
    let count = chains[0][0].count
    let n = chains.reduce(0) { $0 + $1.count }
    var mean = [Double](repeating: 0, count: count)
    for chain in chains {
      for row in chain { for k in 0..<count { mean[k] += row[k] } }
    }
    for k in 0..<count { mean[k] /= Double(n) }
    let central = derived(mean)
    // The gradient by differences well below the errors: correlated means may not leave the domain of the
    // function together, where one of them alone would.
    var gradient = [Double](repeating: 0, count: count)
    for k in 0..<count {
      var variance = 0.0
      for chain in chains {
        for row in chain { variance += (row[k] - mean[k]) * (row[k] - mean[k]) }
      }
      let h = 0.01 * (variance / Double(n)).squareRoot() / Double(n).squareRoot()
      guard h > 0 else { continue }
      var (up, down) = (mean, mean)
      up[k] += h
      down[k] -= h
      gradient[k] = (derived(up) - derived(down)) / (2 * h)
    }
    let series = chains.map { chain in
      chain.map { row in
        var sum = 0.0
        for k in 0..<count { sum += gradient[k] * (row[k] - mean[k]) }
        return sum
      }
    }
    self.init(series: series, value: central)
  }

  /// Of one observable.
  public init(chains: [[Double]]) {
    let n = chains.reduce(0) { $0 + $1.count }
    let mean = chains.reduce(0) { $0 + $1.reduce(0, +) } / Double(n)
    self.init(series: chains.map { $0.map { $0 - mean } }, value: mean)
  }

  private init(series: [[Double]], value: Double) {
    let n = series.reduce(0) { $0 + $1.count }
    let shortest = series.map(\.count).min() ?? 0
    func gamma(_ t: Int) -> Double {
      var sum = 0.0
      var pairs = 0
      for chain in series {
        for i in 0..<max(0, chain.count - t) { sum += chain[i] * chain[i + t] }
        pairs += max(0, chain.count - t)
      }
      return pairs > 0 ? sum / Double(pairs) : 0
    }
    samples = n
    let zero = gamma(0)
    guard zero > 0, shortest > 1 else {
      // What cannot be computed from means a little way off has no error.
      let none = zero.isNaN || value.isNaN ? Double.nan : 0
      (self.value, error, errorOfError) = (value, none, none)
      (autocorrelationTime, autocorrelationTimeError, window) = (0.5, 0, 0)
      correlation = [1]
      return
    }
    var correlation = [1.0]
    var sum = 0.5
    var w = 0
    let longest = max(1, shortest / 2)
    while w < longest {
      w += 1
      let rho = gamma(w) / zero
      correlation.append(rho)
      sum += rho
      // S = 2; tiny where the chain is not correlated at all.
      let tau = sum <= 0.5 ? 1e-6 : 2 / log((2 * sum + 1) / (2 * sum - 1))
      let stop = exp(-Double(w) / tau) - tau / (Double(w) * Double(n)).squareRoot()
      if stop < 0 { break }
    }
    // The bias of subtracting the mean of the same data.
    let bias = 1 + Double(2 * w + 1) / Double(n)
    let tau = max(sum * bias, 1e-3)
    autocorrelationTime = tau
    autocorrelationTimeError =
      tau * 2 * ((Double(w) + 0.5 - tau) / Double(n)).magnitude.squareRoot()
    window = w
    self.correlation = correlation
    let variance = 2 * tau * zero / Double(n)
    error = variance.squareRoot()
    errorOfError = error * ((Double(w) + 0.5) / Double(n)).squareRoot()
    self.value = value
  }

  /// Gelman and Rubin's ratio of the spread between chains to that within them, each chain cut in two; near
  /// 1 where all sample the same. Infinite where nothing can be compared: without chains of four samples, and
  /// where no chain moves.
  public static func ratio(_ chains: [[Double]]) -> Double {
    let halves = chains.flatMap { chain -> [[Double]] in
      let middle = chain.count / 2
      return [Array(chain[..<middle]), Array(chain[middle..<(2 * middle)])]
    }
    guard let n = halves.map(\.count).min(), n > 1 else { return .infinity }
    let means = halves.map { $0.reduce(0, +) / Double($0.count) }
    let grand = means.reduce(0, +) / Double(means.count)
    let between =
      means.reduce(0) { $0 + ($1 - grand) * ($1 - grand) } / Double(means.count - 1)
    let within =
      zip(halves, means).reduce(0) { sum, part in
        sum + part.0.reduce(0) { $0 + ($1 - part.1) * ($1 - part.1) } / Double(part.0.count - 1)
      } / Double(halves.count)
    guard within > 0 else { return .infinity }
    let m = Double(n)
    return (((m - 1) / m * within + between) / within).squareRoot()
  }
}
