import Foundation
import Statistics

/// The tables of what is derived from connected correlators.
extension ResultTables {
  var actionFiles: [(name: String, text: String)] {
    var files: [(String, String)] = []
    if results.cases.contains(where: { $0.couplings != nil }) {
      files.append(("couplings.csv", csv(couplings)))
      files.append(("coupling-elements.csv", csv(couplingElements)))
    }
    if results.cases.contains(where: { $0.six_point != nil }) {
      files.append(("six-point.csv", csv(sixPoint)))
    }
    if results.cases.contains(where: { $0.action != nil }) {
      files.append(("action.csv", csv(action)))
    }
    if results.cases.contains(where: { $0.independence != nil }) {
      files.append(("independence.csv", csv(independence)))
    }
    return files
  }

  private func columns(_ e: Estimate?) -> [String] {
    [text(e?.value), text(e?.error), text(e?.exact)]
  }

  private func heads(_ names: [String]) -> [String] {
    names.flatMap { [$0, "\($0)_error", "\($0)_exact"] }
  }

  /// One row a case and cutoff.
  private var couplings: [[String]] {
    let terms = Set(results.cases.flatMap { ($0.couplings ?? []).flatMap(\.terms.keys) }).sorted()
    var rows = [
      ["case", "cutoff", "vertex"] + heads(["mean"] + terms + ["kappa"])
        + [
          "condition_number", "mape_train", "mape_test", "negative_integrals", "excluded",
        ]
    ]
    for (k, item) in results.cases.enumerated() {
      for c in item.couplings ?? [] {
        rows.append(
          ["\(k)", "\(c.cutoff)", c.vertex.rawValue] + columns(c.mean)
            + terms.flatMap { columns(c.terms[$0]) } + columns(c.kappa?.mean)
            + [
              text(c.condition_number), text(c.mape?.train.value), text(c.mape?.test?.value),
              "\(c.negative_integrals)", "\(c.excluded)",
            ])
      }
    }
    return rows
  }

  /// One row a case, cutoff and tuple.
  private var couplingElements: [[String]] {
    var rows = [
      ["case", "cutoff", "coupling", "indices", "integral", "integral_error"] + heads(["value"])
    ]
    for (k, item) in results.cases.enumerated() {
      for c in item.couplings ?? [] {
        for e in c.elements + (c.kappa?.elements ?? []) {
          rows.append(
            [
              "\(k)", "\(c.cutoff)", e.kappa == nil ? "lambda" : "kappa",
              e.indices.map(String.init).joined(separator: " "), "\(e.integral)",
              "\(e.integral_error)",
            ] + columns(e.kappa ?? e.lambda))
        }
      }
    }
    return rows
  }

  /// One row a case and cutoff (the mean, without indices), then one a tuple.
  private var sixPoint: [[String]] {
    var rows = [
      ["case", "cutoff", "indices"]
        + heads(["gaussian_ratio", "prediction_ratio", "tuple_prediction_ratio"])
    ]
    for (k, item) in results.cases.enumerated() {
      for r in item.six_point ?? [] {
        rows.append(
          ["\(k)", "\(r.cutoff)", ""] + columns(r.gaussian_ratio) + columns(r.prediction_ratio)
            + columns(r.tuple_prediction_ratio))
        for e in r.elements {
          rows.append(
            ["\(k)", "\(r.cutoff)", e.indices.map(String.init).joined(separator: " ")]
              + columns(e.gaussian_ratio) + columns(e.prediction_ratio)
              + columns(e.tuple_prediction_ratio))
        }
      }
    }
    return rows
  }

  /// One row an element of a tensor.
  private var action: [[String]] {
    var rows = [["case", "tensor", "indices"] + heads(["value"])]
    for (k, item) in results.cases.enumerated() {
      for (name, elements) in item.action?.tensors ?? [] {
        for e in elements {
          rows.append(
            ["\(k)", name, e.indices.map(String.init).joined(separator: " ")]
              + columns(e.estimate))
        }
      }
    }
    return rows
  }

  private var independence: [[String]] {
    var rows = [
      ["case", "correlation", "strength", "indices"]
        + heads(["connected", "finite_width", "correlation_part", "response"])
    ]
    for (k, item) in results.cases.enumerated() {
      guard let r = item.independence else { continue }
      for e in r.elements {
        rows.append(
          [
            "\(k)", r.correlation, "\(r.strength)",
            e.indices.map(String.init).joined(separator: " "),
          ] + columns(e.connected) + columns(e.finite_width) + columns(e.correlation)
            + columns(e.response))
      }
    }
    return rows
  }

  /// The main numbers of couplings, the six-point prediction and the action, for the terminal: a
  /// heading and a table each.
  public var derived: [(title: String, rows: [[String]])] {
    // Of many cutoffs the first and the last two.
    func ends<T>(_ list: [T]) -> [T] {
      list.count <= 5 ? list : Array(list.prefix(2)) + Array(list.suffix(2))
    }
    func exact(_ e: Estimate?) -> String {
      e?.exact.map { String(format: "%.7g", $0) } ?? "-"
    }
    var tables: [(String, [[String]])] = []
    var rows = [["case", "cutoff", "coupling", "value", "exact", "sigmas"]]
    var sixes = [["case", "cutoff", "free / G6", "mean coupling / G6", "tuples' / G6"]]
    var actions = [["case", "tensor", "indices", "value", "exact"]]
    var values = [["case", "field", "Gaussian", "first order", "second order", "exact"]]
    var parts = [["case", "Gc4", "exact", "finite width", "correlation", "slope", "exact"]]
    for item in results.cases {
      for c in ends(item.couplings ?? []) {
        let named =
          [("mean of lambda", c.mean)]
          + c.terms.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
          + (c.kappa.map { [("kappa", $0.mean)] } ?? [])
        for (name, e) in named {
          rows.append([
            item.label, "\(c.cutoff)", name, e.description, exact(e),
            e.deviation.map { String(format: "%+.1f", $0) } ?? "-",
          ])
        }
      }
      for r in ends(item.six_point ?? []) {
        sixes.append(
          [item.label, "\(r.cutoff)"]
            + [r.gaussian_ratio, r.prediction_ratio, r.tuple_prediction_ratio].map(\.description))
      }
      for (name, elements) in item.action?.tensors ?? [] {
        for e in elements.prefix(6) {
          actions.append([
            item.label, name, e.indices.map(String.init).joined(separator: " "),
            e.estimate.description, exact(e.estimate),
          ])
        }
      }
      for v in item.action?.values ?? [] {
        values.append(
          [item.label, v.field.map { String(format: "%g", $0) }.joined(separator: " ")]
            + [
              (v.gaussian, v.gaussian_error), (v.first, v.first_error), (v.second, v.second_error),
            ]
            .map { Estimate(value: $0.0, error: $0.1).description }
            + [v.exact.map { String(format: "%.9g", $0) } ?? "-"])
      }
      if let e = item.independence?.elements.first {
        parts.append([
          item.label, e.connected.description, exact(e.connected),
          e.finite_width?.description ?? "-", e.correlation?.description ?? "-",
          e.response?.description ?? "-", exact(e.response),
        ])
      }
    }
    for (title, table) in [
      ("couplings", rows), ("six-point prediction", sixes), ("action", actions),
      ("values of the action", values), ("independence, first point", parts),
    ] where table.count > 1 {
      tables.append((title, table))
    }
    return tables
  }
}
