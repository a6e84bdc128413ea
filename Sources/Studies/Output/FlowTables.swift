import Foundation
import Statistics

/// The tables of renormalization group flows.
extension ResultTables {
  var flowFiles: [(name: String, text: String)] {
    var files: [(String, String)] = []
    if results.cases.contains(where: { $0.cutoff_flow != nil }) {
      files.append(("cutoff-flow.csv", csv(cutoffFlow)))
    }
    if results.cases.contains(where: { $0.couplings_at_scale != nil }) {
      files.append(("active-flow.csv", csv(activeFlow)))
    }
    if results.cases.contains(where: { $0.passive_flow != nil }) {
      files.append(("passive-flow.csv", csv(passiveFlow)))
    }
    if results.fits.fixed_points != nil { files.append(("fixed-points.csv", csv(fixedPoints))) }
    if results.cases.contains(where: { $0.potential != nil }) {
      files.append(("potential.csv", csv(potential)))
    }
    return files
  }

  private var cutoffFlow: [[String]] {
    var rows = [
      [
        "case", "coupling", "cutoff", "value", "error", "exact", "beta", "beta_error", "exponent",
      ]
    ]
    for (k, item) in results.cases.enumerated() {
      guard let flow = item.cutoff_flow else { continue }
      func add(
        _ name: String, _ values: [CutoffFlowResult.Point], _ beta: [CutoffFlowResult.Point],
        _ exponent: [CutoffFlowResult.Point]
      ) {
        for i in values.indices {
          rows.append(
            ["\(k)", name, "\(values[i].cutoff)"]
              + [
                values[i].value, values[i].error, values[i].exact, beta[i].value, beta[i].error,
                exponent[i].value,
              ].map(text))
        }
      }
      add("lambda", flow.lambda, flow.beta, flow.exponent)
      if let six = flow.sextic { add("kappa", six.kappa, six.beta, six.exponent) }
    }
    return rows
  }

  private var activeFlow: [[String]] {
    var rows = [
      ["case", "sigma_w", "m0_squared"]
        + ["raw", "canonical", "dimensionless"].flatMap { name in
          ["u4", "u6"].flatMap { ["\(name)_\($0)", "\(name)_\($0)_error", "\(name)_\($0)_exact"] }
        } + ["dilatation"]
    ]
    for (k, item) in results.cases.enumerated() {
      guard let c = item.couplings_at_scale else { continue }
      rows.append(
        ["\(k)", "\(c.sigma_w)", "\(c.m0_squared)"]
          + [c.raw, c.canonical, c.dimensionless].flatMap { set in
            [set.u4, set.u6].flatMap { [text($0.value), text($0.error), text($0.exact)] }
          } + [text(c.dilatation)])
    }
    return rows
  }

  private var passiveFlow: [[String]] {
    var rows = [["case", "k", "u2", "u4", "u6", "pole", "gaussian", "wilson_fisher"]]
    for (k, item) in results.cases.enumerated() {
      for p in item.passive_flow ?? [] {
        rows.append(
          ["\(k)", "\(p.k)", "\(p.u2)", "\(p.u4)", "\(p.u6)"]
            + [item.pole?.k, p.gaussian, p.wilson_fisher].map(text))
      }
    }
    return rows
  }

  private var fixedPoints: [[String]] {
    let points = results.fits.fixed_points?.points ?? []
    let names = Set(points.flatMap(\.couplings.keys)).sorted { ($0.count, $0) < ($1.count, $1) }
    return [
      [
        "expansion", "order", "relevant", "nu", "nu_error", "omega", "omega_error",
        "omega_imaginary", "eta", "eta_error", "label",
      ] + names
    ]
      + points.map { p in
        [p.expansion?.rawValue ?? "potential", p.order.map { "\($0)" } ?? "", "\(p.relevant)"]
          + [p.nu, p.errors["nu"], p.omega, p.errors["omega"], p.omega_imaginary, p.eta].map(text)
          + [text(p.errors["eta"]), "\"\(p.label)\""]
          + names.map { text(p.couplings[$0]) }
      }
  }

  private var potential: [[String]] {
    var rows = [["case", "k", "field", "potential"]]
    for (k, item) in results.cases.enumerated() {
      for s in item.potential?.snapshots ?? [] {
        for (x, u) in zip(s.field, s.potential) { rows.append(["\(k)", "\(s.k)", "\(x)", "\(u)"]) }
      }
    }
    return rows
  }

