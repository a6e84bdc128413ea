import ArgumentParser
import Fieldwork
import Foundation

struct Kernel: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The kernel of a network, its tangent kernel and vertices, layer by layer.",
    discussion: """
      K^(1) = sb^2 + sw^2 x.y/d, K^(l+1) = sb^2 + sw^2 <s s>. Nothing is drawn: closed forms where \
      the activation has one, quadrature otherwise. V/n is the covariance of the random kernel, n \
      the width of the hidden layers.

      Example: fieldwork kernel --activation tanh --inputs 2 --sigma-w 1.2 --sigma-b 0.3 --depth 4 \
      --width 50 --ntk --vertex --shift --points "[[0.4,-1.1],[0.9,0.2]]"
      """)

  @OptionGroup var network: NetworkOptions

  @Option(help: "Points, as a YAML list or a file of numbers.")
  var points: String

  @Flag(help: "The neural tangent kernel.")
  var ntk = false

  @Option(name: .customLong("bias-rate"), help: "Learning rate of the biases, for --ntk.")
  var biasRate = 1.0

  @Option(
    name: .customLong("weight-rate"),
    help: "Learning rate of the weights times the fan-in, for --ntk.")
  var weightRate = 1.0

  @Flag(help: "The four-point vertex.")
  var vertex = false

  @Flag(help: "The mean shift at order 1/width; needs --width.")
  var shift = false

  @Flag(name: .customLong("six-point"), help: "The third cumulant of Kh; needs --width.")
  var sixPoint = false

  @Flag(help: "Print JSON.")
  var json = false

  private struct Output: Encodable {
    let layers: [LayerResult]
    let error: Double
    let next_term: Double?
  }

  func validate() throws {
    try Allowed.check("bias-rate", biasRate, 0...1e12)
    try Allowed.check("weight-rate", weightRate, 0...1e12)
    guard network.width != nil || !(shift || sixPoint) else {
      throw ValidationError("--shift and --six-point depend on the width: give --width.")
    }
  }

  func run() throws {
    try reporting {
      let ensemble = try network.ensemble()
      let list = try PointList.read(points, inputs: network.inputs)
      let expansion: WidthExpansion
      do {
        expansion = try WidthExpansion(
          ensemble, points: list,
          options: .init(
            tangent: ntk ? .init(biases: biasRate, weights: weightRate) : nil, vertex: vertex,
            shift: shift, sixPoint: sixPoint))
      } catch let error as InfiniteWidthKernel.Unavailable {
        throw StudyError(.usage, "no kernel: \(error)")
      }
      // One at a time where they are printed: the matrices of many points are large.
      let layers = expansion.layers.prefix(network.depth)
      func result(_ layer: WidthExpansion.Layer, matrices: Bool) -> LayerResult {
        LayerResult(
          layer,
          exact: network.width == nil || layer.layer == 1
            ? nil
            : (try? ensemble.truncated(layers: layer.layer))
              .flatMap { ExactWidth($0, points: list) }, matrices: matrices)
      }
      let next = network.width == nil ? nil : expansion.nextTerm
      if json {
        return try Flow.print(
          Output(
            layers: layers.map { result($0, matrices: true) }, error: expansion.error,
            next_term: next))
      }
      for layer in layers {
        print("layer \(layer.layer)")
        ResultPrinter.matrix("K", layer.kernel.rows)
        ResultPrinter.matrix("tangent kernel", layer.tangent?.rows)
        ResultPrinter.print(result(layer, matrices: false))
        print()
      }
      if expansion.error > 0 {
        print(String(format: "quadrature error of K below %.1g", expansion.error))
      }
      if let next, next > 0.1 {
        print(
          String(
            format:
              "warning: the order after the leading one in depth/width is about %.0f%% of it",
            100 * next))
      }
    }
  }
}
