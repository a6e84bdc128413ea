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

  /// Points in a YAML list, or in a file of numbers.
  static func points(_ text: String, inputs: Int) throws -> Points {
    guard FileManager.default.fileExists(atPath: text) else {
      return try PointList.read(text, inputs: inputs)
    }
    return try table(text, columns: inputs)
  }

  static func table(_ path: String, columns: Int) throws -> Points {
    do {
      return try Points(NumberTable.read(path: path), inputs: columns)
    } catch let error as DataFileError {
      throw StudyError(.missingInput, "\(error)")
    } catch let error as InvalidEnsemble {
      throw StudyError(.badStudy, "\(path): \(error)")
    }
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

    @Option(help: "Points, as a YAML list or a file of numbers, one point a line.")
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
        let list = try GaussianProcessCommand.points(points, inputs: network.inputs)
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
          FileHandle.standardError.write(
            Data(String(format: "jitter %.3g on the diagonal of K\n", draws.jitter).utf8))
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

    @Option(help: "File of coordinates and values.", completion: .file())
    var data: String

    @Option(help: "Test points, as a YAML list or a file of numbers.")
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
        guard FileManager.default.fileExists(atPath: data) else {
          throw StudyError(.missingInput, "\(data): the file does not exist")
        }
        let rows = try GaussianProcessCommand.table(data, columns: inputs + 1).coordinates
        let known = try Points(rows.map { Array($0.prefix(inputs)) }, inputs: inputs)
        let test = try GaussianProcessCommand.points(points, inputs: inputs)
        let posterior = try GaussianProcessCommand.known {
          try GaussianProcess(network.ensemble()).posterior(
            data: known, values: rows.map { $0[inputs] }, test: test,
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
          FileHandle.standardError.write(Data((notes.joined(separator: "; ") + "\n").utf8))
        }
      }
    }
  }
}