  /// The main numbers of the flows, for the terminal and the report.
  public var flows: [(title: String, rows: [[String]])] {
    func exact(_ e: Estimate?) -> String { e?.exact.map { String(format: "%.7g", $0) } ?? "-" }
    func sigmas(_ e: Estimate?) -> String {
      e?.deviation.map { String(format: "%+.1f", $0) } ?? "-"
    }
    var tables: [(String, [[String]])] = []
    var cutoffs = [
      ["case", "coupling", "slope", "exponent at the largest cutoff", "as the cutoff falls"]
    ]
    var scales = [["case", "raw u4", "exact", "sigmas", "canonical u4", "dimensionless u4"]]
    var passive = [
      [
        "case", "start u2", "u4", "u6", "end k", "u2", "u4", "u6", "pole at k", "one loop",
        "nearest to Gaussian", "to Wilson-Fisher",
      ]
    ]
    var potentials = [["case", "k", "u2", "u4", "u6", "minimum at", "smallest U''"]]
    for item in results.cases {
      if let flow = item.cutoff_flow {
        func row(
          _ name: String, _ slope: Estimate?, _ exponent: CutoffFlowResult.Point?,
          _ behaviour: String?
        ) {
          cutoffs.append([
            item.label, name, slope?.description ?? "-",
            exponent?.value.map { String(format: "%.6g", $0) } ?? "-", behaviour ?? "-",
          ])
        }
        row("lambda", flow.slope, flow.exponent.last, flow.behaviour?.rawValue)
        if let six = flow.sextic {
          row("kappa", six.slope, six.exponent.last, six.behaviour?.rawValue)
        }
      }
      if let c = item.couplings_at_scale {
        scales.append([
          item.label, c.raw.u4.description, exact(c.raw.u4), sigmas(c.raw.u4),
          c.canonical.u4.description, c.dimensionless.u4.description,
        ])
      }
      if let start = item.passive_flow_start?.start {
        let end = item.passive_flow?.last
        passive.append(
          [item.label]
            + [
              start.u2, start.u4, start.u6, end?.k, end?.u2, end?.u4, end?.u6, item.pole?.k,
              item.passive_flow_start?.one_loop, item.passive_flow_start?.gaussian?.distance,
              item.passive_flow_start?.wilson_fisher?.distance,
            ].map {
              $0.map { String(format: "%.6g", $0) } ?? "-"
            })
      }
    }
    for item in results.cases {
      guard let potential = item.potential else { continue }
      func row(_ k: String, _ values: [Double?]) {
        potentials.append(
          [item.label, k] + values.map { $0.map { String(format: "%.6g", $0) } ?? "-" })
      }
      let u = potential.start.couplings + [0, 0, 0]
      row(String(format: "%.4g, start", potential.start.k), [u[0], u[1], u[2], nil, nil])
      for s in potential.snapshots {
        row(String(format: "%.4g", s.k), [s.u2, s.u4, s.u6, s.minimum, s.smallest_curvature])
      }
      if let m = potential.measured { row("0, measured", [m.u2, m.u4, m.u6, nil, nil]) }
    }
    var points = [["expansion", "order", "relevant", "nu", "omega", "eta", "what it is"]]
    for p in results.fits.fixed_points?.points ?? [] {
      func number(_ x: Double?, _ name: String) -> String {
        Estimate(value: x, error: p.errors[name]).description
      }
      points.append([
        p.expansion?.rawValue ?? "whole potential", p.order.map { "\($0)" } ?? "-",
        "\(p.relevant)", number(p.nu, "nu"),
        p.omega_imaginary.map {
          "\(number(p.omega, "omega")) ± \(number($0, "omega_imaginary"))i"
        } ?? number(p.omega, "omega"), number(p.eta, "eta"), p.label,
      ])
    }
    var fits = [["normalisation", "parameters", "slope", "exact", "sigmas", "intercept", "exact"]]
    for group in results.fits.active_flow?.groups ?? [] {
      let others = group.parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        .joined(separator: ", ")
      for (name, line) in [("raw", group.raw), ("canonical", group.canonical)] {
        fits.append([
          name, others, line.slope.description, exact(line.slope), sigmas(line.slope),
          line.intercept.description, exact(line.intercept),
        ])
      }
    }
    for (title, table) in [
      ("cutoff flow", cutoffs), ("active flow", scales),
      ("active flow, |u4| ~ sigma_w^slope", fits),
      ("passive flow", passive), ("fixed points", points), ("potential", potentials),
    ] where table.count > 1 {
      tables.append((title, table))
    }
    return tables
  }
}
