import Foundation
import NumericalMethods
import Statistics

/// How the chains behind the batches of a `ScalarNetworkSampler` fare: the first ones drawn again and looked at
/// sweep by sweep.
public struct SamplerReport: Sendable {
  public struct Observable: Sendable {
    public let name: String
    /// In sweeps.
    public let autocorrelation: GammaMethod
    public let ratio: Double
    public let drift: Double?
  }

  public let chains: Int
  /// Kept sweeps of each.
  public let sweeps: Int
  public let record: UpdateRecord
  public let exponential: Estimate?
  /// S_int, the average of |phi|^2, and the square of the average field.
  public let observables: [Observable]
  public let warnings: [String]

  /// - Precondition: the interaction is not sampled by reweighting.
  /// - Complexity: as much as `chains` batches.
  public init(
    _ theory: FreeScalar, _ interaction: ScalarInteraction, seed: UInt64, networksPerRun: Int,
    chains count: Int = 16, threads: Int? = nil
  ) {
    precondition(!interaction.sampling.isWeighted)
    let system = NetworkSystem(theory, interaction)
    let stream = ScalarNetworkSampler.stream(theory, interaction, seed: seed)
    let length = 64 * interaction.stride
    // Batches of the first run, then of the next.
    let perRun = max(1, networksPerRun / 64)
    let all = concurrentMap(count, threads: threads) { index in
      var chain = NetworkChain(
        system, interaction.sampling, thermalisation: interaction.thermalisation,
        random: ScalarNetworkSampler.generator(
          stream, run: index / perRun, number: index % perRun * 64))
      return chain.run(sweeps: length) { network in
        let averages = network.averages
        return [network.action, averages.square, averages.meanSquared]
      }
    }
    record = all.record
    chains = count
    sweeps = length
    var observables: [Observable] = []
    var warnings: [String] = []
    var exponential: Estimate?
    for (k, name) in ["S_int", "phi^2", "M^2"].enumerated() {
      let diagnosis = ChainDiagnosis(
        first: all.series(k), record: record,
        exponentials: all.map(\.record.exponentials))
      exponential = diagnosis.exponential
      observables.append(
        Observable(
          name: name, autocorrelation: diagnosis.autocorrelation, ratio: diagnosis.ratio,
          drift: diagnosis.drift))
      for text in diagnosis.warnings where !warnings.contains(text) {
        warnings.append(text.hasPrefix("the chains") ? "\(name): \(text)" : text)
      }
    }
    self.observables = observables
    self.exponential = exponential
    let tau = observables.map(\.autocorrelation.autocorrelationTime).max() ?? 0.5
    if Double(interaction.thermalisation) < 10 * tau {
      warnings.append(
        "thermalisation of \(interaction.thermalisation) sweeps is shorter than 10 autocorrelation times (\(String(format: "%.1f", tau)) sweeps each)"
      )
    }
    self.warnings = warnings
  }
}
