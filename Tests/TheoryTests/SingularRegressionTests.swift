import Fieldwork
import Foundation
import TestSupport
import Testing

/// Regression with kernels that are singular, or nearly so: an answer with its numerical error, or a refusal.
@Suite("Singular regressions")
struct SingularRegressionTests {
  private func erf() throws -> GaussianProcess {
    GaussianProcess(try Ensemble("erf", width: 1, biasSigma: 0.5))
  }

  private func refusal(
    _ process: GaussianProcess, _ x: [Double], _ y: [Double], noise: Double = 0
  ) throws -> GaussianProcess.Failure? {
    let data = try Points(x.map { [$0] }, inputs: 1)
    let test = try Points.line(0.3)
    do throws(GaussianProcess.Failure) {
      _ = try process.posterior(
        data: data, values: y, test: test, training: .bayesian(noise: noise))
      return nil
    } catch { return error }
  }

  @Test("equal points of different values contradict every prior without noise, and none with it")
  func equalPoints() throws {
    let found = try #require(try refusal(erf(), [0.1, 0.1], [1, 2]))
    #expect(found.description == "points 1 and 2 are equal and their values differ")
    #expect(found.needsNoise)
    let later = try #require(try refusal(erf(), [0.7, 0.1, -1, 0.1], [0, 1, 0.5, 1.001]))
    #expect(later.description.hasPrefix("points 2 and 4 are equal"))
    // Points that a double tells apart and the kernel does not.
    let near = try #require(try refusal(erf(), [0.1, 0.1 + 1e-12], [1, 2]))
    #expect(near.description.hasPrefix("points 1 and 2 are the same to the kernel"))
    #expect(try refusal(erf(), [0.1, 0.1], [1, 2], noise: 0.1) == nil)
    #expect(try refusal(erf(), [0.1, 0.1], [1, 1]) == nil)
  }

  @Test(
    "values that no function of the prior takes are refused: an odd unit at x and -x, a line at three points"
  )
  func impossible() throws {
    let odd = GaussianProcess(try Ensemble("erf", width: 1))
    #expect(
      try #require(try refusal(odd, [0.4, -0.4], [1, 1])).description.contains("1 independent"))
    #expect(try refusal(odd, [0.4, -0.4], [1, -1]) == nil)
    let line = GaussianProcess(try Ensemble("linear", width: 1, biasSigma: 1))
    #expect(
      try #require(try refusal(line, [0, 1, 2], [0, 1, 3])).description.contains("2 independent"))
    #expect(try refusal(line, [0, 1, 2], [0, 1, 2]) == nil)
    // At the origin a network without biases is zero.
    let zero = GaussianProcess(try Ensemble("linear", width: 1))
    #expect(try refusal(zero, [0], [1]) != nil)
    #expect(try refusal(zero, [0], [0]) == nil)
  }

  @Test("equal points of equal values count once: the posterior is that of the distinct ones")
  func repeated() throws {
    let test = try Points.line(0.25, 2)
    let once = try erf().posterior(
      data: .line(-0.5, 0.6), values: [0.2, -0.1], test: test, training: .bayesian(noise: 0))
    let twice = try erf().posterior(
      data: .line(-0.5, 0.6, -0.5, 0.6), values: [0.2, -0.1, 0.2, -0.1], test: test,
      training: .bayesian(noise: 0))
    #expect(twice.rank == 2 && once.rank == 2)
    #expect(once.log_marginal_likelihood != nil && twice.log_marginal_likelihood == nil)
    for i in 0..<2 {
      #expect(abs(once.mean[i] - twice.mean[i]) < 1e-13)
      #expect(abs(once.covariance[i][i] - twice.covariance[i][i]) < 1e-13)
    }
  }

  @Test("gradient descent of a linear net is least squares: the straight line of three points")
  func leastSquares() throws {
    // Kernel 2 + 2 x y: slope 36/35 and intercept 1/10 of the least-squares line, 23/14 at 3/2; what is left
    // of the values are 3 (1, -3/2, 1/2) / 35, of which descent removes nothing.
    let net = try Ensemble("linear", width: 1)
    let found = try GaussianProcess(net).posterior(
      data: .line(0.5, 1, 2), values: [0.7, 1, 2.2], test: .line(1.5),
      training: .gradientDescent(ridge: 0, rates: .init()))
    #expect(found.rank == 2)
    #expect(abs(found.mean[0] - 23.0 / 14) < 1e-13)
    #expect(abs(found.mean[0] - 23.0 / 14) <= found.numerical_error[0])
    let rest = (3.0 / 35) * ((1 + 2.25 + 0.25) / 3.0).squareRoot()
    #expect(abs(found.residual - rest) < 1e-13)
    // One direction, y = c x: c = sum x y / sum x^2.
    let through = try GaussianProcess(net).posterior(
      data: .line(0.5, 1, 2), values: [0.7, 1, 2.2], test: .line(1.5),
      training: .gradientDescent(ridge: 0, rates: .init(biases: 0, weights: 1)))
    #expect(through.rank == 1 && abs(through.mean[0] - 1.5 * 5.75 / 5.25) < 1e-13)
  }

