import Ensembles
import Foundation
import Sampling

/// The distribution of the first output at the first point, from at most 65536 networks.
enum OutputHistogram {
  static let networks = 65_536
  static let bins = 61
  static let reach = 6.0

  static func draw(
    _ ensemble: Ensemble, points: Points, seed: UInt64, sigma: Double?
  ) throws -> Histogram? {
    let first = Points(valid: [points[0]])
    let sampler = NetworkSampler.make(ensemble, points: first, quantity: .outputs, seed: seed)
    // A picture: a tenth of a second's worth of parameters, not more.
    let fans = [ensemble.inputs] + ensemble.hidden.map(\.width) + [ensemble.outputs]
    let parameters = zip(fans, fans.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    let count = max(1024, min(networks, 400_000_000 / parameters))
    return try collect(sampler, count: count, sigma: sigma)
  }

  static func collect(
    _ sampler: any BatchSampler, count: Int, sigma: Double?
  ) throws -> Histogram? {
    let workspace = sampler.makeWorkspace()
    var slots = [Double](repeating: 0, count: sampler.slots * batchSize)
    var values: [Double] = []
    for start in stride(from: 0, to: count, by: batchSize) {
      let n = min(batchSize, count - start)
      try slots.withUnsafeMutableBufferPointer {
        try sampler.sample(
          run: 0, first: start, count: n, into: $0.baseAddress!, workspace: workspace)
        if let found = NonFiniteSample.first(
          in: $0.baseAddress!, count: 1, run: 0, first: start, samples: n)
        {
          throw found
        }
      }
      values += slots[0..<n]
    }
    let spread = (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot()
    let scale = sigma ?? spread
    guard scale > 0, scale.isFinite else { return nil }
    var counts = [Int](repeating: 0, count: bins)
    let width = 2 * reach / Double(bins)
    for value in values {
      let bin = ((value / scale + reach) / width).rounded(.down)
      if bin >= 0, bin < Double(bins) { counts[Int(bin)] += 1 }
    }
    let n = Double(values.count)
    return Histogram(
      point: 0, networks: values.count, sigma: scale,
      edges: (0...bins).map { -reach + width * Double($0) },
      density: counts.map { Double($0) / (n * width) },
      error: counts.map { Double($0).squareRoot() / (n * width) })
  }
}
