import Foundation
import Sampling
import Statistics

/// A file with the cells of one pass: a header in JSON, the numbers, a checksum over all of it.
struct CellFile {
  struct Header: Codable, Equatable {
    var pass: String
    var layout: CellLayout
    var monomials: [[Int]]
    var points: [[Double]]
    var tailSlots: Int
    var instructionSet: String
  }

  var header: Header
  var cells: [CellState]

  private static let magic = Data("FIELDWORK-CELLS-1\n".utf8)

  /// Replaces the file at once: nothing is lost if the machine stops in between.
  func write(to path: String) throws(StudyError) {
    var data = Self.magic
    func append(_ value: some BitwiseCopyable) {
      withUnsafeBytes(of: value) { data.append(contentsOf: $0) }
    }
    let head: Data
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      head = try encoder.encode(header)
    } catch { throw StudyError(.internalError, "a checkpoint cannot be encoded: \(error)") }
    append(UInt64(head.count))
    data.append(head)
    for cell in cells {
      append(Int64(cell.batches))
      append(Int64(cell.samples))
      cell.sums.withUnsafeBytes { data.append(contentsOf: $0) }
      for largest in cell.largest {
        append(Int64(largest.values.count))
        largest.values.withUnsafeBytes { data.append(contentsOf: $0) }
      }
    }
    append(checksum(data))
    try AtomicFile.write(data, to: path)
  }

  /// - Throws: `StudyError` (74) for a file that is cut short or changed.
  static func read(_ path: String) throws(StudyError) -> CellFile? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let damaged = StudyError(
      .inputOutput,
      "\(path): the checkpoint is damaged; remove its folder and start again with --overwrite")
    guard let data = FileManager.default.contents(atPath: path),
      data.count >= magic.count + 16, data.prefix(magic.count) == magic
    else { throw damaged }
    let body = data.dropLast(8)
    guard
      checksum(body)
        == data.withUnsafeBytes({
          $0.loadUnaligned(fromByteOffset: data.count - 8, as: UInt64.self)
        })
    else { throw damaged }
    return data.withUnsafeBytes { bytes -> CellFile? in
      var at = magic.count
      func next<T: BitwiseCopyable>(_ type: T.Type) -> T? {
        guard at + MemoryLayout<T>.size <= body.count else { return nil }
        defer { at += MemoryLayout<T>.size }
        return bytes.loadUnaligned(fromByteOffset: at, as: T.self)
      }
      func doubles(_ count: Int) -> [Double]? {
        guard count >= 0, at + 8 * count <= body.count else { return nil }
        defer { at += 8 * count }
        return [Double](unsafeUninitializedCapacity: count) { buffer, filled in
          UnsafeMutableRawBufferPointer(buffer).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[at..<at + 8 * count]))
          filled = count
        }
      }
      guard let length = next(UInt64.self), at + Int(length) <= body.count,
        let header = try? JSONDecoder().decode(
          Header.self, from: data.subdata(in: at..<at + Int(length)))
      else { return nil }
      at += Int(length)
      var cells: [CellState] = []
      for _ in 0..<header.layout.cells {
        guard let batches = next(Int64.self), let samples = next(Int64.self),
          let sums = doubles(header.monomials.count)
        else { return nil }
        var largest: [LargestValues] = []
        for _ in 0..<header.tailSlots {
          guard let count = next(Int64.self), let values = doubles(Int(count)) else { return nil }
          largest.append(LargestValues(values: values))
        }
        cells.append(
          CellState(batches: Int(batches), samples: Int(samples), sums: sums, largest: largest))
      }
      return CellFile(header: header, cells: cells)
    }
  }
}

/// FNV-1a over 64-bit words, the last bytes singly.
func checksum(_ data: Data) -> UInt64 {
  data.withUnsafeBytes { bytes in
    var h: UInt64 = 0xcbf2_9ce4_8422_2325
    let words = bytes.count / 8
    for k in 0..<words {
      h = (h ^ bytes.loadUnaligned(fromByteOffset: 8 * k, as: UInt64.self)) &* 0x100_0000_01b3
      h ^= h >> 29
    }
    for k in 8 * words..<bytes.count { h = (h ^ UInt64(bytes[k])) &* 0x100_0000_01b3 }
    return h
  }
}
