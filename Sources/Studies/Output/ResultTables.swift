import Correlators
import Foundation
import Statistics

/// The tables of a run: one CSV file per measurement, LaTeX for the main numbers.
public struct ResultTables: Sendable {
  let results: Results

  public init(_ results: Results) { self.results = results }

  /// File names and contents.
  public var files: [(name: String, text: String)] {
    var files: [(String, String)] = []
    if results.cases.contains(where: { $0.correlators != nil }) {
      files.append(("correlators.csv", correlators))
      files.append(("deviations.csv", csv(deviationRows)))
      files.append(("deviations.tex", latex(main)))
    }
    if let fits = results.fits.correlators {
      files.append(("fits.csv", csv(fitRows(fits))))
      files.append(("fits.tex", latex(fitTable(fits))))
    }
    if results.cases.contains(where: { $0.layers != nil }) {
      files.append(("kernel.csv", kernel))
      files.append(("depth.csv", csv(depth)))
    }
    if results.cases.contains(where: { $0.generating_functional != nil }) {
      files.append(("generating-functional.csv", csv(generating)))
    }
    if results.cases.contains(where: { $0.output_density != nil }) {
      files.append(("output-density.csv", csv(densities)))
    }
    if results.cases.contains(where: { ($0.layers ?? []).contains { $0.vertex != nil } }) {
      files.append(("vertex.csv", vertices))
    }
    return files + actionFiles + flowFiles + dualityFiles + theoryFiles
  }

  private var parameterNames: [String] {
    Set(results.cases.flatMap(\.parameters.keys)).sorted()
  }

