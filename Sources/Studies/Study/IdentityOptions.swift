/// Which identities of a theory are tested.
public struct IdentityOptions: Sendable, Hashable {
  /// Numbers of fields: 0, 2, 4; 0 is <B> = 0.
  public var orders: [Int]
  /// Below which an adjusted p-value says that an identity is broken.
  public var level: Double

  public init(orders: [Int] = [0, 2, 4], level: Double = 0.001) {
    self.orders = orders
    self.level = level
  }

  static func read(_ reader: KeyReader?) throws(StudyError) -> IdentityOptions {
    var options = IdentityOptions()
    guard let reader else { return options }
    try reader.keys(["orders", "level"])
    if let list = reader.child("orders") {
      var orders: [Int] = []
      for item in list.isSequence ? try list.items() : [list] {
        let order = try item.integer(0...6)
        guard order % 2 == 0 else { throw item.refuse("orders are even: 0, 2, 4 or 6") }
        orders.append(order)
      }
      guard !orders.isEmpty else { throw list.refuse("expected at least one order") }
      options.orders = Array(Set(orders)).sorted()
    }
    if let value = reader.child("level") {
      options.level = try value.number()
      guard options.level > 0, options.level < 0.5 else {
        throw value.refuse("expected a level between 0 and 0.5, found \(options.level)")
      }
    }
    return options
  }

  var json: JSONValue {
    .object([
      "orders": .array(orders.map { .integer($0) }), "level": .number(level),
    ])
  }
}
