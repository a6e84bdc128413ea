import Foundation
import Statistics
import Studies

/// The section on renormalization: three flows of networks, kept apart.
extension ReportPage {
  var flowSection: String {
    let tables = Dictionary(
      ResultTables(results).flows.map { ($0.title, $0.rows) }, uniquingKeysWith: { a, _ in a })
    func part(_ heading: String, _ text: String, _ titles: [String], _ pictures: [String]) -> String
    {
      let found = titles.compactMap { tables[$0] }
      guard !found.isEmpty else { return "" }
      return "<h2>\(heading)</h2><p>\(text)</p>" + pictures.map(picture).joined()
        + found.map { table(Array($0.prefix(41))) }.joined()
    }
    return part(
      "Cutoff flow",
      "What changes is Λ, the box in which vertices live; what is kept are the measured correlators. β(λ) = −λ d log I₄/d log Λ is the derivative of the vertex integral: the exponent is that of the kernel, whatever the networks do. <i>Relevant</i> couplings grow as the cutoff is lowered.",
      ["cutoff flow"], ["cutoff-flow", "cutoff-exponent"])
      + part(
        "Active flow",
        "What changes is σ_w, the ensemble itself. Changing σ_w is an exact dilatation at any width, so that the raw coupling (amputated with K_W: what is measured) goes as σ_w<sup>d−4</sup> and the canonical one (kinetic term p²) as σ_w<sup>4−d</sup>. Both exponents stand in the literature; they differ by the normalisation of the field. Plain averages over outputs (estimator <code>outputs</code>) miss the tail that carries the moments of <code>gauss</code> and come out too small: with 10⁵ networks of width 3 the four-point coupling is found at about 0.7 of its value.",
        ["active flow", "active flow, |u4| ~ sigma_w^slope"],
        ["active-flow", "active-flow-dimensionless"])
      + part(
        "Passive flow",
        "What changes is k, the scale down to which modes are integrated out; the ensemble is kept, and is the end at k = 0. The Wetterich-Morris equation in the local potential approximation, Litim regulator, truncated at φ⁶, is integrated upwards from the measured couplings; u₄ diverges at a pole where the truncated theory has no completion.",
        ["passive flow"], ["passive-flow", "passive-flow-plane", "passive-flow-distance"])
      + part(
        "Fixed points",
        "Fixed points of the renormalization group in the dimension of the inputs, local potential approximation, Litim regulator. Truncations have roots that are no fixed points of the full equation: a physical one has few relevant directions and persists from order to order.",
        ["fixed points"], ["fixed-points-nu", "fixed-points-omega"])
      + part(
        "Potential",
        "The whole potential on a grid, from the ultraviolet to the infrared: the only direction in which its equation is well posed. Networks are known at k = 0; the passive flow, truncated at φ⁶, brings their couplings up and the grid comes back with all powers of the field, so that the difference at the end is what the truncation left out. As k falls the potential becomes convex.",
        ["potential"], ["potential"])
  }
}
