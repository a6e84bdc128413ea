import Ensembles

/// Points written on a command line, as in a study file.
public enum PointList {
  /// - Throws: `StudyError` for a list that is none.
  public static func read(_ text: String, inputs: Int, option: String = "--points")
    throws(StudyError) -> Points
  {
    let tree = try YAMLTree(yaml: text, file: option)
    return try PointsReader(inputs: inputs, folder: ".").read(
      KeyReader(tree: tree, path: "", file: option, sweep: nil))
  }
}
