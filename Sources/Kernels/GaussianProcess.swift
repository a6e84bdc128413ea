import CSampling
import Ensembles
import Foundation
import NumericalMethods
import Sampling

/// The theory of infinite width as a Gaussian process: functions drawn from it, and its posterior
/// given data.
public struct GaussianProcess: Sendable {
  private let ensemble: Ensemble

  /// Points in all beyond which a request is refused.
  public static let limit = 12_000

  public struct Failure: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  public init(_ ensemble: Ensemble) { self.ensemble = ensemble }

  /// Functions drawn at points.
  public struct Draws: Sendable, Codable {
    /// `values[draw][point]`.
    public var values: [[Double]]
    /// Added to the diagonal of the kernel.
    public var jitter: Double
  }

  /// Which trained ensemble a posterior describes.
  public enum Training: Sendable, Equatable {
    /// Bayesian inference: the prior of infinite width conditioned on the data, with independent
    /// noise of this standard deviation (NNGP).
    case bayesian(noise: Double)
    /// Gradient descent to the end from random initial parameters (NTK; arXiv:1902.06720), with a
    /// ridge added to the diagonal of the tangent kernel.
    case gradientDescent(ridge: Double, rates: InfiniteWidthKernel.LearningRates)
  }

  public struct Posterior: Sendable, Codable {
    public var mean: [Double]
    /// Over the test points.
    public var covariance: [[Double]]
    /// Added to the diagonal before factoring, besides the noise or ridge.
    public var jitter: Double
    /// ln p(y) under the prior with noise; nil for gradient descent.
    public var log_marginal_likelihood: Double?
  }

  private func kernel(_ points: Points, rates: InfiniteWidthKernel.LearningRates? = nil)
    throws(Failure) -> InfiniteWidthKernel
  {
    guard points.count <= Self.limit else {
      throw Failure(
        description:
          "\(points.count) points make a matrix of \(points.count)^2; use up to \(Self.limit)")
    }
    do {
      return try InfiniteWidthKernel(ensemble, points: points, tangent: rates)
    } catch {
      throw Failure(description: error.description)
    }
  }

  private func factor(_ matrix: SymmetricMatrix, _ what: String) throws(Failure) -> CholeskyFactor {
    guard let factor = CholeskyFactor(matrix) else {
      throw Failure(
        description: "\(what) is singular even with a jitter of 1e-6 of its diagonal")
    }
    return factor
  }

  /// Draws `count` functions from the prior. Cost O(n^3 / 3 + count n^2).
  public func draw(_ points: Points, count: Int, seed: UInt64) throws(Failure) -> Draws {
    let root = try factor(try kernel(points).matrix, "the kernel")
    let n = points.count
    var normals = [Double](repeating: 0, count: n * count)
    let source = fw_source(
      kind: Int32(FW_GAUSSIAN), scale: 1, dof: 0, stream: streamHash("gaussian process"))
    let padded = (n + 3) & ~3
    var block = [Float](repeating: 0, count: padded * Int(FW_LANES) + 16)
    for first in stride(from: 0, to: count, by: Int(FW_LANES)) {
      fw_variates(
        InstructionSet.chosen.level, source, fw_networks(seed: seed, run: 0, first: UInt64(first)),
        0, Int64(padded), &block)
      for lane in 0..<min(Int(FW_LANES), count - first) {
        for i in 0..<n {
          normals[i * count + first + lane] = Double(block[i * Int(FW_LANES) + lane])
        }
      }
    }
    let values = root.times(normals, columns: count)
    return Draws(
      values: (0..<count).map { c in (0..<n).map { values[$0 * count + c] } }, jitter: root.jitter)
  }

  /// Mean and covariance at `test` given values at `data`:
  ///
  ///     bayesian:          mean = k A y,  cov = k** - k A k^T,   A = (K + noise^2)^-1
  ///     gradient descent:  mean = B y,    cov = k** + B K B^T - B k^T - k B^T,  B = t (T + ridge)^-1
  ///
  /// with k, t the kernel and tangent kernel between test and data. Cost O(n^3 / 3 + n^2 tests).
  /// - Throws: `Failure` where there is no kernel, or it is singular.
  public func posterior(
    data: Points, values y: [Double], test: Points, training: Training
  ) throws(Failure) -> Posterior {
    guard y.count == data.count else {
      throw Failure(description: "\(data.count) points have \(y.count) values")
    }
    let (n, m) = (data.count, test.count)
    let joint = Points(valid: data.coordinates + test.coordinates)
    var rates: InfiniteWidthKernel.LearningRates?
    if case .gradientDescent(_, let given) = training { rates = given }
    let all = try kernel(joint, rates: rates)
    let k = all.matrix
    func block(_ matrix: SymmetricMatrix, rows: Range<Int>, columns: Range<Int>) -> [Double] {
      rows.flatMap { i in columns.map { matrix[i, $0] } }
    }
    let (own, new) = (0..<n, n..<n + m)
    var mean: [Double]
    var covariance = block(k, rows: new, columns: new)
    switch training {
    case .bayesian(let noise):
      let variance = noise * noise
      let root = try factor(
        SymmetricMatrix(count: n) { k[$0, $1] + ($0 == $1 ? variance : 0) }, "the kernel")
      var alpha = y
      root.solveLower(&alpha, columns: 1)
      var half = block(k, rows: own, columns: new)
      root.solveLower(&half, columns: m)
      mean = product(alpha, half, rows: 1, inner: n, columns: m)
      let gained = Self.transposedProduct(half, half, inner: n, rows: m, columns: m)
      for i in covariance.indices { covariance[i] -= gained[i] }
      let fit = alpha.reduce(0) { $0 + $1 * $1 }
      return Posterior(
        mean: mean, covariance: Self.rows(covariance, m), jitter: root.jitter,
        log_marginal_likelihood: -0.5
          * (fit + root.logDeterminant + Double(n) * log(2 * Double.pi)))
    case .gradientDescent(let ridge, _):
      let theta = all.tangent[all.tangent.count - 1]
      let root = try factor(
        SymmetricMatrix(count: n) { theta[$0, $1] + ($0 == $1 ? ridge : 0) }, "the tangent kernel")
      // B^T = (T + ridge)^-1 t^T.
      var b = block(theta, rows: own, columns: new)
      root.solve(&b, columns: m)
      mean = product(y, b, rows: 1, inner: n, columns: m)
      let kb = product(block(k, rows: own, columns: own), b, rows: n, inner: n, columns: m)
      let quadratic = Self.transposedProduct(b, kb, inner: n, rows: m, columns: m)
      let cross = Self.transposedProduct(
        b, block(k, rows: own, columns: new), inner: n, rows: m, columns: m)
      for i in 0..<m {
        for j in 0..<m {
          covariance[i * m + j] += quadratic[i * m + j] - cross[i * m + j] - cross[j * m + i]
        }
      }
      return Posterior(
        mean: mean, covariance: Self.rows(covariance, m), jitter: root.jitter,
        log_marginal_likelihood: nil)
    }
  }

  private static func rows(_ flat: [Double], _ m: Int) -> [[Double]] {
    (0..<m).map { i in Array(flat[i * m..<(i + 1) * m]) }
  }

  /// A^T B.
  private static func transposedProduct(
    _ a: [Double], _ b: [Double], inner: Int, rows: Int, columns: Int
  ) -> [Double] {
    var transposed = [Double](repeating: 0, count: a.count)
    for k in 0..<inner {
      for i in 0..<rows { transposed[i * inner + k] = a[k * rows + i] }
    }
    return product(transposed, b, rows: rows, inner: inner, columns: columns)
  }
}