  func csv(_ rows: [[String]]) -> String {
    rows.map { row in
      row.map {
        $0.contains(",") || $0.contains("\"") ? "\"\($0.replacing("\"", with: "\"\""))\"" : $0
      }
      .joined(separator: ",")
    }.joined(separator: "\n") + "\n"
  }

  func text(_ x: Double?) -> String { x.map { "\($0)" } ?? "" }

  private var correlators: String {
    let names = parameterNames
    var rows = [
      ["case"] + names
        + [
          "order", "indices", "outputs", "full", "full_error", "full_exact", "gaussian",
          "connected", "connected_error", "connected_exact", "full_expansion",
          "connected_expansion",
        ]
    ]
    for (k, item) in results.cases.enumerated() {
      for order in item.correlators ?? [] {
        for e in order.elements {
          var row = ["\(k)"] + names.map { item.parameters[$0]?.text ?? "" }
          row += ["\(order.order)", e.indices.map(String.init).joined(separator: " ")]
          row.append(e.outputs?.map(String.init).joined(separator: " ") ?? "")
          row += [text(e.full.value), text(e.full.error), text(e.full.exact), text(e.gaussian)]
          row += [text(e.connected.value), text(e.connected.error), text(e.connected.exact)]
          row += [text(e.full.expansion), text(e.connected.expansion)]
          rows.append(row)
        }
      }
    }
    return csv(rows)
  }

  private var deviationRows: [[String]] {
    let names = parameterNames
    var rows = [
      ["case"] + names
        + [
          "order", "deviation", "error", "exact", "connected_deviation", "connected_error",
          "connected_exact", "excluded", "background_mean", "background_single_run",
        ]
    ]
    for (k, item) in results.cases.enumerated() {
      for order in item.correlators ?? [] {
        var row = ["\(k)"] + names.map { item.parameters[$0]?.text ?? "" } + ["\(order.order)"]
        for e in [order.deviation, order.connected_deviation] {
          row += [text(e.value), text(e.error), text(e.exact)]
        }
        row += [
          "\(order.excluded)", text(order.background.mean), text(order.background.single_run),
        ]
        rows.append(row)
      }
    }
    return rows
  }

  private func fitRows(_ fits: [WidthFit]) -> [[String]] {
    [["order", "quantity", "model", "parameter", "value", "error", "case"]]
      + fits.flatMap { fit in
        [("slope", fit.slope), ("intercept", fit.intercept), ("A", fit.A), ("B", fit.B)]
          .compactMap { name, value in
            value.map {
              [
                "\(fit.order)", fit.quantity, fit.model, name, text($0.value), text($0.error),
                fit.parameters.map { p in
                  p.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                    .joined(separator: " ")
                } ?? "",
              ]
            }
          }
      }
  }

  /// The main numbers: one row per case and order.
  public var main: [[String]] {
    let names = parameterNames
    var rows = [
      names + ["order", "deviation", "exact", "sigmas", "connected", "exact", "sigmas"]
    ]
    for item in results.cases {
      for order in item.correlators ?? [] where order.order != 2 || item.correlators?.count == 1 {
        var row = names.map { item.parameters[$0]?.text ?? "" } + ["\(order.order)"]
        for e in [order.deviation, order.connected_deviation] {
          row += [
            e.description, e.exact.map { String(format: "%.6g", $0) } ?? "-",
            e.deviation.map { String(format: "%+.1f", $0) } ?? "-",
          ]
        }
        rows.append(row)
      }
    }
    return rows
  }

  /// Fits: one row each.
  public func fitTable(_ fits: [WidthFit]) -> [[String]] {
    [["order", "quantity", "model", "slope or A", "intercept or B"]]
      + fits.map { fit in
        [
          "\(fit.order)", fit.quantity.replacing("_", with: " "), fit.model,
          (fit.slope ?? fit.A)?.description ?? "-", (fit.intercept ?? fit.B)?.description ?? "-",
        ]
      }
  }

  /// One row a pair of points and layer.
  private var kernel: String {
    var rows = [
      [
        "case", "layer", "i", "j", "kernel", "ntk", "shift", "sampled", "sampled_error",
      ]
    ]
    for (k, item) in results.cases.enumerated() {
      for layer in item.layers ?? [] {
        for (i, row) in layer.kernel.enumerated() {
          for j in i..<row.count {
            let sampled = layer.sampled_kernel?[i][j - i]
            rows.append(
              ["\(k)", "\(layer.layer)", "\(i)", "\(j)", "\(row[j])"]
                + [
                  layer.ntk?[i][j], layer.shift?[i][j], sampled?.value, sampled?.error,
                ].map(text))
          }
        }
      }
    }
    return csv(rows)
  }

  /// One row a pair of pairs and layer.
  private var vertices: String {
    var rows = [["case", "layer", "indices", "vertex", "exact", "sampled", "sampled_error"]]
    for (k, item) in results.cases.enumerated() {
      for layer in item.layers ?? [] {
        for e in layer.vertex ?? [] {
          rows.append(
            [
              "\(k)", "\(layer.layer)", e.indices.map(String.init).joined(separator: " "),
              "\(e.value)",
            ] + [e.exact, e.sampled?.value, e.sampled?.error].map(text))
        }
      }
    }
    return csv(rows)
  }

  /// One row a case and set of sources.
  public var generating: [[String]] {
    [["case", "sources", "log_z", "log_z_error", "characteristic", "characteristic_error"]]
      + results.cases.enumerated().flatMap { k, item in
        (item.generating_functional ?? []).map { e in
          ["\(k)", e.sources.map { "\($0)" }.joined(separator: " ")]
            + [e.log_z, e.log_z_error, e.characteristic, e.characteristic_error].map(text)
        }
      }
  }

  /// One row a case and field value (or pair of them); first, where there is one, the chance of zero exactly.
  private var densities: [[String]] {
    var rows = [["case", "points", "f", "g", "density"]]
    for (k, item) in results.cases.enumerated() {
      for atom in item.output_atoms ?? [] {
        rows.append([
          "\(k)", atom.points.map(String.init).joined(separator: " "), "atom", "",
          "\(atom.probability)",
        ])
      }
      for case let d? in item.output_density ?? [] {
        let n = d.fields.count
        for (i, p) in d.density.enumerated() {
          rows.append([
            "\(k)", d.points.map(String.init).joined(separator: " "),
            "\(d.fields[d.points.count == 1 ? i : i / n])",
            d.points.count == 1 ? "" : "\(d.fields[i % n])", "\(p)",
          ])
        }
      }
    }
    return rows
  }

  /// One row a point and layer: what depth does to a single input.
  public var depth: [[String]] {
    var rows = [
      [
        "case", "layer", "point", "kernel", "chi_parallel", "chi_perpendicular",
        "depth_scale_parallel", "depth_scale_perpendicular", "six_point",
      ]
    ]
    for (k, item) in results.cases.enumerated() {
      for layer in item.layers ?? [] {
        for i in layer.kernel.indices {
          rows.append(
            ["\(k)", "\(layer.layer)", "\(i)", "\(layer.kernel[i][i])"]
              + [
                layer.chi_parallel?[i], layer.chi_perpendicular?[i],
                layer.depth_scale_parallel.flatMap { $0[i] },
                layer.depth_scale_perpendicular.flatMap { $0[i] }, layer.six_point?[i],
              ].map(text))
        }
      }
    }
    return rows
  }

  /// A LaTeX tabular with the first row as its heading.
  public func latex(_ rows: [[String]]) -> String {
    guard let head = rows.first else { return "" }
    func escape(_ s: String) -> String {
      s.replacing("_", with: "\\_").replacing("^", with: "\\^{}").replacing("%", with: "\\%")
    }
    var lines = ["\\begin{tabular}{\(String(repeating: "r", count: head.count))}", "\\hline"]
    for (k, row) in rows.enumerated() {
      lines.append(row.map(escape).joined(separator: " & ") + " \\\\")
      if k == 0 { lines.append("\\hline") }
    }
    lines += ["\\hline", "\\end{tabular}", ""]
    return lines.joined(separator: "\n")
  }
}
