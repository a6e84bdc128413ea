/// How the names of random streams write what a law depends on.
///
/// A name is a text that is spelled out field by field in the source: no name of a type, of a case or of a property
/// enters it by itself, so that renaming one changes no random number. Names are part of the law of random numbers
/// (`StorageHeader.law`): a change of one is a change of the law.
public enum StreamText {
  /// The shortest decimal number that reads back as this one: 0.1, 1.0, 1e-05; both zeros are 0.0.
  public static func number(_ x: Double) -> String { x == 0 ? "0.0" : x.description }

  /// [a, b, c]
  public static func list(_ items: [String]) -> String {
    "[" + items.joined(separator: ", ") + "]"
  }

  public static func numbers(_ values: [Double]) -> String { list(values.map(number)) }

  public static func rows(_ rows: [[Double]]) -> String { list(rows.map(numbers)) }
}
