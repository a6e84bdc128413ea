/// One entry of `measure`. A new one is a case here, a file that evaluates it, and a line in
/// `Measurement.read`.
public enum Measurement: Sendable, Hashable {
  /// Full and connected correlators of the given orders, ascending.
  case correlators(orders: [Int])
  /// The theory of infinite width and its first corrections, layer by layer.
  case kernel(KernelOptions)
  /// W[J] and the characteristic function at sources J, one a point and output.
  case generatingFunctional(sources: [[Double]])
  /// The exact density of one output at one or two points of the study.
  case outputDensity(points: [[Int]])
  /// Couplings of the effective action from the connected correlators.
  case couplings(CouplingOptions)
  /// The six-point function as the four-point coupling predicts it.
  case sixPoint(CutoffOptions)
  /// The action of the fields at the points of the study.
  case action(ActionOptions)
  /// Finite width and correlated weights apart in the connected four-point function.
  case independence
  /// Couplings against the cutoff of the vertices.
  case cutoffFlow(CutoffFlowOptions)
  /// Couplings against sigma_w, in three normalisations; u6 as well where asked for.
  case activeFlow(sextic: Bool)
  /// The functional renormalization group from the couplings of the networks.
  case passiveFlow(PassiveFlowOptions)
  /// Fixed points of the renormalization group and their exponents.
  case fixedPoints(FixedPointOptions)
  /// The whole potential from the ultraviolet to the infrared.
  case potential(PotentialOptions)
  /// Tests of symmetries of the correlators, and what must hold.
  case symmetry([SymmetryOptions])
  /// Connected correlators as groups of points move apart.
  case locality(LocalityOptions)
  /// The lowest eigenvalue of the matrix of reflected operators.
  case reflectionPositivity(PositivityOptions)
  /// <phi^2>, <phi^4>, the correlator and what follows, in a theory.
  case observables(ObservableOptions)
  /// Schwinger-Dyson, dilatation and translation identities of a theory.
  case identities(IdentityOptions)

  public var name: String {
    switch self {
    case .correlators: "correlators"
    case .kernel: "kernel"
    case .generatingFunctional: "generating-functional"
    case .outputDensity: "output-density"
    case .couplings: "couplings"
    case .sixPoint: "six-point"
    case .action: "action"
    case .independence: "independence"
    case .cutoffFlow: "cutoff-flow"
    case .activeFlow: "active-flow"
    case .passiveFlow: "passive-flow"
    case .fixedPoints: "fixed-points"
    case .potential: "potential"
    case .symmetry: "symmetry"
    case .locality: "locality"
    case .reflectionPositivity: "reflection-positivity"
    case .observables: "observables"
    case .identities: "identities"
    }
  }

  public static let names = [
    "correlators", "kernel", "generating-functional", "output-density", "couplings", "six-point",
    "action", "independence", "cutoff-flow", "active-flow", "passive-flow", "fixed-points",
    "potential", "symmetry", "locality",
    "reflection-positivity", "observables", "identities",
  ]

  /// The highest order of the connected correlators at the points of the study that it needs; 0 for
  /// none.
  public var highestOrder: Int {
    switch self {
    case .correlators(let orders): orders.max() ?? 0
    case .couplings(let options): options.sextic ? 6 : 4
    case .sixPoint: 6
    case .action(let options): 2 * options.order + 2
    case .independence: 4
    case .cutoffFlow(let options): options.sextic ? 6 : 4
    case .activeFlow(let sextic): sextic ? 6 : 4
    case .passiveFlow(let options): options.isSexticMeasured ? 6 : 4
    case .potential(let options): options.couplings == nil ? 6 : 0
    case .symmetry(let tests):
      tests.filter { $0.field == .output }.map { min(4, $0.orders.max() ?? 0) }.max() ?? 0
    case .kernel, .generatingFunctional, .outputDensity, .fixedPoints, .locality,
      .reflectionPositivity, .observables, .identities:
      0
    }
  }

  /// The highest moment of the outputs that must exist.
  public var highestMoment: Int {
    if case .locality(let options) = self { return options.orders.max() ?? 0 }
    if case .reflectionPositivity(let options) = self { return 2 * (options.fields.max() ?? 1) }
    guard case .symmetry(let tests) = self else { return highestOrder }
    return tests.filter { $0.field == .output }.compactMap { $0.orders.max() }.max() ?? 0
  }

  /// Orders of the `correlators` measurement.
  public var orders: [Int] {
    if case .correlators(let orders) = self { return orders }
    return []
  }

