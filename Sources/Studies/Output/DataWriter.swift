import Correlators
import DataFiles
import Foundation
import Sampling
import Statistics

/// Writes `data.h5`: tensors under the names of `results.json`, raw outputs on request, and the
/// sums of every cell, from which a finished run is extended.
struct DataWriter {
  let study: Study
  let results: Results
  let measured: MeasuredStudy

  static let conventions =
    "weights of a layer with fan-in n have variance sigma^2/n; connected = joint cumulant; gaussian = Wick value with the exact two-point function where it exists; deviation m_n = (G - G_GP)/G_GP; one-sigma errors by jackknife over runs; covariance by jackknife over blocks"

  func write(to path: String, previous: String?) throws {
    let temporary = path + ".part"
    do {
      let file = try HDF5File(creating: temporary)
      try attributes(file)
      try file.write(
        "points", study.points.coordinates.flatMap { $0 },
        shape: [study.points.count, study.points[0].count])
      for (index, result) in results.cases.enumerated() {
        try write(result, to: file, group: "cases/\(index)")
        try ActionData(result).write(to: file, group: "cases/\(index)")
        try CurveData(result).write(to: file, group: "cases/\(index)")
      }
      for pass in measured.passes { try SavedCells.write(pass, to: file) }
      if study.sampling.saveOutputs { try outputs(file, previous: previous) }
      try file.flush()
    } catch let error as DataFileError {
      unlink(temporary)
      throw StudyError(
        .inputOutput, "\(error); is the disk full? Make room and go on with --resume")
    }
    try AtomicFile.rename(temporary, to: path)
  }

  private func attributes(_ file: HDF5File) throws {
    let text = String(decoding: try Results.encoder().encode(study.expanded), as: UTF8.self)
    // HDF5 keeps attributes below 64 KiB; a longer study stands in results.json alone.
    try file.writeAttribute("study", text.utf8.count < 60_000 ? text : "see results.json")
    try file.writeAttribute("seed", "\(study.sampling.seed)")
    try file.writeAttribute("version", fieldworkVersion)
    try file.writeAttribute("conventions", Self.conventions)
    try file.writeAttribute("instruction_set", InstructionSet.chosen.description)
  }

  private func write(_ result: CaseResult, to file: HDF5File, group: String) throws {
    if let kernel = result.kernel {
      try file.write(
        "\(group)/kernel", kernel.flatMap { $0 }, shape: [kernel.count, kernel.first?.count ?? 0])
    }
    for (name, value) in result.parameters {
      if case .integer(let n) = value {
        try file.write("\(group)/parameters/\(name)", [Double(n)], shape: [1])
      } else if case .number(let x) = value {
        try file.write("\(group)/parameters/\(name)", [x], shape: [1])
      }
    }
    for order in result.correlators ?? [] {
      let at = "\(group)/correlators/order_\(order.order)"
      let count = order.elements.count
      func column(_ name: String, _ value: (CorrelatorElement) -> Double?) throws {
        let values = order.elements.map(value)
        guard values.contains(where: { $0 != nil }) else { return }
        try file.write("\(at)/\(name)", values.map { $0 ?? .nan }, shape: [count])
      }
      try file.write(
        "\(at)/indices", order.elements.flatMap { $0.indices.map { Double($0) } },
        shape: [count, order.order])
      if order.elements.first?.outputs != nil {
        try file.write(
          "\(at)/outputs", order.elements.flatMap { ($0.outputs ?? []).map { Double($0) } },
          shape: [count, order.order])
      }
      try column("full") { $0.full.value }
      try column("full_error") { $0.full.error }
      try column("full_exact") { $0.full.exact }
      try column("gaussian") { $0.gaussian }
      try column("connected") { $0.connected.value }
      try column("connected_error") { $0.connected.error }
      try column("connected_exact") { $0.connected.exact }
      if let matrix = order.covariance {
        try file.write("\(at)/covariance", matrix.elements, shape: [count, count])
      }
    }
    for layer in result.layers ?? [] {
      let at = "\(group)/layers/\(layer.layer)"
      let n = layer.kernel.count
      try file.write("\(at)/kernel", layer.kernel.flatMap { $0 }, shape: [n, n])
      for (name, matrix) in [("ntk", layer.ntk), ("shift", layer.shift)] {
        guard let matrix else { continue }
        try file.write("\(at)/\(name)", matrix.flatMap { $0 }, shape: [n, n])
      }
      for (name, values) in [
        ("six_point", layer.six_point), ("chi_parallel", layer.chi_parallel),
        ("chi_perpendicular", layer.chi_perpendicular),
      ] {
        guard let values else { continue }
        try file.write("\(at)/\(name)", values, shape: [n])
      }
      guard let vertex = layer.vertex else { continue }
      try file.write("\(at)/vertex", vertex.map(\.value), shape: [vertex.count])
      try file.write(
        "\(at)/vertex_indices", vertex.flatMap { $0.indices.map { Double($0) } },
        shape: [vertex.count, 4])
      guard vertex.contains(where: { $0.sampled != nil }) else { continue }
      try file.write(
        "\(at)/vertex_sampled", vertex.map { $0.sampled?.value ?? .nan }, shape: [vertex.count])
      try file.write(
        "\(at)/vertex_sampled_error", vertex.map { $0.sampled?.error ?? .nan },
        shape: [vertex.count])
    }
  }

