import DataFiles
import Foundation
import Sampling
import Synchronization

/// Raw outputs of networks while a pass runs: a header, and records appended to one file, each with its
/// checksum, put in order when the pass is done.
///
/// A record that a stop cut short is overwritten by the next; a batch drawn again is identical.
final class OutputSegments: Sendable {
  struct Description: Codable, Equatable {
    var pass: String
    var slots: Int
  }

  private let path: String
  private let slots: Int
  private let descriptor: Int32
  /// Where the records begin.
  private let start: Int
  /// Bytes that are written.
  private let length: Mutex<Int>

  private static let kind = "outputs"
  private static let recordMagic: UInt64 = 0x4657_4f55_5450_5554

  /// Opens the file and drops an incomplete record at its end.
  /// - Parameter counted: bytes that the cells count on; 0 begins the file anew.
  /// - Throws: `StudyError`: 74 where these bytes are not there, 65 where they are of another version.
  init(path: String, header: StorageHeader, description: Description, counted: Int)
    throws(StudyError)
  {
    self.path = path
    slots = description.slots
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw AtomicFile.failure(path) }
    var end: Int
    if counted == 0 {
      start = try Self.begin(path, descriptor, header, description)
      end = start
    } else {
      start = try Self.recognise(path, descriptor, description)
      end = Self.scan(descriptor, from: start, slots: slots) { _, _, _ in }
      guard end >= counted else {
        throw StudyError(
          StorageError(
            .damaged,
            "\(path): the checkpoint is damaged: it holds \(end) bytes of sound outputs, the cells count \(counted)"
          ))
      }
    }
    length = Mutex(end)
    if ftruncate(descriptor, off_t(end)) != 0 || lseek(descriptor, 0, SEEK_END) < 0 {
      throw AtomicFile.failure(path)
    }
  }

  deinit { close(descriptor) }

  /// Writes the header of an empty file; returns its length.
  private static func begin(
    _ path: String, _ descriptor: Int32, _ header: StorageHeader, _ description: Description
  ) throws(StudyError) -> Int {
    guard let data = try? StoredFile(header, description).data(kind: kind) else {
      throw StudyError(.internalError, "a checkpoint cannot be encoded")
    }
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw AtomicFile.failure(path)
    }
    if let cause = WholeFile.write(data, to: descriptor) { throw AtomicFile.failure(path, cause) }
    return data.count
  }

  /// Reads the header of a file that is there; returns its length.
  private static func recognise(
    _ path: String, _ descriptor: Int32, _ description: Description
  ) throws(StudyError) -> Int {
    var head = Data(count: 1 << 20)
    let got = head.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    head = head.prefix(max(0, got))
    // Three lines and a checksum.
    var at = head.startIndex
    for _ in 0..<3 { at = head[at...].firstIndex(of: 10).map { $0 + 1 } ?? head.endIndex }
    let length = min(head.count, at + 8)
    let stored: StoredFile<Description>
    do {
      stored = try StoredFile<Description>.read(
        Data(head.prefix(length)), path: path, kind: kind)
    } catch { throw StudyError(error) }
    guard stored.content == description else {
      throw StudyError(
        StorageError(.damaged, "\(path): the checkpoint is damaged: it holds other outputs"))
    }
    return length
  }

  private struct RecordHeader: BitwiseCopyable {
    var magic: UInt64 = OutputSegments.recordMagic
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
      values: Int64(record.values.count), checksum: Checksum(body).value)
    var data = withUnsafeBytes(of: header) { Data($0) }
    data.append(body)
    if let cause = WholeFile.write(data, to: descriptor) { throw AtomicFile.failure(path, cause) }
    length.withLock { $0 += data.count }
  }

  /// Waits until every record is on the disk.
  /// - Returns: the bytes that are there.
  func synchronize() throws(StudyError) -> Int {
    let written = length.withLock { $0 }
    guard fsync(descriptor) == 0 else { throw AtomicFile.failure(path) }
    return written
  }

  private typealias Visit = (_ run: Int, _ batches: [(first: Int, count: Int)], _ values: [Float])
    throws -> Void

  /// Visits the valid records from a place on; returns where they end.
  @discardableResult
  private static func scan(
    _ descriptor: Int32, from start: Int, slots: Int, _ visit: Visit
  ) rethrows -> Int {
    var at = start
    let size = Int(lseek(descriptor, 0, SEEK_END))
    func read(_ count: Int) -> Data? {
      guard count <= size - at else { return nil }
      var data = Data(count: count)
      let got = data.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(at)) }
      guard got == count else { return nil }
      at += count
      return data
    }
    while true {
      let begin = at
      guard let head = read(MemoryLayout<RecordHeader>.size) else { return begin }
      let header = head.withUnsafeBytes { $0.loadUnaligned(as: RecordHeader.self) }
      guard header.magic == recordMagic, (0...65_535).contains(header.run),
        (0..<1 << 24).contains(header.batches), (0..<1 << 28).contains(header.values),
        let body = read(Int(header.batches) * 16 + Int(header.values) * 4),
        Checksum(body).value == header.checksum
      else { return begin }
      let (batches, values) = contents(body, Int(header.batches), Int(header.values))
      guard batches.allSatisfy({ $0.first >= 0 && (1...batchSize).contains($0.count) }),
        batches.reduce(0, { $0 + $1.count }) * slots == values.count
      else { return begin }
      try visit(Int(header.run), batches, values)
    }
  }

  private static func contents(_ body: Data, _ batches: Int, _ values: Int) -> (
    [(first: Int, count: Int)], [Float]
  ) {
    body.withUnsafeBytes { bytes in
      (
        (0..<batches).map { k in
          (
            first: Int(bytes.loadUnaligned(fromByteOffset: 16 * k, as: Int64.self)),
            count: Int(bytes.loadUnaligned(fromByteOffset: 16 * k + 8, as: Int64.self))
          )
        },
        (0..<values).map { k in
          bytes.loadUnaligned(fromByteOffset: 16 * batches + 4 * k, as: Float.self)
        }
      )
    }
  }

  /// Puts all networks in order into a dataset [network][point][output] of a file.
  ///
  /// - Parameters:
  ///   - points: places of the points among those that were recorded.
  ///   - earlier: writes the networks of an earlier run first, where there was one.
  /// - Throws: `StudyError` (74) where a network is missing.
  func assemble(
    into file: HDF5File, name: String, points: [Int], outputs: Int, layout: CellLayout,
    earlier: (CellLayout, (_ row: Int, _ count: Int, _ values: [Double]) throws -> Void) throws ->
      Void
  ) throws {
    let shape = [layout.runs * layout.samplesPerRun, points.count, outputs]
    let chosen = points.flatMap { p in (0..<outputs).map { p * outputs + $0 } }
    var coverage = BatchCoverage(layout)
    try file.create(name, shape: shape)
    try earlier(layout) { row, count, values in
      try file.write(rows: values, of: name, from: row, count: count, shape: shape)
      coverage.add(row: row, count: count)
    }
    try Self.scan(descriptor, from: start, slots: slots) { run, batches, values in
      var at = 0
      for batch in batches {
        let count = batch.count * slots
        defer { at += count }
        guard run < layout.runs, batch.first + batch.count <= layout.samplesPerRun else { continue }
        let row = run * layout.samplesPerRun + batch.first
        let wanted = (0..<batch.count).flatMap { network in
          chosen.map { Double(values[at + network * slots + $0]) }
        }
        try file.write(rows: wanted, of: name, from: row, count: batch.count, shape: shape)
        coverage.add(row: row, count: batch.count)
      }
    }
    guard coverage.isComplete else {
      throw StudyError(
        StorageError(
          .damaged,
          "\(path): the checkpoint is damaged: outputs of \(coverage.missing) batches are missing"
        ))
    }
  }
}

/// Which batches of all runs are written.
struct BatchCoverage {
  private let layout: CellLayout
  private let perRun: Int
  private var written: [Bool]

  init(_ layout: CellLayout) {
    self.layout = layout
    perRun = layout.fullBatches + (layout.remainder > 0 ? 1 : 0)
    written = [Bool](repeating: false, count: layout.runs * perRun)
  }

  /// Rows of one run; a batch counts where all of it is among them.
  mutating func add(row: Int, count: Int) {
    let run = row / layout.samplesPerRun
    let first = row % layout.samplesPerRun
    var start = (first + batchSize - 1) / batchSize * batchSize
    while start < first + count {
      let end = min(start + batchSize, layout.samplesPerRun)
      if end <= first + count { written[run * perRun + start / batchSize] = true }
      start += batchSize
    }
  }

  var missing: Int { written.count { !$0 } }
  var isComplete: Bool { missing == 0 }
}
