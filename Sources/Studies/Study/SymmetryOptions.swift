import Duality

/// One test of the `symmetry` measurement.
public struct SymmetryOptions: Sendable, Hashable {
  public enum Field: String, Sendable, Hashable, Codable, CaseIterable {
    /// Correlators of the outputs.
    case output
    /// The mean of the tangent kernel.
    case ntk
  }

  public enum Procedure: String, Sendable, Hashable, Codable, CaseIterable {
    /// Differences on the same networks, Student and Hotelling.
    case paired
    /// Beside it that of arXiv:2106.00694.
    case published
  }

  public var group: SymmetryGroup
  public var field: Field
  public var orders: [Int]
  /// Group elements; finite groups and lists may have fewer.
  public var elements: Int
  public var procedure: Procedure
  /// Random contractions for orders above 4.
  public var contractions: Int
  /// Family-wise level of the verdicts.
  public var level: Double

  public init(
    _ group: SymmetryGroup, field: Field = .output, orders: [Int] = [2, 4], elements: Int = 3,
    procedure: Procedure = .paired, contractions: Int = 32, level: Double = 0.01
  ) {
    self.group = group
    self.field = field
    self.orders = orders
    self.elements = elements
    self.procedure = procedure
    self.contractions = contractions
    self.level = level
  }

  static let keys = [
    "group", "side", "of", "orders", "elements", "procedure", "contractions", "level", "matrices",
    "fixing", "range", "by", "weight",
  ]

  /// One test, or a list of them.
  static func readAll(_ reader: KeyReader?) throws(StudyError) -> [SymmetryOptions] {
    guard let reader else { return [SymmetryOptions(SymmetryGroup(.orthogonal))] }
    guard reader.isSequence else { return [try read(reader)] }
    var all: [SymmetryOptions] = []
    for item in try reader.items() { all.append(try read(item)) }
    guard !all.isEmpty else { throw reader.refuse("expected at least one test") }
    return all
  }

  private static func read(_ reader: KeyReader) throws(StudyError) -> SymmetryOptions {
    try reader.keys(keys)
    let name: SymmetryGroup.Name =
      if reader.child("group") == nil, reader.child("matrices") != nil { .matrices } else {
        try reader.child("group")?.choice(SymmetryGroup.Name.self) ?? .orthogonal
      }
    let side = try reader.child("side")?.choice(SymmetryGroup.Side.self)
    var group = SymmetryGroup(name, side: side)
    if let side, side != group.side {
      throw reader.refuse("\(name.rawValue) acts on \(group.side.rawValue)s only", key: "side")
    }
    func vectors(_ list: KeyReader) throws(StudyError) -> [[Double]] {
      var rows: [[Double]] = []
      for item in try list.items() {
        rows.append(item.isSequence ? try item.numbers() : [try item.number()])
      }
      return rows
    }
    if let list = reader.child("matrices") {
      guard name == .matrices else { throw list.refuse("`matrices` needs no group") }
      for item in try list.items() { group.matrices.append(try vectors(item)) }
    }
    group.fixing = try reader.child("fixing")?.numbers() ?? []
    group.range = try reader.child("range")?.number() ?? 1
    group.by = try reader.child("by").map { (list) throws(StudyError) in try vectors(list) } ?? []
    group.weight = try reader.child("weight")?.number() ?? 1
    var options = SymmetryOptions(group)
    options.field = try reader.child("of")?.choice(Field.self) ?? .output
    options.orders = options.field == .ntk ? [1] : [2, 4]
    if let list = reader.child("orders") {
      guard options.field == .output else {
        throw list.refuse("the tangent kernel is tested by its mean; `orders` are for outputs")
      }
      var orders: [Int] = []
      for item in list.isSequence ? try list.items() : [list] {
        orders.append(try item.integer(1...6))
      }
      guard !orders.isEmpty else { throw list.refuse("expected at least one order from 1 to 6") }
      options.orders = Array(Set(orders)).sorted()
    }
    options.elements = try reader.child("elements")?.integer(1...100) ?? 3
    options.procedure = try reader.child("procedure")?.choice(Procedure.self) ?? .paired
    options.contractions = try reader.child("contractions")?.integer(4...256) ?? 32
    if let entry = reader.child("level") {
      options.level = try entry.number()
      guard options.level > 0, options.level < 0.5 else {
        throw entry.refuse("expected a level between 0 and 0.5, found \(options.level)")
      }
    }
    return options
  }

  var json: JSONValue {
    var result: [String: JSONValue] = [
      "group": .string(group.name.rawValue), "side": .string(group.side.rawValue),
      "of": .string(field.rawValue), "orders": .array(orders.map { .integer($0) }),
      "elements": .integer(elements), "procedure": .string(procedure.rawValue),
      "contractions": .integer(contractions), "level": .numeric(level),
    ]
    if !group.matrices.isEmpty {
      result["matrices"] = .array(
        group.matrices.map { .array($0.map { .numeric($0) }) })
    }
    if !group.fixing.isEmpty { result["fixing"] = .numeric(group.fixing) }
    if group.name == .translations { result["range"] = .numeric(group.range) }
    if !group.by.isEmpty { result["by"] = .array(group.by.map { .numeric($0) }) }
    if group.name == .dilatation { result["weight"] = .numeric(group.weight) }
    return .object(result)
  }
}
