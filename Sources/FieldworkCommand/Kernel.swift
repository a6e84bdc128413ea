import ArgumentParser
import Fieldwork
import Foundation

struct Kernel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The infinite-width kernel of a network, layer by layer.",
    discussion: """
      K^(1) = sb^2 + sw^2 x.y/d, K^(l+1) = sb^2 + sw^2 <s s>. Closed forms where the activation has \
      one, quadrature otherwise.

      Example: fieldwork kernel --activation erf --inputs 2 --sigma-w 1.3 --sigma-b 0.7 \
      --points "[[0.4,-1.1],[0.9,0.2]]"
      """)

  @Option(help: "\(Activation.names.joined(separator: ", ")).")
  var activation: String

  @Option(help: "Slope of leaky-relu.")
  var slope: Double?

  @Option(help: "Input dimension.")
  var inputs = 1

  @Option(
    name: .customLong("sigma-w"), help: "Standard deviation of the weights, times sqrt(fan-in).")
  var sigmaW = 1.0

  @Option(
    name: .customLong("sigma-b"),
    help: "Standard deviation of the biases. cos takes a uniform phase.")
  var sigmaB = 0.0

  @Option(help: "Points, as a YAML list.")
  var points: String

  @Option(help: "Weight layers.")
  var depth = 2

  @Flag(name: .customLong("no-output-bias"), help: "Leave the output bias out.")
  var noOutputBias = false

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable {
    let layers: [LayerResult]
    let error: Double
  }

  func run() throws {
    try reporting {
      guard (1...1000).contains(depth) else {
        throw StudyError(.usage, "--depth must be from 1 to 1000, found \(depth)")
      }
      let kernel = try kernel()
      let layers = kernel.layers.prefix(depth).enumerated().map {
        LayerResult(layer: $0 + 1, kernel: $1.rows)
      }
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let output = Output(layers: layers, error: kernel.error)
        print(String(decoding: try encoder.encode(output), as: UTF8.self))
        return
      }
      for layer in layers {
        print("layer \(layer.layer)")
        for row in layer.kernel {
          print(row.map { String(format: "%16.10g", $0) }.joined())
        }
      }
      if kernel.error > 0 { print(String(format: "quadrature error below %.1g", kernel.error)) }
    }
  }

  private func kernel() throws -> InfiniteWidthKernel {
    do {
      let unit = try Activation(activation, slope: slope)
      let phase = activation == "cos"
      let hidden = (0..<max(1, depth - 1)).map { _ in HiddenLayer(unit, width: 1) }
      let hiddenBias = phase ? try Ensemble.uniformPhase() : try Density.gaussian(sigmaB)
      let ensemble = try Ensemble(
        inputs: inputs, hidden: hidden,
        weights: [Density](repeating: .gaussian(sigmaW), count: hidden.count + 1),
        biases: [Density](repeating: hiddenBias, count: hidden.count)
          + [.gaussian(noOutputBias || phase ? 0 : sigmaB)])
      let list = try PointList.read(points, inputs: inputs)
      return try InfiniteWidthKernel(ensemble, points: list)
    } catch let error as InvalidEnsemble {
      throw StudyError(.usage, "--\(error.key.split(separator: ".").last ?? ""): \(error.reason)")
    } catch let error as InfiniteWidthKernel.Unavailable {
      throw StudyError(.usage, "no kernel: \(error)")
    }
  }
}
