import DataFiles
import Ensembles
import Foundation

/// Points written on a command line: as in a study file, or the name of a file of numbers.
public enum PointList {
  /// - Parameters:
  ///   - text: a YAML list, grid or line, the name of a file with one point a row, or `-` for standard input.
  ///   - note: told which line of a file was taken for a heading.
  /// - Throws: `StudyError` for a list that is none.
  public static func read(
    _ text: String, inputs: Int, option: String = "--points",
    note: (String) -> Void
  ) throws(StudyError) -> Points {
    let files = InputFiles(folder: ".")
    defer { files.notes.forEach { note($0.message) } }
    let reader: KeyReader
    if text == "-" || FileManager.default.fileExists(atPath: text) {
      let name = YAMLTree(.scalar(text, quoted: true))
      reader = KeyReader(
        tree: YAMLTree(.mapping([("file", name)])), path: "", file: option, sweep: nil)
    } else {
      let tree = try YAMLTree(yaml: text, file: option)
      if case .scalar = tree.content {
        throw StudyError(
          .missingInput,
          "\(option): expected a YAML list of points or the name of a file, found \(tree.summary)")
      }
      reader = KeyReader(tree: tree, path: "", file: option, sweep: nil)
    }
    return try PointsReader(inputs: inputs, files: files).read(reader)
  }
}
