import Foundation
import Statistics
import Studies

/// Couplings against the cutoff, and their local exponents.
enum CutoffFlowFigure {
  static func figures(_ results: Results) -> [Figure] {
    let cases = results.cases.filter { $0.cutoff_flow != nil }.prefix(6)
    guard !cases.isEmpty else { return [] }
    var data: [String] = []
    var plots: [String] = []
    var exponents: [String] = []
    for (k, item) in cases.enumerated() {
      guard let flow = item.cutoff_flow else { continue }
      let name = cases.count > 1 ? " (\(item.label))" : ""
      func block(
        _ values: [CutoffFlowResult.Point], _ exponent: [CutoffFlowResult.Point], _ symbol: String
      ) {
        let index = data.count
        let rows = zip(values, exponent).filter { $0.0.cutoff.value.isFinite }.map { p, e in
          [
            p.cutoff.value, p.value.flatMap { abs($0) > 0 ? abs($0) : nil }, p.error,
            p.exact.flatMap { abs($0) > 0 ? abs($0) : nil }, e.value,
          ] as [Double?]
        }
        data.append(
          Figure.block("\(symbol) \(item.label): cutoff |value| error exact exponent", rows))
        let color = Figure.color(2 * k + (symbol == "κ" ? 1 : 0))
        plots.append(
          "DATA index \(index) using 1:2:3 with yerrorbars pt 7 ps 0.7 lw 1.3 lc rgb '\(color)' title '|\(symbol)|\(name)'"
        )
        plots.append(
          "DATA index \(index) using 1:4 with lines lw 1.1 lc rgb '\(color)' notitle")
        exponents.append(
          "DATA index \(index) using 1:5 with linespoints pt 7 ps 0.6 lw 1.3 lc rgb '\(color)' title '\(symbol)\(name)'"
        )
      }
      block(flow.lambda, flow.exponent, "λ")
      if let six = flow.sextic { block(six.kappa, six.exponent, "κ") }
    }
    let text = data.joined(separator: "\n\n")
    return [
      Figure(
        name: "cutoff-flow",
        caption:
          "Cutoff flow: couplings in modulus, mean over tuples, against the box [−Λ, Λ]^d in which vertices live, at fixed correlators. Points: this run; lines: exact correlators.",
        data: text,
        commands: """
          set logscale xy
          set format x '10^{%L}'
          set format y '10^{%L}'
          set xlabel 'cutoff Λ'
          set ylabel 'coupling'
          set key outside right top
          plot \(plots.joined(separator: ", \\\n  "))
          """),
      Figure(
        name: "cutoff-exponent",
        caption:
          "The local exponents d log coupling / d log Λ, from the derivative of the vertex integrals: they do not depend on the networks. Below zero a coupling grows as the cutoff is lowered.",
        data: text,
        commands: """
          set logscale x
          set format x '10^{%L}'
          set xlabel 'cutoff Λ'
          set ylabel 'exponent'
          set key outside right top
          plot 0 with lines lw 1 lc rgb '#888888' notitle, \(exponents.joined(separator: ", \\\n  "))
          """),
    ]
  }
}

