import ArgumentParser
import Fieldwork
import Foundation

struct Flow: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Renormalization: four flows, kept apart.",
    discussion: """
      cutoff: couplings against the box of the vertices, at fixed correlators. active: couplings against \
      sigma_w, from ensemble to ensemble. passive: the functional renormalization group of one ensemble. \
      fixed-points and potential: the same equation without a network.
      """,
    subcommands: [
      CutoffFlowCommand.self, ActiveFlowCommand.self, PassiveFlowCommand.self,
      FixedPointsCommand.self, PotentialCommand.self,
    ])

  /// Couplings as in "u2=2,u4=-42.7,u6=50".
  static func couplings(_ text: String, option: String) throws -> [Double] {
    var values: [Int: Double] = [:]
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
      guard sides.count == 2, sides[0].hasPrefix("u"), let power = Int(sides[0].dropFirst()),
        power >= 2, power % 2 == 0, power <= 24, let value = Double(sides[1]), value.isFinite,
        values[power] == nil
      else {
        throw StudyError(
          .usage, "--\(option): expected couplings like u2=2,u4=-42.7,u6=50, found \(part)")
      }
      values[power] = value
    }
    let top = max(4, values.keys.max() ?? 4)
    return stride(from: 2, through: top, by: 2).map { values[$0] ?? 0 }
  }

  static func print(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  static func number(_ x: Double?) -> String { x.map { String(format: "%.10g", $0) } ?? "-" }
}

struct CutoffFlowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cutoff",
    abstract: "lambda(L), its beta function and its exponent, from exact correlators.",
    discussion: """
      Example: fieldwork flow cutoff --activation relu --width 20 --points "[0.2, 0.6, 1.0]" --cutoff 10 100 1000
      """)

  @OptionGroup var network: NetworkOptions

  @Option(help: "Points, as a YAML list.")
  var points: String

  @Option(
    name: .customLong("cutoff"), parsing: .upToNextOption,
    help: "Cutoffs; by default the 21 of arXiv:2008.08601.")
  var cutoffs: [Double] = []

  @Flag(help: "kappa as well.")
  var kappa = false

  @Option(help: "Lines to a vertex: weights (K without the output bias) or full.")
  var vertex = "weights"

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable { let cutoff_flow: CutoffFlowResult }

  func run() throws {
    try reporting {
      guard network.width != nil else {
        throw StudyError(.usage, "the four-point function depends on the width: give --width")
      }
      guard let lines = Propagator.VertexLines(rawValue: vertex) else {
        throw StudyError(.usage, "--vertex must be weights or full, found \(vertex)")
      }
      let ensemble = try network.ensemble()
      let list = try PointList.read(points, inputs: network.inputs)
      let result: CutoffFlowResult
      do {
        result = CutoffFlowResult(
          try CutoffFlow(
            Propagator(ensemble, vertexLines: lines), points: list,
            cutoffs: cutoffs.isEmpty ? CutoffFlowOptions.published : Array(Set(cutoffs)).sorted(),
            sample: CumulantSample(
              try ExactCumulants(ensemble, points: list, order: kappa ? 6 : 4))),
          vertex: lines)
      } catch let error as IntegralUnavailable {
        throw StudyError(.usage, "no flow: \(error)")
      } catch let error as UnitMoments.Unavailable {
        throw StudyError(.usage, "no exact correlators: \(error)")
      }
      if json { return try Flow.print(Output(cutoff_flow: result)) }
      var rows = [
        ["cutoff", "lambda", "beta", "exponent"] + (kappa ? ["kappa", "beta", "exponent"] : [])
      ]
      for i in result.lambda.indices {
        var row = ["\(result.lambda[i].cutoff)"]
        row += [result.lambda[i], result.beta[i], result.exponent[i]].map { Flow.number($0.value) }
        if let six = result.sextic {
          row += [six.kappa[i], six.beta[i], six.exponent[i]].map { Flow.number($0.value) }
        }
        rows.append(row)
      }
      ResultPrinter.table(rows)
      if let slope = result.slope?.value { print("slope of log10 |lambda|: \(Flow.number(slope))") }
      if let behaviour = result.behaviour {
        print("lambda is \(behaviour.rawValue) as the cutoff is lowered")
      }
    }
  }
}

