import Combinatorics
import Foundation
import Kernels
import NumericalMethods
import Statistics

/// One layer of the `kernel` measurement.
public struct LayerResult: Sendable, Codable {
  /// Weight layers up to here, from 1.
  public var layer: Int
  public var kernel: [[Double]]
  public var ntk: [[Double]]?
  /// Mean of the random kernel minus the kernel, to order 1/width.
  public var shift: [[Double]]?
  /// n times the covariance of the random kernel, n the width of the hidden layer below.
  public var vertex: [VertexElement]?
  public var vertex_error: Double?
  /// Third cumulant of the random kernel at each point.
  public var six_point: [Double]?
  public var chi_parallel: [Double]?
  public var chi_perpendicular: [Double]?
  /// -1/ln chi at each point: null where perturbations do not decay.
  public var depth_scale_parallel: [Double?]?
  public var depth_scale_perpendicular: [Double?]?
  /// Means of the sampled random kernel, rows of the upper triangle: element (i, i + k) at [i][k].
  public var sampled_kernel: [[Estimate]]?

  /// V_(ab)(cd), with the sampled n Cov(Kh_ab, Kh_cd) where networks were drawn.
  public struct VertexElement: Sendable, Codable {
    public var indices: [Int]
    public var value: Double
    /// At this width, where it is known.
    public var exact: Double?
    public var sampled: Estimate?
  }

  public init(layer: Int, kernel: [[Double]]) {
    self.layer = layer
    self.kernel = kernel
  }

  /// A layer of the theory; `exact` gives n Cov(Kh, Kh) at finite width where it is known.
  ///
  /// - Parameter matrices: whether kernel and tangent kernel are copied.
  public init(_ layer: WidthExpansion.Layer, exact: ExactWidth? = nil, matrices: Bool = true) {
    self.init(layer: layer.layer, kernel: matrices ? layer.kernel.rows : [])
    ntk = matrices ? layer.tangent?.rows : nil
    shift = layer.shift?.rows
    six_point = layer.sixPoint
    // Not a number where no rule resolves the unit.
    chi_parallel = layer.chiParallel.flatMap { $0.allSatisfy(\.isFinite) ? $0 : nil }
    chi_perpendicular = layer.chiPerpendicular.flatMap { $0.allSatisfy(\.isFinite) ? $0 : nil }
    depth_scale_parallel = chi_parallel.map { $0.map(Self.depthScale) }
    depth_scale_perpendicular = chi_perpendicular.map { $0.map(Self.depthScale) }
    guard let v = layer.vertex else { return }
    vertex_error = layer.vertexError
    let pairs = Multisets(slots: layer.kernel.count, order: 2).tuples
    vertex = pairs.indices.flatMap { p in
      (p..<pairs.count).map { q in
        let (x, y) = (pairs[p], pairs[q])
        return VertexElement(
          indices: x + y, value: v[p, q],
          exact: exact?.covariance(x[0], x[1], y[0], y[1]).map {
            $0 * Double(layer.width ?? 1)
          })
      }
    }
  }

  /// -1/ln chi; nil where chi is not below one.
  private static func depthScale(_ chi: Double) -> Double? {
    chi > 0 && chi < 1 - 1e-12 ? -1 / log(chi) : nil
  }
}
