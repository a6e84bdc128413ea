import ArgumentParser
import Fieldwork
import Foundation

struct GaussianProcessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gp",
    abstract: "The theory of infinite width as a Gaussian process.",
    subcommands: [Draw.self, Regress.self])

  /// Runs a computation, turning its failures into sentences, about a file of data where there is one.
  static func known<T>(_ data: String? = nil, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as GaussianProcess.Failure {
      guard let data, error.needsNoise else {
        throw StudyError(.usage, "no Gaussian process: \(error)")
      }
      throw StudyError(.badStudy, "\(data): \(error): give --noise")
    }
  }

  /// A number with the digits that its numerical error leaves, eight at most.
  static func digits(_ value: Double, error: Double) -> String {
    guard error > 0, value != 0 else { return String(format: "%.8g", value) }
    let left = (log10(abs(value) / error)).rounded(.down)
    return String(format: "%.*g", Int(min(8, max(1, left + 1))), value)
  }

  /// Rows of a file: the coordinates of a point, then its value.
  private static func observations(_ path: String, inputs: Int) throws -> (Points, [Double]) {
    let rows: [[Double]]
    do {
      let (found, note) = try RecordedArray.matrix(FileBytes(path: path))
      if let note { StandardStream.complain("note: \(note)") }
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

    func validate() throws { try Allowed.check("count", count, 1...10_000) }

    func run() throws {
      try reporting {
        let list = try PointList.read(points, inputs: network.inputs)
        let draws = try GaussianProcessCommand.known {
          try GaussianProcess(network.ensemble()).draw(list, count: count, seed: seed)
        }
        if json {
          return try Flow.print(draws)
        }
        for (i, x) in list.coordinates.enumerated() {
          let row = x.map { "\($0)" } + draws.values.map { String(format: "%.8g", $0[i]) }
          print(row.joined(separator: ","))
        }
        if draws.rank < list.count {
          StandardStream.note(
            "the kernel is singular to rounding: functions have \(draws.rank) independent directions at \(list.count) points\n"
          )
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
        inference with noise (NNGP). With --ntk: gradient descent to the end, least squares where the \
        tangent kernel is singular. Digits end where the numerical error begins.

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

    func validate() throws {
      try Allowed.check("noise", noise, 0...1e12)
      try Allowed.check("ridge", ridge, 0...1e12)
    }

    func run() throws {
      try reporting {
        let inputs = network.inputs
        let (known, values) = try GaussianProcessCommand.observations(data, inputs: inputs)
        let test = try PointList.read(points, inputs: inputs)
        let posterior = try GaussianProcessCommand.known(ntk ? nil : data) {
          try GaussianProcess(network.ensemble()).posterior(
            data: known, values: values, test: test,
            training: ntk
              ? .gradientDescent(ridge: ridge, rates: .init()) : .bayesian(noise: noise))
        }
        if json {
          return try Flow.print(posterior)
        }
        for (i, x) in test.coordinates.enumerated() {
          let spread = max(0, posterior.covariance[i][i]).squareRoot()
          print(
            (x.map { "\($0)" } + [
              GaussianProcessCommand.digits(posterior.mean[i], error: posterior.numerical_error[i]),
              GaussianProcessCommand.digits(
                spread, error: 0.5 * posterior.variance_error[i] / max(spread, 1e-300)),
            ]).joined(separator: ","))
        }
        let notes = self.notes(posterior, data: known.count)
        if !notes.isEmpty {
          StandardStream.note(notes.joined(separator: "; ") + "\n")
        }
      }
    }

    /// What a reader of the numbers must know.
    private func notes(_ posterior: GaussianProcess.Posterior, data: Int) -> [String] {
      var notes: [String] = []
      if posterior.rank < data {
        notes.append(
          String(
            format:
              "the %@ is singular to rounding: %d directions for %d data, values off them by %.3g (root mean square)",
            ntk ? "tangent kernel" : "kernel", posterior.rank, data, posterior.residual))
      }
      let worst = zip(posterior.mean, posterior.numerical_error).max {
        $0.1 / max(abs($0.0), 1e-300) < $1.1 / max(abs($1.0), 1e-300)
      }
      if let (mean, error) = worst, error > 1e-8 * abs(mean) {
        notes.append(
          String(
            format: "numerical error of a mean up to %.1g (condition number %.1g)", error,
            posterior.condition_number ?? .infinity))
      }
      if let evidence = posterior.log_marginal_likelihood {
        notes.append(String(format: "log marginal likelihood %.6g", evidence))
      }
      return notes
    }
  }
}
