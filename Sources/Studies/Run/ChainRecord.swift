import Engineering
import Foundation
import Statistics

/// What is told of the chains, or of the weights, that drew an interacting case.
struct ChainRecord {
  let study: Study
  let item: StudyCase

  func result(_ pass: FinishedPass) -> ChainResult? {
    guard let theory = item.theory, let interaction = item.interaction else { return nil }
    if let effective = pass.effectiveSamples {
      let share = effective / Double(pass.layout.samplesPerRun * pass.layout.runs)
      let isSmall = !(share >= 0.01 && effective >= 1000)
      return ChainResult(
        sampler: interaction.sampling.title, effective_networks: effective,
        effective_share: share, trustworthy: !isSmall,
        reasons: isSmall
          ? [
            String(
              format:
                "reweighting is worth %.0f independent networks, %.2g of those drawn: a few weights decide",
              effective, share)
          ] : [])
    }
    let report = SamplerReport(
      theory, interaction, seed: study.sampling.seed, networksPerRun: pass.layout.samplesPerRun)
    return ChainResult(
      sampler: interaction.sampling.title, chains: report.chains, sweeps: report.sweeps,
      thermalisation: interaction.thermalisation, stride: interaction.stride,
      neuron_acceptance: report.record.refreshAcceptance,
      trajectory_acceptance: report.record.trajectoryAcceptance,
      exp_minus_dh: report.exponential, step: report.record.step, length: report.record.length,
      autocorrelation: report.observables.map { o in
        ChainResult.Autocorrelation(
          observable: o.name,
          tau: Estimate(
            value: o.autocorrelation.autocorrelationTime,
            error: o.autocorrelation.autocorrelationTimeError),
          r_hat: o.ratio.isFinite ? o.ratio : 1e9, drift: o.drift,
          rho: Array(o.autocorrelation.correlation.prefix(201)))
      }, trustworthy: report.warnings.isEmpty, reasons: report.warnings)
  }
}

extension NetworkSampling {
  /// In words.
  var title: String {
    switch self {
    case .neuronRefresh: "neuron-refresh Metropolis"
    case .hamiltonian: "Hamiltonian Monte Carlo in the parameters"
    case .mixture(let refresh, let hamiltonian):
      "\(refresh) sweeps of neuron refresh and \(hamiltonian) trajectories in turn"
    case .reweighting: "reweighting of free networks"
    }
  }
}
