import Foundation

/// JSON of values among which some are infinite or not a number, for which JSON has no words: they become null.
public enum FiniteJSON {
  /// Stands for a number that is not finite until it is replaced; no text of a result has the character.
  private static let mark = "\u{FFFF}"

  public static func encode(
    _ value: some Encodable, formatting: JSONEncoder.OutputFormatting = .sortedKeys
  ) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: mark, negativeInfinity: mark, nan: mark)
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    return Data(text.replacing("\"\(mark)\"", with: "null").utf8)
  }
}
