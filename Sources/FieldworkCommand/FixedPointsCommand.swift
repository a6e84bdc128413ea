import ArgumentParser
import Fieldwork
import Foundation

struct FixedPointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fixed-points",
    abstract: "Fixed points of the local potential approximation and their exponents.",
    discussion: """
      All real fixed points of a truncation about zero (--order N, even), of an expansion about the minimum \
      (--expansion minimum --order N, in rho), or the Wilson-Fisher point of the whole potential \
      (--potential, 2 < d < 4, M above -2 up to 1000, or inf). --anomalous adds the anomalous dimension of LPA'. \
      Every number carries its numerical error, 0.65012(3), or has ten digits.

      Example: fieldwork flow fixed-points --dimension 3 --potential
      """)

  @Option(help: "Dimension: any real number.")
  var dimension: Double

  @Option(help: "Highest power: of the field about zero, of rho about the minimum.")
  var order: Int?

  @Option(help: "Components M of the field, above -2: any real number.")
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
        StandardStream.complain(
          try Gnuplot(directory: figures).writeAndDraw(
            TruncationFigure.figures(dimension: dimension, components: components)))
      }
      if json { return try Flow.print(Output(fixed_points: found)) }
      guard !found.isEmpty else { return print("no fixed point was found") }
      let names = Set(found.flatMap(\.couplings.keys)).sorted {
        ($0.count, $0) < ($1.count, $1)
      }.prefix(4)
      ResultPrinter.table(
        [["relevant", "nu", "omega", "eta"] + names + ["what it is"]]
          + found.map { f in
            func number(_ value: Double?, _ name: String) -> String {
              Estimate(value: value, error: f.errors[name]).description
            }
            return [
              "\(f.relevant)", number(f.nu, "nu"),
              f.omega_imaginary.map {
                "\(number(f.omega, "omega")) ± \(number($0, "omega_imaginary"))i"
              } ?? number(f.omega, "omega"), number(f.eta, "eta"),
            ] + names.map { number(f.couplings[$0], $0) } + [f.label]
          }, left: [4 + names.count])
    }
  }
}