struct ActiveFlowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "active",
    abstract: "u4 of Gauss-nets against sigma_w: raw, canonical and dimensionless, exact.",
    discussion: """
      Example: fieldwork flow active --width 3 --sigma-b 1 --sigma-w 1 2 5 10 20 \
      --points "[-0.01, -0.006, 0.002, 0.01]"
      """)

  @Option(help: "Input dimension.")
  var inputs = 1

  @Option(help: "Width.")
  var width: Int

  @Option(name: .customLong("sigma-b"), help: "Standard deviation of the biases.")
  var sigmaB = 1.0

  @Option(
    name: .customLong("sigma-w"), parsing: .upToNextOption,
    help: "Standard deviations of the weights.")
  var sigmaW: [Double]

  @Option(help: "Points, as a YAML list.")
  var points: String

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable {
    let active_flow: [ScaleCouplings]
    let fits: ActiveFlowFit?
  }

  func run() throws {
    try reporting {
      let list = try PointList.read(points, inputs: inputs)
      let cases = try sigmaW.map { sigma in
        StudyCase(
          parameters: ["weights.sigma": .numeric(sigma)],
          ensemble: try Ensemble(
            "gauss", inputs: inputs, width: width, weightSigma: sigma, biasSigma: sigmaB),
          outputs: 1)
      }
      let study = try Study(
        title: "active flow", cases: cases, points: list,
        sampling: SamplingSettings(estimator: .exact), measurements: [.activeFlow(sextic: true)],
        source: "fieldwork flow active")
      let (scales, fit) = try study.exactActiveFlow()
      if json { return try Flow.print(Output(active_flow: scales, fits: fit)) }
      ResultPrinter.table(
        [
          [
            "sigma_w", "raw u4", "canonical u4", "dimensionless u4", "dimensionless u6",
            "dilatation",
          ]
        ]
          + scales.map {
            [
              Flow.number($0.sigma_w), Flow.number($0.raw.u4.value),
              Flow.number($0.canonical.u4.value), Flow.number($0.dimensionless.u4.value),
              Flow.number($0.dimensionless.u6.value),
              $0.dilatation.map { String(format: "%.1g", $0) } ?? "-",
            ]
          })
      if let fit {
        print("raw: slope \(fit.raw.slope), intercept \(fit.raw.intercept)")
        print("canonical: slope \(fit.canonical.slope), intercept \(fit.canonical.intercept)")
      }
    }
  }
}

