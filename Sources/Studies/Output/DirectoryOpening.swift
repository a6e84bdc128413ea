import DataFiles
import Foundation
import Sampling
import Synchronization

extension OutputDirectory {
  /// What an earlier run left, and what this one leaves.
  final class Opened: Sendable {
    let directory: OutputDirectory
    /// Whether there is a checkpoint to go on from.
    let resumes: Bool
    /// Whether the run extends a finished one, whose data then count.
    let extends: Bool
    private let saved: Mutex<CheckpointStudy>
    /// Held while the run lasts.
    private let lock: DirectoryLock

    init(_ directory: OutputDirectory, resumes: Bool, saved: CheckpointStudy, lock: DirectoryLock) {
      self.directory = directory
      self.resumes = resumes
      extends = saved.extends
      self.saved = Mutex(saved)
      self.lock = lock
    }

    /// The cells of a pass: from the checkpoint, else from the data of the run that is extended.
    /// - Throws: `StudyError`: 74 for what is damaged, 65 for what is of another version.
    func cells(_ pass: PlannedPass) throws(StudyError) -> CellFile? {
      let path = directory.cellFile(pass)
      let isListed = saved.withLock { $0.files.contains(Self.name(path)) }
      guard resumes, isListed || FileManager.default.fileExists(atPath: path) else {
        return extends ? try SavedCells.read(directory.dataFile, pass) : nil
      }
      let file = try CellFile.read(path)
      guard file.description.pass == pass.key else {
        throw StudyError(
          StorageError(
            .damaged, "\(path): the checkpoint is damaged: its cells are of another pass"))
      }
      return file
    }

    /// Passes of the earlier run whose cells are kept, by their short names.
    func keptPasses() throws(StudyError) -> Set<String> {
      let suffix = ".cells"
      let listed = saved.withLock { $0.files }.filter { $0.hasSuffix(suffix) }.map {
        String($0.dropLast(suffix.count))
      }
      return Set(resumes ? listed : [])
        .union(extends ? try SavedCells.identifiers(directory.dataFile) : [])
    }

    /// Puts a file that was written among those that must be there.
    func list(_ path: String) throws(StudyError) {
      let name = Self.name(path)
      let changed = saved.withLock { saved -> CheckpointStudy? in
        guard !saved.files.contains(name) else { return nil }
        saved.files.append(name)
        return saved
      }
      try changed?.write(to: directory.checkpointStudy)
    }

    private static func name(_ path: String) -> String {
      URL(fileURLWithPath: path).lastPathComponent
    }
  }

  /// What stands in a directory, before anything is written to it.
  private struct Present {
    var hasResults: Bool
    var checkpoint: CheckpointStudy?
    var hasCheckpoint: Bool
    /// Whether the run extends a finished one.
    var extends: Bool
  }

  /// Looks whether a run may begin here, without touching anything.
  /// - Throws: `StudyError`: 73 where results exist and nothing was said about them; 65 where they come from
  ///   another study or version, naming the difference; 74 where something is damaged.
  func check(_ study: Study, _ existing: StudyRunner.Existing) throws(StudyError) {
    _ = try look(study, existing)
  }

  private func look(_ study: Study, _ existing: StudyRunner.Existing) throws(StudyError) -> Present
  {
    let manager = FileManager.default
    let names = (try? manager.contentsOfDirectory(atPath: checkpoint)) ?? []
    var present = Present(
      hasResults: manager.fileExists(atPath: resultsFile), checkpoint: nil,
      hasCheckpoint: names.contains { $0 != "lock" && !$0.hasSuffix(".part") }, extends: false)
    switch existing {
    case .overwrite: break
    case .refuse:
      guard !present.hasCheckpoint else {
        throw StudyError(
          .cannotWrite,
          "\(path): an unfinished run is here; give --resume to finish it or --overwrite to start again"
        )
      }
      guard !present.hasResults else {
        throw StudyError(
          .cannotWrite,
          "\(path): results are here; give --resume to extend them, --overwrite to replace them, or another --output"
        )
      }
    case .resume:
      if present.hasCheckpoint {
        present.checkpoint = try checkpointToResume(study)
        present.extends = present.checkpoint?.extends ?? false
      } else if present.hasResults {
        try requireExtensible(study)
        present.extends = true
      } else if manager.fileExists(atPath: dataFile) {
        throw StudyError(
          .inputOutput,
          "\(resultsFile): the file is missing beside data.h5; give --overwrite to start again")
      }
    }
    return present
  }

