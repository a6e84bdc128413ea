import Foundation
import Studies

/// Connected correlators against the distance of two groups of points: exact lines and sampled points, one
/// figure for each order.
enum LocalityFigure {
  static func figures(_ results: Results) -> [Figure] {
    let cases = results.cases.filter { !($0.locality ?? []).isEmpty }.prefix(3)
    guard !cases.isEmpty else { return [] }
    let orders = Set(cases.flatMap { $0.locality ?? [] }.map(\.order)).sorted()
    return orders.map { order in
      var data: [String] = []
      var plots: [String] = []
      var color = 0
      for item in cases {
        for r in (item.locality ?? []).filter({ $0.order == order }).prefix(8) {
          // What grows by orders of magnitude is shown over its start, the rest over its largest value.
          let values = r.curve.compactMap { $0.exact ?? $0.value }.map { abs($0) }
          let start = values.first ?? 0
          let top = values.max() ?? 0
          let size =
            r.decay.kind == .zero
            ? 1 : start > 0.01 * top ? start : top > 0 && !r.decay.grows ? top : max(start, 1e-300)
          let rows = r.curve.map { p in
            [
              p.distance, p.value.map { $0 / size }, p.error.map { $0 / size },
              p.exact.map { $0 / size },
            ] as [Double?]
          }
          let name = cases.count > 1 ? "\(item.label), \(r.channel)" : r.channel
          data.append(
            Figure.block("\(name): r, value, error, exact, over their size", rows))
          let at = data.count - 1
          if r.curve.contains(where: { $0.exact != nil }) {
            plots.append(
              "DATA index \(at) using 1:4 with lines lw 1.4 lc rgb '\(Figure.color(color))' title '\(name)'"
            )
          }
          if r.curve.contains(where: { $0.value != nil }) {
            plots.append(
              "DATA index \(at) using 1:2:3 with yerrorbars pt 7 ps 0.6 lw 1.2 lc rgb '\(Figure.color(color))' \(r.curve.contains { $0.exact != nil } ? "notitle" : "title '\(name)'")"
            )
          }
          color += 1
        }
      }
      // What grows by orders of magnitude is cut off, so that what decays can be seen.
      let far = cases.flatMap { $0.locality ?? [] }.flatMap(\.curve).map(\.distance).max() ?? 1
      let logarithmic = far > 100
      return Figure(
        name: "locality-\(order)",
        caption:
          "Connected correlator of order \(order) as the points right of the bar move away by r, over its size at r = 0 (or its largest, where it starts near zero). Points: this run; lines: exact. A local theory falls to zero in every channel.",
        data: data.joined(separator: "\n\n"),
        commands: """
          \(logarithmic ? "set logscale x" : "")
          set xlabel 'r'
          set ylabel 'G_c(r) / size'
          set yrange [-1.5:3]
          set key outside right top
          plot 0 with lines lw 1 lc rgb '#888888' notitle, \(plots.joined(separator: ", \\\n  "))
          """)
    }
  }
}