  @Test("five data against 60 digits: means, variances and the likelihood")
  func fiveData() throws {
    // mpmath, 60 digits: LU of the erf kernel with sigma_w 1, sigma_b 1/2.
    let found = try erf().posterior(
      data: .line(-1, -0.5, 0, 0.5, 1), values: [0.3, -0.2, 0.1, 0.4, -0.6], test: .line(0.25, 2),
      training: .bayesian(noise: 0))
    let mean = [0.43696369575956699, -2.1300627785660172]
    let variance = [9.5861864229692477e-5, 0.015630101714952083]
    for i in 0..<2 {
      #expect(abs(found.mean[i] - mean[i]) <= found.numerical_error[i])
      #expect(found.numerical_error[i] < 1e-9)
      #expect(abs(found.covariance[i][i] - variance[i]) <= found.variance_error[i])
      #expect(found.variance_error[i] < 1e-11)
    }
    #expect(abs(try #require(found.log_marginal_likelihood) + 39.922427520716679) < 1e-8)
  }

  @Test(
    "data of a smooth function, singular to rounding or nearly so: right within the stated error",
    arguments: [
      // mpmath, 60 and 120 digits, of the same kernel: its eigenvalues fall by a factor of three each.
      (
        17, 17, [0.55468754033611597, 0.8722441561950989],
        [1.2882940229245568e-14, 8.6334554233394343e-6]
      ),
      (
        33, 20, [0.55468750000005315, 0.87491030044170822],
        [2.1799249607368957e-26, 8.6877534234493362e-9]
      ),
    ])
  func smooth(_ count: Int, _ rank: Int, _ mean: [Double], _ variance: [Double]) throws {
    let x = (0..<count).map { 2 * Double($0) / Double(count - 1) - 1 }
    let found = try erf().posterior(
      data: Points(x.map { [$0] }, inputs: 1), values: x.map { 0.25 * $0 + 0.5 },
      test: .line(0.21875, 1.5), training: .bayesian(noise: 0))
    // Which of the last directions is above rounding is a matter of rounding.
    #expect(abs(found.rank - rank) <= 1)
    #expect((found.log_marginal_likelihood == nil) == (found.rank < count))
    for i in 0..<2 {
      let sd = found.covariance[i][i].squareRoot()
      // Directions lost to rounding widen the posterior, and never narrow it.
      #expect(found.covariance[i][i] >= variance[i] - found.variance_error[i])
      #expect(abs(found.mean[i] - mean[i]) <= 3 * sd + found.numerical_error[i])
      #expect(sd >= found.numerical_error[i])
    }
    #expect(abs(found.mean[0] - mean[0]) < 1e-6)
  }

  @Test("no standard deviation lies below the numerical error, at the data neither")
  func floor() throws {
    for noise in [0, 1e-12, 1e-9, 1e-6, 1e-3] {
      let found = try erf().posterior(
        data: .line(-1, 0, 1), values: [0.1, 0.2, 0.3], test: .line(-1, 0.5, 1),
        training: .bayesian(noise: noise))
      for i in 0..<3 {
        #expect(found.covariance[i][i] >= found.variance_error[i])
        #expect(
          found.covariance[i][i].squareRoot() >= found.numerical_error[i]
            && found.covariance[i][i] > 0)
      }
    }
  }

  @Test("systems of any rank: A A^+ b is b without its residual")
  func systems() throws {
    // A Gram matrix of vectors in three dimensions.
    let vectors: [[Double]] = [[1, 0, 2], [0, 1, -1], [1, 1, 1], [2, -1, 0.5], [0, 0, 0]]
    let a = SymmetricMatrix(count: 5) { i, j in
      zip(vectors[i], vectors[j]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let system = try #require(SemidefiniteSystem(a))
    #expect(system.rank == 3 && system.logDeterminant == nil)
    let b = [1, -2, 0.5, 3, 1]
    var x = b
    system.solve(&x, columns: 1)
    let residual = system.residual(b)
    for i in 0..<5 {
      let product = (0..<5).reduce(0) { $0 + a[i, $1] * x[$1] }
      #expect(abs(product + residual[i] - b[i]) < 1e-12)
    }
    #expect(abs(residual[4] - 1) < 1e-14)
    let factor = try #require(PivotedFactor(a))
    #expect(factor.rank == 3)
    // L L^T, a unit vector of each direction at a time.
    var rebuilt = SymmetricMatrix(count: 5)
    for k in 0..<5 {
      let column = factor.times((0..<5).map { $0 == k ? 1 : 0 }, columns: 1)
      for i in 0..<5 { for j in i..<5 { rebuilt[i, j] += column[i] * column[j] } }
    }
    for (p, q) in zip(rebuilt.elements, a.elements) { #expect(abs(p - q) < 1e-14) }
  }
}
