/// A two-dimensional view of a numeric array in a file: rows of equal length.
public protocol NumericArray: Sendable {
  /// All dimensions; the first one counts the rows.
  var shape: [Int] { get }
  /// The file it stands in.
  var bytes: FileBytes { get }
  /// Rows `from ..< from + count`, one after the other. Safe to call from several threads.
  func rows(from: Int, count: Int) throws -> [Double]
}

extension NumericArray {
  public var rowLength: Int { shape.dropFirst().reduce(1, *) }
}

/// Why a file cannot be read or written: one sentence.
public struct DataFileError: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// There is no such file, or it may not be opened.
    case missing
    /// It does not hold what it should.
    case content
    /// The system failed, or the file changed while it was read.
    case system
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// A failure of the system.
  public init(_ description: String) { self.init(.system, description) }

  /// A text of a file as it may be shown: short, without control characters.
  public static func shown(_ text: String) -> String {
    let clean = String(
      text.unicodeScalars.prefix(41).map { scalar in
        scalar == "\t"
          ? " " : scalar.properties.generalCategory == .control ? "?" : Character(scalar)
      })
    return text.unicodeScalars.count > 40 ? String(clean.dropLast()) + "..." : clean
  }
}