/// |u4| against sigma_w: raw, with fits and exact lines, and dimensionless.
enum ActiveFlowFigure {
  static func figures(_ results: Results) -> [Figure] {
    let cases = results.cases.filter { $0.couplings_at_scale != nil }
    guard Set(cases.compactMap { $0.couplings_at_scale?.sigma_w }).count > 1 else { return [] }
    var widths: [String] = []
    var groups: [String: [CaseResult]] = [:]
    for item in cases {
      let label = item.parameters.filter { !$0.key.hasPrefix("weights.") }
        .sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }.joined(separator: ", ")
      if groups[label] == nil { widths.append(label) }
      groups[label, default: []].append(item)
    }
    func figure(
      _ name: String, _ axis: String, _ caption: String,
      _ key: KeyPath<ScaleCouplings, ScaleCouplings.Set>, logarithmic: Bool
    ) -> Figure {
      var data: [String] = []
      var plots: [String] = []
      for (k, label) in widths.prefix(12).enumerated() {
        let rows = (groups[label] ?? []).compactMap { item -> [Double?]? in
          guard let c = item.couplings_at_scale else { return nil }
          let e = c[keyPath: key].u4
          return [
            c.sigma_w, e.value.flatMap { abs($0) > 0 ? abs($0) : nil }, e.error,
            e.exact.flatMap { abs($0) > 0 ? abs($0) : nil },
          ]
        }.sorted { ($0[0] ?? 0) < ($1[0] ?? 0) }
        data.append(Figure.block("\(label): sigma_w |u4| error exact", rows))
        let color = Figure.color(k)
        plots.append(
          "DATA index \(k) using 1:2:3 with yerrorbars pt \(k < 8 ? 7 : 5) ps 0.7 lw 1.3 lc rgb '\(color)' title '\(label.isEmpty ? "networks" : label)'"
        )
        plots.append("DATA index \(k) using 1:4 with lines lw 1.1 lc rgb '\(color)' notitle")
        if logarithmic, widths.count <= 4,
          let fit = results.fits.active_flow?.groups.first(where: {
            $0.parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
              .joined(separator: ", ") == label
          }), let slope = fit.raw.slope.value, let intercept = fit.raw.intercept.value
        {
          plots.append(
            "10**(\(intercept))*x**(\(slope)) with lines dt 2 lw 1.3 lc rgb '\(Figure.color(k + 1))' title 'fit, slope \(fit.raw.slope)'"
          )
        }
      }
      return Figure(
        name: name, caption: caption, data: data.joined(separator: "\n\n"),
        commands: """
          set logscale xy
          set xlabel 'σ_w'
          set ylabel '\(axis)'
          \(logarithmic ? "set format y '10^{%L}'" : "set format y '%g'")
          set key outside right top
          plot \(plots.joined(separator: ", \\\n  "))
          """)
    }
    return [
      figure(
        "active-flow", "|u_4|, raw",
        "Active flow: the quartic coupling amputated with K_W against σ_w, from ensemble to ensemble; it falls as σ_w^{d−4}. Points: this run; solid: exact; dashed: fit. The panel of arXiv:2108.01403 with these curves shows (|mean| + std)/2 by a slip of plotting and lies a factor 2 below.",
        \.raw, logarithmic: true),
      figure(
        "active-flow-dimensionless", "|u_4|, dimensionless",
        "The same in units of m_0 with a canonical kinetic term: at dilated points it would not depend on σ_w at all; what is left is that the points stay where they are.",
        \.dimensionless, logarithmic: false),
    ]
  }
}

/// The passive flow of all ensembles in one figure: trajectories in (u2, u4), and u4 against k.
enum PassiveFlowFigure {
  private static func dimension(_ results: Results) -> Double? {
    guard case .array(let ensembles)? = results.fieldwork.study["ensembles"],
      case .integer(let inputs)? = ensembles.first?["inputs"]
    else { return nil }
    return Double(inputs)
  }