struct PassiveFlowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "passive",
    abstract: "The functional renormalization group from given couplings.",
    discussion: """
      k d_k U = V_d k^(d+2) / (k^2 + U''), Litim regulator, a truncation at the highest coupling given (at \
      least u6). From --start (0 by default) to --to, up or down; poles are reported with their scale. \
      With --kernel full the whole exponential of a Gauss-net's kinetic term, in units of m0.

      Example: fieldwork flow passive --dimension 1 --from "u2=2,u4=-42.7,u6=50" --to 100
      """)

  @Option(help: "Dimension: any real number from 0.")
  var dimension: Double

  @Option(help: "Couplings at the start.")
  var from: String

  @Option(help: "Scale at the end.")
  var to: Double

  @Option(help: "Scale at the start.")
  var start = 0.0

  @Option(
    help: "Highest power of the field, even; by default the highest coupling given, at least 6.")
  var order: Int?

  @Option(help: "Components M of the field.")
  var components = 1.0

  @Option(help: "deep-infrared or full.")
  var kernel = "deep-infrared"

  @Option(help: "Scales printed, between start and end.")
  var points = 20

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable {
    let passive_flow: [[String: Double]]
    let pole: PolePoint?

    enum CodingKeys: String, CodingKey { case passive_flow, pole }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(passive_flow, forKey: .passive_flow)
      try container.encode(pole, forKey: .pole)
    }
  }

  func run() throws {
    try reporting {
      guard let form = PolynomialFlow.Kernel(rawValue: kernel) else {
        throw StudyError(.usage, "--kernel must be deep-infrared or full, found \(kernel)")
      }
      guard start >= 0, to >= 0, start != to, max(start, to) <= 1e9 else {
        throw StudyError(.usage, "--start and --to must be different, from 0 to 1e9")
      }
      guard (1...10_000).contains(points) else {
        throw StudyError(.usage, "--points must be from 1 to 10000, found \(points)")
      }
      var couplings = try Flow.couplings(from, option: "from")
      let flow: PolynomialFlow
      do {
        flow = try PolynomialFlow(
          dimension: dimension, order: order ?? max(6, 2 * couplings.count),
          components: components, kernel: form)
      } catch {
        throw StudyError(.usage, "\(error)")
      }
      guard couplings.count <= flow.count else {
        throw StudyError(.usage, "--order \(flow.order) is below the highest coupling given")
      }
      couplings += [Double](repeating: 0, count: flow.count - couplings.count)
      // Geometric where both ends allow it, else up to the end in equal ratios from a thousandth.
      let low = min(start, to) > 0 ? min(start, to) : 1e-3 * max(start, to)
      let high = max(start, to)
      var scales = (0..<points).map { k in
        points == 1
          ? high : low * pow(high / low, Double(k) / Double(points - 1))
      }
      scales[scales.count - 1] = high
      if to < start {
        scales.reverse()
        scales[scales.count - 1] = to
      }
      let path = flow.follow(couplings, from: start, through: scales)
      let rows = zip(path.scales, path.couplings)
      if json {
        let list = rows.map { k, u in
          var entry = ["k": k]
          for (j, value) in u.enumerated() { entry["u\(2 * j + 2)"] = value }
          return entry
        }
        return try Flow.print(
          Output(passive_flow: list, pole: path.pole.map { PolePoint(k: $0) }))
      }
      ResultPrinter.table(
        [["k"] + (1...flow.count).map { "u\(2 * $0)" }]
          + rows.map { k, u in [Flow.number(k)] + u.map { Flow.number($0) } })
      if let pole = path.pole { print("pole at k = \(Flow.number(pole))") }
    }
  }
}

struct FixedPointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fixed-points",
    abstract: "Fixed points of the local potential approximation and their exponents.",
    discussion: """
      All real fixed points of a truncation about zero (--order N, even), of an expansion about the minimum \
      (--expansion minimum --order N, in rho), or the Wilson-Fisher point of the whole potential \
      (--potential). --anomalous adds the anomalous dimension of LPA'.

      Example: fieldwork flow fixed-points --dimension 3 --potential
      """)

  @Option(help: "Dimension: any real number.")
  var dimension: Double

  @Option(help: "Highest power: of the field about zero, of rho about the minimum.")
  var order: Int?

  @Option(help: "Components M of the field.")
  var components = 1.0

  @Option(help: "zero or minimum.")
  var expansion = "zero"

  @Flag(help: "The whole potential.")
  var potential = false

  @Flag(help: "With the anomalous dimension (LPA').")
  var anomalous = false

  @Option(
    help: "Folder for a figure: nu and omega of the truncations against their order.",
    completion: .directory)
  var figures: String?

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable { let fixed_points: [FixedPoint] }

  func run() throws {
    try reporting {
      let found: [FixedPoint]
      do {
        if potential {
          found = [
            try PotentialFixedPoint(
              dimension: dimension, components: components, anomalous: anomalous
            ).point
          ]
        } else if expansion == "minimum" || (anomalous && expansion == "zero") {
          let flow = try MinimumFlow(
            dimension: dimension, order: order ?? 3, components: components, anomalous: anomalous)
          found = flow.wilsonFisher().map { [$0] } ?? []
        } else if expansion == "zero" {
          found = try PolynomialFlow(
            dimension: dimension, order: order ?? 6, components: components
          ).fixedPoints()
        } else {
          throw StudyError(.usage, "--expansion must be zero or minimum, found \(expansion)")
        }
      } catch let error as PolynomialFlow.Refused {
        throw StudyError(.usage, "\(error)")
      }
      if let figures {
        let gnuplot = Gnuplot(directory: figures)
        let all = TruncationFigure.figures(dimension: dimension, components: components)
        do {
          for figure in all { try gnuplot.write(figure) }
          _ = try gnuplot.draw(all)
        } catch {
          throw StudyError(.cannotWrite, "--figures \(figures): cannot be written")
        }
      }
      if json { return try Flow.print(Output(fixed_points: found)) }
      guard !found.isEmpty else { return print("no fixed point was found") }
      let names = Set(found.flatMap(\.couplings.keys)).sorted {
        ($0.count, $0) < ($1.count, $1)
      }.prefix(4)
      ResultPrinter.table(
        [["relevant", "nu", "omega", "eta"] + names + ["what it is"]]
          + found.map { f in
            [
              "\(f.relevant)", Flow.number(f.nu),
              f.omega_imaginary.map { "\(Flow.number(f.omega)) ± \(Flow.number($0))i" }
                ?? Flow.number(f.omega), Flow.number(f.eta),
            ] + names.map { Flow.number(f.couplings[$0]) } + [f.label]
          }, left: [4 + names.count])
    }
  }
}

