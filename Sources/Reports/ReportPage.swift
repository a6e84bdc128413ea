import Correlators
import Foundation
import NumericalMethods
import Statistics
import Studies

/// The report as one HTML page that needs no network: a short paper about one run.
struct ReportPage {
  let results: Results
  let figures: [Figure]
  let pictures: [String: String]

  var study: JSONValue { results.fieldwork.study }

  var html: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escape(title))</title>
    <style>\(Self.style)</style></head><body><main>
    <h1>\(escape(title))</h1>
    <p class="meta">Fieldwork \(escape(results.fieldwork.version)) · \(escape(results.fieldwork.started)) · seed \(results.fieldwork.seed) · \(escape(String(format: "%.1f s", results.fieldwork.seconds)))\(rate)</p>
    \(summary)
    \(warningSection)
    <h2>What was studied</h2>
    \(description)
    \(kernelSection)
    \(depthSection)
    \(deviationSection)
    \(effectiveActionSection)
    \(flowSection)
    \(dualitySection)
    \(theorySection)
    \(pictureSection("histogram", "One output"))
    \(jointSection)
    \(generatingSection)
    \(pictureSection("exact-against-sampled", "Exact against sampled"))
    \(numbers)
    \(conventions)
    \(reproduction)
    </main></body></html>

    """
  }

  private var title: String { study["title"]?.text ?? "Study" }

  private var rate: String {
    results.fieldwork.networks_per_second.map {
      " · " + String(format: "%.3g networks/s", $0)
        + " on \(results.fieldwork.threads) threads (\(escape(results.fieldwork.instruction_set)))"
    } ?? ""
  }

  func escape(_ s: String) -> String {
    s.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  var estimator: String { study["sampling"]?["estimator"]?.text ?? "" }

  /// What came out, in a few sentences.
  private var summary: String {
    var sentences: [String] = []
    let chi = results.cases.compactMap { item in
      item.correlators?.first { $0.order == 2 }?.chi_square
    }
    if !chi.isEmpty {
      let low = chi.map(\.p_value).min() ?? 1
      sentences.append(
        "Over \(chi.count) case\(chi.count == 1 ? "" : "s") the sampled two-point function \(low < 0.001 ? "disagrees with" : "agrees with") its exact value (smallest χ² p-value \(escape(PValue.text(low))))."
      )
    }
    for fit in results.fits.correlators ?? [] where fit.model == "power" {
      guard let slope = fit.slope else { continue }
      let what =
        fit.quantity == "deviation"
        ? "the \(fit.order)-point function leaves the free theory as"
        : "its connected part of order \(fit.order) falls as"
      let where_ =
        fit.parameters.map { p in
          " ("
            + p.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            + ")"
        } ?? ""
      sentences.append(
        escape("\(what.prefix(1).uppercased())\(what.dropFirst()) N^\(slope)\(where_)."))
    }
    for fit in results.fits.correlators ?? [] where fit.model != "power" {
      if let a = fit.A, let b = fit.B {
        sentences.append(escape("m_\(fit.order) = A/N + B/N² with A = \(a), B = \(b)."))
      }
    }
    return sentences.isEmpty ? "" : "<p class=\"summary\">\(sentences.joined(separator: " "))</p>"
  }

  private var warningSection: String {
    guard !results.warnings.isEmpty else { return "" }
    let shown = results.warnings.prefix(12).map {
      "<li><b>\(escape($0.code))</b> \(escape($0.where)): \(escape($0.message))</li>"
    }
    let rest = results.warnings.count - shown.count
    return """
      <section class="warnings"><h2>Warnings</h2><ul>\(shown.joined())\(rest > 0 ? "<li>and \(rest) more in results.json</li>" : "")</ul></section>
      """
  }

  func shown(_ value: JSONValue) -> String {
    if case .number(let x) = value { return String(format: "%.6g", x) }
    return value.text
  }

  func picture(_ name: String) -> String {
    guard let figure = figures.first(where: { $0.name == name }) else { return "" }
    let image =
      pictures[name].map { "<img alt=\"\(escape(figure.name))\" src=\"\($0)\">" }
      ?? "<p class=\"missing\">The picture could not be drawn; see figures/\(escape(name)).gp.</p>"
    return "<figure>\(image)<figcaption>\(escape(figure.caption))</figcaption></figure>"
  }

  private func pictureSection(_ name: String, _ heading: String) -> String {
    figures.contains { $0.name == name } ? "<h2>\(heading)</h2>\(picture(name))" : ""
  }

  private var kernelSection: String {
    guard let item = results.cases.first, item.kernel != nil else {
      // Interacting theories are told of in their own sections.
      if results.cases.first?.chains != nil { return "" }
      return
        "<h2>Kernel</h2><p>There is no infinite-width kernel for this ensemble; Wick values use the measured two-point function.</p>"
    }
    let error = item.kernel_error ?? 0
    let quality =
      error == 0 ? "in closed form" : String(format: "by quadrature, error below %.1g", error)
    var text =
      "<h2>Kernel</h2><p>At infinite width the theory is free, with the propagator K(x, y), computed \(quality).</p>"
    let rows = results.cases.compactMap { item -> [String]? in
      guard let chi = item.correlators?.first(where: { $0.order == 2 })?.chi_square else {
        return nil
      }
      return [
        item.label, String(format: "%.2f", chi.value), "\(chi.modes)",
        PValue.text(chi.p_value, digits: 3),
      ]
    }
    text += picture("kernel")
    text += twoPointTable
    if !rows.isEmpty {
      text +=
        "<p>The sampled two-point function against its exact value, on the well-conditioned modes of its covariance:</p>"
        + table([["case", "χ²", "modes", "p-value"]] + rows)
    }
    return text
  }

  /// Sampled two-point functions beside the kernel where the kernel is not exact at finite width.
  private var twoPointTable: String {
    guard let item = results.cases.first, let kernel = item.kernel,
      let order = item.correlators?.first(where: { $0.order == 2 }), order.chi_square == nil,
      estimator != "exact"
    else { return "" }
    let rows = order.elements.filter { Set($0.outputs ?? [0]).count == 1 }.prefix(21).map { e in
      let k = kernel[e.indices[0]][e.indices[1]]
      let shift = e.full.sigmas(from: k).map { String(format: "%+.1f", $0) }
      return [
        "(\(e.indices[0]), \(e.indices[1]))", String(format: "%.6g", k), e.full.description,
        shift ?? "-",
      ]
    }
    return
      "<p>Beyond one hidden layer it is exact at infinite width only; at finite width the two-point function is shifted by terms of order depth/width\(results.cases.count > 1 ? " (first case)" : ""):</p>"
      + table([["points", "K", "sampled", "sigmas"]] + rows)
  }

  private var deviationSection: String {
    let names = figures.map(\.name).filter { $0.hasPrefix("deviation-order-") }
    guard !names.isEmpty else { return "" }
    var text = "<h2>Deviations from the free theory</h2>" + names.map(picture).joined()
    if let fits = results.fits.correlators {
      text +=
        "<p>Fits; errors by leaving out one block of networks at all widths together:</p>"
        + table(ResultTables(results).fitTable(fits))
    }
    return text
  }

  private var depthSection: String {
    guard let item = results.cases.first(where: { $0.layers != nil }), let layers = item.layers
    else { return "" }
    let pictures = ["depth-kernel", "depth-vertex", "depth-correlation"].map(picture).joined()
    let next =
      item.next_term.map {
        String(
          format:
            " The order after the leading one in depth/width is about %.2g of it.", $0)
      } ?? ""
    func number(_ x: Double?) -> String { x.map { String(format: "%.6g", $0) } ?? "-" }
    let shownLayers =
      layers.count <= 12 ? layers : Array(layers.prefix(6)) + Array(layers.suffix(6))
    let rows = shownLayers.map { layer -> [String] in
      let v = layer.vertex?.first
      return [
        "\(layer.layer)", number(layer.kernel[0][0]), number(layer.shift?[0][0]),
        layer.sampled_kernel?[0][0].description ?? "-", number(layer.ntk?[0][0]),
        number(v?.value), number(v?.exact), v?.sampled?.description ?? "-",
        number(layer.chi_parallel?[0]), number(layer.chi_perpendicular?[0]),
      ]
    }
    return
      "<h2>Layer by layer</h2><p>The random kernel of a layer has the mean K + δ and the covariance V/n, n the width of the hidden layer below.\(next) First input\(results.cases.count > 1 ? ", \(escape(item.label))" : ""):</p>"
      + table(
        [
          [
            "layer", "K", "δ", "sampled mean", "tangent kernel", "V", "exact", "sampled V", "χ∥",
            "χ⊥",
          ]
        ] + rows) + pictures
  }

  private var jointSection: String {
    figures.contains { $0.name == "joint-density" }
      ? "<h2>Two outputs</h2>\(picture("joint-density"))" : ""
  }

  private var generatingSection: String {
    let rows = results.cases.flatMap { item in
      (item.generating_functional ?? []).prefix(20).map { e in
        [
          item.label, e.sources.map { String(format: "%g", $0) }.joined(separator: ", "),
          e.log_z.map { String(format: "%.10g", $0) } ?? "infinite",
          e.characteristic.map { String(format: "%.10g", $0) } ?? "-",
        ]
      }
    }
    guard !rows.isEmpty else { return "" }
    return
      "<h2>Generating functional</h2><p>W[J] = ln E exp(J·f) and the characteristic function φ(J) = E exp(iJ·f), by quadrature at the width of the network:</p>"
      + table([["case", "sources J", "W[J]", "φ(J)"]] + rows)
  }

  private var numbers: String {
    guard results.cases.contains(where: { $0.correlators != nil }) else { return "" }
    return """
      <h2>Numbers</h2><p>Deviations from the free theory, means of |m_n| and of |Gc_n|/|G_GP| with the bias of their noise taken off: negative ones are noise. The full tensors stand in <code>data.h5</code> and <code>tables/</code>.</p>
      \(table(ResultTables(results).main))
      """
  }

  func table(_ rows: [[String]]) -> String {
    guard let head = rows.first else { return "" }
    return "<div class=\"scroll\"><table><thead><tr>"
      + head.map { "<th>\(escape($0))</th>" }.joined() + "</tr></thead><tbody>"
      + rows.dropFirst().map { row in
        "<tr>" + row.map { "<td>\(escape($0))</td>" }.joined() + "</tr>"
      }.joined() + "</tbody></table></div>"
  }

  private var conventions: String {
    """
    <h2>Conventions</h2><ul>
    <li>Weights of a layer with fan-in n have variance σ²/n, biases σ². G is the full correlator, G_GP its Wick value with the exact two-point function where it exists, Gc the joint cumulant.</li>
    <li>m_n = (G − G_GP)/G_GP, built from connected parts; deviations are means over unique index tuples of |m_n|. Tuples are left out and counted where G_GP vanishes or, measured, lies within five sigmas of zero.</li>
    <li>A mean of |m_n| has the bias of its own noise taken off, to first order in 1/networks: where all |m_n| vanish it scatters about zero and may come out negative.</li>
    <li>Errors, as in 0.31498(72), are one sigma, by jackknife over fixed blocks of networks\(student). Distances in sigmas are normal deviates that are exceeded as often as Student's t with the blocks less one as its degrees of freedom.</li>
    <li>Conditional estimates integrate the output weights out; cumulants are then sample covariances of the random kernel.</li>
    <li>Method and notation: arXiv:2008.08601, arXiv:2307.03223.</li></ul>
    """
  }

  /// What a one-sigma interval must be multiplied by with so many blocks; in the published form runs.
  private var student: String {
    let isPublished = study["sampling"]?["form"]?.text == "published"
    guard let item = results.cases.first, let count = isPublished ? item.runs : item.blocks,
      count > 1
    else { return "" }
    return String(
      format: "%@; with %d of them, multiply by Student's factor %.3f for an interval of 68%%",
      isPublished ? " (those of the correlators over runs, as published)" : "", count,
      studentFactor(degrees: Double(count - 1)))
  }

  private var reproduction: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let text = (try? encoder.encode(study)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return """
      <h2>How to reproduce this</h2>
      <p>Run the study file again with Fieldwork \(escape(results.fieldwork.version)): <code>fieldwork run STUDY.yaml</code>. The same seed gives the same bits for any number of threads with the same arithmetic (\(escape(results.fieldwork.instruction_set))). The study with all defaults written out:</p>
      <details><summary>expanded study</summary><pre>\(escape(text))</pre></details>
      """
  }

  private static let style = """
    :root{color-scheme:light}body{margin:0;background:#f6f6f4;color:#1c1c1c;font:16px/1.55 Georgia,'Times New Roman',serif}
    main{max-width:60rem;margin:0 auto;padding:2.5rem 2rem 4rem;background:#fff;min-height:100vh;box-sizing:border-box}
    h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.25rem;margin:2.2rem 0 .6rem;border-bottom:1px solid #ddd;padding-bottom:.2rem}
    .meta{color:#666;font-size:.9rem;margin-top:0}.summary{font-size:1.08rem}
    .warnings{background:#fff6e5;border-left:4px solid #e69f00;padding:.2rem 1rem;margin:1.5rem 0}.warnings h2{border:0;margin:.6rem 0 .2rem}
    figure{margin:1.2rem 0}figure img{width:100%;height:auto}figcaption{font-size:.92rem;color:#444}
    table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}th,td{padding:.22rem .7rem;text-align:right;border-bottom:1px solid #eee;white-space:nowrap}
    th{border-bottom:2px solid #999;font-weight:600}.scroll{overflow-x:auto}code,pre{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.85em}
    pre{background:#f4f4f4;padding:1rem;overflow-x:auto}.missing{color:#a00}
    """
}
