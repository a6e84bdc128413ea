import Combinatorics
import Ensembles
import Foundation
import Kernels
import Sampling
import Statistics

/// The `kernel` measurement of one case: the theory of every layer, and beside it the random
/// kernels of the networks drawn.
struct KernelMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: KernelOptions
  let theory: StudyTheory

  var name: String { "kernel" }
  private var points: Int { study.points.count }
  private var pairs: [[Int]] { Multisets(slots: points, order: 2).tuples }

  /// Elements of the random kernels of all layers, and where vertices are wanted their products.
  func requirements() -> [SamplingRequirement] {
    guard options.sampled, let ensemble = item.ensemble else { return [] }
    let layers = ensemble.hidden.count
    let count = pairs.count
    let monomials = (0..<layers).flatMap { l -> [[Int]] in
      let slots = (0..<count).map { l * count + $0 }
      return slots.map { [$0] }
        + (options.vertex
          ? slots.indices.flatMap { p in slots[p...].map { [slots[p], $0] } } : [])
    }
    return [
      SamplingRequirement(
        points: study.points, quantity: .randomKernels(layers: layers), monomials: monomials)
    ]
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    guard theory.kernels[index] != nil else {
      return own.warn(
        "no-kernel", "there is no infinite-width kernel: \(theory.whyNoKernel[index])", at: place)
    }
    if theory.expansions[index] == nil {
      own.warn(
        "no-expansion", "the kernel alone is given: \(theory.whyNoExpansion[index])", at: place)
    }
    own.result.layers = evaluate(sums.first)
  }

  /// The layers; `sums` is nil where nothing is drawn.
  func evaluate(_ sums: ReplicatedSums?) -> [LayerResult]? {
    guard let expansion = theory.expansions[index] else {
      return theory.kernels[index]?.layers.enumerated().map {
        LayerResult(layer: $0 + 1, kernel: $1.rows)
      }
    }
    var layers = expansion.layers.map { layer in
      LayerResult(layer, exact: exact(through: layer.layer))
    }
    if let sums { addSampled(sums, to: &layers) }
    return layers
  }

  /// Exact values of the random kernel that enters weight layer `layer`.
  private func exact(through layer: Int) -> ExactWidth? {
    guard layer > 1, let ensemble = item.ensemble,
      let part = try? ensemble.truncated(layers: layer)
    else { return nil }
    return ExactWidth(part, points: study.points)
  }

  private func addSampled(_ sums: ReplicatedSums, to layers: inout [LayerResult]) {
    let count = pairs.count
    let own = sums.estimates { connected($0, layers: layers.count) }
    let stride = count + (options.vertex ? count * (count + 1) / 2 : 0)
    for k in layers.indices.dropFirst() {
      // Recorded from the last layer backwards.
      let base = (layers.count - 1 - k) * stride
      var place = base
      layers[k].sampled_kernel = (0..<points).map { i in
        (i..<points).map { _ in
          defer { place += 1 }
          return own[place]
        }
      }
      guard options.vertex, let width = item.ensemble?.hidden[k - 1].width else { continue }
      for element in 0..<count * (count + 1) / 2 {
        layers[k].vertex?[element].sampled = own[base + count + element].scaled(Double(width))
      }
    }
  }

  /// The means of all layers with the products of two kernels replaced by their covariance.
  private func connected(_ means: [Double], layers: Int) -> [Double] {
    guard options.vertex else { return means }
    var result = means
    let count = pairs.count
    let stride = count + count * (count + 1) / 2
    for base in Swift.stride(from: 0, to: (layers - 1) * stride, by: stride) {
      var at = base + count
      for p in 0..<count {
        for q in p..<count {
          result[at] -= means[base + p] * means[base + q]
          at += 1
        }
      }
    }
    return result
  }
}