  /// Reads an entry: a name, or a mapping of one name to its options.
  static func read(_ reader: KeyReader, points: PointsReader) throws(StudyError) -> Measurement {
    var name = ""
    var options: KeyReader?
    if case .mapping(let items) = reader.tree.content {
      guard items.count == 1 else {
        throw reader.refuse(
          "expected one measurement with its options, found \(reader.tree.summary)")
      }
      name = items[0].key
      options = reader.child(name)
    } else {
      name = try reader.plainText()
    }
    switch name {
    case "correlators": return .correlators(orders: try readOrders(options))
    case "kernel": return .kernel(try KernelOptions.read(options))
    case "generating-functional":
      guard let options else { throw reader.refuse("expected `sources`, a list of lists") }
      return .generatingFunctional(sources: try readSources(options))
    case "output-density": return .outputDensity(points: try readSets(options))
    case "couplings": return .couplings(try CouplingOptions.read(options, points: points))
    case "six-point":
      try options?.keys(CutoffOptions.keys)
      return .sixPoint(try CutoffOptions.read(options))
    case "action": return .action(try ActionOptions.read(options))
    case "independence":
      try options?.keys([])
      return .independence
    case "cutoff-flow": return .cutoffFlow(try CutoffFlowOptions.read(options))
    case "active-flow":
      try options?.keys(["kappa"])
      return .activeFlow(sextic: try options?.child("kappa")?.flag() ?? false)
    case "passive-flow": return .passiveFlow(try PassiveFlowOptions.read(options))
    case "fixed-points": return .fixedPoints(try FixedPointOptions.read(options))
    case "potential": return .potential(try PotentialOptions.read(options))
    case "symmetry": return .symmetry(try SymmetryOptions.readAll(options))
    case "locality": return .locality(try LocalityOptions.read(options))
    case "reflection-positivity":
      return .reflectionPositivity(try PositivityOptions.read(options))
    case "observables": return .observables(try ObservableOptions.read(options))
    case "identities": return .identities(try IdentityOptions.read(options))
    default:
      throw reader.refuse(
        "unknown measurement `\(name.prefix(60))`\(KeyReader.suggestion(String(name.prefix(60)), among: names))"
      )
    }
  }

  private static func readOrders(_ options: KeyReader?) throws(StudyError) -> [Int] {
    try options?.keys(["orders"])
    guard let list = options?.child("orders") else { return [2, 4] }
    var orders: [Int] = []
    for item in try list.items() { orders.append(try item.integer(1...8)) }
    guard !orders.isEmpty else { throw list.refuse("expected at least one order from 1 to 8") }
    return Array(Set(orders)).sorted()
  }

  private static func readSources(_ options: KeyReader) throws(StudyError) -> [[Double]] {
    try options.keys(["sources"])
    let list = try options.required("sources")
    var sources: [[Double]] = []
    for item in try list.items() { sources.append(try item.numbers()) }
    guard !sources.isEmpty else { throw list.refuse("expected at least one list of sources") }
    return sources
  }

  private static func readSets(_ options: KeyReader?) throws(StudyError) -> [[Int]] {
    try options?.keys(["points"])
    var sets: [[Int]] = []
    if let list = options?.child("points") {
      for item in try list.items() {
        var set: [Int] = []
        for index in item.isSequence ? try item.items() : [item] {
          set.append(try index.integer(0...1_000_000))
        }
        guard (1...2).contains(set.count), Set(set).count == set.count else {
          throw item.refuse("expected one or two different points, by their place in the list")
        }
        sets.append(set)
      }
    }
    return sets.isEmpty ? [[0]] : sets
  }

  /// With every default written out, in the layout of the study file.
  var json: JSONValue {
    switch self {
    case .correlators(let orders):
      .object(["correlators": .object(["orders": .array(orders.map { .integer($0) })])])
    case .kernel(let options): .object(["kernel": options.json])
    case .generatingFunctional(let sources):
      .object([
        "generating-functional": .object(["sources": .array(sources.map { .numeric($0) })])
      ])
    case .outputDensity(let points):
      .object([
        "output-density": .object([
          "points": .array(points.map { .array($0.map { .integer($0) }) })
        ])
      ])
    case .couplings(let options): .object(["couplings": options.json])
    case .sixPoint(let options): .object(["six-point": .object(options.json)])
    case .action(let options): .object(["action": options.json])
    case .independence: .object(["independence": .object([:])])
    case .cutoffFlow(let options): .object(["cutoff-flow": options.json])
    case .activeFlow(let sextic):
      .object(["active-flow": .object(["kappa": .bool(sextic)])])
    case .passiveFlow(let options): .object(["passive-flow": options.json])
    case .fixedPoints(let options): .object(["fixed-points": options.json])
    case .potential(let options): .object(["potential": options.json])
    case .symmetry(let tests): .object(["symmetry": .array(tests.map(\.json))])
    case .locality(let options): .object(["locality": options.json])
    case .reflectionPositivity(let options): .object(["reflection-positivity": options.json])
    case .observables(let options): .object(["observables": options.json])
    case .identities(let options): .object(["identities": options.json])
    }
  }
}
