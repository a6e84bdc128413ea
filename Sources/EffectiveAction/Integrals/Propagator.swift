import Ensembles
import Foundation
import Kernels
import NumericalMethods

/// The lines of Feynman diagrams for an ensemble: the kernel K between external points, and the kernel
/// on lines that end on a vertex.
///
/// The output bias is an independent Gaussian that never enters a vertex, so lines to a vertex are K_W,
/// K without the variance of the output bias (arXiv:2008.08601); `full` takes K everywhere, as the first
/// version of that paper did.
public struct Propagator: Sendable {
  public enum VertexLines: String, Sendable, Hashable, Codable, CaseIterable {
    case weights, full
  }

  public let ensemble: Ensemble
  public let vertexLines: VertexLines

  /// - Throws: `IntegralUnavailable` where there is no kernel.
  public init(_ ensemble: Ensemble, vertexLines: VertexLines = .weights) throws(IntegralUnavailable)
  {
    if let reason = InfiniteWidthKernel.whyUnavailable(ensemble) {
      throw IntegralUnavailable(description: "there is no kernel: \(reason)")
    }
    self.ensemble = ensemble
    self.vertexLines = vertexLines
  }

  public var inputs: Int { ensemble.inputs }

  private var hasBiasInVertices: Bool {
    vertexLines == .full && ensemble.biasVariance(layer: ensemble.hidden.count) > 0
  }

  /// A translation-invariant Gaussian, amplitude exp(-rate |x - y|^2), as for `gauss` and for `cos` with
  /// a uniform phase; nil for all others.
  public var gaussian: (amplitude: Double, rate: Double)? {
    guard ensemble.isShallow, !hasBiasInVertices else { return nil }
    let unit = ensemble.hidden[0].activation.unit
    let amplitude = ensemble.momentRatio(1) * ensemble.weightVariance(layer: 1)
    let rate = 0.5 * ensemble.weightVariance(layer: 0) / Double(inputs)
    if unit is NormalizedExponential { return (amplitude, rate) }
    return ensemble.hasUniformPhase(layer: 0) ? (0.5 * amplitude, rate) : nil
  }

  /// Whether K_W(x, r y) = r K_W(x, y) for r > 0: relu and its like without biases.
  public var isHomogeneous: Bool {
    !hasBiasInVertices
      && ensemble.hidden.indices.allSatisfy { l in
        ensemble.hidden[l].activation.unit.isHomogeneous && ensemble.biasVariance(layer: l) == 0
      }
  }

  /// Whether the kernel has kinks: along the rays through the external points, or at the points
  /// themselves where there are hidden biases.
  var hasKinks: Bool { ensemble.hidden.contains { !$0.activation.unit.isSmooth } }

  /// Whether the integral over all space exists.
  public var isIntegrable: Bool { gaussian != nil }

  /// The length over which the kernel changes near the origin: 1 / (standard deviation of the slope).
  var length: Double {
    let slope = (ensemble.weightVariance(layer: 0) / Double(inputs)).squareRoot()
    return slope > 0 ? 1 / slope : 1
  }

  func lines(from points: Points) throws(IntegralUnavailable) -> CrossKernel {
    do {
      return try CrossKernel(ensemble, points: points, outputBias: vertexLines == .full)
    } catch {
      throw IntegralUnavailable(description: error.description)
    }
  }
}

/// Why an integral cannot be given.
public struct IntegralUnavailable: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// The value of an integral with its numerical error; 0 for closed forms.
public struct IntegralValue: Sendable, Hashable, Codable {
  public var value: Double
  public var error: Double

  public init(value: Double, error: Double = 0) {
    self.value = value
    self.error = error
  }
}
