import Engineering
import Foundation
import Statistics

/// A scan of lattices over m^2: Binder's cumulants with their crossings, and the order parameter.
public enum ScanFigure {
  public static func figures(_ found: LatticeScan.Found, _ scan: LatticeScan) -> [Figure] {
    var data: [String] = []
    var binder: [String] = []
    var order: [String] = []
    for (k, size) in scan.sizes.enumerated() {
      let rows = found.points.filter { $0.size == size }.map { p in
        [
          p.mass_squared, p.binder.value, p.binder.error, p.magnetisation.value,
          p.magnetisation.error,
        ] as [Double?]
      }
      data.append(Figure.block("L = \(size): m^2 U4 error |M| error", rows))
      let style = "pt 7 ps 0.7 lw 1.3 lc rgb '\(Figure.color(k))' title 'L = \(size)'"
      binder.append("DATA index \(k) using 1:2:3 with yerrorlines \(style)")
      order.append("DATA index \(k) using 1:4:5 with yerrorlines \(style)")
    }
    let crossings = found.crossings.compactMap { c -> [Double?]? in
      c.mass_squared.map { [$0.value, $0.error, c.binder?.value, c.binder?.error] }
    }
    var note = ""
    if !crossings.isEmpty {
      data.append(Figure.block("crossings: m^2 error U4 error", crossings))
      binder.append(
        "DATA index \(data.count - 1) using 1:3:2:4 with xyerrorbars pt 6 ps 1.3 lw 1.3 lc rgb '#000000' title 'crossings'"
      )
      let list = found.crossings.compactMap { c in
        c.mass_squared.map { "\(c.sizes[0]) and \(c.sizes[1]) at m² = \($0)" }
      }
      note = " The curves of L = \(list.joined(separator: ", of L = ")) cross."
    }
    let all = data.joined(separator: "\n\n")
    let axes = """
      set xlabel 'm²'
      set key outside right top
      """
    return [
      Figure(
        name: "binder-crossing",
        caption:
          "Binder's cumulant against m² at λ = \(scan.coupling) in \(scan.dimension) dimensions.\(note)",
        data: all,
        commands: "\(axes)\nset ylabel 'U₄'\nplot \(binder.joined(separator: ", \\\n  "))"),
      Figure(
        name: "order-parameter",
        caption:
          "⟨|M|⟩ against m² at λ = \(scan.coupling): ordered on the left, disordered on the right, sharper with L.",
        data: all,
        commands: "\(axes)\nset ylabel '⟨|M|⟩'\nplot \(order.joined(separator: ", \\\n  "))"),
    ]
  }
}
