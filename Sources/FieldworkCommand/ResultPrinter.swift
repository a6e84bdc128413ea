import Fieldwork
import Foundation

/// The main numbers as a table on stdout.
struct ResultPrinter {
  private let results: Results

  init(_ results: Results) { self.results = results }

  func print() {
    let tables = ResultTables(results)
    if results.cases.contains(where: { $0.correlators != nil }) { table(tables.main) }
    if let fits = results.fits.correlators {
      StandardStream.print("\nfits")
      table(tables.fitTable(fits))
    }
    for item in results.cases {
      for layer in item.layers ?? [] {
        StandardStream.print("\nlayer \(layer.layer)\(item.label.isEmpty ? "" : ", \(item.label)")")
        Self.print(layer)
      }
    }
    for (title, rows) in tables.derived + tables.flows + tables.duality + tables.theories {
      StandardStream.print("\n\(title)")
      table(rows)
    }
    let costs = tables.costs
    if costs.rows.count > 1 {
      StandardStream.print("\ncost")
      table(costs.rows)
      if let sentence = costs.sentence { StandardStream.print(sentence) }
    }
    for warning in results.warnings {
      StandardStream.print("\nwarning (\(warning.code)) \(warning.where): \(warning.message)")
    }
  }

  /// A matrix under its name; nothing where there is none.
  static func matrix(_ name: String, _ rows: [[Double]]?) {
    guard let rows, !rows.isEmpty else { return }
    StandardStream.print(name)
    NumberGrid(rows).print()
  }

  /// The numbers of one layer, a heading for each kind.
  static func print(_ layer: LayerResult) {
    func line(_ name: String, _ values: [Double?]?) {
      guard let values else { return }
      StandardStream.print(
        name + ": "
          + values.map { $0.map { String(format: "%.8g", $0) } ?? "none" }
          .joined(separator: "  "))
    }
    matrix("K", layer.kernel)
    matrix("tangent kernel", layer.ntk)
    matrix("mean shift", layer.shift)
    line("chi parallel", layer.chi_parallel)
    line("chi perpendicular", layer.chi_perpendicular)
    line("depth scale, parallel", layer.depth_scale_parallel)
    line("depth scale, perpendicular", layer.depth_scale_perpendicular)
    line("third cumulant of Kh", layer.six_point)
    guard layer.layer > 1, let vertex = layer.vertex else { return }
    StandardStream.print("vertex V_(ab)(cd)")
    let exact = vertex.contains { $0.exact != nil }
    let sampled = vertex.contains { $0.sampled != nil }
    table(
      [["(ab)(cd)", "V"] + (exact ? ["exact"] : []) + (sampled ? ["sampled"] : [])]
        + vertex.map { e in
          let i = e.indices
          return ["(\(i[0]) \(i[1]))(\(i[2]) \(i[3]))", String(format: "%.8g", e.value)]
            + (exact ? [e.exact.map { String(format: "%.8g", $0) } ?? "-"] : [])
            + (sampled ? [e.sampled?.description ?? "-"] : [])
        })
  }

  private func table(_ rows: [[String]]) { Self.table(rows) }

  /// Columns to the right, but for those in `left`.
  static func table(_ rows: [[String]], left: Set<Int> = []) {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { c in
      rows.map { $0.indices.contains(c) ? $0[c].count : 0 }.max() ?? 0
    }
    for row in rows {
      StandardStream.print(
        row.enumerated().map { c, cell in
          let space = String(repeating: " ", count: widths[c] - cell.count)
          return !left.contains(c) ? space + cell : c == columns - 1 ? cell : cell + space
        }.joined(separator: "  "))
    }
  }
}
