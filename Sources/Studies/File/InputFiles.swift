import DataFiles
import Foundation

/// The tables of numbers that a study names: each is read once, whatever the number of cases, as pipes must be.
final class InputFiles {
  /// Where relative paths start.
  let folder: String
  private(set) var files: [InputFile] = []
  private(set) var notes: [StudyWarning] = []
  private var known: [String: (file: FileBytes, rows: [[Double]])] = [:]

  init(folder: String) { self.folder = folder }

  /// The rows of the file that a key names: a table of text, or a .npy file.
  func rows(_ reader: KeyReader) throws(StudyError) -> [[Double]] {
    let path = resolve(try reader.plainText(), folder)
    let place = reader.path.isEmpty ? reader.file : "\(reader.file): \(reader.path)"
    do {
      if known[path] == nil {
        let file = try FileBytes(path: path)
        let (rows, note) = try RecordedArray.matrix(file)
        known[path] = (file, rows)
        if let note {
          notes.append(StudyWarning(code: "heading", message: note, where: reader.path))
        }
      }
    } catch { throw StudyError(file: error, at: place) }
    let (file, rows) = known[path]!
    if !files.contains(where: { $0.key == reader.path }) {
      files.append(try InputFile(key: reader.path, file))
    }
    return rows
  }
}

/// A path relative to the folder of the study file; `-` is standard input.
func resolve(_ path: String, _ folder: String) -> String {
  path.hasPrefix("/") || path == "-" ? path : "\(folder)/\(path)"
}
