import Combinatorics
import Ensembles
import Foundation
import NumericalMethods

/// The theory of deep networks to first order in 1/width, layer by layer.
///
/// With the random kernel Kh^(l) of layer l, n_l the width of hidden layer l, and means over
/// z ~ N(0, K^(l)):
///
///     Cov(Kh^(l)) = V^(l) / n_{l-1},   V^(1) = 0
///     V^(l+1) = Cw^2 Cov(s s, s s) + (n_l / n_{l-1}) X V^(l) X^T,   X = Cw d<s_a s_b>/dK
///     E[Kh] = K + delta,   delta^(l+1) = X delta^(l) + (Cw/2) sum d^2<s_a s_b>/dK dK  V^(l) / n_{l-1}
///
/// and for a single input the third cumulant of Kh (arXiv:2106.10165). Corrections are of relative
/// order depth/width: see `nextTerm`.
public struct WidthExpansion: Sendable {
  /// What to compute besides the kernel.
  public struct Options: Sendable, Hashable, Codable {
    public var tangent: InfiniteWidthKernel.LearningRates?
    public var vertex: Bool
    public var shift: Bool
    public var sixPoint: Bool

    public init(
      tangent: InfiniteWidthKernel.LearningRates? = nil, vertex: Bool = false, shift: Bool = false,
      sixPoint: Bool = false
    ) {
      self.tangent = tangent
      self.vertex = vertex || shift || sixPoint
      self.shift = shift
      self.sixPoint = sixPoint
    }
  }

  public struct Layer: Sendable {
    /// Weight layers up to here, from 1.
    public let layer: Int
    /// Width of the hidden layer below, n_{l-1}; nil for the first layer.
    public internal(set) var width: Int?
    public let kernel: SymmetricMatrix
    public let tangent: SymmetricMatrix?
    /// V over unordered pairs of points, in the order of `Multisets(slots: points, order: 2)`.
    public let vertex: SymmetricMatrix?
    public let vertexError: Double
    /// delta.
    public internal(set) var shift: SymmetricMatrix?
    /// Third cumulant of Kh(x, x) at each point.
    public internal(set) var sixPoint: [Double]?
    /// dK'/dK of the layer above at each point; nil for the last layer.
    public let chiParallel: [Double]?
    /// Cw <s'^2>, likewise.
    public let chiPerpendicular: [Double]?
  }

  public private(set) var layers: [Layer]
  /// Numerical error of the kernels.
  public let error: Double

  /// - Throws: `Unavailable` where pre-activations are not Gaussian, a mean is not zero, a unit
  ///   has no derivative where one is needed, or the vertex does not fit into the memory of the work budget.
  /// - Complexity: O(points^2) elements a layer; vertex: O(points^4), made only where it, the shift or the
  ///   six-point function is asked for; with four or more points in general position the means of four
  ///   units are quasi-Monte Carlo to 1e-5.
  public init(_ ensemble: Ensemble, points: Points, options: Options = Options())
    throws(InfiniteWidthKernel.Unavailable)
  {
    guard ensemble.correlation == nil else {
      throw InfiniteWidthKernel.Unavailable(
        description: "the expansion in 1/width is that of independent output weights")
    }
    let n = points.count
    if options.vertex { try Self.checkVertex(points: n, layers: ensemble.hidden.count + 1) }
    let free = try InfiniteWidthKernel(ensemble, points: points, tangent: options.tangent)
    error = free.error
    // The vertex has a row for each pair of points.
    let pairs = options.vertex ? Multisets(slots: n, order: 2) : nil
    var layers: [Layer] = []
    var vertex = SymmetricMatrix(count: pairs?.tuples.count ?? 0)
    var vertexError = 0.0
    var shift = SymmetricMatrix(count: n)
    var third = [Double](repeating: 0, count: n)
    for l in 0...ensemble.hidden.count {
      let kernel = free.layers[l]
      let isLast = l == ensemble.hidden.count
      let single =
        isLast
        ? []
        : (0..<n).map {
          SingleInput(
            ensemble.hidden[l].activation.unit, variance: max(0, kernel[$0, $0]),
            uniformPhase: ensemble.hasUniformPhase(layer: l))
        }
      let scale = isLast ? 0 : ensemble.weightVariance(layer: l + 1)
      // The normaliser of gauss belongs to the ensemble and does not move with K.
      let unit = ensemble.hidden[min(l, ensemble.hidden.count - 1)].activation.unit
      let hasSlope = !isLast && !unit.hasJumps && unit.poles.isEmpty
      layers.append(
        Layer(
          layer: l + 1, width: l == 0 ? nil : ensemble.hidden[l - 1].width, kernel: kernel,
          tangent: options.tangent == nil ? nil : free.tangent[l],
          vertex: options.vertex ? vertex : nil, vertexError: vertexError,
          shift: options.shift ? shift : nil, sixPoint: options.sixPoint ? third : nil,
          chiParallel: hasSlope ? single.map { scale * $0.square[1] } : nil,
          chiPerpendicular: hasSlope ? single.map { scale * $0.slopeSquare } : nil))
      guard !WorkBudget.isStopped else {
        throw InfiniteWidthKernel.Unavailable(description: WorkBudget.stopped)
      }
      guard !isLast, let pairs else { continue }
      let step = try Step(
        ensemble, points: points, layer: l, kernel: kernel, pairs: pairs,
        second: options.shift && l > 0)
      let below = l == 0 ? 1 : ensemble.hidden[l - 1].width
      let width = ensemble.hidden[l].width
      if options.sixPoint {
        third = (0..<n).map { a in
          let place = pairs.index(of: [a, a])
          return Self.sixPoint(
            single[a], scale: scale, width: Double(width),
            variance: vertex[place, place] / Double(below), third: third[a])
        }
      }
      if options.shift {
        shift = step.shift(shift, vertex: vertex, width: Double(below), first: l == 0)
      }
      let ratio = l == 0 ? 0 : Double(width) / Double(below)
      (vertex, vertexError) = step.vertex(vertex, error: vertexError, ratio: ratio)
    }
    self.layers = layers
  }