struct PotentialCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "potential",
    abstract: "The whole potential on a grid, from the ultraviolet to the infrared.",
    discussion: """
      m = U' obeys a nonlinear diffusion equation in -log k; U_k becomes convex as k falls, whatever the \
      start. Kinked starts (--abs) take the scheme of second order.

      Example: fieldwork flow potential --dimension 3 --from "u2=-0.1,u4=2" --start 1 --to 0.001 --range 1.5
      """)

  @Option(help: "Dimension: any real number from 0.")
  var dimension: Double

  @Option(help: "Couplings at the start.")
  var from: String

  @Option(name: .customLong("abs"), help: "Adds c |phi| to the start.")
  var kink = 0.0

  @Option(help: "Scale at the start.")
  var start: Double

  @Option(help: "Scale at the end, below it.")
  var to: Double

  @Option(help: "The field from 0 to this.")
  var range: Double

  @Option(help: "Grid points.")
  var points = 400

  @Flag(help: "Print JSON: the whole potential.")
  var json = false

  private struct Output: Encodable {
    let potential: [PotentialFlow.Snapshot]
    let end: Double?
  }

  func run() throws {
    try reporting {
      let couplings = try Flow.couplings(from, option: "from")
      guard start > to, to > 0, start <= 1e9 else {
        throw StudyError(.usage, "--start must be above --to, which must be above 0")
      }
      let flow: PotentialFlow
      do {
        flow = try PotentialFlow(
          dimension: dimension, fieldRange: range, points: points, accuracy: kink == 0 ? 4 : 2)
      } catch {
        throw StudyError(.usage, "\(error)")
      }
      let scales = (1...10).map { start * pow(to / start, Double($0) / 10) }
      let (snapshots, end) = flow.follow(
        slope: { phi in
          var sum = kink
          var factor = phi
          for (j, u) in couplings.enumerated() {
            sum += u * factor
            factor *= phi * phi / Double((2 * j + 2) * (2 * j + 3))
          }
          return sum
        }, from: start, through: scales)
      if json { return try Flow.print(Output(potential: snapshots, end: end)) }
      ResultPrinter.table(
        [["k", "u2", "u4", "u6", "minimum of U at"]]
          + snapshots.map { s in
            let lowest = s.potential.indices.min { s.potential[$0] < s.potential[$1] } ?? 0
            return [
              Flow.number(s.k), Flow.number(s.u2), Flow.number(s.u4), Flow.number(s.u6),
              Flow.number(s.field[lowest]),
            ]
          })
      if let end { print("the integration ended at k = \(Flow.number(end))") }
    }
  }
}
