import DataFiles
import Foundation
import Sampling

/// The user's file of outputs, `nets.npy` or `nets.h5:/dataset`: opened once, as pipes must be.
public final class RecordedFile: Sendable {
  let array: any NumericArray
  private let place: String

  /// - Throws: `StudyError`: 66 where it cannot be read, 65 where it is neither kind of file, or of numbers that
  ///   are not real.
  init(path: String, source: String) throws(StudyError) {
    place = "\(source): sampling.outputs"
    do {
      array = try RecordedArray.open(path)
    } catch { throw StudyError(file: error, at: place) }
  }

  /// How the networks are divided into runs of equal length.
  struct Division {
    let networksPerRun: Int
    let notes: [StudyWarning]
  }

  /// - Throws: `StudyError` 65 where the shape is not [network][point][output], or there are fewer networks than
  ///   runs.
  func division(points: Int, outputs: Int, _ settings: SamplingSettings) throws(StudyError)
    -> Division
  {
    let shape = array.shape
    let expected = [[points, outputs]] + (outputs == 1 ? [[points]] : [])
    guard expected.contains(Array(shape.dropFirst())) else {
      throw StudyError(
        .badStudy,
        "\(place): expected an array [network][\(points) points][\(outputs) outputs], found the shape \(shape)"
      )
    }
    let available = shape[0] / settings.runs
    guard available >= 1 else {
      throw StudyError(
        .badStudy, "\(place): \(shape[0]) networks are fewer than \(settings.runs) runs")
    }
    let perRun = min(settings.networks, available)
    var notes: [StudyWarning] = []
    let rest = shape[0] - available * settings.runs
    if perRun == available, rest > 0 {
      notes.append(
        StudyWarning(
          code: "networks-left-over",
          message:
            "\(shape[0]) networks in \(settings.runs) runs of equal length: the last \(rest) of the file \(rest == 1 ? "is" : "are") left out",
          where: "sampling.runs"))
    }
    if settings.networks < SamplingSettings.allNetworks, settings.networks > available {
      notes.append(
        StudyWarning(
          code: "fewer-networks",
          message:
            "\(settings.networks) networks in each of \(settings.runs) runs were asked for, the file has \(available)",
          where: "sampling.networks"))
    }
    return Division(networksPerRun: perRun, notes: notes)
  }

  /// The networks of a study as a sampler.
  func networks(_ study: Study) throws -> (sampler: RecordedNetworks, networksPerRun: Int) {
    let (points, outputs) = (study.points.count, study.cases[0].outputs)
    let perRun = try division(points: points, outputs: outputs, study.sampling).networksPerRun
    return (
      RecordedNetworks(array, points: points, outputs: outputs, networksPerRun: perRun), perRun
    )
  }

  /// - Throws: `StudyError` 65 where a network of the study has an output that is no finite number, naming the
  ///   first and the number of them.
  func requireFinite(_ study: Study) throws {
    let outputs = study.cases[0].outputs
    let (sampler, perRun) = try networks(study)
    let used = perRun * study.sampling.runs
    var first: (network: Int, slot: Int, value: Double)?
    var count = 0
    var broken = 0
    let piece = max(1, (1 << 16) / max(1, sampler.slots))
    for start in stride(from: 0, to: used, by: piece) {
      let rows = min(piece, used - start)
      let values = try recorded { try array.rows(from: start, count: rows) }
      guard !values.allSatisfy(\.isFinite) else { continue }
      for network in 0..<rows {
        let row = values[network * sampler.slots..<(network + 1) * sampler.slots]
        guard let slot = row.firstIndex(where: { !$0.isFinite }) else { continue }
        first = first ?? (start + network, slot - row.startIndex, row[slot])
        count += row.count { !$0.isFinite }
        broken += 1
      }
    }
    guard let first else { return }
    throw StudyError(
      .badStudy,
      "\(place): \(count) of \(used * sampler.slots) numbers, in \(broken) of \(used) networks, are not finite; the first is \(first.value), network \(first.network), point \(first.slot / outputs), output \(first.slot % outputs), counted from 0: mend or leave out these networks"
    )
  }

  /// The histogram's look at the same networks.
  func sample(_ study: Study) throws -> (sampler: RecordedNetworks, count: Int) {
    let perRun = try networks(study).networksPerRun
    let used = perRun * study.sampling.runs
    return (
      RecordedNetworks(
        array, points: study.points.count, outputs: study.cases[0].outputs, networksPerRun: used),
      used
    )
  }

  /// The content by hash.
  func inputFile() throws(StudyError) -> InputFile {
    try InputFile(key: "sampling.outputs", array.bytes)
  }

  /// - Throws: `StudyError` 74 where the file was written to since it was opened.
  func verifyUnchanged() throws {
    try recorded { try array.bytes.verifyUnchanged() }
  }

  private func recorded<T>(_ body: () throws -> T) throws(StudyError) -> T {
    do { return try body() } catch { throw StudyError(file: error, at: place) }
  }
}
