import Foundation
import Studies

/// What was studied, in words: an ensemble, a theory, or recorded networks.
extension ReportPage {
  private var pointList: String {
    guard case .array(let points)? = study["points"] else { return "" }
    let list = points.prefix(12).map { p in
      if case .array(let x) = p {
        return x.count == 1 ? x[0].text : "(" + x.map(\.text).joined(separator: ", ") + ")"
      }
      return p.text
    }
    return
      "<p>Points: \(escape(list.joined(separator: ", ")))\(points.count > 12 ? ", … (\(points.count) in all)" : "").</p>"
  }

  /// A theory built from a density of parameters.
  private func description(theory: JSONValue, interaction: JSONValue?) -> String {
    func list(_ value: JSONValue?) -> String {
      guard case .object(let items)? = value else { return "" }
      return items.sorted { $0.key < $1.key }.map { key, value in
        var text = shown(value)
        if case .object(let inner) = value {
          text = inner.map { "\($0.key) \($0.value.text)" }.joined(separator: ", ")
        }
        return "\(key) \(text)"
      }.joined(separator: ", ")
    }
    let sampling =
      "\(results.cases.first?.runs ?? 0) runs of \(results.cases.first?.networks ?? 0) networks for each case, seed \(results.fieldwork.seed)."
    let deformed =
      interaction.map {
        "<p>Its density of parameters is deformed by exp(−S<sub>int</sub>): \(escape(list($0))). </p>"
      } ?? ""
    return
      "<p>A free scalar field as an ensemble of networks, φ(x) = √(2C/N) Σ a Δ(k)<sup>−α/2</sup> cos(k·x + c), Δ = 1/(k² + m²); first case: \(escape(list(theory["free-scalar"]))).</p>\(deformed)\(pointList)<p>\(sampling)</p>"
  }

  var description: String {
    if case .array(let ensembles)? = study["ensembles"], let theory = ensembles.first?["theory"] {
      return description(theory: theory, interaction: ensembles.first?["interaction"])
    }
    guard case .array(let ensembles)? = study["ensembles"], let first = ensembles.first,
      case .array(let hidden)? = first["hidden"]
    else {
      return
        "<p>Networks read from <code>\(escape(study["sampling"]?["outputs"]?.text ?? "a file"))</code>.</p>"
    }
    let inputs = first["inputs"]?.text ?? "1"
    let outputs = first["outputs"]?.text ?? "1"
    var widths: [String] = []
    for width in results.cases.compactMap(\.width).map({ JSONValue.numeric($0).text })
    where !widths.contains(width) { widths.append(width) }
    let layers = hidden.map { layer in
      let width =
        hidden.count == 1 && widths.count > 1
        ? "N = " + widths.joined(separator: ", ") : layer["width"]?.text ?? ""
      return
        "\(layer["activation"]?["formula"]?.text ?? layer["activation"]?.text ?? "")\(layer["slope"].map { " (slope \($0.text))" } ?? "") of width \(width)"
    }
    func densities(_ key: String) -> String {
      guard case .array(let list)? = first[key]?["layers"] else { return "" }
      return list.map { d in
        "\(d["density"]?.text ?? "") σ = \(d["sigma"].map(shown) ?? "")\(d["dof"].map { ", dof \($0.text)" } ?? "")\(d["mean"].map { ", mean \($0.text)" } ?? "")"
      }.joined(separator: "; ")
    }
    let settings = study["sampling"]
    let drawn = results.cases.first?.networks
    let unit = estimator == "neurons" ? "hidden units" : "networks"
    let sampling =
      estimator == "exact"
      ? "Nothing was drawn: all values are exact (estimator <code>exact</code>)."
      : "\(results.cases.first?.runs ?? 0) runs of \(drawn ?? 0) \(unit) for each case, estimator <code>\(escape(estimator))</code>\(settings?["form"]?.text == "published" ? ", published form" : "")\(settings?["tilt"] == .bool(true) ? ", tilted" : ""), seed \(results.fieldwork.seed)."
    return """
      <p>Ensembles of fully connected networks f: ℝ<sup>\(inputs)</sup> → ℝ<sup>\(outputs)</sup> with \(escape(layers.joined(separator: ", then ")))\
      . Weights, from input to output: \(escape(densities("weights"))) (variance σ²/fan-in); biases: \(escape(densities("biases"))).</p>
      <p>\(scaling(first["parametrisation"]?.text ?? "standard"))</p>
      \(exactMethod)
      \(pointList)
      <p>\(sampling)</p>
      """
  }

  /// What scales how with the width N.
  private func scaling(_ parametrisation: String) -> String {
    switch parametrisation {
    case "mean-field":
      """
      Mean-field parametrisation: output weights have variance σ²/N², not σ²/N. The outputs are means over N \
      units: without an output bias G⁽²⁾ falls as 1/N and the connected n-point function as N<sup>1−n</sup>, so \
      that m_4 still falls as 1/N. The kernel below is that of this width.
      """
    case "ntk":
      """
      NTK parametrisation: the same ensemble as the standard one, written (σ/√N) W with unit variates W, on which \
      gradient descent acts: the tangent kernel has the rates σ_b² and σ_w². G⁽²⁾ stays as N grows, the connected \
      n-point function falls as N<sup>1−n/2</sup>.
      """
    default:
      """
      Standard parametrisation: G⁽²⁾ stays as the width N grows, the connected n-point function falls as \
      N<sup>1−n/2</sup>, so that m_4 falls as 1/N and m_6 as A/N + B/N².
      """
    }
  }

  /// How exact values were computed.
  private var exactMethod: String {
    guard let exact = results.cases.first?.exact,
      results.cases.contains(where: { $0.correlators != nil })
    else { return "" }
    let note =
      exact.method == .quasiMonteCarlo
      ? "; these have an error of their own, given as <code>exact_error</code> and included in the sigmas"
      : ""
    return
      "<p>Exact correlators: \(exact.method.rawValue), \(exact.directions) independent direction\(exact.directions == 1 ? "" : "s") of the pre-activations\(note).</p>"
  }
}
