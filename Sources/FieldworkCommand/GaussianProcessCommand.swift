import ArgumentParser
import Fieldwork
import Foundation

struct GaussianProcessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gp",
    abstract: "The theory of infinite width as a Gaussian process.",
    subcommands: [Draw.self, Regress.self])

  /// Runs a computation, turning its failures into sentences.
  static func known<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as GaussianProcess.Failure {
      throw StudyError(.usage, "no Gaussian process: \(error)")
    }
  }

  /// Rows of a file: the coordinates of a point, then its value.
  private static func observations(_ path: String, inputs: Int) throws -> (Points, [Double]) {
    let rows: [[Double]]
    do {
      let (found, note) = try RecordedArray.matrix(FileBytes(path: path))
      if let note { PointList.report(note) }
      rows = found
    } catch { throw StudyError(file: error, at: "--data") }
    guard let columns = rows.first?.count, columns == inputs + 1 else {
      throw StudyError(
        .badStudy,
        "--data: \(path): expected rows of \(inputs + 1) numbers, \(inputs) coordinates (--inputs) and a value, found \(rows.first?.count ?? 0)"
      )
    }
    do {
      return (
        try Points(rows.map { Array($0.prefix(inputs)) }, inputs: inputs), rows.map { $0[inputs] }
      )
    } catch { throw StudyError(.badStudy, "--data: \(path): \(error)") }
  }

  struct Draw: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draw functions from the infinite-width theory.",
      discussion: """
        Prints a table: the coordinates of each point, then one column a function.

        Example: fieldwork gp draw --activation erf --sigma-b 0.5 --count 3 \
        --points "[[-1],[-0.5],[0],[0.5],[1]]"
        """)

    @OptionGroup var network: NetworkOptions

    @Option(
      help: "Points, as a YAML list or a file of numbers, one point a line; - for standard input.")
    var points: String

    @Option(help: "Functions to draw.")
    var count = 5

    @Option(help: "Seed.")
    var seed: UInt64 = 1

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      try reporting {
        guard (1...10_000).contains(count) else {
          throw StudyError(.usage, "--count must be from 1 to 10000, found \(count)")
        }
        let list = try PointList.read(points, inputs: network.inputs)
        let draws = try GaussianProcessCommand.known {
          try GaussianProcess(network.ensemble()).draw(list, count: count, seed: seed)
        }
        if json {
          print(String(decoding: try JSONEncoder().encode(draws), as: UTF8.self))
          return
        }
        for (i, x) in list.coordinates.enumerated() {
          let row = x.map { "\($0)" } + draws.values.map { String(format: "%.8g", $0[i]) }
          print(row.joined(separator: ","))
        }
        if draws.jitter > 0 {
          StandardStream.note(String(format: "jitter %.3g on the diagonal of K\n", draws.jitter))
        }
      }
    }
  }

  struct Regress: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Posterior mean and covariance given data.",
      discussion: """
        The data are a file of numbers, one point a line: its coordinates, then the value. Prints \
        the coordinates, mean and standard deviation of each test point. Without --ntk: Bayesian \
        inference with noise (NNGP). With --ntk: gradient descent to the end.

        Example: fieldwork gp regress --activation relu --sigma-w 1.4 --data data.csv \
        --points "[[0.1],[0.2]]" --noise 0.01
        """)

    @OptionGroup var network: NetworkOptions

    @Option(help: "File of coordinates and values; - for standard input.", completion: .file())
    var data: String

    @Option(help: "Test points, as a YAML list or a file of numbers; - for standard input.")
    var points: String

    @Option(help: "Standard deviation of the noise in the data.")
    var noise = 0.0

    @Flag(help: "The ensemble after training by gradient descent.")
    var ntk = false

    @Option(help: "Ridge on the tangent kernel, for --ntk.")
    var ridge = 0.0

    @Flag(help: "Print JSON, with the whole covariance.")
    var json = false

    func run() throws {
      try reporting {
        guard noise >= 0, ridge >= 0, noise.isFinite, ridge.isFinite else {
          throw StudyError(.usage, "--noise and --ridge must not be below 0")
        }
        let inputs = network.inputs
        let (known, values) = try GaussianProcessCommand.observations(data, inputs: inputs)
        let test = try PointList.read(points, inputs: inputs)
        let posterior = try GaussianProcessCommand.known {
          try GaussianProcess(network.ensemble()).posterior(
            data: known, values: values, test: test,
            training: ntk
              ? .gradientDescent(ridge: ridge, rates: .init()) : .bayesian(noise: noise))
        }
        if json {
          print(String(decoding: try JSONEncoder().encode(posterior), as: UTF8.self))
          return
        }
        for (i, x) in test.coordinates.enumerated() {
          let spread = max(0, posterior.covariance[i][i]).squareRoot()
          print(
            (x.map { "\($0)" } + [posterior.mean[i], spread].map { String(format: "%.8g", $0) })
              .joined(separator: ","))
        }
        var notes: [String] = []
        if posterior.jitter > 0 {
          notes.append(String(format: "jitter %.3g on the diagonal", posterior.jitter))
        }
        if let evidence = posterior.log_marginal_likelihood {
          notes.append(String(format: "log marginal likelihood %.6g", evidence))
        }
        if !notes.isEmpty {
          StandardStream.note(notes.joined(separator: "; ") + "\n")
        }
      }
    }
  }
}
