import Studies

/// Exponents of the Wilson-Fisher point against the order of the truncation, beside the whole potential.
enum FixedPointFigure {
  static func figures(_ results: Results) -> [Figure] {
    guard let list = results.fits.fixed_points else { return [] }
    let orders = Set(list.points.compactMap(\.order)).sorted()
    // Of several with one relevant direction the first is the one that the command calls so.
    let rows = orders.compactMap { order -> [Double?]? in
      list.points.first { $0.order == order && $0.relevant == 1 && $0.label.hasPrefix("Wilson") }
        .map { [Double(order), $0.nu, $0.omega_imaginary == nil ? $0.omega : nil] }
    }
    guard rows.count > 1 else { return [] }
    let full = list.points.first { $0.order == nil }
    let power = list.points.first?.expansion == .minimum ? "ρ" : "φ"
    func figure(_ name: String, _ column: Int, _ symbol: String, _ value: Double?) -> Figure {
      let line =
        value.map { "\($0) with lines lw 1.4 lc rgb '#444444' title 'whole potential', " } ?? ""
      return Figure(
        name: "fixed-points-\(name)",
        caption:
          "\(symbol) of the Wilson-Fisher point in \(list.dimension) dimensions against the highest power of \(power) that is kept.",
        data: Figure.block("order nu omega", rows),
        commands: """
          set xlabel 'highest power of \(power)'
          set ylabel '\(symbol)'
          set key outside right top
          plot \(line)DATA index 0 using 1:\(column) with linespoints pt 7 ps 0.8 lw 1.4 lc rgb '\(Figure.color(0))' title 'truncations'
          """)
    }
    return [figure("nu", 2, "ν", full?.nu), figure("omega", 3, "ω", full?.omega)]
  }
}
