import Foundation
import Statistics
import Studies

/// The connected four-point function at the first point, split into its finite-width and correlation
/// parts, against the width or the strength of the correlation.
enum IndependenceFigure {
  static func figures(_ results: Results) -> [Figure] {
    let with = results.cases.filter { $0.independence != nil }
    guard with.count > 1 else { return [] }
    let strengths = Set(with.compactMap { $0.independence?.strength })
    let widths = Set(with.compactMap(\.width))
    if strengths.count > 1 {
      let width = with[0].width
      return [
        figure(
          with.filter { $0.width == width }, against: "strength",
          label: "strength of the correlation", logarithmic: false,
          note: widths.count > 1 ? " (width \(JSONValue.numeric(width ?? 0).text))" : "")
      ]
    }
    return widths.count > 1
      ? [figure(with, against: "width", label: "width N", logarithmic: true, note: "")] : []
  }

  private static func figure(
    _ cases: [CaseResult], against: String, label: String, logarithmic: Bool, note: String
  ) -> Figure {
    let rows = cases.compactMap { item -> [Double?]? in
      guard let r = item.independence, let e = r.elements.first else { return nil }
      let x = against == "width" ? item.width : r.strength
      return [
        x, e.connected.value, e.connected.error, e.connected.exact,
        e.finite_width?.exact ?? e.finite_width?.value,
        e.correlation?.exact ?? e.correlation?.value,
      ]
    }.sorted { ($0[0] ?? 0) < ($1[0] ?? 0) }
    var plots = [
      "DATA using 1:2:3 with yerrorbars pt 7 ps 0.8 lw 1.4 lc rgb '\(Figure.color(0))' title 'Gc^{(4)} of this run'"
    ]
    for (column, color, title) in [
      (4, 0, "exact"), (5, 1, "finite-width part"), (6, 2, "correlation part"),
    ] where rows.contains(where: { $0[column - 1] != nil }) {
      plots.append(
        "DATA using 1:\(column) with linespoints pt 1 ps 0.5 lw 1.4 lc rgb '\(Figure.color(color))' title '\(title)'"
      )
    }
    return Figure(
      name: "independence",
      caption:
        "The connected four-point function at the first point\(note), and its exact split: what independent neurons at finite width give, and what correlations among the output weights add. The limit of infinite width interacts where the second part stays.",
      data: Figure.block("\(against) Gc4 error exact finite-width correlation", rows),
      commands: """
        \(logarithmic ? "set logscale x\n" : "")set xlabel '\(label)'
        set ylabel 'Gc^{(4)}(x_0, x_0, x_0, x_0)'
        set format y '%.3g'
        set key outside right top
        plot 0 with lines lw 1 lc rgb '#888888' notitle, \(plots.joined(separator: ", \\\n  "))
        """)
  }
}
