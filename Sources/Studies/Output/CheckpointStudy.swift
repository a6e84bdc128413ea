import DataFiles
import Foundation
import Sampling

/// What a checkpoint is of: the first of its files that is written.
struct CheckpointStudy: Codable {
  var header: StorageHeader
  var study: JSONValue
  /// Whether the run extends a finished one.
  var extends: Bool
  /// Files that have been written, and must be there.
  var files: [String] = []
  /// Over all of the above.
  private var checksum = ""

  init(header: StorageHeader, study: JSONValue, extends: Bool) {
    self.header = header
    self.study = study
    self.extends = extends
  }

  private var computedChecksum: String? {
    var bare = self
    bare.checksum = ""
    return (try? Results.encoder().encode(bare)).map {
      String(Checksum($0).value, radix: 16)
    }
  }

  func write(to path: String) throws(StudyError) {
    var sealed = self
    sealed.checksum = computedChecksum ?? ""
    guard let data = try? Results.encoder().encode(sealed) else {
      throw StudyError(.internalError, "the study cannot be encoded")
    }
    try AtomicFile.write(data, to: path)
  }

  /// - Throws: `StudyError`: 74 where the file is missing, cut short or changed, 65 where another version wrote it.
  static func read(_ path: String) throws(StudyError) -> CheckpointStudy {
    func damaged(_ what: String) -> StudyError {
      StudyError(StorageError(.damaged, "\(path): the checkpoint is damaged: \(what)"))
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw damaged("the file is missing")
    }
    guard !data.isEmpty else { throw damaged("the file is empty") }
    guard let json = try? JSONDecoder().decode(JSONValue.self, from: data),
      case .object(let object) = json
    else { throw damaged("it is no JSON") }
    // Before format 1 there was no header.
    if object["header"] == nil, object["instruction_set"] != nil {
      throw StudyError(
        StorageError(
          .foreign,
          "\(path): written before format 1; this is fieldwork \(fieldworkVersion), which reads format \(StorageHeader.format)"
        ))
    }
    struct Stamped: Decodable { let header: StorageHeader }
    if let why = (try? JSONDecoder().decode(Stamped.self, from: data))?.header.whyUnreadable {
      throw StudyError(StorageError(.foreign, "\(path): \(why)"))
    }
    guard let saved = try? JSONDecoder().decode(CheckpointStudy.self, from: data) else {
      throw damaged("it holds no study")
    }
    guard saved.checksum == saved.computedChecksum else {
      throw damaged("its checksum does not fit")
    }
    return saved
  }
}
