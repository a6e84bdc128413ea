import DataFiles
import Foundation
import Sampling
import Statistics

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
  private var checkpointStudy: String { "\(checkpoint)/study.json" }

  func cellFile(_ pass: PlannedPass) -> String { "\(checkpoint)/\(pass.identifier).cells" }
  func segmentFile(_ pass: PlannedPass) -> String { "\(checkpoint)/\(pass.identifier).outputs" }

  /// What an earlier run left.
  public struct Opened: Sendable {
    let directory: OutputDirectory
    /// Whether there is a checkpoint to go on from.
    let resumes: Bool
    /// Whether the run extends a finished one, whose data then count.
    let extends: Bool
    /// Held while the run lasts.
    let lock: DirectoryLock

    /// The cells of a pass: from the checkpoint, else from the data of the run that is extended.
    func cells(_ pass: PlannedPass) throws(StudyError) -> CellFile? {
      var file: CellFile?
      if resumes { file = try CellFile.read(directory.cellFile(pass)) }
      if file == nil, extends { file = try SavedCells.read(directory.dataFile, pass) }
      guard let file, file.header.pass == pass.key else { return nil }
      return file
    }
  }

  private struct CheckpointStudy: Codable {
    var study: JSONValue
    var instruction_set: String
    /// Absent in runs of older versions.
    var files: [InputFile]?
    /// Whether the run extends a finished one.
    var extends: Bool
  }

  /// Reads the results of a finished run.
  /// - Throws: `StudyError` 66 where there are none, 74 where they are damaged.
  public func results() throws(StudyError) -> Results {
    guard let data = FileManager.default.contents(atPath: resultsFile) else {
      throw StudyError(.missingInput, "\(resultsFile): there are no results here")
    }
    do {
      return try JSONDecoder().decode(Results.self, from: data)
    } catch {
      throw StudyError(.inputOutput, "\(resultsFile): the file is damaged")
    }
  }

  /// Prepares the directory for a run.
  /// - Throws: `StudyError`: 73 where results exist and nothing was said about them, or the
  ///   directory cannot be written; 65 where they come from another study, naming the difference.
  func open(_ study: Study, _ existing: StudyRunner.Existing) throws(StudyError) -> Opened {
    let files = try study.inputFiles()
    let hasResults = FileManager.default.fileExists(atPath: resultsFile)
    var hasCheckpoint = FileManager.default.fileExists(atPath: checkpointStudy)
    var lock: DirectoryLock?
    if hasCheckpoint { lock = try DirectoryLock(checkpoint) }
    var extends = existing == .resume && hasResults
    if hasCheckpoint || hasResults {
      switch existing {
      case .refuse:
        throw StudyError(
          .cannotWrite,
          hasCheckpoint
            ? "\(path): an unfinished run is here; give --resume to finish it or --overwrite to start again"
            : "\(path): results are here; give --resume to extend them, --overwrite to replace them, or another --output"
        )
      case .overwrite:
        do {
          try FileManager.default.removeItem(atPath: checkpoint)
        } catch  where !hasCheckpoint {
          // There was none.
        } catch {
          throw StudyError(.cannotWrite, "\(checkpoint): cannot be removed")
        }
        hasCheckpoint = false
        lock = nil
      case .resume:
        let old: JSONValue
        let level: String
        let oldFiles: [InputFile]?
        if hasCheckpoint {
          guard let data = FileManager.default.contents(atPath: checkpointStudy),
            let saved = try? JSONDecoder().decode(CheckpointStudy.self, from: data)
          else {
            throw StudyError(
              .inputOutput,
              "\(checkpointStudy): the checkpoint is damaged; start again with --overwrite")
          }
          (old, level, extends) = (saved.study, saved.instruction_set, saved.extends)
          oldFiles = saved.files
        } else {
          let saved = try results().fieldwork
          (old, level, oldFiles) = (saved.study, saved.instruction_set, saved.files)
        }
        if let difference = StudyExtension.firstDifference(from: old, to: study.expanded) {
          throw StudyError(
            .badStudy,
            "\(path): cannot resume: the study differs from the one that ran in \(difference); give another --output or --overwrite"
          )
        }
        if let difference = InputFile.firstDifference(from: oldFiles, to: files) {
          throw StudyError(
            .badStudy,
            "\(path): cannot resume: the study differs from the one that ran in \(difference); give another --output or --overwrite"
          )
        }
        guard level == InstructionSet.chosen.description else {
          throw StudyError(
            .badStudy,
            "\(path): cannot resume: it ran with the instruction set \(level), this run uses \(InstructionSet.chosen); set FIELDWORK_INSTRUCTION_SET=\(level) or give --overwrite"
          )
        }
      }
    }
    try AtomicFile.makeDirectory(path)
    try AtomicFile.makeDirectory(checkpoint)
    let held: DirectoryLock
    if let lock { held = lock } else { held = try DirectoryLock(checkpoint) }
    let saved = CheckpointStudy(
      study: study.expanded, instruction_set: InstructionSet.chosen.description, files: files,
      extends: extends)
    guard let data = try? Results.encoder().encode(saved) else {
      throw StudyError(.internalError, "the study cannot be encoded")
    }
    try AtomicFile.write(data, to: checkpointStudy)
    return Opened(
      directory: self, resumes: existing == .resume && hasCheckpoint, extends: extends, lock: held)
  }

  /// Writes everything and removes the checkpoint.
  func write(_ results: Results, measured: MeasuredStudy, study: Study) throws {
    try DataWriter(study: study, results: results, measured: measured).write(
      to: dataFile, previous: FileManager.default.fileExists(atPath: dataFile) ? dataFile : nil)
    try AtomicFile.makeDirectory("\(path)/tables")
    for (name, text) in ResultTables(results).files {
      try AtomicFile.write(text, to: "\(path)/tables/\(name)")
    }
    try AtomicFile.write(try results.json(), to: resultsFile)
    try? FileManager.default.removeItem(atPath: checkpoint)
  }
}

