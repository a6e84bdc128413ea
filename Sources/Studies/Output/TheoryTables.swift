import Foundation
import Statistics

/// The tables of engineered theories: observables, their limits, chains, identities, axioms.
extension ResultTables {
  var theoryFiles: [(name: String, text: String)] {
    var files: [(String, String)] = []
    if results.cases.contains(where: { $0.observables != nil }) {
      files.append(("observables.csv", csv(observableRows)))
    }
    if let fits = results.fits.observables {
      files.append(("observable-fits.csv", csv(fitRows(fits))))
    }
    if results.cases.contains(where: { $0.chains != nil }) {
      files.append(("chains.csv", csv(chainRows)))
    }
    if results.cases.contains(where: { $0.identities != nil }) {
      files.append(("identities.csv", csv(identityRows)))
    }
    return files
  }

  private var observableRows: [[String]] {
    var rows = [["case", "width", "quantity", "time", "value", "error", "exact"]]
    for (k, item) in results.cases.enumerated() {
      for o in item.observables ?? [] {
        rows.append(
          ["\(k)", item.parameters["width"]?.text ?? "", o.quantity.rawValue, text(o.time)]
            + [o.estimate.value, o.estimate.error, o.estimate.exact].map(text))
      }
    }
    return rows
  }

  private func fitRows(_ fits: [ObservableFit]) -> [[String]] {
    [
      [
        "parameters", "quantity", "time", "limit", "error", "systematic", "chi_square", "degrees",
        "exact", "lattice", "lattice_error",
      ]
    ]
      + fits.map { f in
        [f.label, f.quantity.rawValue, text(f.time)]
          + [f.limit.value, f.limit.error, f.systematic, f.chi_square].map(text) + ["\(f.degrees)"]
          + [f.exact, f.lattice?.value, f.lattice?.error].map(text)
      }
  }

  private var chainRows: [[String]] {
    var rows = [
      [
        "case", "sampler", "observable", "tau", "tau_error", "r_hat", "drift", "neuron_acceptance",
        "trajectory_acceptance", "effective_networks", "trustworthy",
      ]
    ]
    for (k, item) in results.cases.enumerated() {
      guard let c = item.chains else { continue }
      let tail =
        [c.neuron_acceptance, c.trajectory_acceptance, c.effective_networks].map(text)
        + ["\(c.trustworthy)"]
      if let all = c.autocorrelation {
        for a in all {
          rows.append(
            ["\(k)", c.sampler, a.observable]
              + [a.tau.value, a.tau.error, a.r_hat, a.drift].map(text) + tail)
        }
      } else {
        rows.append(["\(k)", c.sampler, "", "", "", "", ""] + tail)
      }
    }
    return rows
  }

  private var identityRows: [[String]] {
    var rows = [
      [
        "case", "identity", "order", "statements", "p_value", "p_adjusted", "largest",
        "largest_error", "where", "verdict",
      ]
    ]
    for (k, item) in results.cases.enumerated() {
      for i in item.identities ?? [] {
        rows.append(
          ["\(k)", i.identity, "\(i.order)", "\(i.statements)"]
            + [i.p_value, i.p_adjusted, i.largest?.value, i.largest?.error].map(text)
            + [i.largest?.where ?? "", i.verdict.rawValue])
      }
    }
    return rows
  }

