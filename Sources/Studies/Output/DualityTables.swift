import Foundation
import Statistics

/// The tables of symmetries and of locality.
extension ResultTables {
  var dualityFiles: [(name: String, text: String)] {
    var files: [(String, String)] = []
    if results.cases.contains(where: { $0.symmetry != nil }) {
      files.append(("symmetry.csv", csv(symmetry)))
    }
    if results.cases.contains(where: { $0.locality != nil }) {
      files.append(("locality.csv", csv(locality)))
    }
    if results.cases.contains(where: { $0.reflection_positivity != nil }) {
      files.append(("reflection-positivity.csv", csv(positivity)))
    }
    return files
  }

  private var positivity: [[String]] {
    [["case", "operators", "lowest", "exact", "unbiased", "unbiased_error", "verdict"]]
      + results.cases.enumerated().compactMap { k, item in
        item.reflection_positivity.map { r in
          ["\(k)", "\(r.operators)"]
            + [r.eigenvalues?.first, r.exact?.first, r.lowest?.value, r.lowest?.error].map(text)
            + [r.verdict.rawValue]
        }
      }
  }

  private var locality: [[String]] {
    var rows = [
      [
        "case", "order", "channel", "kind", "direction", "verdict", "distance", "value", "error",
        "exact",
      ]
    ]
    for (k, item) in results.cases.enumerated() {
      for r in item.locality ?? [] {
        let direction = r.direction.map { "\($0)" }.joined(separator: " ")
        for p in r.curve {
          rows.append(
            [
              "\(k)", "\(r.order)", r.channel, r.kind, direction, r.verdict.rawValue,
              "\(p.distance)",
            ]
              + [p.value, p.error, p.exact].map(text))
        }
      }
    }
    return rows
  }

  private var symmetry: [[String]] {
    var rows = [
      [
        "case", "group", "side", "of", "order", "verdict", "p_value", "p_adjusted", "modes",
        "blocks",
        "components", "largest", "largest_error", "largest_sigma", "largest_p", "largest_exact",
        "exact_relative", "detectable", "kurtosis", "where",
      ]
    ]
    for (k, item) in results.cases.enumerated() {
      for r in item.symmetry ?? [] {
        rows.append(
          [
            "\(k)", "\"\(r.group)\"", r.side.rawValue, r.of.rawValue, "\(r.order)",
            r.verdict.rawValue,
          ]
            + [r.p_value, r.p_adjusted].map(text)
            + [r.modes, r.blocks, r.components].map { $0.map { "\($0)" } ?? "" }
            + [
              r.largest?.value, r.largest?.error, r.largest?.sigma, r.largest?.p_value,
              r.largest?.exact, r.exact?.largest, r.detectable, r.kurtosis,
            ].map(text) + ["\"\(r.largest?.where ?? r.exact?.where ?? "")\""])
      }
    }
    return rows
  }

  /// The main numbers, for the terminal and the report.
  public var duality: [(title: String, rows: [[String]])] {
    var tables: [(String, [[String]])] = []
    func number(_ x: Double?, _ format: String = "%.3g") -> String {
      x.map { String(format: format, $0) } ?? "-"
    }
    var predicted = [["case", "side", "group", "holds", "reason"]]
    var known: [[String]] = []
    for item in results.cases {
      for s in item.symmetry_prediction?.statements ?? [] {
        let row = [
          s.side.rawValue, s.group,
          s.holds ? "yes" : s.residual.map { "no, left: \($0)" } ?? "no", s.reason,
        ]
        // What holds at every width is said once.
        if !known.contains(row) { predicted.append([item.label] + row) }
        known.append(row)
      }
    }
    if predicted.count > 1 { tables.append(("symmetry: what must hold", predicted)) }
    var tests = [
      [
        "case", "group", "side", "order", "verdict", "p", "adjusted", "largest", "sigmas",
        "exact, relative", "detectable",
      ]
    ]
    var published = [["case", "order", "mean", "rms", "band", "published verdict", "p here"]]
    for item in results.cases {
      for r in item.symmetry ?? [] {
        tests.append([
          item.label, r.group, r.of == .ntk ? "\(r.side.rawValue), NTK" : r.side.rawValue,
          "\(r.order)", r.verdict.rawValue, PValue.text(r.p_value, digits: 3),
          PValue.text(r.p_adjusted, digits: 3),
          r.largest.map { Estimate(value: $0.value, error: $0.error).description } ?? "-",
          number(r.largest?.sigma, "%+.1f"), number(r.exact?.largest), number(r.detectable),
        ])
        if let p = r.published {
          published.append([
            item.label, "\(r.order)", number(p.mean), number(p.rms), number(p.band),
            p.invariant ? "invariant" : "not invariant", PValue.text(r.p_value, digits: 3),
          ])
        }
      }
    }
    if tests.count > 1 { tables.append(("symmetry: tests", tests)) }
    if published.count > 1 {
      tables.append(("symmetry: the procedure of arXiv:2106.00694", published))
    }
    var channels = [
      ["case", "order", "channel", "verdict", "form", "length or power", "limit", "sampled", "why"]
    ]
    for item in results.cases {
      for r in item.locality ?? [] {
        let d = r.decay
        let form =
          d.limit != nil && d.kind != .constant ? "\(d.kind.rawValue) + constant" : d.kind.rawValue
        channels.append([
          item.label, "\(r.order)", r.channel, r.verdict.rawValue, form,
          d.length?.description ?? d.exponent.map { "r^-(\($0))" } ?? "-",
          d.limit?.description ?? (d.grows ? "grows" : "0"), r.sampled?.verdict.rawValue ?? "-",
          r.reason,
        ])
      }
    }
    if channels.count > 1 { tables.append(("locality", channels)) }
    var summary = [["case", "summary"]]
    for item in results.cases {
      if let text = item.locality_summary { summary.append([item.label, text]) }
    }
    if summary.count > 1 { tables.append(("locality in one sentence", summary)) }
    var positivity = [
      ["case", "operators", "lowest eigenvalue", "exact", "without bias", "reflection positivity"]
    ]
    for item in results.cases {
      guard let r = item.reflection_positivity else { continue }
      positivity.append([
        item.label, "\(r.operators)", number(r.eigenvalues?.first, "%.5g"),
        number(r.exact?.first, "%.5g"), r.lowest?.description ?? "-", r.verdict.rawValue,
      ])
    }
    if positivity.count > 1 { tables.append(("reflection positivity", positivity)) }
    return tables
  }
}
