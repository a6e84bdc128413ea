import Correlators
import Foundation
import Statistics
import Studies

/// Deviation from the free theory against width, for one order: measured points, exact values,
/// fit, and both background levels.
enum DeviationFigure {
  static func figures(_ results: Results) -> [Figure] {
    let orders = Set(results.cases.flatMap { ($0.correlators ?? []).map(\.order) })
      .filter { $0 > 2 }.sorted()
    return orders.compactMap { figure(results, order: $0) }
  }

  /// Cases that differ in width alone, by the other parameters.
  private static func groups(_ results: Results) -> [(label: String, cases: [CaseResult])] {
    var labels: [String] = []
    var groups: [String: [CaseResult]] = [:]
    for item in results.cases where item.width != nil {
      let label = item.parameters.filter { $0.key != "width" }.sorted { $0.key < $1.key }
        .map { "\($0.key) \($0.value.text)" }.joined(separator: ", ")
      if groups[label] == nil { labels.append(label) }
      groups[label, default: []].append(item)
    }
    return labels.map { ($0, groups[$0] ?? []) }
  }

  private static func figure(_ results: Results, order: Int) -> Figure? {
    let groups = groups(results).filter { Set($0.cases.compactMap(\.width)).count > 1 }
    guard !groups.isEmpty else { return nil }
    var data: [String] = []
    var plots: [String] = []
    for (g, group) in groups.prefix(4).enumerated() {
      let suffix = group.label.isEmpty ? "" : " (\(group.label))"
      let rows = group.cases.sorted { ($0.width ?? 0) < ($1.width ?? 0) }.compactMap { item in
        item.correlators?.first { $0.order == order }.map { (item.width ?? 0, $0) }
      }
      for (kind, connected) in [("deviation", false), ("connected", true)] {
        if connected && order == 4 { continue }
        let color = Figure.color(2 * g + (connected ? 1 : 0))
        let index = data.count
        data.append(
          Figure.block(
            "\(kind)\(suffix): width value error exact background_mean background_single",
            rows.map { width, c in
              let e = connected ? c.connected_deviation : c.deviation
              return [
                width, e.value.flatMap { $0 > 0 ? $0 : nil }, e.error, e.exact,
                positive(c.background.mean), positive(c.background.single_run),
              ]
            }))
        let name =
          connected
          ? "|G@_c^{(\(order))}| / G_{GP}" : "|m_{\(order)}|"
        plots.append(
          "DATA index \(index) using 1:2:3 with yerrorbars pt \(connected ? 5 : 7) ps 0.8 lw 1.5 lc rgb '\(color)' title '\(name)\(suffix)'"
        )
        if rows.contains(where: {
          (connected ? $0.1.connected_deviation : $0.1.deviation).exact != nil
        }) {
          plots.append(
            "DATA index \(index) using 1:4 with lines lw 1.2 lc rgb '\(color)' title 'exact\(suffix)'"
          )
        }
        if let fit = results.fits.correlators?.first(where: {
          $0.order == order && $0.model == "power"
            && $0.quantity == (connected ? "connected_deviation" : "deviation")
            && ($0.parameters ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
              .joined(separator: ", ") == group.label
        }), let slope = fit.slope?.value, let intercept = fit.intercept?.value {
          plots.append(
            "10**(\(intercept))*x**(\(slope)) with lines dt 2 lw 1.2 lc rgb '\(color)' title 'fit, slope \(fit.slope?.description ?? "")'"
          )
        }
        if !connected, rows.contains(where: { $0.1.background.mean != nil }) {
          plots.append(
            "DATA index \(index) using 1:5 with lines dt 3 lw 1.5 lc rgb '#777777' title 'background of the mean'"
          )
          plots.append(
            "DATA index \(index) using 1:6 with lines dt 4 lw 1.5 lc rgb '#AAAAAA' title 'background of a single run'"
          )
        }
      }
    }
    let caption =
      order == 4
      ? "Deviation of the four-point function from the free theory against width, mean over elements of |m_4|, m_4 = (G − G_GP)/G_GP."
      : "Deviation of the \(order)-point function from the free theory against width: |m_\(order)|, and its connected part alone, |Gc|/G_GP."
    return Figure(
      name: "deviation-order-\(order)",
      caption: caption
        + " Points: this run, with one-sigma errors. Solid: exact. Dashed: power-law fit. Grey: the spread of G over runs, of their mean and of a single one; in a plain average over outputs nothing below it can be seen.",
      data: data.joined(separator: "\n\n"),
      commands: """
        set logscale xy
        set format x '10^{%L}'
        set format y '10^{%L}'
        set xlabel 'width N'
        set ylabel 'relative deviation from the free theory'
        set key outside right top
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }

  private static func positive(_ x: Double?) -> Double? { x.flatMap { $0 > 0 ? $0 : nil } }
}
