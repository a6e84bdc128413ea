import Foundation
import Renormalization

/// Exponents of truncations against their order, with those of the full potential.
public enum TruncationFigure {
  /// - Parameter components: M.
  public static func figures(dimension: Double, components: Double) -> [Figure] {
    let full = try? PotentialFixedPoint(dimension: dimension, components: components)
    let zero = stride(from: 4, through: 24, by: 2).compactMap { order -> [Double?]? in
      let point =
        try? PolynomialFlow(
          dimension: dimension, order: order, components: components
        ).wilsonFisher()
      return point.map { [Double(order), $0.nu, $0.omega] }
    }
    let minimum = (2...9).compactMap { order -> [Double?]? in
      let point =
        (try? MinimumFlow(
          dimension: dimension, order: order, components: components))?.wilsonFisher()
      return point.map { [Double(2 * order), $0.nu, $0.omega_imaginary == nil ? $0.omega : nil] }
    }
    guard !zero.isEmpty || !minimum.isEmpty else { return [] }
    let data =
      Figure.block("about zero: power of the field, nu, omega", zero) + "\n\n"
      + Figure.block("about the minimum: twice the power of rho, nu, omega", minimum)
    func figure(_ name: String, _ column: Int, _ symbol: String, _ value: Double?) -> Figure {
      let line =
        value.map { "\($0) with lines lw 1.4 lc rgb '#444444' title 'full potential', " } ?? ""
      return Figure(
        name: "truncation-\(name)",
        caption:
          "\(symbol) of the Wilson-Fisher point in \(dimension) dimensions, \(components) components, against the highest power of the field that is kept.",
        data: data,
        commands: """
          set xlabel 'highest power of φ'
          set ylabel '\(symbol)'
          set key outside right top
          plot \(line)DATA index 0 using 1:\(column) with linespoints pt 7 ps 0.8 lw 1.4 lc rgb '\(Figure.color(0))' title 'about zero', DATA index 1 using 1:\(column) with linespoints pt 5 ps 0.8 lw 1.4 lc rgb '\(Figure.color(1))' title 'about the minimum'
          """)
    }
    return [
      figure("nu", 2, "ν", full?.point.nu), figure("omega", 3, "ω", full?.point.omega),
    ]
  }
}