  static func figures(_ results: Results) -> [Figure] {
    let cases = results.cases.filter { !($0.passive_flow ?? []).isEmpty }.prefix(12)
    guard !cases.isEmpty else { return [] }
    var data: [String] = []
    var scale: [String] = []
    var plane: [String] = []
    for (k, item) in cases.enumerated() {
      let start = item.passive_flow_start?.start
      let rows =
        (start.map { [[nil, $0.u2, $0.u4, $0.u6] as [Double?]] } ?? [])
        + (item.passive_flow ?? []).map { [$0.k, $0.u2, $0.u4, $0.u6] as [Double?] }
      data.append(Figure.block("\(item.label): k u2 u4 u6", rows))
      let color = Figure.color(k)
      let pole = item.pole.map { String(format: ", pole at %.3g", $0.k) } ?? ""
      let title = "\(item.label.isEmpty ? "networks" : item.label)\(pole)"
      scale.append(
        "DATA index \(k) using 1:3 with lines lw 1.6 lc rgb '\(color)' title '\(title)'")
      plane.append(
        "DATA index \(k) using 2:3 with lines lw 1.6 lc rgb '\(color)' title '\(title)', DATA index \(k) using 2:3 every ::0::0 with points pt 7 ps 0.8 lc rgb '\(color)' notitle"
      )
    }
    // The active flow of each ensemble through its own place: canonical u4 ~ m0^(4-d), u2 = m0^2.
    let dimension = dimension(results)
    if let dimension, cases.first?.passive_flow_start?.kernel == .deepInfrared,
      cases.first?.passive_flow_start?.normalisation == "consistent"
    {
      for (k, item) in cases.enumerated() {
        guard let start = item.passive_flow_start?.start else { continue }
        let rows = (0...20).map { i -> [Double?] in
          let ratio = 0.8 + 0.4 * Double(i) / 20
          return [nil, start.u2 * ratio, start.u4 * pow(ratio, 0.5 * (4 - dimension)), nil]
        }
        plane.append(
          "DATA index \(data.count) using 2:3 with lines dt 2 lw 1.1 lc rgb '\(Figure.color(k))' notitle"
        )
        data.append(Figure.block("active flow, \(item.label): - u2 u4", rows))
      }
    }
    let text = data.joined(separator: "\n\n")
    let full = cases.first?.passive_flow_start?.kernel == .full
    let unit = full ? "k / m_0" : "k"
    return [
      Figure(
        name: "passive-flow",
        caption:
          "Passive flow: the quartic coupling of each ensemble as modes below k are taken out again, from its measured value at k = 0 upwards. A curve that ends before the right edge has run into a pole.",
        data: text,
        commands: """
          set logscale x
          set xlabel '\(unit)'
          set ylabel 'u_4(k)'
          set format y '%.3g'
          set key outside right top
          plot 0 with lines lw 1 lc rgb '#888888' notitle, \(scale.joined(separator: ", \\\n  "))
          """),
      Figure(
        name: "passive-flow-plane",
        caption:
          "The same trajectories in the plane of u_2 and u_4 (solid); dots mark k = 0, where the networks are. Dashed: the active flow through each of them, σ_w changed by a tenth either way.",
        data: text,
        commands: """
          set xlabel 'u_2(k)'
          set ylabel 'u_4(k)'
          set format y '%.3g'
          set key outside right top
          plot 0 with lines lw 1 lc rgb '#888888' notitle, \(plane.joined(separator: ", \\\n  "))
          """),
    ] + distances(Array(cases))
  }
  /// Distances from the fixed points against the scale.
  private static func distances(_ cases: [CaseResult]) -> [Figure] {
    guard cases.contains(where: { $0.passive_flow?.first?.gaussian != nil }) else { return [] }
    var data: [String] = []
    var plots: [String] = []
    for (k, item) in cases.enumerated() {
      let rows = (item.passive_flow ?? []).map { [$0.k, $0.gaussian, $0.wilson_fisher] }
      let name = item.label.isEmpty ? "networks" : item.label
      data.append(Figure.block("\(name): k gaussian wilson_fisher", rows))
      let style = "lw 1.6 lc rgb '\(Figure.color(k))'"
      plots.append("DATA index \(k) using 1:2 with lines \(style) title '\(name), Gaussian'")
      if rows.contains(where: { $0[2] != nil }) {
        plots.append(
          "DATA index \(k) using 1:3 with lines dt 2 \(style) title '\(name), Wilson-Fisher'")
      }
    }
    return [
      Figure(
        name: "passive-flow-distance",
        caption:
          "Distance of each trajectory from the Gaussian fixed point (solid) and, between two and four dimensions, from the Wilson-Fisher point of the same truncation (dashed), in the plane of u_2/k² and V_d u_4 k^{d−4}. Towards the infrared the mass takes over; towards the ultraviolet a theory below four dimensions becomes free.",
        data: data.joined(separator: "\n\n"),
        commands: """
          set logscale xy
          set xlabel 'k'
          set ylabel 'distance'
          set format y '10^{%L}'
          set key outside right top
          plot \(plots.joined(separator: ", \\\n  "))
          """)
    ]
  }
}