  /// Points whose vertex is computed: beyond, the means of four units are millions.
  public static let vertexLimit = 62

  /// Bytes that the vertices of so many layers, and what they are made of, take.
  public static func vertexBytes(points n: Int, layers: Int) -> Double {
    let pairs = tupleCount(slots: n, order: 2)
    // Beyond three points the means of four units come with one table for each shift.
    let tables = n > 3 ? Double(QuasiMonteCarlo.shifts + 2) : 3
    return pairs * pairs * (8 * (tables + 4) + 88 * Double(layers))
      + UnitMoments.bytes(points: n, order: 4)
  }

  private static func checkVertex(points n: Int, layers: Int)
    throws(InfiniteWidthKernel.Unavailable)
  {
    let pairs = n * (n + 1) / 2
    if let refusal = WorkBudget.refusal(
      "the vertex of \(n) points, \(pairs)^2 elements a layer,",
      bytes: vertexBytes(points: n, layers: layers))
    {
      throw InfiniteWidthKernel.Unavailable(description: refusal)
    }
    guard n <= vertexLimit else {
      throw InfiniteWidthKernel.Unavailable(
        description:
          "the vertex of \(n) points has \(pairs)^2 elements; the limit is \(vertexLimit) points")
    }
  }

  /// k/n^2 + 3 m' v' Var/n + m'^3 kappa + 3 m'^2 m'' Var^2, with m, v, k the cumulants of Cw s^2.
  private static func sixPoint(
    _ s: SingleInput, scale cw: Double, width n: Double, variance: Double, third: Double
  ) -> Double {
    let m1 = cw * s.square[1]
    let m2 = cw * s.square[2]
    let v1 = cw * cw * s.squareCumulants[1]
    let k = cw * cw * cw * s.squareCumulants[2]
    return k / (n * n) + 3 * m1 * v1 * variance / n + m1 * m1 * m1 * third
      + 3 * m1 * m1 * m2 * variance * variance
  }

  /// The same for a net whose hidden widths are those of this one times a common factor: V stays,
  /// the shift falls as 1/width, the third cumulant as its square.
  public func rescaled(to ensemble: Ensemble) -> WidthExpansion {
    guard let own = layers.last?.width, let other = ensemble.hidden.last?.width else { return self }
    let factor = Double(own) / Double(other)
    var copy = self
    for l in copy.layers.indices where l > 0 {
      copy.layers[l].width = ensemble.hidden[l - 1].width
      copy.layers[l].shift = layers[l].shift.map { m in
        SymmetricMatrix(count: m.count) { factor * m[$0, $1] }
      }
      copy.layers[l].sixPoint = layers[l].sixPoint.map { $0.map { $0 * factor * factor } }
    }
    return copy
  }

