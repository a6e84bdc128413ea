import Duality
import Ensembles
import Foundation

/// What the `locality` measurement moves apart, and how far.
public struct LocalityOptions: Sendable, Hashable {
  public enum Selection: Sendable, Hashable {
    /// Every split.
    case all
    /// One split of each kind, 1|3 and 2|2.
    case kinds
    /// The groups that move, by the positions of their points.
    case moved([[Int]])
  }

  public enum Move: String, Sendable, Hashable, CaseIterable {
    /// The second group by r e.
    case one
    /// Both, by r e / 2 either way.
    case both
  }

  public var orders: [Int]
  /// nil: all splits through order 4, one of each kind for order 6.
  public var channels: Selection?
  /// Unit vectors; empty: the first axis.
  public var directions: [[Double]]
  /// Ascending, from 0 on; empty, in units of sqrt(d) over the sigma of the first weights: equally spaced up to
  /// 6 for the Gaussian kernels of gauss and cos, else in equal ratios up to 1000.
  public var distances: [Double]
  public var move: Move
  /// Points of the correlator by their places in the study, with repetitions; empty: the first ones, or each
  /// several times where the study has fewer.
  public var points: [Int]

  public init(
    orders: [Int] = [2, 4], channels: Selection? = nil, directions: [[Double]] = [],
    distances: [Double] = [], move: Move = .one, points: [Int] = []
  ) {
    self.orders = orders
    self.channels = channels
    self.directions = directions
    self.distances = distances
    self.move = move
    self.points = points
  }

  static func read(_ reader: KeyReader?) throws(StudyError) -> LocalityOptions {
    var options = LocalityOptions()
    guard let reader else { return options }
    try reader.keys(["orders", "channels", "direction", "distances", "move", "points"])
    if let list = reader.child("orders") {
      var orders: [Int] = []
      for item in list.isSequence ? try list.items() : [list] {
        let order = try item.integer(2...6)
        guard order % 2 == 0 else { throw item.refuse("orders are 2, 4 or 6, found \(order)") }
        orders.append(order)
      }
      guard !orders.isEmpty else {
        throw list.refuse("expected at least one of the orders 2, 4, 6")
      }
      options.orders = Array(Set(orders)).sorted()
    }
    if let entry = reader.child("channels") {
      if entry.isSequence {
        var groups: [[Int]] = []
        for item in try entry.items() {
          var group: [Int] = []
          for position in try item.items() { group.append(try position.integer(0...5)) }
          guard !group.isEmpty, Set(group).count == group.count else {
            throw item.refuse("expected the positions of the points that move, each once")
          }
          groups.append(group.sorted())
        }
        guard !groups.isEmpty else { throw entry.refuse("expected at least one group") }
        options.channels = .moved(groups)
      } else {
        switch try entry.text() {
        case "all": options.channels = .all
        case "kinds": options.channels = .kinds
        default:
          throw entry.refuse(
            "expected all, kinds (one split of each), or a list of groups that move")
        }
      }
    }
    if let entry = reader.child("direction") {
      for item in try vectors(entry) {
        let norm = item.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard norm > 0, norm.isFinite else {
          throw entry.refuse("a direction must not vanish, nor be infinite")
        }
        options.directions.append(item.map { $0 / norm })
      }
    }
    if let entry = reader.child("distances") {
      if entry.isMapping {
        try entry.keys(["to", "count"])
        let to = try entry.required("to").number()
        let count = try entry.child("count")?.integer(4...200) ?? 13
        guard to > 0 else { throw entry.refuse("`to` must be above 0, found \(to)") }
        options.distances = spaced(to, count: count)
      } else {
        options.distances = Array(Set(try entry.numbers())).sorted()
      }
      guard options.distances.count >= 4, options.distances[0] >= 0 else {
        throw entry.refuse("expected at least four distances from 0 on")
      }
    }
    options.move = try reader.child("move")?.choice(Move.self) ?? .one
    if let list = reader.child("points") {
      for item in try list.items() { options.points.append(try item.integer(0...1_000_000)) }
    }
    return options
  }

  /// One vector, or several.
  private static func vectors(_ list: KeyReader) throws(StudyError) -> [[Double]] {
    let items = try list.items()
    guard items.first?.isSequence ?? false else {
      var vector: [Double] = []
      for item in items { vector.append(try item.number()) }
      return [vector]
    }
    var all: [[Double]] = []
    for item in items { all.append(try item.numbers()) }
    return all
  }

  /// From 0 to a largest distance.
  static func spaced(_ to: Double, count: Int) -> [Double] {
    (0..<count).map { to * Double($0) / Double(count - 1) }
  }

  func distances(for item: StudyCase) -> [Double] {
    guard distances.isEmpty else { return distances }
    if let theory = item.theory {
      // Twelve correlation lengths, or half of the period.
      var far = 12 / theory.mass
      switch theory.momenta {
      case .continuum: break
      case .box(let length): far = min(far, 0.5 * length)
      case .lattice(let size): far = min(far, 0.5 * Double(size))
      }
      return Self.spaced(far, count: 17)
    }
    let ensemble = item.ensemble
    let sigma = ensemble?.weights[0].sigma ?? 1
    let root = Double(ensemble?.inputs ?? 1).squareRoot()
    let unit = root / (sigma > 0 ? sigma : 1)
    let names = [NormalizedExponential.name, Cosine.name, Sine.name]
    if let ensemble, names.contains(ensemble.hidden[0].activation.name) {
      return Self.spaced(6 * unit, count: 13)
    }
    return [0] + (0...14).map { unit * 0.25 * pow(4000, Double($0) / 14) }
  }

  func channels(order: Int) -> [Channel] {
    switch channels ?? (order > 4 ? .kinds : .all) {
    case .all: Channel.all(order: order)
    case .kinds: Channel.kinds(order: order)
    case .moved(let groups):
      groups.filter { $0.allSatisfy { $0 < order } && $0.count < order }
        .map { Channel(order: order, moved: $0) }
    }
  }

  /// Places of the points of a correlator in the study.
  func base(order: Int, points count: Int) -> [Int] {
    if points.count >= order { return Array(points.prefix(order)) }
    return (0..<order).map { count >= order ? $0 : $0 * count / order }
  }

  var json: JSONValue {
    var result: [String: JSONValue] = [
      "orders": .array(orders.map { .integer($0) }), "move": .string(move.rawValue),
    ]
    switch channels {
    case nil: break
    case .all: result["channels"] = .string("all")
    case .kinds: result["channels"] = .string("kinds")
    case .moved(let groups):
      result["channels"] = .array(groups.map { .array($0.map { .integer($0) }) })
    }
    if !directions.isEmpty { result["direction"] = .array(directions.map { .numeric($0) }) }
    if !distances.isEmpty { result["distances"] = .numeric(distances) }
    if !points.isEmpty { result["points"] = .array(points.map { .integer($0) }) }
    return .object(result)
  }
}
