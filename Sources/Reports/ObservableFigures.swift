import Foundation
import Statistics
import Studies

/// Quantities against 1/N for all sets of parameters, with their fits, the exact value and the lattice: one figure
/// a quantity.
enum ExtrapolationFigure {
  static func figures(_ results: Results) -> [Figure] {
    let fits = results.fits.observables ?? []
    var shown = fits.filter { [.phi2, .binder, .susceptibility].contains($0.quantity) }
    // Around a centre, the first distance of the correlator.
    if !shown.contains(where: { $0.quantity == .binder }), let t = fits.compactMap(\.time).min() {
      shown += fits.filter { $0.quantity == .correlator && $0.time == t }
    }
    var names: [String] = []
    for fit in shown {
      let name = title(fit)
      if !names.contains(name) { names.append(name) }
    }
    return names.compactMap { name in
      figure(name, shown.filter { title($0) == name }, results)
    }
  }

  private static func title(_ fit: ObservableFit) -> String {
    switch fit.quantity {
    case .phi2: "⟨φ²⟩"
    case .phi4: "⟨φ⁴⟩"
    case .binder: "U₄"
    case .susceptibility: "χ"
    case .correlator: "C(\(String(format: "%g", fit.time ?? 0)))"
    default: fit.quantity.rawValue
    }
  }

