import Foundation
import Studies

/// How strongly each case breaks the symmetries that are tested, against the strength of the breaking, for
/// several sample sizes.
enum SymmetryFigure {
  static func figures(_ results: Results) -> [Figure] {
    let cases = results.cases.filter { !($0.symmetry ?? []).isEmpty }
    guard cases.count > 1 else { return [] }
    let strengths = cases.map { item in
      item.symmetry_prediction?.statements.first { $0.side == .output && !$0.holds }?.strength ?? 0
    }
    guard Set(strengths).count > 2 else { return [] }
    let tests = cases[0].symmetry ?? []
    var seen = 0
    return tests.indices.prefix(4).flatMap { k -> [Figure] in
      let own = cases.map { ($0.symmetry ?? []).indices.contains(k) ? $0.symmetry?[k] : nil }
      guard own.contains(where: { $0?.p_value != nil }), let first = own.compactMap({ $0 }).first
      else { return [] }
      seen += 1
      let parts = first.parts?.count ?? 0
      let x = strengths
      let order = x.indices.sorted { x[$0] < x[$1] }
      var data: [String] = []
      var p: [String] = []
      var effect: [String] = []
      for part in 0..<max(1, parts) {
        let rows = order.map { i -> [Double?] in
          guard let r = own[i] else { return [x[i], nil, nil] }
          // Few networks make fewer parts, or none.
          guard part < max(1, r.parts?.count ?? 0) else { return [x[i], nil, nil] }
          let value = r.parts.flatMap { part < $0.count ? $0[part] : nil }
          let pValue = value?.p_value ?? r.p_value
          let sigma = value.map(\.sigma) ?? r.largest?.sigma
          return [x[i], pValue.map { max($0, 1e-30) }, sigma.map { abs($0) }]
        }
        let networks =
          part < parts
          ? first.parts.map { String(format: "%.3g networks", $0[part].networks) } ?? "all" : "all"
        data.append(Figure.block("\(networks): strength p sigma", rows))
        let style = "lw 1.4 pt 7 ps 0.7 lc rgb '\(Figure.color(part))' title '\(networks)'"
        p.append("DATA index \(part) using 1:2 with linespoints \(style)")
        effect.append("DATA index \(part) using 1:3 with linespoints \(style)")
      }
      let axis = "length of the mean, μ √k"
      let what = "\(first.group), \(first.side.rawValue)s, order \(first.order)"
      return [
        Figure(
          name: "symmetry-p-\(k)",
          caption:
            "\(what): p-value of Hotelling's T² against the strength of the breaking for parts of the sample; below the line at 0.01 the symmetry is rejected. Values below 10⁻³⁰ are drawn there.",
          data: data.joined(separator: "\n\n"),
          commands: """
            set logscale y
            set format y '10^{%L}'
            set xlabel '\(axis)'
            set ylabel 'p-value'
            set key outside right top
            plot 0.01 with lines dt 2 lw 1 lc rgb '#888888' notitle, \(p.joined(separator: ", \\\n  "))
            """),
        Figure(
          name: "symmetry-effect-\(k)",
          caption:
            "\(what): the component that lies farthest from zero, in standard deviations.",
          data: data.joined(separator: "\n\n"),
          commands: """
            set logscale y
            set xlabel '\(axis)'
            set ylabel 'largest |D| / error'
            set key outside right top
            plot \(effect.joined(separator: ", \\\n  "))
            """),
      ]
    }
  }
}
