import Combinatorics
import Foundation
import Statistics
import Studies

/// What depth does: the kernel, the vertex in units of the kernel, and correlations between inputs,
/// layer by layer, with the sampled random kernels.
enum DepthFigure {
  static func figures(_ results: Results) -> [Figure] {
    guard let item = results.cases.first(where: { ($0.layers?.count ?? 0) > 2 }),
      let layers = item.layers
    else { return [] }
    let shown = min(4, layers[0].kernel.count)
    let note = results.cases.count > 1 ? " (\(item.label))" : ""
    var figures = [
      figure(
        "depth-kernel", "K(x, x)",
        "The kernel of each input against depth\(note): lines at infinite width, dashed with the shift at order 1/width, points the mean of the sampled random kernel.",
        (0..<shown).map { i in
          (
            "x_\(i)",
            layers.map { layer in
              let sampled = layer.sampled_kernel?[i][0]
              return [
                Double(layer.layer), layer.kernel[i][i],
                layer.shift.map { layer.kernel[i][i] + $0[i][i] }, sampled?.value, sampled?.error,
              ]
            }
          )
        })
    ]
    if let width = width(results), layers.contains(where: { $0.vertex != nil }) {
      let pairs = Multisets(slots: layers[0].kernel.count, order: 2)
      let count = pairs.tuples.count
      figures.append(
        figure(
          "depth-vertex", "V / (n K^2)",
          "The four-point vertex of each input in units of the squared kernel\(note): the relative variance of the random kernel. Lines: leading order in 1/width (dashed: exact at this width, where it is known). Points: sampled.",
          (0..<shown).map { i in
            let p = pairs.index(of: [i, i])
            let place = p * count - p * (p - 1) / 2
            return (
              "x_\(i)",
              layers.dropFirst().map { layer in
                let e = layer.vertex?[place]
                let unit = width * layer.kernel[i][i] * layer.kernel[i][i]
                return [
                  Double(layer.layer), e.map { $0.value / unit },
                  e?.exact.map { $0 / unit }, e?.sampled?.value.map { $0 / unit },
                  e?.sampled?.error.map { $0 / unit },
                ]
              }
            )
          }))
    }
    if layers[0].kernel.count > 1 {
      let pairs = (0..<layers[0].kernel.count).flatMap { i in
        ((i + 1)..<max(i + 1, layers[0].kernel.count)).map { (i, $0) }
      }.prefix(4)
      figures.append(
        figure(
          "depth-correlation", "K(x, y) / sqrt(K(x, x) K(y, y))",
          "The correlation between inputs against depth\(note). Points: sampled K(x, y) in units of the diagonal of infinite width.",
          pairs.map { i, j in
            (
              "x_\(i), x_\(j)",
              layers.map { layer in
                let unit = (layer.kernel[i][i] * layer.kernel[j][j]).squareRoot()
                let sampled = layer.sampled_kernel?[i][j - i]
                return [
                  Double(layer.layer), layer.kernel[i][j] / unit,
                  layer.shift.map { (layer.kernel[i][j] + $0[i][j]) / unit },
                  sampled?.value.map { $0 / unit }, sampled?.error.map { $0 / unit },
                ]
              }
            )
          }))
    }
    return figures
  }

  /// The common width of the hidden layers of the first case.
  private static func width(_ results: Results) -> Double? {
    guard case .array(let ensembles)? = results.fieldwork.study["ensembles"],
      case .array(let hidden)? = ensembles.first?["hidden"],
      case .integer(let width)? = hidden.last?["width"]
    else { return nil }
    return Double(width)
  }

  /// Columns: layer, leading order, corrected, sampled, error.
  private static func figure(
    _ name: String, _ label: String, _ caption: String, _ series: [(String, [[Double?]])]
  ) -> Figure {
    var plots: [String] = []
    for (k, entry) in series.enumerated() {
      let color = Figure.color(k)
      plots.append(
        "DATA index \(k) using 1:2 with lines lw 1.6 lc rgb '\(color)' title '\(entry.0)'")
      if entry.1.contains(where: { $0[2] != nil }) {
        plots.append("DATA index \(k) using 1:3 with lines dt 2 lw 1.3 lc rgb '\(color)' notitle")
      }
      if entry.1.contains(where: { $0[3] != nil }) {
        plots.append(
          "DATA index \(k) using 1:4:5 with yerrorbars pt 7 ps 0.7 lw 1.3 lc rgb '\(color)' notitle"
        )
      }
    }
    return Figure(
      name: name, caption: caption,
      data: series.map { Figure.block("\($0.0): layer theory corrected sampled error", $0.1) }
        .joined(separator: "\n\n"),
      commands: """
        set xlabel 'layer l'
        set ylabel '\(label)' noenhanced
        set key outside right top
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }
}
