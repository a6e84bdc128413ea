import Foundation
import Statistics
import Studies

/// Cuts through the action: exact, Gaussian, first and second order in 1/N, and how far each is from
/// the exact one.
enum ActionFigure {
  static let names = ["Gaussian", "first order", "second order"]

  static func figures(_ results: Results) -> [Figure] {
    guard let item = results.cases.first(where: { !($0.action?.curves ?? []).isEmpty }),
      let curves = item.action?.curves
    else { return [] }
    let note = results.cases.count > 1 ? " (\(item.label))" : ""
    return curves.enumerated().flatMap { k, curve in
      [action(curve, k, note, count: curves.count), error(curve, k, note, count: curves.count)]
        .compactMap { $0 }
    }
  }

  private static func axis(_ curve: ActionResult.Curve, _ k: Int, _ count: Int) -> String {
    curve.points.count == 1
      ? "of the field at the first point"
      : "along the \(k == 0 ? "longer" : "shorter") principal axis of K, (\(curve.direction.map { String(format: "%.3f", $0) }.joined(separator: ", ")))"
  }

  /// S minus its Gaussian value at the mean.
  private static func action(
    _ curve: ActionResult.Curve, _ k: Int, _ note: String, count: Int
  ) -> Figure {
    let middle = curve.fields.count / 2
    let origin = curve.orders[0][middle] ?? 0
    let columns = curve.orders.count
    let rows = curve.fields.indices.map { i -> [Double?] in
      [curve.fields[i] / curve.sigma, curve.exact?[i].map { $0 - origin }]
        + curve.orders.map { $0[i].map { $0 - origin } } + curve.errors.map { $0[i] }
    }
    // The exact action is drawn at every third field value, so that the lines show.
    var plots: [String] = []
    if curve.exact != nil {
      plots.append(
        "DATA every 3 using 1:2 with points pt 7 ps 0.6 lc rgb '\(Figure.color(6))' title 'exact'")
    }
    let order = [4, 2, 0]
    for o in 0..<columns {
      let color = Figure.color(order[o])
      if curve.errors[o].contains(where: { ($0 ?? 0) > 1e-9 }) {
        plots.append(
          "DATA using 1:($\(3 + o)-$\(3 + columns + o)):($\(3 + o)+$\(3 + columns + o)) with filledcurves lc rgb '\(color)' fs transparent solid 0.18 notitle"
        )
      }
      plots.append(
        "DATA using 1:\(3 + o) with lines lw 1.8 \(o == 0 ? "dt 2 " : "")lc rgb '\(color)' title '\(names[o])'"
      )
    }
    return Figure(
      name: count > 1 ? "action-\(k + 1)" : "action",
      caption:
        "The action \(axis(curve, k, count))\(note), less the Gaussian one at its mean, in units of the standard deviation \(String(format: "%.4g", curve.sigma)). Dots: exact, -log of the density. The white range holds two standard deviations, within which a truncation in 1/N may be trusted.",
      data: Figure.block("field/sigma exact, then the orders, then their errors", rows),
      commands: """
        set xlabel 'field / σ'
        set ylabel 'S - S_G(mean)'
        set xrange [-3.2:3.2]
        set object 1 rectangle from graph 0, graph 0 to first -2, graph 1 fc rgb '#efefef' fs solid noborder behind
        set object 2 rectangle from first 2, graph 0 to graph 1, graph 1 fc rgb '#efefef' fs solid noborder behind
        set label 1 '2σ' at first 2.05, graph 0.95 tc rgb '#777777'
        set key outside right top
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }

  /// |S - exact| by order.
  private static func error(
    _ curve: ActionResult.Curve, _ k: Int, _ note: String, count: Int
  ) -> Figure? {
    guard let exact = curve.exact else { return nil }
    let rows = curve.fields.indices.map { i -> [Double?] in
      [curve.fields[i] / curve.sigma]
        + curve.orders.map { order in
          guard let s = order[i], let e = exact[i], s != e else { return nil }
          return abs(s - e)
        }
    }
    let order = [4, 2, 0]
    let plots = curve.orders.indices.map { o in
      "DATA using 1:\(2 + o) with lines lw 1.8 lc rgb '\(Figure.color(order[o]))' title '\(names[o])'"
    }
    return Figure(
      name: count > 1 ? "action-error-\(k + 1)" : "action-error",
      caption:
        "How far each order of the action is from the exact one\(note); the errors fall as 1/N, 1/N² and 1/N³. Dips are changes of sign. Without odd correlators the two sides are mirror images.",
      data: Figure.block("field/sigma, then |S - exact| of the orders", rows),
      commands: """
        set logscale y
        set format y '10^{%L}'
        set xlabel 'field / σ'
        set ylabel '|S - S_{exact}|'
        set xrange [-3.2:3.2]
        set object 1 rectangle from graph 0, graph 0 to first -2, graph 1 fc rgb '#efefef' fs solid noborder behind
        set object 2 rectangle from first 2, graph 0 to graph 1, graph 1 fc rgb '#efefef' fs solid noborder behind
        set key outside right top
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }
}