  /// The last layer's V / (n K^2) at the point where it is largest, half of it times (L-2)/(L-1):
  /// the relative size of what comes after the leading order (exact for relu without biases).
  public var nextTerm: Double? {
    guard let last = layers.last, let vertex = last.vertex, let width = last.width else {
      return nil
    }
    let n = last.kernel.count
    let pairs = Multisets(slots: n, order: 2)
    let largest =
      (0..<n).map { a in
        let place = pairs.index(of: [a, a])
        let k = last.kernel[a, a]
        return k > 0 ? vertex[place, place] / (Double(width) * k * k) : 0
      }.max() ?? 0
    let depth = Double(layers.count - 1)
    return 0.5 * largest * (depth - 1) / depth
  }
}

/// One layer of the recursion: Cov(s s, s s), X, and the curvature of <s s>.
private struct Step {
  private let pairs: Multisets
  private let covariance: SymmetricMatrix
  private let covarianceError: Double
  /// For each pair (a, b): the derivatives by K_aa, K_ab, K_bb, and their places among pairs.
  private let derivatives: [PairDerivatives?]
  private let places: [SIMD3<Int>]
  private let scale: Double

  init(
    _ ensemble: Ensemble, points: Points, layer l: Int, kernel: SymmetricMatrix, pairs: Multisets,
    second: Bool
  ) throws(InfiniteWidthKernel.Unavailable) {
    let unit = ensemble.hidden[l].activation.unit
    let phase = ensemble.hasUniformPhase(layer: l)
    let n = kernel.count
    self.pairs = pairs
    scale = ensemble.weightVariance(layer: l + 1)
    let moments: UnitMoments
    do {
      moments = try UnitMoments.gaussian(
        unit, uniformPhase: phase,
        form: l == 0
          ? PreactivationForm(ensemble, points: points) : PreactivationForm(covariance: kernel),
        order: 4)
    } catch {
      throw InfiniteWidthKernel.Unavailable(description: error.description)
    }
    (covariance, covarianceError) = moments.pairCovariances(points: n)
    places = pairs.tuples.map { pair in
      [
        pairs.index(of: [pair[0], pair[0]]), pairs.index(of: pair),
        pairs.index(of: [pair[1], pair[1]]),
      ]
    }
    // Nothing fluctuates below the first layer.
    guard l > 0 else {
      derivatives = [PairDerivatives?](repeating: nil, count: pairs.tuples.count)
      return
    }
    var all: [PairDerivatives?] = []
    for pair in pairs.tuples {
      guard !WorkBudget.isStopped else {
        throw InfiniteWidthKernel.Unavailable(description: WorkBudget.stopped)
      }
      let (a, b) = (pair[0], pair[1])
      all.append(
        try PairDerivatives(
          unit, uniformPhase: phase, kernel[a, a], kernel[a, b], kernel[b, b], second: second))
    }
    derivatives = all
  }

  /// X as a sparse row: places and values. On the diagonal the three variables are one.
  private func row(_ p: Int) -> (SIMD3<Int>, SIMD3<Double>) {
    guard let d = derivatives[p] else { return (places[p], .zero) }
    return (places[p], scale * d.first)
  }

  func vertex(_ below: SymmetricMatrix, error: Double, ratio: Double) -> (SymmetricMatrix, Double) {
    let rows = pairs.tuples.indices.map(row)
    var largest = 0.0
    for (_, x) in rows { largest = max(largest, abs(x[0]) + abs(x[1]) + abs(x[2])) }
    let next = SymmetricMatrix(count: pairs.tuples.count) { p, q in
      var sum = scale * scale * covariance[p, q]
      guard ratio > 0 else { return sum }
      for i in 0..<3 {
        for j in 0..<3 {
          sum += ratio * rows[p].1[i] * rows[q].1[j] * below[rows[p].0[i], rows[q].0[j]]
        }
      }
      return sum
    }
    return (next, scale * scale * covarianceError + ratio * largest * largest * error)
  }

  func shift(
    _ below: SymmetricMatrix, vertex: SymmetricMatrix, width: Double, first: Bool
  ) -> SymmetricMatrix {
    guard !first else { return below }
    let n = below.count
    return SymmetricMatrix(count: n) { a, b in
      let p = pairs.index(of: [a, b])
      let (places, x) = row(p)
      var sum = x[0] * below[a, a] + x[1] * below[a, b] + x[2] * below[b, b]
      if let second = derivatives[p]?.second {
        for i in 0..<3 {
          for j in 0..<3 {
            sum += 0.5 * scale * second[i][j] * vertex[places[i], places[j]] / width
          }
        }
      }
      return sum
    }
  }
}
