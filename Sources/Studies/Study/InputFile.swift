import DataFiles

extension InputFile {
  init(key: String, _ file: FileBytes) throws(StudyError) {
    do {
      self.init(key: key, path: file.path, bytes: file.count, sha256: try file.sha256())
    } catch { throw StudyError(file: error, at: key) }
  }

  /// A run is continued with the files that it read, wherever they lie; further ones may come with further
  /// measurements.
  /// - Parameter old: of the run; nil where it does not say.
  /// - Returns: the first file that has changed, in words; nil if there is none.
  static func firstDifference(from old: [InputFile]?, to new: [InputFile]) -> String? {
    guard let old else {
      return new.first.map {
        "\($0.key): the run does not say what \($0.path) held"
      }
    }
    // Measurements may stand in another order.
    func role(_ file: InputFile) -> String {
      file.key.split(separator: ".").filter { Int($0) == nil }.joined(separator: ".")
    }
    let present = Set(new.map { "\(role($0)) \($0.sha256)" })
    for file in old where !present.contains("\(role(file)) \(file.sha256)") {
      guard let now = new.first(where: { role($0) == role(file) }) else {
        return "\(file.key): the file \(file.path) is not read any more"
      }
      return
        "\(file.key): the content of \(now.path) (\(file.bytes) bytes, SHA-256 \(file.sha256.prefix(16))... there, \(now.bytes) bytes, \(now.sha256.prefix(16))... here)"
    }
    return nil
  }
}

extension StudyError {
  /// A failure with a file that a study or an option names.
  public init(file error: any Error, at place: String) {
    let code: Code =
      switch (error as? DataFileError)?.kind {
      case .missing: .missingInput
      case .content: .badStudy
      case .system: .inputOutput
      case nil: .internalError
      }
    self.init(code, "\(place): \(error)")
  }
}
