import Ensembles
import Foundation
import NumericalMethods

extension GaussianProcess {
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
    /// Of each mean: what rounding, and the error of the kernel, make of it at this condition.
    public var numerical_error: [Double]
    /// Over the test points; no variance is below its own numerical error, or the square of that of the mean.
    public var covariance: [[Double]]
    /// The same of each variance.
    public var variance_error: [Double]
    /// Directions in which the matrix that is inverted is not zero to rounding: as many as data where it is
    /// not singular.
    public var rank: Int
    /// Largest over smallest eigenvalue among those directions; nil where there are none.
    public var condition_number: Double?
    /// Root mean square of what of the values lies outside of them: gradient descent never removes it.
    public var residual: Double
    /// ln p(y) under the prior with noise; nil for gradient descent, and where the matrix is singular.
    public var log_marginal_likelihood: Double?
  }

  /// Mean and covariance at `test` given values at `data`:
  ///
  ///     bayesian:          mean = k A y,  cov = k** - k A k^T,   A = (K + noise^2)^+
  ///     gradient descent:  mean = B y,    cov = k** + B K B^T - B k^T - k B^T,  B = t (T + ridge)^+
  ///
  /// with k, t the kernel and tangent kernel between test and data, and ^+ the inverse in the directions in
  /// which a matrix is not zero up to its error e. Gradient descent does not move the values along the
  /// others, so that singular tangent kernels give least squares. A prior cannot have them: values that lie
  /// farther off than six standard deviations, sqrt(e) at most, are refused.
  ///
  /// Errors by first-order perturbation: of a mean e |A y| (1 + |w|), of a variance e (1 + |w|)^2, with w the
  /// weights k A or B of a test point.
  ///
  /// Cost O(n^3 / 3 + n^2 tests), O(9 n^3) where a matrix of up to 3000 data is singular.
  /// - Throws: `Failure` where there is no kernel, a larger matrix is singular, or the data contradict the
  ///   prior.
  public func posterior(
    data: Points, values y: [Double], test: Points, training: Training
  ) throws(Failure) -> Posterior {
    guard y.count == data.count else {
      throw Failure(description: "\(data.count) points have \(y.count) values")
    }
    let joint = Points(valid: data.coordinates + test.coordinates)
    switch training {
    case .bayesian(let noise):
      return try bayesian(
        JointKernel(try kernel(joint), data: data.count, depth: ensemble.hidden.count), data, y,
        variance: noise * noise)
    case .gradientDescent(let ridge, let rates):
      return try trained(
        JointKernel(
          try kernel(joint, rates: rates), data: data.count, depth: ensemble.hidden.count),
        y, ridge: ridge)
    }
  }

  /// Kernels of data and test points together.
  private struct JointKernel {
    let k: SymmetricMatrix
    let theta: SymmetricMatrix?
    let data: Int
    let tests: Int
    /// Bound on the error of an element of K.
    private let error: Double
    private let depth: Double

    init(_ all: InfiniteWidthKernel, data: Int, depth: Int) {
      k = all.matrix
      theta = all.tangent.last
      self.data = data
      tests = all.matrix.count - data
      error = all.error
      self.depth = Double(depth)
    }

    /// Of the elements of one of them: that of the kernel, and two roundings a layer.
    func elementError(_ matrix: SymmetricMatrix) -> Double {
      let top = (0..<matrix.count).reduce(0) { max($0, abs(matrix[$1, $1])) }
      return error + 2 * 0x1p-53 * depth * top
    }

    func system(_ matrix: SymmetricMatrix, ridge: Double, _ what: String) throws(Failure)
      -> SemidefiniteSystem
    {
      let own = SymmetricMatrix(count: data) { matrix[$0, $1] + ($0 == $1 ? ridge : 0) }
      guard let system = SemidefiniteSystem(own, elementError: elementError(matrix)) else {
        throw Failure(
          description:
            "\(what) of these \(data) points is singular to rounding, or not finite; up to \(SemidefiniteSystem.modeLimit) points can be solved without",
          needsNoise: true)
      }
      return system
    }

    /// Rows and columns of data (false) or tests (true), row by row.
    func block(_ matrix: SymmetricMatrix, rows: Bool, columns: Bool) -> [Double] {
      func range(_ test: Bool) -> Range<Int> { test ? data..<data + tests : 0..<data }
      return range(rows).flatMap { i in range(columns).map { matrix[i, $0] } }
    }
  }

  private func bayesian(
    _ joint: JointKernel, _ data: Points, _ y: [Double], variance: Double
  ) throws(Failure) -> Posterior {
    let (n, m, k) = (joint.data, joint.tests, joint.k)
    let system = try joint.system(k, ridge: variance, "the kernel")
    let residual = system.residual(y)
    let size = Self.norm(residual)
    if size > 6 * (system.uncertainty * Double(n - system.rank)).squareRoot() {
      throw Self.contradiction(data, y, residual, k, system)
    }
    var alpha = y
    system.solve(&alpha, columns: 1)
    let new = joint.block(k, rows: false, columns: true)
    var weights = new
    system.solve(&weights, columns: m)
    let gained = Self.transposedProduct(new, weights, inner: n, rows: m, columns: m)
    var covariance = joint.block(k, rows: true, columns: true)
    for i in covariance.indices { covariance[i] -= gained[i] }
    let fit = zip(y, alpha).reduce(0) { $0 + $1.0 * $1.1 }
    let (slope, error) = (Self.norm(alpha), system.uncertainty)
    let sizes = Self.columnNorms(weights, columns: m).map { 1 + $0 }
    return Posterior(
      system, mean: product(alpha, new, rows: 1, inner: n, columns: m),
      meanErrors: sizes.map { error * slope * $0 }, covariance: covariance,
      varianceErrors: sizes.map { error * $0 * $0 }, residual: size / Double(n).squareRoot(),
      evidence: system.logDeterminant.map {
        -0.5 * (fit + $0 + Double(n) * log(2 * Double.pi))
      })
  }

  private func trained(_ joint: JointKernel, _ y: [Double], ridge: Double) throws(Failure)
    -> Posterior
  {
    let (n, m, k, theta) = (joint.data, joint.tests, joint.k, joint.theta ?? joint.k)
    let system = try joint.system(theta, ridge: ridge, "the tangent kernel")
    // B^T = (T + ridge)^+ t^T.
    var b = joint.block(theta, rows: false, columns: true)
    system.solve(&b, columns: m)
    var alpha = y
    system.solve(&alpha, columns: 1)
    let kb = product(
      joint.block(k, rows: false, columns: false), b, rows: n, inner: n, columns: m)
    let quadratic = Self.transposedProduct(b, kb, inner: n, rows: m, columns: m)
    let mixed = joint.block(k, rows: false, columns: true)
    let cross = Self.transposedProduct(b, mixed, inner: n, rows: m, columns: m)
    var covariance = joint.block(k, rows: true, columns: true)
    for i in 0..<m {
      for j in 0..<m {
        covariance[i * m + j] += quadratic[i * m + j] - cross[i * m + j] - cross[j * m + i]
      }
    }
    // A change of B, of e (1 + |B|) over the smallest eigenvalue, moves the variance by 2 |K B^T - k^T| of it.
    let sizes = Self.columnNorms(b, columns: m).map { 1 + $0 }
    let pulls = Self.columnNorms(zip(kb, mixed).map { $0 - $1 }, columns: m)
    let error = Double(n).squareRoot() * joint.elementError(k)
    let moved = system.smallest > 0 ? system.uncertainty / system.smallest : 0
    let slope = Self.norm(alpha)
    return Posterior(
      system, mean: product(y, b, rows: 1, inner: n, columns: m),
      meanErrors: sizes.map { system.uncertainty * slope * $0 }, covariance: covariance,
      varianceErrors: zip(sizes, pulls).map { error * $0 * $0 + 2 * moved * $0 * $1 },
      residual: Self.norm(system.residual(y)) / Double(n).squareRoot(), evidence: nil)
  }

  /// Why values cannot be: the two points that say so, where two do.
  private static func contradiction(
    _ data: Points, _ y: [Double], _ residual: [Double], _ k: SymmetricMatrix,
    _ system: SemidefiniteSystem
  ) -> Failure {
    let n = data.count
    var found: (i: Int, j: Int, gap: Double)?
    for i in 0..<n {
      for j in i + 1..<max(i + 1, n) {
        let apart = k[i, i] + k[j, j] - 2 * k[i, j]
        let gap = abs(y[i] - y[j])
        guard apart <= 4 * system.uncertainty, gap > found?.gap ?? 0 else { continue }
        found = (i, j, gap)
      }
    }
    if let (i, j, gap) = found, gap > 12 * system.uncertainty.squareRoot() {
      let equal = data[i] == data[j]
      return Failure(
        description:
          "points \(i + 1) and \(j + 1) are \(equal ? "equal" : "the same to the kernel") and their values differ",
        needsNoise: true)
    }
    return Failure(
      description: String(
        format:
          "the outputs at these %d points have %d independent directions, and the values lie %.3g (root mean square) away from all of them",
        n, system.rank, norm(residual) / Double(n).squareRoot()),
      needsNoise: true)
  }

  private static func norm(_ x: [Double]) -> Double {
    x.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private static func columnNorms(_ a: [Double], columns: Int) -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    for (i, x) in a.enumerated() { sums[i % columns] += x * x }
    return sums.map { $0.squareRoot() }
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

extension GaussianProcess.Posterior {
  /// - Parameters:
  ///   - covariance: row by row.
  ///   - varianceErrors: of its diagonal.
  fileprivate init(
    _ system: SemidefiniteSystem, mean: [Double], meanErrors: [Double], covariance: [Double],
    varianceErrors: [Double], residual: Double, evidence: Double?
  ) {
    let m = mean.count
    self.mean = mean
    // A sum of n products, whatever the condition.
    numerical_error = zip(mean, meanErrors).map { max($1, 4 * 0x1p-53 * abs($0)) }
    self.covariance = (0..<m).map { i in
      var row = Array(covariance[i * m..<(i + 1) * m])
      row[i] = max(row[i], varianceErrors[i], meanErrors[i] * meanErrors[i])
      return row
    }
    variance_error = varianceErrors
    rank = system.rank
    condition_number = system.rank > 0 ? system.conditionNumber : nil
    self.residual = residual
    log_marginal_likelihood = evidence
  }
}
