import Foundation
import Statistics
import Studies

/// The sections on symmetries and on locality, read off the correlators without the action.
extension ReportPage {
  var dualitySection: String {
    let tables = Dictionary(
      ResultTables(results).duality.map { ($0.title, $0.rows) }, uniquingKeysWith: { a, _ in a })
    func part(_ heading: String, _ text: String, _ titles: [String], _ pictures: [String]) -> String
    {
      let found = titles.compactMap { tables[$0] }
      guard !found.isEmpty else { return "" }
      return "<h2>\(heading)</h2><p>\(text)</p>" + pictures.map(picture).joined()
        + found.map { rows in
          // The reasons stand in the sentence above.
          table(rows.prefix(81).map { $0.count == 9 ? Array($0.dropLast()) : $0 })
        }.joined()
    }
    let figures = self.figures.map(\.name)
    let sentences = results.cases.prefix(12).compactMap { item in
      item.locality_summary.map {
        "<p><b>\(escape(item.label.isEmpty ? "Result" : item.label))</b>: \(escape($0)).</p>"
      }
    }.joined()
    return part(
      "Symmetries",
      "What must hold follows from the architecture and the densities alone: if a transformation of the field is one of the parameters that leaves their density as it is, every correlator is invariant, though no single network is. The tests compare correlators before and after Haar-random transformations on the same networks: <i>p</i> is that of Hotelling's T² over all elements at once, on the well-conditioned modes of their covariance over blocks; <i>largest</i> is the element farthest from zero, with its own corrected p-value in the results; <i>adjusted</i> corrects for all tests of a case (Holm). <i>Detectable</i> is the smallest breaking of one element, relative to its size, that would have been seen with 90% probability.",
      [
        "symmetry: what must hold", "symmetry: tests",
        "symmetry: the procedure of arXiv:2106.00694",
      ], figures.filter { $0.hasPrefix("symmetry-") })
      + part(
        "Locality",
        "The theory is local if every connected correlator vanishes, exponentially or faster, as its points are divided into two groups that move apart. Each channel is a division; forms of decay are compared by their information criterion (AICc). What the exact curve says, where it is known, decides; the sampled verdict stands beside it.</p>\(sentences)<p>",
        ["locality"], figures.filter { $0.hasPrefix("locality-") })
      + part(
        "Reflection positivity",
        "Over operators at positive times, with Θ the reflection of the time axis, ⟨ΘF<sub>i</sub> F<sub>j</sub>⟩ must have no negative eigenvalue. The lowest eigenvalue of a noisy matrix is biased downwards; the column without bias takes its vector from one half of the blocks and its value from the other.",
        ["reflection positivity"], [])
  }
}
