import Foundation
import Statistics
import Studies

/// The quartic coupling: its mean against the cutoff, and tuple by tuple.
enum CouplingFigure {
  static func figures(_ results: Results) -> [Figure] {
    let with = results.cases.filter { !($0.couplings ?? []).isEmpty }
    guard !with.isEmpty else { return [] }
    return [flow(with), elements(with)].compactMap { $0 }
  }

  private static func name(_ item: CaseResult, _ count: Int) -> String {
    item.label.isEmpty || count == 1 ? "" : " (\(item.label))"
  }

  /// |mean of lambda| against the cutoff, one colour a case.
  private static func flow(_ cases: [CaseResult]) -> Figure? {
    let shown = cases.filter {
      ($0.couplings ?? []).filter { $0.cutoff.value.isFinite }.count > 1
    }.prefix(6)
    guard !shown.isEmpty else { return nil }
    var data: [String] = []
    var plots: [String] = []
    for (k, item) in shown.enumerated() {
      data.append(
        Figure.block(
          "\(item.label): cutoff |lambda| error exact sign",
          (item.couplings ?? []).filter { $0.cutoff.value.isFinite }.map { c in
            [
              c.cutoff.value, positive(c.mean.value), c.mean.error, positive(c.mean.exact),
              (c.mean.value ?? 0) < 0 ? -1 : 1,
            ]
          }))
      let color = Figure.color(k)
      let suffix = name(item, cases.count)
      plots.append(
        "DATA index \(k) using 1:2:3 with yerrorbars pt 7 ps 0.8 lw 1.4 lc rgb '\(color)' title '|mean of λ|\(suffix)'"
      )
      if item.couplings?.contains(where: { $0.mean.exact != nil }) ?? false {
        plots.append(
          "DATA index \(k) using 1:4 with lines lw 1.2 lc rgb '\(color)' title 'exact\(suffix)'")
      }
    }
    return Figure(
      name: "coupling-cutoff",
      caption:
        "The quartic coupling against the cutoff of the vertex, mean over tuples, in modulus. Points: from this run, with one-sigma errors. Lines: from exact correlators.",
      data: data.joined(separator: "\n\n"),
      commands: """
        set logscale xy
        set format x '10^{%L}'
        set format y '10^{%L}'
        set xlabel 'cutoff Λ'
        set ylabel '|λ|'
        set key outside right top
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }

  /// lambda of every tuple at the first cutoff: a constant is an ansatz.
  private static func elements(_ cases: [CaseResult]) -> Figure? {
    guard let item = cases.first, let c = item.couplings?.first else { return nil }
    let known = c.elements.filter { $0.lambda?.value != nil }
    guard known.count > 1 else { return nil }
    var plots = [
      "DATA index 0 using 1:2:3 with yerrorbars pt 7 ps 0.5 lw 1.1 lc rgb '\(Figure.color(0))' title 'λ of each tuple'"
    ]
    if known.contains(where: { $0.lambda?.exact != nil }) {
      plots.append(
        "DATA index 0 using 1:4 with points pt 1 ps 0.7 lw 1.2 lc rgb '\(Figure.color(1))' title 'exact'"
      )
    }
    if let mean = c.mean.value {
      plots.append("\(mean) with lines dt 2 lw 1.2 lc rgb '#444444' title 'mean'")
    }
    return Figure(
      name: "coupling-elements",
      caption:
        "The quartic coupling of each tuple of points at cutoff \(c.cutoff)\(cases.count > 1 ? " (\(item.label))" : ""), in lexicographic order. A local, constant coupling would put all of them on one line.",
      data: Figure.block(
        "number lambda error exact",
        known.enumerated().map { k, e in
          [Double(k + 1), e.lambda?.value, e.lambda?.error, e.lambda?.exact]
        }),
      commands: """
        set xlabel 'tuple'
        set ylabel 'λ'
        set format y '%.6g'
        set errorbars 0
        set key outside right top
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }

  private static func positive(_ x: Double?) -> Double? {
    x.flatMap { abs($0) > 0 ? abs($0) : nil }
  }
}
