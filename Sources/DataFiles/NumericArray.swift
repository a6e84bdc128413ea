/// A two-dimensional view of a numeric array in a file: rows of equal length.
public protocol NumericArray: Sendable {
  /// All dimensions; the first one counts the rows.
  var shape: [Int] { get }
  /// Rows `from ..< from + count`, one after the other. Safe to call from several threads.
  func rows(from: Int, count: Int) throws -> [Double]
}

extension NumericArray {
  public var rowLength: Int { shape.dropFirst().reduce(1, *) }
}

/// Why a file cannot be read or written: one sentence.
public struct DataFileError: Error, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