  private static func figure(_ name: String, _ fits: [ObservableFit], _ results: Results) -> Figure?
  {
    var data: [String] = []
    var plots: [String] = []
    let largest = fits.flatMap(\.widths).map { 1 / Double($0) }.max() ?? 1
    for (color, fit) in fits.prefix(8).enumerated() {
      var rows: [[Double?]] = []
      for item in results.cases {
        let others = item.parameters.filter { $0.key != "width" }
        guard others == fit.parameters ?? [:], let width = item.width,
          let own = item.observables?.first(where: {
            $0.quantity == fit.quantity && $0.time == fit.time
          })?.estimate, let value = own.value
        else { continue }
        rows.append([1 / width, value, own.error])
      }
      guard !rows.isEmpty else { continue }
      data.append(Figure.block("\(fit.label): 1/N value error", rows))
      let label = fit.label.isEmpty ? "networks" : fit.label
      let c = "lc rgb '\(Figure.color(color))'"
      plots.append(
        "DATA index \(data.count - 1) using 1:2:3 with yerrorbars pt 7 ps 0.7 lw 1.3 \(c) title '\(label)'"
      )
      let polynomial = fit.coefficients.enumerated().map { k, x in "(\(x))*x**\(k)" }
        .joined(separator: "+")
      let end = rows.compactMap { $0[0] }.max() ?? 1
      plots.append("[0:\(end)] \(polynomial) with lines lw 1.2 \(c) notitle")
      data.append(
        Figure.block("limit: 1/N value total-error", [[0, fit.limit.value, fit.total]]))
      plots.append(
        "DATA index \(data.count - 1) using 1:2:3 with yerrorbars pt 6 ps 1.1 lw 1.3 \(c) notitle")
      if let lattice = fit.lattice, color == 0 {
        data.append(
          Figure.block(
            "lattice: beside 1/N = 0, value error",
            [[-0.05 * largest, lattice.value, lattice.error]]))
        plots.append(
          "DATA index \(data.count - 1) using 1:2:3 with yerrorbars pt 5 ps 0.8 lw 1.3 lc rgb '#000000' title 'lattice Monte Carlo'"
        )
      }
    }
    guard let first = fits.first, !data.isEmpty else { return nil }
    if let exact = first.exact {
      plots.append("\(exact) with lines dt 2 lw 1.3 lc rgb '#000000' title 'exact, N = ∞'")
    }
    let stem =
      first.quantity.rawValue
      + (first.time.map { "-" + String(format: "%g", $0).replacing(".", with: "p") } ?? "")
    return Figure(
      name: "extrapolation-\(stem)",
      caption:
        "\(name) against 1/N with its fit; open circles at 1/N = 0 carry both errors of the limit.\(first.lattice == nil ? "" : " The square is lattice Monte Carlo.")\(first.exact == nil ? "" : " Dashed: exact at infinite width (\(first.source ?? "")).")",
      data: data.joined(separator: "\n\n"),
      commands: """
        set xlabel '1/N'
        set ylabel '\(name)'
        set xrange [\(-0.1 * largest):*]
        set key outside right top
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }
}

/// The correlator and its effective mass: networks of several widths, the lattice, and exact values.
enum TheoryCorrelatorFigure {
  static func figures(_ results: Results) -> [Figure] {
    let cases = results.cases.filter {
      $0.observables?.contains { $0.quantity == .correlator } ?? false
    }
    guard !cases.isEmpty else { return [] }
    return [
      figure(results, cases, .correlator, "correlator-of-times", "C(t)", logarithmic: true),
      figure(results, cases, .effectiveMass, "effective-mass", "m_{eff}(t)", logarithmic: false),
    ].compactMap { $0 }
  }

  private static func figure(
    _ results: Results, _ cases: [CaseResult], _ quantity: ObservableResult.Quantity,
    _ name: String, _ label: String, logarithmic: Bool
  ) -> Figure? {
    var data: [String] = []
    var plots: [String] = []
    let step = 0.012 * (cases.flatMap { $0.observables ?? [] }.compactMap(\.time).max() ?? 1)
    for (k, item) in cases.prefix(6).enumerated() {
      let rows = (item.observables ?? []).filter { $0.quantity == quantity }.compactMap {
        o -> [Double?]? in
        guard let t = o.time, let value = o.estimate.value, !logarithmic || value > 0 else {
          return nil
        }
        // Widths side by side.
        return [
          t + step * (Double(k) - 0.5 * Double(min(6, cases.count) - 1)), value, o.estimate.error,
        ]
      }
      guard !rows.isEmpty else { continue }
      data.append(Figure.block("\(item.label): t value error", rows))
      plots.append(
        "DATA index \(data.count - 1) using 1:2:3 with yerrorbars pt 7 ps 0.6 lw 1.2 lc rgb '\(Figure.color(k))' title '\(item.label.isEmpty ? "networks" : item.label)'"
      )
    }
    guard !data.isEmpty else { return nil }
    var lines: [String] = []
    let free = (cases[0].observables ?? []).filter { $0.quantity == quantity }.compactMap {
      o -> [Double?]? in o.estimate.exact.map { [o.time, $0] }
    }
    if !free.isEmpty {
      data.append(Figure.block("exact: t value", free))
      lines.append(
        "DATA index \(data.count - 1) using 1:2 with linespoints pt 0 lw 1.3 lc rgb '#000000' title 'exact'"
      )
    }
    let fits = (results.fits.observables ?? []).filter { $0.quantity == quantity }
    let first = fits.first?.label
    let limit = fits.filter { $0.label == first }
    let exact = limit.compactMap { f -> [Double?]? in f.exact.map { [f.time, $0] } }
    if !exact.isEmpty {
      data.append(Figure.block("exact at infinite width: t value", exact))
      lines.append(
        "DATA index \(data.count - 1) using 1:2 with linespoints pt 0 lw 1.3 lc rgb '#000000' title 'exact, N = ∞'"
      )
    }
    let lattice = limit.compactMap { f -> [Double?]? in
      f.lattice.flatMap { l in
        (l.value ?? 0) > 0 || !logarithmic ? [f.time, l.value, l.error] : nil
      }
    }
    if !lattice.isEmpty {
      data.append(Figure.block("lattice: t value error", lattice))
      lines.append(
        "DATA index \(data.count - 1) using 1:2:3 with yerrorlines pt 4 ps 0.9 lw 1.1 dt 2 lc rgb '#444444' title 'lattice Monte Carlo'"
      )
    }
    return Figure(
      name: name,
      caption: logarithmic
        ? "The correlator of networks at several widths (side by side), beside lattice Monte Carlo and exact values where these are known. Errors grow relative to the signal as exp(m t)."
        : "The effective mass from successive distances of the correlator.",
      data: data.joined(separator: "\n\n"),
      commands: """
        \(logarithmic ? "set logscale y\nset format y '10^{%T}'" : "")
        set xlabel 't'
        set ylabel '\(label)'
        set key outside right top
        plot \((lines + plots).joined(separator: ", \\\n  "))
        """)
  }
}

/// Autocorrelation functions of the chains.
enum AutocorrelationFigure {
  static func figures(_ results: Results) -> [Figure] {
    var data: [String] = []
    var plots: [String] = []
    var longest = 5
    for item in results.cases {
      guard data.count < 8, let all = item.chains?.autocorrelation,
        let slowest = all.max(by: { ($0.tau.value ?? 0) < ($1.tau.value ?? 0) })
      else { continue }
      longest = max(longest, Int(min(1e6, max(0, 6 * (slowest.tau.value ?? 1)))))
      data.append(
        Figure.block(
          "\(item.label), \(slowest.observable): t rho",
          slowest.rho.enumerated().map { [Double($0), $1] }))
      let tau = String(format: "%.1f", slowest.tau.value ?? 0)
      plots.append(
        "DATA index \(data.count - 1) using 1:2 with linespoints pt 7 ps 0.5 lw 1.2 lc rgb '\(Figure.color(data.count - 1))' title '\(item.label.isEmpty ? "" : "\(item.label): ")\(slowest.observable), τ = \(tau)'"
      )
    }
    guard !data.isEmpty else { return [] }
    return [
      Figure(
        name: "autocorrelation",
        caption:
          "Autocorrelation functions of the slowest observable of each case against sweeps, with the integrated time τ.",
        data: data.joined(separator: "\n\n"),
        commands: """
          set xlabel 'sweeps'
          set ylabel 'ρ(t)'
          set xrange [0:\(longest)]
          set yrange [-0.1:1.02]
          set key outside right top
          plot 0 with lines lw 1 lc rgb '#888888' notitle, \(plots.joined(separator: ", \\\n  "))
          """)
    ]
  }
}
