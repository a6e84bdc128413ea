import ArgumentParser
import Fieldwork
import Foundation

struct LatticeScanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract:
      "The phase diagram along m^2: Binder cumulants of several sizes, and where they cross.",
    discussion: """
      U4 = 1 - <M^4>/(3 <M^2>^2) of two sizes is equal at the transition (0.6107 on square tori of the Ising \
      class in two dimensions). In d = 2 the crossing is also given as lambda/mu^2, mu^2 the mass without its \
      tadpole: 66.658(13) in the continuum (arXiv:2512.16536), larger effects of the lattice at larger lambda.

      Example: fieldwork lattice scan --sizes 8 16 32 --coupling 6 --from -1.45 --to -1.15 --figures scan
      """)

  @OptionGroup var options: LatticeOptions

  @Option(parsing: .upToNextOption, help: "Sites along each axis.")
  var sizes = [8, 16, 32]

  @Option(parsing: .unconditional, help: "The first m^2.")
  var from: Double

  @Option(parsing: .unconditional, help: "The last m^2.")
  var to: Double

  @Option(help: "Values of m^2, ends included.")
  var count = 7

  @Option(help: "Folder for the figures (SVG, PDF, data).", completion: .directory)
  var figures: String?

  func validate() throws {
    try Allowed.check("sizes", sizes, 3...ScalarLattice.longestSide, count: 1...64)
    try Allowed.check("from", from, -1e100...1e100)
    try Allowed.check("to", to, -1e100...1e100)
    try Allowed.check("count", count, 3...200)
    guard from < to else {
      throw ValidationError("--from must lie below --to, found \(from) and \(to).")
    }
  }

  func run() throws {
    try reporting { signals in
      let settings = try options.settings()
      let scan: LatticeScan
      do {
        scan = try LatticeScan(
          dimension: options.dimension, coupling: options.coupling, sizes: sizes,
          masses: (0..<count).map { from + (to - from) * Double($0) / Double(count - 1) },
          settings: settings)
      } catch { throw StudyError(.usage, "\(error)") }
      let found = try options.watched(signals) { stop in
        try scan.run(threads: options.threads, checkpoints: options.output, stop: stop) { k, n in
          if !options.json, k < n {
            StandardStream.note("point \(k + 1) of \(n)\n")
          }
        }
      }
      if let figures {
        StandardStream.complain(
          try Gnuplot(directory: figures).writeAndDraw(ScanFigure.figures(found, scan)))
      }
      if options.json { return try Flow.print(found) }
      ResultPrinter.table(
        [["L", "m^2", "U4", "chi", "<|M|>", "xi"]]
          + found.points.map { p in
            [
              "\(p.size)", String(format: "%.6g", p.mass_squared), p.binder.description,
              p.susceptibility.description, p.magnetisation.description,
              p.correlation_length?.description ?? "-",
            ]
          })
      print()
      ResultPrinter.table(
        [["sizes", "m^2 of the crossing", "U4 there", "lambda/mu^2"]]
          + found.crossings.map { c in
            [
              c.sizes.map(String.init).joined(separator: ", "),
              c.mass_squared?.description ?? "no crossing", c.binder?.description ?? "-",
              c.coupling_ratio?.description ?? "-",
            ]
          }, left: [0])
      for p in found.points {
        for w in p.warnings { print("warning: L \(p.size), m^2 \(p.mass_squared): \(w)") }
      }
    }
  }
}