/// Which changes of a study an existing run can be extended by.
enum StudyExtension {
  /// Nothing but more networks, runs, cases and measurements may differ; the title is free.
  /// - Returns: the key that differs otherwise, with both values; nil if there is none.
  static func firstDifference(from old: JSONValue, to new: JSONValue) -> String? {
    func shown(_ key: String, _ a: JSONValue?, _ b: JSONValue?) -> String {
      "\(key) (\(a?.text.prefix(80) ?? "absent") there, \(b?.text.prefix(80) ?? "absent") here)"
    }
    if old["points"] != new["points"] { return shown("points", old["points"], new["points"]) }
    guard case .object(let a)? = old["sampling"], case .object(let b)? = new["sampling"] else {
      return "sampling"
    }
    // Of a file counts what it holds, not where it lies.
    for key in Set(a.keys).union(b.keys).sorted() where a[key] != b[key] && key != "outputs" {
      if ["networks", "runs"].contains(key), case .integer(let x)? = a[key],
        case .integer(let y)? = b[key], y >= x
      {
        continue
      }
      return shown("sampling.\(key)", a[key], b[key])
    }
    guard case .array(let before)? = old["ensembles"], case .array(let after)? = new["ensembles"]
    else { return "ensemble" }
    let present = Set(after)
    if let missing = before.first(where: { !present.contains($0) }) {
      if before.count == 1, after.count == 1,
        let path = missing.differences(from: after[0]).first
      {
        return "ensemble.\(path)"
      }
      return "ensemble: a case that ran is not part of it any more: \(missing.text.prefix(160))"
    }
    guard case .array(let measured)? = old["measure"], case .array(let wanted)? = new["measure"]
    else { return "measure" }
    for entry in measured {
      guard case .object(let object) = entry, let (name, options) = object.first else { continue }
      guard let again = wanted.compactMap({ $0[name] }).first else { return "measure.\(name)" }
      if case .array(let orders)? = options["orders"], case .array(let more)? = again["orders"],
        !Set(orders).isSubset(of: Set(more))
      {
        return shown("measure.\(name).orders", options["orders"], again["orders"])
      }
    }
    return nil
  }
}
