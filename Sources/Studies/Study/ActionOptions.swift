/// What the `action` measurement rebuilds.
public struct ActionOptions: Sendable, Hashable {
  /// Highest power of 1/N: 0, 1 or 2.
  public var order: Int
  /// Field values, one a point, at which S is evaluated.
  public var fields: [[Double]]
  /// Added to the diagonal of K, relative to its mean diagonal element.
  public var jitter: Double

  public init(order: Int = 2, fields: [[Double]] = [], jitter: Double = 0) {
    self.order = order
    self.fields = fields
    self.jitter = jitter
  }

  /// Points beyond which the tensors of an order are too large.
  static func maximumPoints(order: Int) -> Int { [200, 16, 8][order] }

  static func read(_ reader: KeyReader?) throws(StudyError) -> ActionOptions {
    var options = ActionOptions()
    guard let reader else { return options }
    try reader.keys(["order", "at", "jitter"])
    options.order = try reader.child("order")?.integer(0...2) ?? 2
    if let list = reader.child("at") {
      for item in try list.items() {
        options.fields.append(item.isSequence ? try item.numbers() : [try item.number()])
      }
    }
    if let jitter = reader.child("jitter") {
      options.jitter = try jitter.number()
      guard (0...0.1).contains(options.jitter) else {
        throw jitter.refuse("expected a number from 0 to 0.1, found \(options.jitter)")
      }
    }
    return options
  }

  var json: JSONValue {
    .object([
      "order": .integer(order), "at": .array(fields.map { .numeric($0) }),
      "jitter": .numeric(jitter),
    ])
  }
}
