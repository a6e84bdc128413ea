import DataFiles
import Foundation
import NumericalMethods
import Sampling

/// The state of a chain in a file that appears by renaming, whole or not at all.
struct LatticeCheckpoint {
  /// What the chain depends on; a file of another run is not taken.
  let key: String
  let path: String
  private let volume: Int
  private let size: Int
  private let thermalisation: Int
  private let measureEvery: Int

  private static let kind = "lattice"

  init(_ lattice: ScalarLattice, _ settings: LatticeHMC.Settings, index: Int, folder: String) {
    key = "\(settings.streamText(lattice)) seed=\(settings.seed) chain=\(index)"
    path = "\(folder)/\(String(streamHash(key), radix: 16)).chain"
    volume = lattice.volume
    size = lattice.size
    thermalisation = settings.thermalisation
    measureEvery = settings.measureEvery
  }

  private struct Description: Codable {
    var key: String
    var done: Int
    var random: UInt64
    var step: Double
    var steps: Int
    var accepted: Int
    var tried: Int
    var taken: Int
    /// Of the field, the weights and the rows.
    var counts: [Int]
  }

  private static var header: StorageHeader {
    var header = StorageHeader()
    header.rule = "\(StorageHeader.generator) lattice chain"
    return header
  }

  /// - Throws: `FileWriteError`.
  func write(_ state: LatticeChain.State) throws {
    let description = Description(
      key: key, done: state.done, random: state.random.state, step: state.step, steps: state.steps,
      accepted: state.accepted, tried: state.tried, taken: state.taken,
      counts: [state.phi.count, state.weights.count, state.rows.count])
    var body = Data()
    for part in [state.phi, state.weights, state.rows] {
      part.withUnsafeBytes { body.append(contentsOf: $0) }
    }
    try StoredFile(Self.header, description, body: body).write(to: path, kind: Self.kind)
  }

  /// nil where there is none.
  /// - Throws: `StorageError` for a file that is damaged, or was written by another version or with other
  ///   instructions.
  func read() throws(StorageError) -> LatticeChain.State? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let stored = try StoredFile<Description>.read(path, kind: Self.kind)
    if let why = stored.header.whyNotContinued(by: Self.header) {
      throw StorageError(.foreign, "\(path): \(why)")
    }
    guard let state = state(stored.content, stored.body) else {
      throw StorageError(
        .damaged, "\(path): the checkpoint is damaged: its numbers do not fit the lattice")
    }
    return state
  }

  /// nil where the numbers are not those of such a chain: sums and loops run over their counts.
  private func state(_ own: Description, _ body: Data) -> LatticeChain.State? {
    let kept = max(0, own.done - thermalisation)
    let measured = (kept + measureEvery - 1) / measureEvery
    var reader = NumberReader(body)
    guard own.key == key, own.done >= 0, own.step.isFinite, own.step > 0, own.steps >= 0,
      (0...kept).contains(own.accepted), (0..<25).contains(own.tried),
      (0...own.tried).contains(own.taken),
      own.counts == [volume, kept, measured * TorusField.count(size: size)],
      let phi = reader.doubles(own.counts[0]), let weights = reader.doubles(own.counts[1]),
      let rows = reader.doubles(own.counts[2]), reader.isAtEnd
    else { return nil }
    return LatticeChain.State(
      done: own.done, phi: phi, random: SeededGenerator(state: own.random),
      step: own.step, steps: own.steps, accepted: own.accepted, tried: own.tried,
      taken: own.taken, weights: weights, rows: rows)
  }
}
