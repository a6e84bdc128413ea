import Fieldwork

extension PointList {
  /// Points of an option; what a file was taken for is told on stderr.
  static func read(_ text: String, inputs: Int, option: String = "--points") throws(StudyError)
    -> Points
  {
    try read(text, inputs: inputs, option: option) { StandardStream.complain("note: \($0)") }
  }
}
