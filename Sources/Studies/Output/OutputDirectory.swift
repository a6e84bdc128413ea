import DataFiles
import Foundation
import Sampling

/// The directory of a run: results, data, tables, figures, and the checkpoint while it runs.
///
/// Files appear by renaming; `results.json` comes last, so that it only ever describes what is
/// there.
public struct OutputDirectory: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  public var resultsFile: String { "\(path)/results.json" }
  public var dataFile: String { "\(path)/data.h5" }
  var checkpoint: String { "\(path)/checkpoint" }
  var checkpointStudy: String { "\(checkpoint)/study.json" }
  /// A checkpoint that is not needed any more, while it is removed.
  private var finishedCheckpoint: String { "\(path)/checkpoint.finished" }

  func cellFile(_ pass: PlannedPass) -> String { "\(checkpoint)/\(pass.identifier).cells" }
  func segmentFile(_ pass: PlannedPass) -> String { "\(checkpoint)/\(pass.identifier).outputs" }

  /// Reads the results of a finished run.
  /// - Throws: `StudyError`: 66 where there are none, 65 where another version wrote them and they do not
  ///   decode, 74 where they are damaged.
  public func results() throws(StudyError) -> Results {
    guard FileManager.default.fileExists(atPath: resultsFile) else {
      throw StudyError(.missingInput, "\(resultsFile): there are no results here")
    }
    guard let data = FileManager.default.contents(atPath: resultsFile) else {
      throw StudyError(.inputOutput, "\(resultsFile): the file cannot be read")
    }
    do {
      return try JSONDecoder().decode(Results.self, from: data)
    } catch {
      struct Stamped: Decodable { let fieldwork: StorageHeader }
      if let stamp = try? JSONDecoder().decode(Stamped.self, from: data).fieldwork,
        let why = stamp.whyUnreadable
      {
        throw StudyError(.badStudy, "\(resultsFile): \(why)")
      }
      throw StudyError(.inputOutput, "\(resultsFile): the file is damaged")
    }
  }

  /// Writes everything and removes the checkpoint.
  func write(_ results: inout Results, measured: MeasuredStudy, study: Study) throws {
    results.fieldwork.data = try DataWriter(study: study, results: results, measured: measured)
      .write(
        to: dataFile, previous: FileManager.default.fileExists(atPath: dataFile) ? dataFile : nil)
    try AtomicFile.makeDirectory("\(path)/tables")
    for (name, text) in ResultTables(results).files {
      try AtomicFile.write(text, to: "\(path)/tables/\(name)")
    }
    try AtomicFile.write(try results.json(), to: resultsFile)
    // At once, so that what a stop leaves is no checkpoint with files missing.
    if rename(checkpoint, finishedCheckpoint) == 0 { removeFinishedCheckpoint() }
  }

  func removeFinishedCheckpoint() {
    try? FileManager.default.removeItem(atPath: finishedCheckpoint)
  }
}
