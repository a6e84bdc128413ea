import DataFiles
import Foundation
import Sampling
import Statistics

/// The cells of one pass, and what they are of.
struct CellFile {
  struct Description: Codable, Equatable {
    var pass: String
    var monomials: [[Int]]
    var points: [[Double]]
    var tailSlots: Int
    /// Bytes of recorded outputs that the cells count.
    var recorded = 0
  }

  var header: StorageHeader
  var description: Description
  var cells: [CellState]

  private static let kind = "cells"

  init(header: StorageHeader, description: Description, cells: [CellState]) {
    self.header = header
    self.description = description
    self.cells = cells
  }

  /// The only layout; there is one in every file that was read.
  var layout: CellLayout { header.layouts[0] }

  /// Replaces the file at once: nothing is lost if the machine stops in between.
  func write(to path: String) throws(StudyError) {
    var body = Data()
    func append(_ value: some BitwiseCopyable) {
      withUnsafeBytes(of: value) { body.append(contentsOf: $0) }
    }
    for cell in cells {
      append(Int64(cell.batches))
      append(Int64(cell.samples))
      cell.sums.withUnsafeBytes { body.append(contentsOf: $0) }
      for largest in cell.largest {
        append(Int64(largest.values.count))
        largest.values.withUnsafeBytes { body.append(contentsOf: $0) }
      }
    }
    let data: Data
    do {
      data = try StoredFile(header, description, body: body).data(kind: Self.kind)
    } catch { throw StudyError(.internalError, "a checkpoint cannot be encoded: \(error)") }
    try AtomicFile.write(data, to: path)
  }

  /// - Throws: `StudyError`: 74 for a file that is missing, cut short or changed, 65 for one of another version.
  static func read(_ path: String) throws(StudyError) -> CellFile {
    let stored: StoredFile<Description>
    do {
      stored = try StoredFile<Description>.read(path, kind: kind)
    } catch { throw StudyError(error) }
    guard stored.header.layouts.count == 1, let layout = stored.header.layouts.first,
      layout.isSound, let cells = cells(stored, layout)
    else {
      throw StudyError(
        StorageError(
          .damaged, "\(path): the checkpoint is damaged: its cells do not fit its header"))
    }
    return CellFile(header: stored.header, description: stored.content, cells: cells)
  }

  private static func cells(_ stored: StoredFile<Description>, _ layout: CellLayout) -> [CellState]?
  {
    var reader = NumberReader(stored.body)
    var cells: [CellState] = []
    for index in 0..<layout.cells {
      guard let batches = reader.integer(), let samples = reader.integer(),
        let sums = reader.doubles(stored.content.monomials.count), stored.content.tailSlots >= 0
      else { return nil }
      var largest: [LargestValues] = []
      for _ in 0..<stored.content.tailSlots {
        guard let count = reader.integer(), count <= LargestValues.capacity,
          let values = reader.doubles(count)
        else { return nil }
        largest.append(LargestValues(values: values))
      }
      let state = CellState(batches: batches, samples: samples, sums: sums, largest: largest)
      guard layout.holds(state, at: index) else { return nil }
      cells.append(state)
    }
    return reader.isAtEnd ? cells : nil
  }
}

extension CellLayout {
  /// Whether such a division can have been written.
  var isSound: Bool {
    (1...65_535).contains(runs) && (1...(1 << 41)).contains(samplesPerRun)
      && (1...65_536).contains(cellsPerRun)
  }

  /// Whether a cell has come as far as its counts say.
  func holds(_ state: CellState, at index: Int) -> Bool {
    guard (0...batches(ofCell: index)).contains(state.batches) else { return false }
    let isRest = index % (cellsPerRun + 1) == cellsPerRun
    return state.samples == state.batches * (isRest ? remainder : batchSize)
  }
}

extension StudyError {
  init(_ error: StorageError) {
    switch error.reason {
    case .damaged: self.init(.inputOutput, "\(error); give --overwrite to start again")
    case .foreign: self.init(.badStudy, "\(error); give another --output or --overwrite")
    }
  }

  init(_ error: FileWriteError) {
    self.init(
      error.isForbidden ? .cannotWrite : .inputOutput,
      error.isFull
        ? "\(error); make room (or raise the limit) and go on with --resume"
        : error.description)
  }
}
