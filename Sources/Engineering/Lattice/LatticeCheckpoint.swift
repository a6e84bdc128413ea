import Foundation
import NumericalMethods

/// The state of a chain in a file: a line of JSON, and the numbers behind it. Files appear by renaming, whole or
/// not at all.
struct LatticeCheckpoint {
  /// What the chain depends on; a file of another run is not taken.
  let key: String
  let path: String

  struct Refused: Error, Sendable, CustomStringConvertible {
    let description: String
  }

  init(_ lattice: ScalarLattice, _ settings: LatticeHMC.Settings, index: Int, folder: String) {
    key =
      "d=\(lattice.dimension) L=\(lattice.size) m2=\(lattice.massSquared) lambda=\(lattice.coupling) thermalisation=\(settings.thermalisation) length=\(settings.length) clusters=\(settings.clusterEvery) fourier=\(settings.acceleration.map { "\($0)" } ?? "none") every=\(settings.measureEvery) seed=\(settings.seed) chain=\(index)"
    path = "\(folder)/\(String(streamHash(key), radix: 16)).chain"
  }

  private struct Header: Codable {
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

  func write(_ state: LatticeChain.State) throws {
    let header = Header(
      key: key, done: state.done, random: state.random.state, step: state.step, steps: state.steps,
      accepted: state.accepted, tried: state.tried, taken: state.taken,
      counts: [state.phi.count, state.weights.count, state.rows.count])
    var data = try JSONEncoder().encode(header)
    data.append(10)
    for part in [state.phi, state.weights, state.rows] {
      part.withUnsafeBytes { data.append(contentsOf: $0) }
    }
    try data.write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  /// nil where there is none.
  /// - Throws: `Refused` for a damaged file.
  func read() throws -> LatticeChain.State? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    guard let end = data.firstIndex(of: 10),
      let header = try? JSONDecoder().decode(Header.self, from: data[..<end]),
      header.key == key, header.counts.count == 3, header.counts.allSatisfy({ $0 >= 0 }),
      data.count - end - 1 == 8 * header.counts.reduce(0, +)
    else {
      throw Refused(description: "\(path): the checkpoint is damaged; remove it to start again")
    }
    var at = end + 1
    func take(_ count: Int) -> [Double] {
      defer { at += 8 * count }
      var values = [Double](repeating: 0, count: count)
      _ = values.withUnsafeMutableBytes { data.copyBytes(to: $0, from: at..<at + 8 * count) }
      return values
    }
    let (phi, weights, rows) = (
      take(header.counts[0]), take(header.counts[1]), take(header.counts[2])
    )
    return LatticeChain.State(
      done: header.done, phi: phi, random: SeededGenerator(state: header.random),
      step: header.step, steps: header.steps, accepted: header.accepted, tried: header.tried,
      taken: header.taken, weights: weights, rows: rows)
  }
}
