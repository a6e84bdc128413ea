/// What the `potential` measurement integrates: U_k(phi) on a grid from a scale in the ultraviolet down.
public struct PotentialOptions: Sendable, Hashable {
  public var from: Double
  public var to: Double
  /// The field from 0 to this; nil: six times its free fluctuation, or past all concave parts.
  public var range: Double?
  public var points: Int
  /// u2, u4, ... at `from`; nil: of the networks, brought there by the passive flow.
  public var couplings: [Double]?
  /// Adds c |phi| to the start.
  public var kink: Double

  public init(
    from: Double = 10, to: Double = 0.1, range: Double? = nil, points: Int = 400,
    couplings: [Double]? = nil, kink: Double = 0
  ) {
    self.from = from
    self.to = to
    self.range = range
    self.points = points
    self.couplings = couplings
    self.kink = kink
  }

  static func read(_ reader: KeyReader?) throws(StudyError) -> PotentialOptions {
    var options = PotentialOptions()
    guard let reader else { return options }
    try reader.keys(["from", "to", "range", "points", "couplings", "kink"])
    options.from = try reader.child("from")?.number() ?? options.from
    options.to = try reader.child("to")?.number() ?? 0.01 * options.from
    guard options.to > 0, options.from > options.to, options.from <= 1e9 else {
      throw reader.refuse(
        "the scale `from` (up to 1e9) must be above `to`, and that above 0; found from \(options.from) to \(options.to)"
      )
    }
    if let range = reader.child("range") {
      let value = try range.number()
      guard value > 0, value <= 1e9 else {
        throw range.refuse("the field must reach from 0 to a number above it, found \(value)")
      }
      options.range = value
    }
    options.points = try reader.child("points")?.integer(16...20_000) ?? options.points
    options.kink = try reader.child("kink")?.number() ?? 0
    if let couplings = reader.child("couplings") {
      let names = (1...6).map { "u\(2 * $0)" }
      try couplings.keys(names)
      var values: [Double] = []
      for name in names { values.append(try couplings.child(name)?.number() ?? 0) }
      options.couplings = values
    } else if options.kink != 0 {
      throw reader.refuse("a `kink` is added to `couplings`, which are missing")
    }
    return options
  }

  var json: JSONValue {
    var result: [String: JSONValue] = [
      "from": .numeric(from), "to": .numeric(to), "points": .integer(points),
    ]
    if let range { result["range"] = .numeric(range) }
    if kink != 0 { result["kink"] = .numeric(kink) }
    if let couplings {
      result["couplings"] = .object(
        Dictionary(
          uniqueKeysWithValues: couplings.enumerated().map { ("u\(2 * $0 + 2)", .numeric($1)) }))
    }
    return .object(result)
  }
}
