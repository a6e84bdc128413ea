import Correlators
import DataFiles
import Foundation
import NumericalMethods
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

  /// - Returns: the checksum of the file.
  func write(to path: String, previous: String?) throws -> String {
    let temporary = WholeFile.temporary(path)
    do {
      let file = try HDF5File(creating: temporary, userBlock: DataSeal.size)
      try attributes(file)
      try file.write(
        "points", study.points.coordinates.flatMap { $0 },
        shape: [study.points.count, study.points[0].count])
      for (index, result) in results.cases.enumerated() {
        try write(result, to: file, group: "cases/\(index)")
        try ActionData(result).write(to: file, group: "cases/\(index)")
        try CurveData(result).write(to: file, group: "cases/\(index)")
      }
      for pass in measured.passes {
        try SavedCells.write(pass, header: results.fieldwork.header, to: file)
      }
      if study.sampling.saveOutputs { try outputs(file, previous: previous) }
      try file.finish()
      let sum = try DataSeal.seal(temporary)
      try WholeFile.replace(path, by: temporary)
      return sum
    } catch {
      unlink(temporary)
      switch error {
      case let error as FileWriteError:
        throw StudyError(FileWriteError(path: path, cause: error.cause))
      case let error as DataFileError: throw StudyError(.inputOutput, "\(error)")
      default: throw error
      }
    }
  }

  /// Nothing that differs between two runs of one study: such things stand in `results.json`.
  private func attributes(_ file: HDF5File) throws {
    let text = String(decoding: try Results.encoder().encode(study.expanded), as: UTF8.self)
    // HDF5 keeps attributes below 64 KiB; a longer study stands in results.json alone.
    try file.writeAttribute("study", text.utf8.count < 60_000 ? text : "see results.json")
    try file.writeAttribute("seed", "\(study.sampling.seed)")
    try file.writeAttribute("conventions", Self.conventions)
    let header = results.fieldwork.header
    try file.writeAttribute("version", header.version)
    try file.writeAttribute("format", "\(header.format)")
    try file.writeAttribute("law", "\(header.law)")
    try file.writeAttribute(
      SavedCells.list, measured.passes.map(\.planned.identifier).joined(separator: " "))
    var own = header
    // Each pass has its layout beside its cells.
    own.layouts = []
    try file.writeAttribute(
      "header", String(decoding: try Results.encoder().encode(own), as: UTF8.self))
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
    guard let old = try SavedCells.read(path, pass) else { return }
    let file = try HDF5File(reading: path)
    // The case may have had another number: its outputs stand beside the cells. They are of other points
    // where the cells were drawn again.
    let name = "sampling/\(pass.identifier)/outputs"
    guard file.contains(name) else { return }
    let shape = try file.shape(of: name)
    let perRun = old.layout.samplesPerRun
    for run in 0..<old.layout.runs {
      for start in stride(from: 0, to: perRun, by: 4096) {
        let count = min(4096, perRun - start)
        try write(
          run * layout.samplesPerRun + start, count,
          try file.rows(of: name, from: run * perRun + start, count: count, shape: shape))
      }
    }
  }
}
