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
      Swift.print("\nfits")
      table(tables.fitTable(fits))
    }
    for item in results.cases {
      for layer in item.layers ?? [] {
        Swift.print("\nkernel, layer \(layer.layer)\(item.label.isEmpty ? "" : ", \(item.label)")")
        table(layer.kernel.map { $0.map { String(format: "%.10g", $0) } })
      }
    }
    for warning in results.warnings {
      Swift.print("\nwarning (\(warning.code)) \(warning.where): \(warning.message)")
    }
  }

  private func table(_ rows: [[String]]) {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { c in
      rows.map { $0.indices.contains(c) ? $0[c].count : 0 }.max() ?? 0
    }
    for row in rows {
      Swift.print(
        row.enumerated().map { c, cell in
          String(repeating: " ", count: widths[c] - cell.count) + cell
        }.joined(separator: "  "))
    }
  }
}