  private func outputs(_ file: HDF5File, previous: String?) throws {
    for pass in measured.passes {
      let name = "sampling/\(pass.planned.identifier)/outputs"
      guard let segments = pass.segments else { continue }
      let recorded = pass.planned.points.coordinates
      let places = study.points.coordinates.compactMap { recorded.firstIndex(of: $0) }
      try segments.assemble(
        into: file, name: name, points: places, outputs: pass.planned.outputs,
        layout: pass.layout
      ) { layout, write in
        guard let previous else { return }
        try SavedOutputs.copy(from: previous, pass: pass.planned, to: layout, write)
      }
      for index in pass.planned.cases { try file.alias(name, as: "cases/\(index)/outputs") }
    }
  }
}

/// Raw outputs of an earlier, shorter run.
enum SavedOutputs {
  /// Visits the networks of an earlier run in pieces, with their place in the new layout.
  static func copy(
    from path: String, pass: PlannedPass, to layout: CellLayout,
    _ write: (_ row: Int, _ count: Int, _ values: [Double]) throws -> Void
  ) throws {
    guard let old = try SavedCells.read(path, pass), old.header.pass == pass.key else { return }
    let file = try HDF5File(reading: path)
    // The case may have had another number: its outputs stand beside the cells.
    let name = "sampling/\(pass.identifier)/outputs"
    guard file.contains(name) else { return }
    let shape = try file.shape(of: name)
    let perRun = old.header.layout.samplesPerRun
    for run in 0..<old.header.layout.runs {
      for start in stride(from: 0, to: perRun, by: 4096) {
        let count = min(4096, perRun - start)
        try write(
          run * layout.samplesPerRun + start, count,
          try file.rows(of: name, from: run * perRun + start, count: count, shape: shape))
      }
    }
  }
}

/// The cells of finished passes in `data.h5`, group `sampling/<pass>`.
enum SavedCells {
  static func write(_ pass: FinishedPass, to file: HDF5File) throws {
    let group = "sampling/\(pass.planned.identifier)"
    let layout = pass.layout
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

  /// nil where the file does not exist or does not hold this pass.
  static func read(_ path: String, _ pass: PlannedPass) throws(StudyError) -> CellFile? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let group = "sampling/\(pass.identifier)"
    do {
      let file = try HDF5File(reading: path)
      guard file.contains(group) else { return nil }
      let numbers = try file.read("\(group)/layout")
      let layout = CellLayout(
        runs: Int(numbers[0]), samplesPerRun: Int(numbers[1]), cellsPerRun: Int(numbers[2]))
      func rows(_ name: String) throws -> [[Double]] {
        let shape = try file.shape(of: "\(group)/\(name)")
        let values = try file.read("\(group)/\(name)")
        let length = shape.dropFirst().reduce(1, *)
        return (0..<shape[0]).map { Array(values[$0 * length..<($0 + 1) * length]) }
      }
      let counts = try rows("counts")
      let sums = try rows("sums")
      let tailShape = try file.shape(of: "\(group)/largest")
      let largest = try rows("largest")
      guard counts.count == layout.cells, sums.count == layout.cells else {
        throw DataFileError("\(path): the group \(group) is damaged")
      }
      let header = CellFile.Header(
        pass: pass.key, layout: layout,
        monomials: try rows("products").map { $0.filter { $0 >= 0 }.map { Int($0) } },
        points: try rows("points"), tailSlots: tailShape[1], instructionSet: "")
      let capacity = LargestValues.capacity
      let cells = (0..<layout.cells).map { c in
        CellState(
          batches: Int(counts[c][0]), samples: Int(counts[c][1]), sums: sums[c],
          largest: (0..<tailShape[1]).map { k in
            LargestValues(
              values: largest[c][k * capacity..<(k + 1) * capacity].filter { $0 >= 0 })
          })
      }
      return CellFile(header: header, cells: cells)
    } catch {
      throw StudyError(.inputOutput, "\(error); give --overwrite to start again")
    }
  }
}
