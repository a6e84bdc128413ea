import DataFiles
import Foundation
import Sampling
import Synchronization

/// Raw outputs of networks while a pass runs: records appended to one file, each with its
/// checksum, and put in order when the pass is done.
///
/// A record that a stop cut short is overwritten by the next; a batch drawn again is identical.
final class OutputSegments: Sendable {
  private let path: String
  private let slots: Int
  private let descriptor: Int32

  /// Opens the file and drops an incomplete record at its end.
  init(path: String, slots: Int) throws(StudyError) {
    self.path = path
    self.slots = slots
    descriptor = open(path, O_RDWR | O_CREAT, 0o644)
    guard descriptor >= 0 else { throw AtomicFile.failure(path) }
    let valid = Self.scan(descriptor) { _, _, _ in }
    if ftruncate(descriptor, off_t(valid)) != 0 || lseek(descriptor, 0, SEEK_END) < 0 {
      throw AtomicFile.failure(path)
    }
  }

  deinit { close(descriptor) }

  private struct RecordHeader: BitwiseCopyable {
    var magic: UInt64 = 0x4657_4f55_5450_5554
    var run: Int64
    var batches: Int64
    var values: Int64
    var checksum: UInt64
  }

  func append(_ record: SamplingPass.Record) throws {
    var body = Data()
    for batch in record.batches {
      withUnsafeBytes(of: Int64(batch.first)) { body.append(contentsOf: $0) }
      withUnsafeBytes(of: Int64(batch.count)) { body.append(contentsOf: $0) }
    }
    record.values.withUnsafeBytes { body.append(contentsOf: $0) }
    let header = RecordHeader(
      run: Int64(record.run), batches: Int64(record.batches.count),
      values: Int64(record.values.count), checksum: checksum(body))
    var data = withUnsafeBytes(of: header) { Data($0) }
    data.append(body)
    try data.withUnsafeBytes { bytes in
      var at = 0
      while at < bytes.count {
        let n = Foundation.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
        if n < 0 && errno == EINTR { continue }
        guard n > 0 else { throw AtomicFile.failure(path) }
        at += n
      }
    }
  }

  /// Waits until every record is on the disk.
  func synchronize() throws(StudyError) {
    guard fsync(descriptor) == 0 else { throw AtomicFile.failure(path) }
  }

  /// Visits the valid records from the start; returns where they end.
  @discardableResult
  private static func scan(
    _ descriptor: Int32,
    _ visit: (_ run: Int, _ batches: [(first: Int, count: Int)], _ values: [Float]) throws -> Void
  ) rethrows -> Int {
    var at = 0
    func read(_ count: Int) -> Data? {
      var data = Data(count: count)
      let got = data.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(at)) }
      guard got == count else { return nil }
      at += count
      return data
    }
    let headerSize = MemoryLayout<RecordHeader>.size
    while true {
      let start = at
      guard let head = read(headerSize) else { return start }
      let header = head.withUnsafeBytes { $0.loadUnaligned(as: RecordHeader.self) }
      guard header.magic == 0x4657_4f55_5450_5554, header.batches >= 0, header.batches < 1 << 24,
        header.values >= 0, header.values < 1 << 28,
        let body = read(Int(header.batches) * 16 + Int(header.values) * 4),
        checksum(body) == header.checksum
      else { return start }
      let (batches, values) = body.withUnsafeBytes { bytes in
        (
          (0..<Int(header.batches)).map { k in
            (
              first: Int(bytes.loadUnaligned(fromByteOffset: 16 * k, as: Int64.self)),
              count: Int(bytes.loadUnaligned(fromByteOffset: 16 * k + 8, as: Int64.self))
            )
          },
          (0..<Int(header.values)).map { k in
            bytes.loadUnaligned(
              fromByteOffset: 16 * Int(header.batches) + 4 * k, as: Float.self)
          }
        )
      }
      try visit(Int(header.run), batches, values)
    }
  }

  /// Puts all networks in order into a dataset [network][point][output] of a file.
  ///
  /// - Parameters:
  ///   - points: places of the points among those that were recorded.
  ///   - earlier: writes the networks of an earlier run first, where there was one.
  func assemble(
    into file: HDF5File, name: String, points: [Int], outputs: Int, layout: CellLayout,
    earlier: (CellLayout, (_ row: Int, _ count: Int, _ values: [Double]) throws -> Void) throws ->
      Void
  ) throws {
    let shape = [layout.runs * layout.samplesPerRun, points.count, outputs]
    let chosen = points.flatMap { p in (0..<outputs).map { p * outputs + $0 } }
    try file.create(name, shape: shape)
    func write(_ row: Int, _ count: Int, _ values: [Double]) throws {
      try file.write(rows: values, of: name, from: row, count: count, shape: shape)
    }
    try earlier(layout, write)
    try Self.scan(descriptor) { run, batches, values in
      var at = 0
      for batch in batches {
        let count = batch.count * slots
        let row = (0..<batch.count).flatMap { network in
          chosen.map { Double(values[at + network * slots + $0]) }
        }
        at += count
        guard run < layout.runs, batch.first + batch.count <= layout.samplesPerRun else { continue }
        try write(run * layout.samplesPerRun + batch.first, batch.count, row)
      }
    }
  }
}
