import Foundation
import Studies

/// U_k(phi) at scales from the ultraviolet to the infrared.
enum PotentialFigure {
  static func figures(_ results: Results) -> [Figure] {
    guard let item = results.cases.first(where: { $0.potential?.snapshots.isEmpty == false }),
      let potential = item.potential
    else { return [] }
    let count = potential.snapshots.count
    let data = potential.snapshots.map { s in
      Figure.block(
        String(format: "k = %.4g: phi U", s.k), zip(s.field, s.potential).map { [$0, $1] })
    }
    // From light to dark as k falls.
    let plots = potential.snapshots.enumerated().map { i, s in
      let t = count > 1 ? Double(i) / Double(count - 1) : 1
      let color = String(
        format: "#%02X%02X%02X", Int(190 * (1 - t)), Int(215 - 101 * t), Int(240 - 62 * t))
      return
        "DATA index \(i) using 1:2 with lines lw 1.5 lc rgb '\(color)' title '\(String(format: "k = %.3g", s.k))'"
    }
    // Concave parts decide the range: the walls rise far beyond them.
    var seen: [Double] = []
    for snapshot in potential.snapshots where snapshot.potential.count > 2 {
      let u = snapshot.potential
      let bends = zip(zip(u, u.dropFirst()), u.dropFirst(2)).map { pair, next -> Double in
        next - 2 * pair.1 + pair.0
      }
      if let last = bends.lastIndex(where: { $0 < 0 }) { seen += u[...(last + 2)] }
    }
    let (low, high) = (min(0, seen.min() ?? 0), seen.max() ?? 0)
    let view = high > 0 ? "[\(low - 0.1 * high):\(1.5 * high)]" : "[*:*]"
    let which = item.label.isEmpty ? "" : " (\(item.label))"
    return [
      Figure(
        name: "potential",
        caption:
          "The potential U_k(φ) − U_k(0)\(which) from k = \(String(format: "%.3g", potential.start.k)) down; darker as k falls.",
        data: data.joined(separator: "\n\n"),
        commands: """
          set xlabel 'φ'
          set ylabel 'U_k(φ) − U_k(0)'
          set format y '%.3g'
          set yrange \(view)
          set key outside right top
          plot 0 with lines lw 1 lc rgb '#888888' notitle, \(plots.joined(separator: ", \\\n  "))
          """)
    ]
  }
}
