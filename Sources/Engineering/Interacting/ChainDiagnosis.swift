import Foundation
import NumericalMethods
import Statistics

/// Whether Markov chains are to be trusted: autocorrelation by the Gamma method, agreement of the chains
/// (R-hat), drift, acceptance, and exp(-dH).
public struct ChainDiagnosis: Sendable {
  /// In measurements.
  public let autocorrelation: GammaMethod
  public let ratio: Double
  /// Second half of the chains less the first, in errors of it from the spread between chains.
  public let drift: Double?
  public let exponential: Estimate?
  public let warnings: [String]

  /// - Parameters:
  ///   - first: an observable measurement by measurement, chain by chain.
  ///   - exponentials: exp(-dH) of the trajectories of each chain.
  ///   - every: sweeps between measurements.
  public init(
    first: [[Double]], record: UpdateRecord, exponentials: [[Double]], every: Int = 1
  ) {
    autocorrelation = GammaMethod(chains: first)
    ratio = GammaMethod.ratio(first)
    let differences = first.map { chain -> Double in
      let half = chain.count / 2
      guard half > 0 else { return 0 }
      return (chain[half..<(2 * half)].reduce(0, +) - chain[..<half].reduce(0, +)) / Double(half)
    }
    let mean = differences.reduce(0, +) / Double(max(1, differences.count))
    let spread =
      differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      / Double(max(1, differences.count - 1))
    drift =
      differences.count >= 8 && spread > 0
      ? mean / (spread / Double(differences.count)).squareRoot() : nil
    let filled = exponentials.filter { !$0.isEmpty }
    exponential = filled.isEmpty ? nil : GammaMethod(chains: filled).estimate

    let length = first.map(\.count).min() ?? 0
    let tau = autocorrelation.autocorrelationTime
    var warnings: [String] = []
    func warn(_ condition: Bool, _ text: String) { if condition { warnings.append(text) } }
    // Short chains differ by chance: what is left of it is taken off.
    let chance = 1 + 2 * tau / Double(max(1, length))
    warn(
      !(ratio <= 1.05 * chance),
      ratio.isFinite
        ? "the chains disagree (R-hat \(String(format: "%.3f", ratio))): thermalise longer"
        : "the chains cannot be compared: they are too short, or do not move")
    warn(
      tau * 50 > Double(length * first.count) || tau * 10 > Double(length),
      "autocorrelations of \(String(format: "%.0f", tau * Double(every))) sweeps are long beside the chains: errors are uncertain"
    )
    if let drift, UpperTail.studentTwoSided(abs(drift), degrees: Double(first.count - 1)) < 1e-4 {
      warnings.append(
        "the chains drift (by \(String(format: "%+.1f", drift)) sigma): thermalise longer")
    }
    if let rate = record.refreshAcceptance {
      warn(
        rate < 0.1,
        "the acceptance is \(String(format: "%.3f", rate)): neurons of this interaction are far from free ones"
      )
    }
    if let rate = record.trajectoryAcceptance {
      warn(rate < 0.3, "only \(String(format: "%.2f", rate)) of the trajectories are accepted")
    }
    if let e = exponential, let value = e.value, let error = e.error, error > 0 {
      warn(
        abs(value - 1) > 5 * error,
        "<exp(-dH)> is \(e.description), not 1: trajectories have not equilibrated")
    }
    self.warnings = warnings
  }
}