  /// Refuses what ran under another header or as another study.
  private func require(
    _ header: StorageHeader, _ old: JSONValue, _ study: Study
  ) throws(StudyError) {
    let now = try study.storageHeader()
    if let why = header.whyNotContinued(by: now) {
      throw StudyError(
        .badStudy, "\(path): cannot resume: \(why), or give another --output or --overwrite")
    }
    // A file that changed explains what else differs.
    if let difference = InputFile.firstDifference(from: header.files, to: now.files)
      ?? StudyExtension.firstDifference(from: old, to: study.expanded)
    {
      throw StudyError(
        .badStudy,
        "\(path): cannot resume: the study differs from the one that ran in \(difference); give another --output or --overwrite"
      )
    }
  }

  private func checkpointToResume(_ study: Study) throws(StudyError) -> CheckpointStudy {
    let saved = try CheckpointStudy.read(checkpointStudy)
    try require(saved.header, saved.study, study)
    for name in saved.files
    where !FileManager.default.fileExists(atPath: "\(checkpoint)/\(name)") {
      throw StudyError(
        StorageError(
          .damaged, "\(checkpoint)/\(name): the checkpoint is damaged: the file is missing"))
    }
    if saved.extends { try DataSeal.check(dataFile) }
    return saved
  }

  private func requireExtensible(_ study: Study) throws(StudyError) {
    let saved = try results().fieldwork
    try require(saved.header, saved.study, study)
    let sum = try DataSeal.check(dataFile)
    guard saved.data == sum else {
      throw StudyError(
        .inputOutput,
        "\(dataFile): the file is not the one that results.json was written with; give --overwrite to start again"
      )
    }
  }

  /// Prepares the directory for a run.
  /// - Throws: `StudyError`: as `check`, and 73 where the directory cannot be written or another run works in it.
  func open(
    _ study: Study, _ existing: StudyRunner.Existing, note: (String) -> Void
  ) throws(StudyError) -> Opened {
    try check(study, existing)
    try AtomicFile.makeDirectory(path)
    try AtomicFile.makeDirectory(checkpoint)
    let lock = try DirectoryLock(checkpoint)
    // Another run may have come and gone before the lock was ours.
    let present = try look(study, existing)
    if existing == .overwrite { try clearCheckpoint() }
    removeFinishedCheckpoint()
    if existing == .resume, !present.hasCheckpoint, !present.hasResults {
      note("\(path): nothing to resume is here; the run begins anew")
    }
    let header = try study.storageHeader()
    var saved =
      present.checkpoint
      ?? CheckpointStudy(header: header, study: study.expanded, extends: present.extends)
    saved.header = header
    saved.study = study.expanded
    try saved.write(to: checkpointStudy)
    return Opened(self, resumes: present.checkpoint != nil, saved: saved, lock: lock)
  }

  /// Removes all of a checkpoint but the lock, which is held; what it is of goes last.
  private func clearCheckpoint() throws(StudyError) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoint)) ?? []
    let study = URL(fileURLWithPath: checkpointStudy).lastPathComponent
    for name in names.filter({ $0 != "lock" && $0 != study }) + names.filter({ $0 == study }) {
      do {
        try FileManager.default.removeItem(atPath: "\(checkpoint)/\(name)")
      } catch {
        throw StudyError(.cannotWrite, "\(checkpoint)/\(name): cannot be removed")
      }
    }
  }
}

extension Study {
  /// What stands before everything that a run of the study stores.
  /// - Throws: `StudyError` for a file that cannot be read any more.
  func storageHeader() throws(StudyError) -> StorageHeader {
    var header = StorageHeader()
    header.blocks = sampling.blocks
    header.files = try inputFiles()
    return header
  }

  /// The same for one pass.
  func storageHeader(rule: String, layout: CellLayout) throws(StudyError) -> StorageHeader {
    var header = try storageHeader()
    header.rule = "\(StorageHeader.generator) \(rule)"
    header.layouts = [layout]
    return header
  }
}
