/// What the `fixed-points` measurement looks for: fixed points of truncations and of the whole
/// potential, in the dimension of the inputs unless another is given.
public struct FixedPointOptions: Sendable, Hashable {
  public enum Expansion: String, Sendable, Hashable, Codable, CaseIterable {
    /// In the field about zero.
    case zero
    /// In rho = phi^2/2 about the minimum.
    case minimum
  }

  /// nil: the inputs of the ensemble.
  public var dimension: Double?
  /// Highest powers: of the field about zero, of rho about the minimum.
  public var orders: [Int]
  public var components: Double
  public var expansion: Expansion
  public var anomalous: Bool
  /// Whether the whole potential is solved as well, in 2 < d < 4.
  public var potential: Bool

  public init(
    dimension: Double? = nil, orders: [Int] = [4, 6, 8, 10, 12], components: Double = 1,
    expansion: Expansion = .zero, anomalous: Bool = false, potential: Bool = true
  ) {
    self.dimension = dimension
    self.orders = orders
    self.components = components
    self.expansion = expansion
    self.anomalous = anomalous
    self.potential = potential
  }

  static func read(_ reader: KeyReader?) throws(StudyError) -> FixedPointOptions {
    var options = FixedPointOptions()
    guard let reader else { return options }
    try reader.keys(["dimension", "orders", "components", "expansion", "anomalous", "potential"])
    options.expansion = try reader.child("expansion")?.choice(Expansion.self) ?? .zero
    options.anomalous = try reader.child("anomalous")?.flag() ?? false
    if options.anomalous, options.expansion == .zero {
      guard reader.child("expansion") == nil else {
        throw reader.refuse("`anomalous` is for the expansion about the minimum")
      }
      options.expansion = .minimum
    }
    if options.expansion == .minimum { options.orders = [2, 3, 4, 5, 6] }
    options.dimension = try reader.child("dimension")?.number()
    options.components = try reader.child("components")?.number() ?? 1
    options.potential = try reader.child("potential")?.flag() ?? true
    if let list = reader.child("orders") {
      var orders: [Int] = []
      for item in list.isSequence ? try list.items() : [list] {
        orders.append(try item.integer(2...24))
      }
      guard !orders.isEmpty else { throw list.refuse("expected at least one order") }
      options.orders = Array(Set(orders)).sorted()
    }
    return options
  }

  var json: JSONValue {
    var result: [String: JSONValue] = [
      "orders": .array(orders.map { .integer($0) }), "components": .numeric(components),
      "expansion": .string(expansion.rawValue), "anomalous": .bool(anomalous),
      "potential": .bool(potential),
    ]
    if let dimension { result["dimension"] = .numeric(dimension) }
    return .object(result)
  }
}
