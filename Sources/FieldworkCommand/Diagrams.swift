import ArgumentParser
import Fieldwork
import Foundation

struct Diagrams: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Feynman diagrams of one order, with symmetry factors and numbers of Wick pairings.",
    discussion: """
      Vertices f^p come from the action int (lambda f^4 + kappa f^6 + ...), without factorials; lines \
      are propagators. A diagram stands for all ways to label its external points, unless --labelled. \
      With --dual, vertices are connected correlators, lines inverse propagators, and the order is the \
      power of 1/N: the diagrams that give the action from correlators.

      With --activation and --points every diagram is evaluated, its vertices integrated over the box \
      [-L, L]^d or all space, for couplings of one.

      Example: fieldwork diagrams --interaction 4 --legs 4 --order 2 --connected --drawings slides
      """)

  @Option(
    name: .customLong("interaction"), parsing: .upToNextOption,
    help:
      "Powers of f at a vertex, 3 to 8; several for several kinds (with --dual: of correlators).")
  var interactions: [Int]

  @Option(help: "External points.")
  var legs: Int

  @Option(help: "Number of vertices (with --dual: power of 1/N, halves allowed).")
  var order: Double

  @Flag(help: "Connected diagrams only.")
  var connected = false

  @Flag(name: .customLong("no-vacuum"), help: "Without parts that have no external point.")
  var noVacuum = false

  @Flag(name: .customLong("no-self-loops"), help: "Without lines from a vertex to itself.")
  var noSelfLoops = false

  @Flag(
    name: .customLong("irreducible"),
    help: "One-particle irreducible only: no inner line cuts the diagram in two.")
  var irreducible = false

  @Flag(help: "Tell the external points apart.")
  var labelled = false

  @Flag(help: "Vertices are connected correlators: the action from correlators.")
  var dual = false

  @Option(help: "Folder for drawings: SVG each and on one sheet, and TikZ.", completion: .directory)
  var drawings: String?

  @OptionGroup(title: "Evaluation") var network: NetworkOptions

  @Option(help: "Points at the legs, as a YAML list: evaluates the diagrams there.")
  var points: String?

  @Option(help: "Cutoff of the vertices; inf for all space (gauss and cos).")
  var cutoff: Double?

  @Flag(help: "Print formulas in LaTeX.")
  var latex = false

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable {
    struct Entry: Encodable {
      let symmetry_factor: Int
      let pairings: Int
      let labellings: Int
      let coefficient: Double
      let connected: Bool
      let vacuum_parts: Bool
      let self_loops: Bool
      let one_particle_irreducible: Bool
      let loops: Int
      let vertices: [Int]
      let edges: [[Int]]
      let formula: String
      let value: Double?
      let error: Double?
    }
    let legs: Int
    let order: Double
    let labelled: Bool
    let diagrams: [Entry]
    let pairings: Int
    let all_pairings: Int
  }

  func validate() throws {
    try Allowed.check("interaction", interactions, 3...8, count: 1...6)
    try Allowed.check("legs", legs, 0...32)
    try Allowed.check("order", order, 0...32)
    guard cutoff ?? 1 > 0 else {
      throw ValidationError("--cutoff must be above 0, or inf, found \(cutoff ?? .nan).")
    }
  }

  func run() throws {
    try reporting {
      let steps = dual ? 2 * order : order
      guard steps == steps.rounded() else {
        throw StudyError(
          .usage,
          "--order must be a whole number\(dual ? " or half of one" : ""), found \(order)")
      }
      let set: FeynmanDiagrams
      do {
        set = try FeynmanDiagrams(
          dual ? .connectedCorrelators(interactions) : .interactions(interactions), legs: legs,
          order: Int(steps), labelled: labelled
        ).filter { d in
          (!(connected || dual) || d.isConnected) && (!noVacuum || !d.hasVacuumParts)
            && (!noSelfLoops || !d.hasSelfLoops) && (!irreducible || d.isOneParticleIrreducible)
        }
      } catch {
        throw StudyError(.usage, "\(error)")
      }
      let values = try points.map { try evaluate(set, at: $0) }
      if let drawings { try draw(set, into: drawings) }
      if json { try printJSON(set, values) } else { printTable(set, values) }
    }
  }

  private func evaluate(_ set: FeynmanDiagrams, at text: String) throws -> [IntegralValue] {
    let list = try PointList.read(text, inputs: network.inputs)
    guard list.count == legs else {
      throw StudyError(.usage, "--points: expected \(legs) points, one a leg, found \(list.count)")
    }
    do {
      let propagator = try Propagator(try network.ensemble())
      return try DiagramValues(
        set, propagator: propagator, points: list, tuples: [Array(0..<legs)],
        cutoffs: [cutoff ?? (propagator.isIntegrable ? .infinity : 100)]
      ).values[0].map { $0[0] }
    } catch let error as IntegralUnavailable {
      throw StudyError(.usage, "the diagrams cannot be evaluated: \(error)")
    }
  }

  private func coefficient(_ d: FeynmanDiagram) -> Double {
    dual ? FeynmanDiagrams.actionWeight(d) : Double(d.coefficient)
  }

  private func printJSON(_ set: FeynmanDiagrams, _ values: [IntegralValue]?) throws {
    let entries = set.diagrams.enumerated().map { k, d in
      let formula = DiagramFormula(d, rules: set.rules)
      return Output.Entry(
        symmetry_factor: d.symmetryFactor, pairings: d.pairings, labellings: d.labellings,
        coefficient: coefficient(d), connected: d.isConnected, vacuum_parts: d.hasVacuumParts,
        self_loops: d.hasSelfLoops, one_particle_irreducible: d.isOneParticleIrreducible,
        loops: d.loops, vertices: d.vertices, edges: d.lines.map { [$0.from, $0.to] },
        formula: formula.prefactor.latex + " " + formula.integral.latex,
        value: values?[k].value, error: values?[k].error)
    }
    try Flow.print(
      Output(
        legs: legs, order: order, labelled: labelled, diagrams: entries, pairings: set.pairings,
        all_pairings: set.allPairings))
  }

  private func printTable(_ set: FeynmanDiagrams, _ values: [IntegralValue]?) {
    var rows = [
      ["", "pairings", "S", "labellings", "loops", ""] + (values == nil ? [] : ["value"])
        + ["formula"]
    ]
    for (k, d) in set.diagrams.enumerated() {
      let formula = DiagramFormula(d, rules: set.rules)
      let kind =
        d.hasVacuumParts
        ? "vacuum part"
        : !d.isConnected ? "disconnected" : d.isOneParticleIrreducible ? "1PI" : "connected"
      let text =
        latex
        ? formula.prefactor.latex + "\\," + formula.integral.latex
        : formula.prefactor.plain + " " + formula.integral.plain
      rows.append(
        [
          "\(k + 1)", "\(d.pairings)", "\(d.symmetryFactor)", "\(d.labellings)", "\(d.loops)", kind,
        ] + (values.map { ["\(Estimate(value: $0[k].value, error: $0[k].error))"] } ?? []) + [text])
    }
    ResultPrinter.table(rows, left: [5, rows[0].count - 1])
    print(
      "\(set.diagrams.count) diagram\(set.diagrams.count == 1 ? "" : "s"), \(set.pairings) of \(set.allPairings) pairings"
    )
  }

  private func draw(_ set: FeynmanDiagrams, into folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for file in DiagramGallery(set).files {
        try Data(file.text.utf8).write(
          to: URL(fileURLWithPath: "\(folder)/\(file.name)"), options: .atomic)
      }
    } catch {
      throw StudyError(.cannotWrite, "--drawings \(folder): cannot be written")
    }
  }
}
