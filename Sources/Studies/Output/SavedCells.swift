import DataFiles
import Foundation
import Sampling
import Statistics

/// The cells of finished passes in `data.h5`, group `sampling/<pass>`, with their header in an attribute
/// `pass <pass>`.
enum SavedCells {
  /// The attribute that lists all passes.
  static let list = "passes"

  /// The short names of all passes of a file.
  static func identifiers(_ path: String) throws(StudyError) -> [String] {
    do {
      let text = try HDF5File(reading: path).attribute(list) ?? ""
      return text.split(separator: " ").map { String($0) }
    } catch { throw StudyError(.inputOutput, "\(error); give --overwrite to start again") }
  }

  static func write(_ pass: FinishedPass, header: StorageHeader, to file: HDF5File) throws {
    let group = "sampling/\(pass.planned.identifier)"
    let layout = pass.layout
    var header = header
    header.rule = pass.rule
    header.layouts = [layout]
    try file.writeAttribute(
      "pass \(pass.planned.identifier)",
      String(decoding: try Results.encoder().encode(header), as: UTF8.self))
    try file.write(
      "\(group)/layout",
      [Double(layout.runs), Double(layout.samplesPerRun), Double(layout.cellsPerRun)], shape: [3])
    let width = max(1, pass.products.map(\.count).max() ?? 1)
    try file.write(
      "\(group)/products",
      pass.products.flatMap { m in (0..<width).map { $0 < m.count ? Double(m[$0]) : -1 } },
      shape: [pass.products.count, width])
    try file.write(
      "\(group)/points", pass.planned.points.coordinates.flatMap { $0 },
      shape: [pass.planned.points.count, pass.planned.points[0].count])
    try file.write(
      "\(group)/counts", pass.cells.flatMap { [Double($0.batches), Double($0.samples)] },
      shape: [pass.cells.count, 2])
    try file.write(
      "\(group)/sums", pass.cells.flatMap(\.sums),
      shape: [pass.cells.count, pass.products.count])
    let capacity = LargestValues.capacity
    try file.write(
      "\(group)/largest",
      pass.cells.flatMap { cell in
        cell.largest.flatMap { l in
          (0..<capacity).map { $0 < l.values.count ? l.values[$0] : -1 }
        }
      }, shape: [pass.cells.count, pass.tailSlots.count, capacity])
  }

  /// nil where the file does not hold this pass.
  /// - Throws: `StudyError` (74) for what does not fit together.
  static func read(_ path: String, _ pass: PlannedPass) throws(StudyError) -> CellFile? {
    do {
      let file = try HDF5File(reading: path)
      guard file.contains("sampling/\(pass.identifier)") else { return nil }
      if let cells = try cells(file, pass) { return cells }
      throw DataFileError(
        .content, "\(path): the file is damaged: its cells do not fit their header")
    } catch {
      throw StudyError(.inputOutput, "\(error); give --overwrite to start again")
    }
  }

  private static func cells(_ file: HDF5File, _ pass: PlannedPass) throws -> CellFile? {
    let group = "sampling/\(pass.identifier)"
    func rows(_ name: String) throws -> [[Double]] {
      let shape = try file.shape(of: "\(group)/\(name)")
      let values = try file.read("\(group)/\(name)")
      let length = shape.dropFirst().reduce(1, *)
      return (0..<(shape.first ?? 0)).map { Array(values[$0 * length..<($0 + 1) * length]) }
    }
    guard let text = file.attribute("pass \(pass.identifier)"),
      let header = try? JSONDecoder().decode(StorageHeader.self, from: Data(text.utf8)),
      header.layouts.count == 1, let layout = header.layouts.first, layout.isSound
    else { return nil }
    let (counts, sums, largest) = (try rows("counts"), try rows("sums"), try rows("largest"))
    let tailShape = try file.shape(of: "\(group)/largest")
    let monomials = try rows("products").map {
      $0.compactMap { Int(exactly: $0) }.filter { $0 >= 0 }
    }
    let capacity = LargestValues.capacity
    guard [counts.count, sums.count, largest.count].allSatisfy({ $0 == layout.cells }),
      tailShape.count == 3, tailShape[2] == capacity,
      sums.allSatisfy({ $0.count == monomials.count }), counts.allSatisfy({ $0.count == 2 })
    else { return nil }
    var cells: [CellState] = []
    for c in 0..<layout.cells {
      guard let batches = Int(exactly: counts[c][0]), let samples = Int(exactly: counts[c][1])
      else { return nil }
      let state = CellState(
        batches: batches, samples: samples, sums: sums[c],
        largest: (0..<tailShape[1]).map { k in
          LargestValues(values: largest[c][k * capacity..<(k + 1) * capacity].filter { $0 >= 0 })
        })
      guard layout.holds(state, at: c) else { return nil }
      cells.append(state)
    }
    return CellFile(
      header: header,
      description: CellFile.Description(
        pass: pass.key, monomials: monomials, points: try rows("points"), tailSlots: tailShape[1]),
      cells: cells)
  }
}
