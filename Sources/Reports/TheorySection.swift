import Statistics
import Studies

/// The sections on engineered theories: what the networks give beside exact values and the lattice, how they were
/// drawn, and the identities and axioms that they must satisfy.
extension ReportPage {
  var theorySection: String {
    let tables = Dictionary(
      ResultTables(results).theories.map { ($0.title, $0.rows) }, uniquingKeysWith: { a, _ in a })
    func part(_ heading: String, _ text: String, _ titles: [String], _ prefixes: [String]) -> String
    {
      let found = titles.compactMap { tables[$0] }
      guard !found.isEmpty else { return "" }
      let pictures = figures.map(\.name).filter { name in prefixes.contains { name.hasPrefix($0) } }
      return "<h2>\(heading)</h2><p>\(text)</p>" + pictures.map(picture).joined()
        + found.map { table($0.prefix(81).map { $0 }) }.joined()
    }
    return part(
      "Observables",
      "Means over networks, with errors from leaving out one block at a time. A finite width N biases them by 1/N: the limit is a fit of c₀ + c₁/N + c₂/N² (c₀ + c₁/N at three widths), its systematic error what the limit changes by when the smallest width is left out or one power more is fitted; sigmas are in both errors together. Lattice Monte Carlo stands beside φ⁴ on tori, with errors by the Gamma method (hep-lat/0306017).\(latticeNote)",
      ["observables at infinite width", "observables"],
      ["extrapolation-", "correlator-of", "effective-mass"])
      + costs
      + part(
        "How the networks were drawn",
        "The first chains are drawn again and looked at sweep by sweep: integrated autocorrelation times by the Gamma method, Gelman and Rubin's R-hat between chains, acceptance, and ⟨exp(−ΔH)⟩ = 1 of trajectories. Every 64 networks come from a chain of their own, so that errors do not rest on these times: thermalisation does.",
        ["chains", "reweighting"], ["autocorrelation"])
      + part(
        "Identities",
        "For every flow ξ of the parameters ⟨ξ·∂O⟩ = −⟨B O⟩ with B = ξ·∂ log P + div ξ, whatever the width (arXiv:2605.12488): Schwinger-Dyson identities from phases and Gaussian amplitudes, dilatation, translation, and momenta. They hold for a correct sampler in equilibrium, and only then. <i>p</i> is that of Hotelling's T² over all statements of one identity, <i>largest</i> the statement farthest from zero, <i>adjusted</i> corrects for all identities of a case (Holm).",
        ["identities"], [])
      + part(
        "Osterwalder-Schrader axioms",
        "What this run says of each: covariance by symmetry tests of the inputs (or what must hold), permutation symmetry of the fields, clustering by the channels of the locality test, reflection positivity by the lowest eigenvalue.",
        ["Osterwalder-Schrader axioms"], [])
  }

  /// Whether networks are a useful way to simulate this theory.
  private var costs: String {
    let (rows, sentence) = ResultTables(results).costs
    guard rows.count > 1 else { return "" }
    return
      "<h2>Cost</h2><p>Effective samples are those that independent ones would need for the same error of M² (of φ² where there is no torus), its variance over the square of its error; core-seconds are processor time of this session, thermalisation included. At infinite width the cost is that of all widths together, for the error of their limit.</p>\(table(rows))"
      + (sentence.map { "<p><b>\(escape($0))</b></p>" } ?? "")
  }

  private var latticeNote: String {
    guard let list = results.fits.lattice, let first = list.first else { return "" }
    let times = list.map { max($0.observables.phi2.tau, $0.observables.susceptibility.tau) }
    return String(
      format:
        " Here: %d trajectories%@, acceptance %.2f, slowest autocorrelation %.1f trajectories.",
      first.trajectories, list.count > 1 ? " for each set of parameters" : "", first.acceptance,
      times.max() ?? 0)
  }
}
