import Studies

/// The infinite-width kernel as a picture of its matrix.
enum KernelFigure {
  static func figures(_ results: Results) -> [Figure] {
    guard let item = results.cases.first(where: { ($0.kernel?.count ?? 0) > 1 }),
      let kernel = item.kernel
    else { return [] }
    let n = kernel.count
    let rows = kernel.enumerated().flatMap { i, row in
      row.enumerated().map { j, value in "\(j) \(i) \(value)" } + [""]
    }
    // Numbers where they fit, light on the dark half of the palette.
    let values = kernel.flatMap { $0 }
    let middle = 0.5 * ((values.min() ?? 0) + (values.max() ?? 0))
    let text = "(sprintf('%.4g', $3))"
    let labels =
      n > 12
      ? ""
      : """
      , \\
        DATA using ($3 > \(middle) ? $1 : NaN):2:\(text) with labels font ',10' tc rgb '#ffffff' notitle, \\
        DATA using ($3 > \(middle) ? NaN : $1):2:\(text) with labels font ',10' tc rgb '#222222' notitle
      """
    return [
      Figure(
        name: "kernel",
        caption:
          "The kernel K(x_i, x_j) of infinite width, the propagator of the free theory, over the points of the study\(results.cases.count > 1 ? " (first case)" : "").",
        data: "# j i kernel\n" + rows.joined(separator: "\n"),
        commands: """
          set size ratio 1
          set xrange [-0.5:\(Double(n) - 0.5)]
          set yrange [\(Double(n) - 0.5):-0.5]
          set xtics \(max(1, n / 8))
          set ytics \(max(1, n / 8))
          set xlabel 'point j'
          set ylabel 'point i'
          set cblabel 'K'
          unset grid
          set palette defined (0 '#f7fbff', 0.5 '#6baed6', 1 '#08306b')
          plot DATA using 1:2:3 with image pixels notitle\(labels)
          """)
    ]
  }
}
