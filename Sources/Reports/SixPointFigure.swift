import Foundation
import Statistics
import Studies

/// The six-point function as predicted from the four-point coupling: against the cutoff, or tuple by
/// tuple where there is one cutoff.
enum SixPointFigure {
  static func figures(_ results: Results) -> [Figure] {
    guard let item = results.cases.first(where: { !($0.six_point ?? []).isEmpty }),
      let all = item.six_point
    else { return [] }
    let note = results.cases.count > 1 ? " (\(item.label))" : ""
    let finite = all.filter { $0.cutoff.value.isFinite }
    return [finite.count > 1 ? cutoff(finite, note) : tuples(all[0], note)]
  }

  private static let names = [
    "free theory", "with the mean coupling", "with the coupling of each tuple",
  ]

  private static func cutoff(_ all: [SixPointResult], _ note: String) -> Figure {
    func columns(_ e: Estimate) -> [Double?] { [e.value, e.error, e.exact] }
    let rows = all.map { r in
      [r.cutoff.value] + columns(r.gaussian_ratio) + columns(r.prediction_ratio)
        + columns(r.tuple_prediction_ratio)
    }
    var plots: [String] = []
    for k in 0..<3 {
      let first = 2 + 3 * k
      plots.append(
        "DATA using 1:\(first):\(first + 1) with yerrorbars pt \([7, 5, 9][k]) ps 0.8 lw 1.3 lc rgb '\(Figure.color(k))' title '\(names[k])'"
      )
      if rows.contains(where: { $0[first + 1] != nil }) {
        plots.append(
          "DATA using 1:\(first + 2) with lines lw 1.1 lc rgb '\(Figure.color(k))' notitle")
      }
    }
    return Figure(
      name: "six-point",
      caption:
        "The six-point function predicted from the four-point function, relative to the measured one, mean over tuples, against the cutoff\(note). Points: this run; lines: from exact correlators. 1 is a perfect prediction; the six-point coupling κ is neglected.",
      data: Figure.block(
        "cutoff, then value error exact of the free theory, the mean coupling, each tuple's", rows),
      commands: """
        set logscale x
        set format x '10^{%L}'
        set xlabel 'cutoff Λ'
        set ylabel 'prediction / G^{(6)}'
        set key outside right top
        plot 1 with lines dt 2 lw 1 lc rgb '#888888' notitle, \(plots.joined(separator: ", \\\n  "))
        """)
  }

  private static func tuples(_ one: SixPointResult, _ note: String) -> Figure {
    let rows = one.elements.enumerated().map { k, e -> [Double?] in
      [
        Double(k + 1), e.gaussian_ratio.value, e.prediction_ratio.value,
        e.tuple_prediction_ratio.value,
      ]
    }
    let plots = (0..<3).map { k in
      "DATA using 1:\(k + 2) with points pt \([7, 5, 9][k]) ps 0.5 lc rgb '\(Figure.color(k))' title '\(names[k])'"
    }
    return Figure(
      name: "six-point",
      caption:
        "The six-point function predicted from the four-point function, relative to the measured one, tuple by tuple at cutoff \(one.cutoff)\(note). 1 is a perfect prediction; the six-point coupling κ is neglected.",
      data: Figure.block("number free mean-coupling tuple-coupling", rows),
      commands: """
        set xlabel 'tuple'
        set ylabel 'prediction / G^{(6)}'
        set key outside right top
        plot 1 with lines dt 2 lw 1 lc rgb '#888888' notitle, \(plots.joined(separator: ", \\\n  "))
        """)
  }
}
