import Foundation
import Statistics
import Studies

/// The sections on couplings, the six-point function, the action, and correlated weights.
extension ReportPage {
  var effectiveActionSection: String {
    couplingSection + sixPointSection + actionSection + independenceSection
  }

  private func number(_ x: Double?, _ format: String = "%.4g") -> String {
    x.map { String(format: format, $0) } ?? "-"
  }

  private func percent(_ e: Estimate?) -> String {
    e?.value.map { String(format: "%.2g%%", 100 * $0) } ?? "-"
  }

  private func sigmas(_ e: Estimate?) -> String {
    e?.deviation.map { String(format: "%+.1f", $0) } ?? "-"
  }

  private var couplingSection: String {
    // Of many cutoffs the first and the last two.
    let all = results.cases.flatMap { item in
      let own = item.couplings ?? []
      return (own.count <= 5 ? own : Array(own.prefix(2)) + Array(own.suffix(2))).map { (item, $0) }
    }
    guard let first = all.first?.1 else { return "" }
    let names = first.terms.keys.sorted()
    let hasTest = all.contains { $0.1.mape?.test != nil }
    let rows = all.prefix(40).map { item, c -> [String] in
      [item.label, "\(c.cutoff)", c.mean.description, number(c.mean.exact), sigmas(c.mean)]
        + names.map { c.terms[$0]?.description ?? "-" } + [
          c.condition_number.map { String(format: "%.3g", $0) } ?? "∞", percent(c.mape?.train),
        ] + (hasTest ? [percent(c.mape?.test)] : [])
    }
    var text = """
      <h2>Couplings of the effective action</h2>
      <p>With S = S<sub>GP</sub> + ∫ d<sup>d</sup>x [λ f⁴ + κ f⁶] the connected four-point function is, at tree level, \
      G<sub>c</sub>⁽⁴⁾ = −24 λ ∫ K<sub>W</sub>K<sub>W</sub>K<sub>W</sub>K<sub>W</sub>, the vertex integrated over the box \
      [−Λ, Λ]<sup>d</sup>. Lines to a vertex are \(first.vertex == .weights ? "K<sub>W</sub>, the kernel without the output bias" : "the full kernel K, as in the first version of the paper"). \
      A negative λ is a positive G<sub>c</sub>⁽⁴⁾: stability is then carried by higher terms.</p>
      \(picture("coupling-cutoff"))\(picture("coupling-elements"))
      """
    text += table(
      [
        ["case", "cutoff", "mean of λ", "exact", "sigmas"] + names
          + ["condition", "MAPE train"] + (hasTest ? ["MAPE test"] : [])
      ] + rows)
    if let kappa = all.first(where: { $0.1.kappa != nil })?.1.kappa {
      text +=
        "<p>Six-point coupling at cutoff \(first.cutoff): κ = \(escape(kappa.mean.description)), the exchange of two quartic vertices taken out (\(escape(kappa.without_exchange.description)) with it).</p>"
    }
    if let correlation = first.correlation, names.count > 1 {
      text +=
        "<p>Correlation of the fitted couplings at cutoff \(first.cutoff):</p>"
        + table(
          [[""] + names] + zip(names, correlation).map { [$0] + $1.map { number($0, "%.4f") } })
    }
    return text
  }

  private var sixPointSection: String {
    let rows = results.cases.flatMap { item in
      (item.six_point ?? []).map { r in
        [item.label, "\(r.cutoff)"]
          + [r.gaussian_ratio, r.prediction_ratio, r.tuple_prediction_ratio].flatMap {
            [$0.description, number($0.exact, "%.6f")]
          }
      }
    }
    guard !rows.isEmpty else { return "" }
    return """
      <h2>The six-point function from the four-point coupling</h2>
      <p>G⁽⁶⁾ = Σ<sub>15</sub> KKK − 24 λ Σ<sub>15</sub> K(ab) ∫K<sub>W</sub>K<sub>W</sub>K<sub>W</sub>K<sub>W</sub>(cdef), κ neglected; \
      with the mean coupling, or with the coupling of each tuple, which is its G<sub>c</sub>⁽⁴⁾. Means over tuples of prediction / measured:</p>
      \(table([["case", "cutoff", "free theory", "exact", "mean coupling", "exact", "each tuple's", "exact"]] + rows.prefix(40)))
      \(picture("six-point"))
      """
  }

  private var actionSection: String {
    let with = results.cases.filter { $0.action != nil }
    guard let item = with.first, let action = item.action else { return "" }
    let names = [
      "action", "action-1", "action-2", "action-error", "action-error-1", "action-error-2",
    ]
    var text = """
      <h2>The action at these points</h2>
      <p>S[φ] = g₀ + g₂φφ/2! + g₄φφφφ/4! + g₆φ⁶/6!, φ = f − E f, from the connected correlators through order \
      \(action.order) in 1/N (Edgeworth expansion)\(with.count > 1 ? "; shown is \(escape(item.label))" : ""). \
      Condition number of K: \(number(action.condition_number)).\(action.unbounded == nil ? "" : " The truncated action is unbounded below: it holds within about two standard deviations.")</p>
      \(names.map(picture).joined())
      """
    let rows = action.tensors.flatMap { name, elements in
      elements.prefix(8).map { e in
        [
          name, e.indices.map(String.init).joined(separator: " "), e.estimate.description,
          number(e.exact, "%.7g"), sigmas(e.estimate),
        ]
      }
    }
    text += table([["tensor", "indices", "value", "exact", "sigmas"]] + rows)
    if !action.values.isEmpty {
      func with(_ value: Double?, _ error: Double?) -> String {
        Estimate(value: value, error: error).description
      }
      text +=
        "<p>The action at given field values:</p>"
        + table(
          [["field", "Gaussian", "first order", "second order", "exact"]]
            + action.values.prefix(20).map { v in
              [
                v.field.map { String(format: "%g", $0) }.joined(separator: ", "),
                with(v.gaussian, v.gaussian_error), with(v.first, v.first_error),
                with(v.second, v.second_error), number(v.exact, "%.9g"),
              ]
            })
    }
    return text
  }

  private var independenceSection: String {
    let with = results.cases.filter { $0.independence != nil }
    guard !with.isEmpty else { return "" }
    let rows = with.prefix(40).compactMap { item -> [String]? in
      guard let r = item.independence, let e = r.elements.first else { return nil }
      return [
        item.label, r.correlation, e.connected.description, number(e.connected.exact, "%.6g"),
        sigmas(e.connected), e.finite_width?.description ?? "-",
        e.correlation?.description ?? "-", e.response?.description ?? "-",
        number(e.response?.exact, "%.6g"),
      ]
    }
    return """
      <h2>Finite width and correlated weights</h2>
      <p>The connected four-point function splits exactly into what independent neurons of this width give and what \
      correlations among the output weights add. Its slope in the strength of the correlation is a joint cumulant with the \
      score ∂ log P. At the first point:</p>
      \(table([["case", "output weights", "Gc⁽⁴⁾", "exact", "sigmas", "finite width", "correlation", "slope", "exact"]] + rows))
      \(picture("independence"))
      """
  }
}
