import EffectiveAction
import Renormalization

/// What the `cutoff-flow` measurement follows.
public struct CutoffFlowOptions: Sendable, Hashable {
  public var cutoffs: CutoffOptions
  /// Whether kappa is followed as well.
  public var sextic: Bool

  /// The cutoffs of arXiv:2008.08601.
  public static let published = [
    7, 10, 15, 20, 30, 40, 50, 70, 100, 200, 500, 1e3, 2e3, 5e3, 7e3, 1e4, 2e4, 4e4, 6e4, 8e4, 1e5,
  ]

  public init(
    cutoffs: CutoffOptions = CutoffOptions(cutoffs: Self.published), sextic: Bool = false
  ) {
    self.cutoffs = cutoffs
    self.sextic = sextic
  }

  static func read(_ reader: KeyReader?) throws(StudyError) -> CutoffFlowOptions {
    var options = CutoffFlowOptions()
    guard let reader else { return options }
    try reader.keys(CutoffOptions.keys + ["kappa"])
    options.cutoffs = try CutoffOptions.read(reader)
    if options.cutoffs.cutoffs.isEmpty { options.cutoffs.cutoffs = published }
    options.sextic = try reader.child("kappa")?.flag() ?? false
    return options
  }

  var json: JSONValue {
    var result = cutoffs.json
    result["kappa"] = .bool(sextic)
    return .object(result)
  }
}

/// How the `passive-flow` measurement starts and how far it goes.
public struct PassiveFlowOptions: Sendable, Hashable {
  public enum Normalisation: String, Sendable, Hashable, CaseIterable {
    /// All couplings canonical.
    case consistent
    /// A canonical u2 = 2 sigma_w^2 / d with the raw u4, and u6 given: the runs of arXiv:2108.01403.
    case published
  }

  /// Scales, ascending: in units of the inputs, for the full kernel in units of m0.
  public var scales: [Double]
  public var kernel: PolynomialFlow.Kernel
  public var normalisation: Normalisation
  /// u6 at k = 0; nil: measured, or 50 in the published normalisation.
  public var sextic: Double?

  public init(
    scales: [Double] = Self.decades(100), kernel: PolynomialFlow.Kernel = .deepInfrared,
    normalisation: Normalisation = .consistent, sextic: Double? = nil
  ) {
    self.scales = scales
    self.kernel = kernel
    self.normalisation = normalisation
    self.sextic = sextic
  }

  /// Forty scales over four decades up to a last one.
  public static func decades(_ last: Double) -> [Double] {
    var scales: [Double] = []
    var k = last
    for _ in 0..<40 {
      scales.append(k)
      k /= 1.2589254117941673
    }
    return scales.reversed()
  }

  /// Whether the six-point function is needed.
  public var isSexticMeasured: Bool { sextic == nil && normalisation == .consistent }

  static func read(_ reader: KeyReader?) throws(StudyError) -> PassiveFlowOptions {
    var options = PassiveFlowOptions()
    guard let reader else { return options }
    try reader.keys(["to", "scales", "kernel", "normalisation", "u6"])
    func positive(_ item: KeyReader) throws(StudyError) -> Double {
      let value = try item.number()
      guard value > 0, value <= 1e9 else {
        throw item.refuse("scales must be above 0 and up to 1e9, found \(value)")
      }
      return value
    }
    if let list = reader.child("scales") {
      guard reader.child("to") == nil else {
        throw list.refuse("`scales` and `to` exclude one another")
      }
      var scales: [Double] = []
      for item in try list.items() { scales.append(try positive(item)) }
      guard !scales.isEmpty, scales.count <= 10_000 else {
        throw list.refuse("expected 1 to 10000 scales, found \(scales.count)")
      }
      options.scales = Array(Set(scales)).sorted()
    } else if let to = reader.child("to") {
      options.scales = decades(try positive(to))
    }
    options.kernel =
      try reader.child("kernel")?.choice(PolynomialFlow.Kernel.self) ?? .deepInfrared
    options.normalisation =
      try reader.child("normalisation")?.choice(Normalisation.self) ?? .consistent
    options.sextic = try reader.child("u6")?.number()
    return options
  }

  var json: JSONValue {
    var result: [String: JSONValue] = [
      "scales": .numeric(scales), "kernel": .string(kernel.rawValue),
      "normalisation": .string(normalisation.rawValue),
    ]
    if let sextic { result["u6"] = .numeric(sextic) }
    return .object(result)
  }
}
