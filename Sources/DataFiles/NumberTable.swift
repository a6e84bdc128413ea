import Foundation

/// Numbers in text: one row a line, separated by commas or blanks; `#` starts a comment.
public enum NumberTable {
  /// - Throws: `DataFileError` naming the file and, for a wrong entry, its line.
  public static func read(path: String) throws -> [[Double]] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw DataFileError("\(path) does not exist or cannot be read")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw DataFileError("\(path) is not a text file")
    }
    var rows: [[Double]] = []
    for (i, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = line.prefix { $0 != "#" }
      let words = content.split { $0 == "," || $0 == ";" || $0.isWhitespace }
      guard !words.isEmpty else { continue }
      let numbers = words.compactMap { Double($0) }
      guard numbers.count == words.count, numbers.allSatisfy(\.isFinite) else {
        if rows.isEmpty { continue }  // a heading
        throw DataFileError("\(path), line \(i + 1): expected numbers, found \(content.prefix(40))")
      }
      rows.append(numbers)
    }
    return rows
  }
}
