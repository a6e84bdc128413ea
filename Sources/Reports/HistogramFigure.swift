import Studies

/// The distribution of one output at one point against its Gaussian.
enum HistogramFigure {
  static func figures(_ results: Results) -> [Figure] {
    let with = results.cases.filter { $0.histogram != nil }
    guard !with.isEmpty else { return [] }
    // The first, the last and what lies between, four at most.
    let chosen =
      with.count <= 4
      ? with : [with[0], with[with.count / 3], with[2 * with.count / 3], with[with.count - 1]]
    var data: [String] = []
    var plots: [String] = []
    for (k, item) in chosen.enumerated() {
      guard let h = item.histogram, h.edges.count == h.density.count + 1,
        h.error.count == h.density.count
      else { continue }
      data.append(
        Figure.block(
          "\(item.label): value/sigma density error",
          h.density.indices.map { i in
            let d = h.density[i]
            return [0.5 * (h.edges[i] + h.edges[i + 1]), d > 0 ? d : nil, h.error[i]]
          }))
      plots.append(
        "DATA index \(k) using 1:2:3 with yerrorbars pt 7 ps 0.5 lw 1 lc rgb '\(Figure.color(k))' title '\(item.label.isEmpty ? "networks" : item.label)'"
      )
    }
    for (k, item) in chosen.enumerated() {
      guard
        let density = item.output_density?.compactMap({ $0 }).first(where: { $0.points == [0] }),
        let sigma = item.histogram?.sigma
      else { continue }
      plots.append(
        "DATA index \(data.count) using 1:2 with lines lw 1.3 lc rgb '\(Figure.color(k))' title 'exact\(item.label.isEmpty ? "" : ", \(item.label)")'"
      )
      data.append(
        Figure.block(
          "\(item.label): exact density",
          zip(density.fields, density.density).map { f, p in
            [f / sigma, p > 0 ? p * sigma : nil]
          }))
    }
    plots.append(
      "exp(-x**2/2)/sqrt(2*pi) with lines lw 1.5 lc rgb '#000000' title 'free theory (Gaussian)'")
    return [
      Figure(
        name: "histogram",
        caption:
          "Distribution of the first output at the first point, in units of the standard deviation of the free theory, with binomial errors; the black line is the Gaussian that infinite width gives, coloured lines (where asked for) the exact density at finite width. On a logarithmic scale the tails show the interaction.",
        data: data.joined(separator: "\n\n"),
        commands: """
          set logscale y
          set format y '10^{%L}'
          set xrange [-6:6]
          set yrange [1e-6:2]
          set samples 400
          set xlabel 'f / sigma'
          set ylabel 'density'
          set key outside right top
          plot \(plots.joined(separator: ", \\\n  "))
          """)
    ]
  }
}