  /// The main numbers, for the terminal and the report.
  public var theories: [(title: String, rows: [[String]])] {
    var tables: [(String, [[String]])] = []
    func add(_ title: String, _ rows: [[String]]) {
      if rows.count > 1 { tables.append((title, rows)) }
    }
    func number(_ x: Double?, _ format: String) -> String {
      x.map { String(format: format, $0) } ?? "-"
    }
    var values = [["case", "quantity", "t", "value", "exact", "sigmas"]]
    for item in results.cases {
      for o in item.observables ?? [] {
        values.append([
          item.label, o.quantity.rawValue, number(o.time, "%g"), o.estimate.description,
          number(o.estimate.exact, "%.6g"), number(o.estimate.deviation, "%+.1f"),
        ])
      }
    }
    add("observables", values)
    add(
      "observables at infinite width",
      [
        [
          "parameters", "quantity", "t", "limit", "systematic", "exact", "sigmas", "lattice",
          "sigmas",
        ]
      ]
        + (results.fits.observables ?? []).map { f in
          [
            f.label, f.quantity.rawValue, number(f.time, "%g"), f.limit.description,
            number(f.systematic, "%.2g"), number(f.exact, "%.6g"),
            number(f.sigmas(from: f.exact, error: 0), "%+.1f"), f.lattice?.description ?? "-",
            number(f.sigmas(from: f.lattice?.value, error: f.lattice?.error ?? 0), "%+.1f"),
          ]
        })
    add(
      "chains",
      [["case", "acceptance", "slowest", "tau in sweeps", "R-hat", "exp(-dH)", "trustworthy"]]
        + results.cases.compactMap { item in
          guard let c = item.chains, let all = c.autocorrelation,
            let slowest = all.max(by: { ($0.tau.value ?? 0) < ($1.tau.value ?? 0) })
          else { return nil }
          let rates = [c.neuron_acceptance, c.trajectory_acceptance].compactMap { $0 }
          return [
            item.label, rates.map { String(format: "%.3f", $0) }.joined(separator: ", "),
            slowest.observable, slowest.tau.description,
            number(all.map(\.r_hat).max(), "%.3f"), c.exp_minus_dh?.description ?? "-",
            c.trustworthy ? "yes" : "no",
          ]
        })
    add(
      "reweighting",
      [["case", "effective networks", "share", "trustworthy"]]
        + results.cases.compactMap { item in
          guard let c = item.chains, let n = c.effective_networks else { return nil }
          return [
            item.label, String(format: "%.0f", n), number(c.effective_share, "%.3g"),
            c.trustworthy ? "yes" : "no",
          ]
        })
    var identities = [
      ["case", "identity", "order", "p", "adjusted", "largest", "sigmas", "verdict"]
    ]
    for item in results.cases {
      for i in item.identities ?? [] {
        identities.append([
          item.label, i.identity, "\(i.order)", PValue.text(i.p_value, digits: 3),
          PValue.text(i.p_adjusted, digits: 3),
          i.largest.map { Estimate(value: $0.value, error: $0.error).description } ?? "-",
          number(i.largest?.sigma, "%+.1f"), i.verdict.rawValue,
        ])
      }
    }
    add("identities", identities)
    add("Osterwalder-Schrader axioms", axioms)
    return tables
  }

  /// What this run says of each axiom, where reflection positivity was looked at.
  private var axioms: [[String]] {
    var rows = [
      ["case", "Euclidean covariance", "permutations", "clustering", "reflection positivity"]
    ]
    for item in results.cases {
      guard let positivity = item.reflection_positivity else { continue }
      let groups = (item.symmetry ?? []).filter { $0.side == .input && $0.of == .output }
      let covariance =
        groups.isEmpty
        ? predicted(item)
        : byVerdict(groups.map { ($0.verdict.rawValue, $0.group) })
      let verdicts = (item.locality ?? []).map(\.verdict.rawValue)
      let clustering =
        verdicts.isEmpty
        ? "not measured (locality)"
        : Set(verdicts).sorted().map { v in
          "\(v) in \(verdicts.filter { $0 == v }.count)"
        }.joined(separator: ", ") + " of \(verdicts.count) channels"
      rows.append([
        item.label, covariance, "hold identically", clustering,
        "\(positivity.verdict.rawValue)\(positivity.exact == nil ? "" : " (exactly)")",
      ])
    }
    return rows
  }

  private func predicted(_ item: CaseResult) -> String {
    let known = (item.symmetry_prediction?.statements ?? []).filter { $0.side == .input }
    guard !known.isEmpty else { return "not measured (symmetry)" }
    return byVerdict(known.map { ($0.holds ? "must hold" : "need not hold", $0.group) })
  }

  /// "holds: translations, reflections; ...".
  private func byVerdict(_ pairs: [(verdict: String, group: String)]) -> String {
    var order: [String] = []
    var groups: [String: [String]] = [:]
    for (verdict, group) in pairs {
      if groups[verdict] == nil { order.append(verdict) }
      if !(groups[verdict] ?? []).contains(group) { groups[verdict, default: []].append(group) }
    }
    return order.map { "\($0): \((groups[$0] ?? []).joined(separator: ", "))" }
      .joined(separator: "; ")
  }
}

extension ObservableFit {
  /// Both errors together.
  public var total: Double { hypot(limit.error ?? 0, systematic) }

  public var label: String {
    (parameters ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }
      .joined(separator: ", ")
  }

  /// The distance of the limit from a known number, in errors of both.
  func sigmas(from other: Double?, error: Double) -> Double? {
    guard let other, let value = limit.value, total > 0 else { return nil }
    return (value - other) / hypot(total, error)
  }
}
