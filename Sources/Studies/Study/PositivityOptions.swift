/// What the `reflection-positivity` measurement takes as operators.
public struct PositivityOptions: Sendable, Hashable {
  /// Above 0, ascending.
  public var times: [Double]
  /// Fields of the operators: 1, 3 or both.
  public var fields: [Int]
  /// The axis that is time.
  public var axis: Int

  public init(times: [Double], fields: [Int] = [1], axis: Int = 0) {
    self.times = times
    self.fields = fields
    self.axis = axis
  }

  static func read(_ reader: KeyReader?) throws(StudyError) -> PositivityOptions {
    guard let reader else { return PositivityOptions(times: [0.1, 0.5, 1, 2]) }
    try reader.keys(["times", "fields", "axis"])
    var options = PositivityOptions(times: [0.1, 0.5, 1, 2])
    if let list = reader.child("times") {
      options.times = Array(Set(try list.numbers())).sorted()
      guard !options.times.isEmpty, options.times.count <= 12, options.times[0] > 0 else {
        throw list.refuse("expected 1 to 12 times above 0")
      }
    }
    if let list = reader.child("fields") {
      var fields: [Int] = []
      for item in list.isSequence ? try list.items() : [list] {
        fields.append(try item.integer(1...3))
      }
      guard !fields.isEmpty, !fields.contains(2) else {
        throw list.refuse("operators have 1 or 3 fields")
      }
      options.fields = Array(Set(fields)).sorted()
    }
    options.axis = try reader.child("axis")?.integer(0...1_000_000) ?? 0
    return options
  }

  var json: JSONValue {
    .object([
      "times": .numeric(times), "fields": .array(fields.map { .integer($0) }),
      "axis": .integer(axis),
    ])
  }
}
