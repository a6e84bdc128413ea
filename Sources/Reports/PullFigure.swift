import Statistics
import Studies

/// Sampled minus exact, element by element, in units of the quoted error.
enum PullFigure {
  static func figures(_ results: Results) -> [Figure] {
    var series: [Int: [[Double?]]] = [:]
    for item in results.cases {
      for order in item.correlators ?? [] {
        for element in order.elements {
          let quantity = order.order == 2 ? element.full : element.connected
          guard let pull = quantity.deviation, let exact = quantity.exact, exact != 0 else {
            continue
          }
          series[order.order, default: []].append([abs(exact), max(-8, min(8, pull))])
        }
      }
    }
    guard !series.isEmpty else { return [] }
    let orders = series.keys.sorted()
    let plots = orders.enumerated().map { k, n in
      "DATA index \(k) using 1:2 with points pt 7 ps 0.4 lc rgb '\(Figure.color(k))' title '\(n == 2 ? "G" : "G@_c")^{(\(n))}'"
    }
    return [
      Figure(
        name: "exact-against-sampled",
        caption:
          "Every sampled element against its exact value: the difference in units of the quoted error (two-point functions in full, higher ones connected). Two thirds should lie within the dashed lines; elements of one order come from the same networks and move together.",
        data: orders.map { n in
          let rows = series[n] ?? []
          let step = max(1, rows.count / 5000)
          return Figure.block(
            "order \(n): |exact| pull", stride(from: 0, to: rows.count, by: step).map { rows[$0] })
        }.joined(separator: "\n\n"),
        commands: """
          set logscale x
          set format x '10^{%L}'
          set yrange [-5:5]
          set xlabel 'size of the exact element'
          set ylabel '(sampled - exact) / error'
          set key outside right top
          plot 0 with lines lw 1 lc rgb '#000000' notitle, \\
            1 with lines dt 2 lc rgb '#777777' notitle, -1 with lines dt 2 lc rgb '#777777' notitle, \\
            \(plots.joined(separator: ", \\\n  "))
          """)
    ]
  }
}
