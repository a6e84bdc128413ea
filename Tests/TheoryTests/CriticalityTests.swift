import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Criticality and Gaussian processes")
struct CriticalityTests {
  @Test("relu and its like are critical at one point, tanh, erf and sin at the origin of a line")
  func known() throws {
    for (activation, sigma) in [
      (try Activation("relu"), 2.0.squareRoot()), (try Activation("linear"), 1),
      (try Activation("leaky-relu", slope: 0.5), (2 / 1.25).squareRoot()),
    ] {
      let points = try Criticality(activation).points(sigmaB: 0)
      #expect(points.count == 1 && abs(points[0].sigma_w - sigma) < 1e-12)
      #expect(points[0].kernel == nil && abs(points[0].chi_parallel - 1) < 1e-12)
      #expect(try Criticality(activation).points(sigmaB: 0.1).isEmpty)
    }
    for (name, sigma) in [("tanh", 1.0), ("sin", 1), ("erf", Double.pi.squareRoot() / 2)] {
      let points = try Criticality(Activation(name)).points(sigmaB: 0)
      #expect(points.count == 1 && abs(points[0].sigma_w - sigma) < 1e-12 && points[0].kernel == 0)
    }
    // GELU at chi_par = chi_perp = 1: sigma_w^2 = 1.98305826, sigma_b^2 = 0.17292239
    // (arXiv:2106.10165, section 5.3).
    let gelu = try Criticality(Activation("gelu"))
    let near = gelu.points(sigmaB: 0.17292239.squareRoot())
    let best = try #require(near.min { abs($0.chi_parallel - 1) < abs($1.chi_parallel - 1) })
    #expect(abs(best.sigma_w * best.sigma_w - 1.98305826) < 1e-6)
    #expect(abs(best.chi_parallel - 1) < 1e-6)
  }

  @Test(
    "every point of a line is a fixed point with chi_perp = 1",
    arguments: ["tanh", "erf", "gelu", "softplus"])
  func line(name: String) throws {
    let unit = try Activation(name)
    let criticality = try Criticality(unit)
    for p in criticality.line(upTo: 1.5) where (p.kernel ?? 0) > 0 {
      let s = SingleInput(unit.unit, variance: p.kernel!)
      let cw = p.sigma_w * p.sigma_w
      #expect(abs(cw * s.slopeSquare - 1) < 1e-12)
      #expect(abs(p.sigma_b * p.sigma_b + cw * s.square[0] - p.kernel!) < 1e-11 * p.kernel!)
      let back = criticality.points(sigmaB: p.sigma_b)
      #expect(back.contains { abs($0.sigma_w - p.sigma_w) < 1e-6 }, "\(name) \(p)")
    }
  }

  @Test("phases: the fixed point is where a thousand layers end")
  func phases() throws {
    for (name, sw, sb) in [("tanh", 1.5, 0.3), ("erf", 0.7, 0.2), ("relu", 1.2, 0.5)] {
      let net = try DeepTests.net(name, layers: 400, width: 3, cw: sw * sw, cb: sb * sb, inputs: 1)
      let end = try InfiniteWidthKernel(net, points: .line(1)).matrix[0, 0]
      let phase = try Criticality(Activation(name)).phase(sigmaW: sw, sigmaB: sb)
      #expect(abs(try #require(phase.kernel) - end) < 1e-10 * end)
    }
    #expect(try Criticality(Activation("relu")).phase(sigmaW: 2, sigmaB: 0.1).kernel == nil)
    #expect(throws: InfiniteWidthKernel.Unavailable.self) { try Criticality(Activation("gauss")) }
  }

  @Test("draws have the covariance of the kernel (5 sigma), and the same seed the same draws")
  func draws() throws {
    let ensemble = try Ensemble("erf", width: 1, biasSigma: 0.5)
    let points = try Points.line(-1, 0.2, 0.21, 1)
    let process = GaussianProcess(ensemble)
    let count = 20_000
    let draws = try process.draw(points, count: count, seed: 3)
    #expect(try process.draw(points, count: 10, seed: 3).values == Array(draws.values.prefix(10)))
    let k = try InfiniteWidthKernel(ensemble, points: points).matrix
    for i in 0..<4 {
      for j in i..<4 {
        let mean = draws.values.reduce(0) { $0 + $1[i] * $1[j] } / Double(count)
        let error = ((k[i, i] * k[j, j] + k[i, j] * k[i, j]) / Double(count)).squareRoot()
        #expect(abs(mean - k[i, j]) < 5 * error)
      }
    }
    // A singular kernel: functions take one value at equal points, and the rank says so.
    let twice = try process.draw(.line(0.5, 0.5, 0.5), count: 2, seed: 1)
    #expect(twice.rank == 1 && abs(twice.values[0][0] - twice.values[0][2]) < 1e-15)
  }

  @Test("posteriors: one and two data by hand, interpolation, and training without a tangent bias")
  func posterior() throws {
    let ensemble = try Ensemble("relu", inputs: 2, width: 1, weightSigma: 1.3, biasSigma: 0.4)
    let data = try Points([[0.3, 1], [-0.5, 0.2]], inputs: 2)
    let test = try Points([[0.3, 1], [0.9, -0.4]], inputs: 2)
    let y = [0.7, -1.1]
    let all = try InfiniteWidthKernel(
      ensemble, points: Points(data.coordinates + test.coordinates, inputs: 2),
      tangent: .init())
    let process = GaussianProcess(ensemble)
    func byHand(_ m: SymmetricMatrix, _ ridge: Double) -> (Double, [Double]) {
      let (a, b, c) = (m[0, 0] + ridge, m[0, 1], m[1, 1] + ridge)
      let det = a * c - b * b
      let row = [(c * m[3, 0] - b * m[3, 1]) / det, (a * m[3, 1] - b * m[3, 0]) / det]
      return (row[0] * y[0] + row[1] * y[1], row)
    }
    let k = all.matrix
    let bayes = try process.posterior(
      data: data, values: y, test: test, training: .bayesian(noise: 0.1))
    let (mean, row) = byHand(k, 0.01)
    #expect(abs(bayes.mean[1] - mean) < 1e-12)
    #expect(abs(bayes.covariance[1][1] - (k[3, 3] - row[0] * k[3, 0] - row[1] * k[3, 1])) < 1e-12)
    // ln N(y; 0, K + noise^2).
    let (a, b, c) = (k[0, 0] + 0.01, k[0, 1], k[1, 1] + 0.01)
    let det = a * c - b * b
    let fit = (c * y[0] * y[0] - 2 * b * y[0] * y[1] + a * y[1] * y[1]) / det
    #expect(
      abs(bayes.log_marginal_likelihood! + 0.5 * (fit + log(det) + 2 * log(2 * .pi))) < 1e-12)
    let exact = try process.posterior(
      data: data, values: y, test: test, training: .bayesian(noise: 0))
    #expect(abs(exact.mean[0] - y[0]) < 1e-12 && abs(exact.covariance[0][0]) < 1e-12)

    let trained = try process.posterior(
      data: data, values: y, test: test, training: .gradientDescent(ridge: 0, rates: .init()))
    let (tangentMean, t) = byHand(all.tangent[2 - 1], 0)
    #expect(abs(trained.mean[1] - tangentMean) < 1e-12 && abs(trained.mean[0] - y[0]) < 1e-12)
    let quadratic = t[0] * t[0] * k[0, 0] + 2 * t[0] * t[1] * k[0, 1] + t[1] * t[1] * k[1, 1]
    let expected = k[3, 3] + quadratic - 2 * (t[0] * k[3, 0] + t[1] * k[3, 1])
    #expect(abs(trained.covariance[1][1] - expected) < 1e-12 && trained.covariance[0][0] < 1e-10)
  }

  @Test("a large regression: 1200 points of a smooth function, recovered")
  func large() throws {
    let n = 1200
    let data = try Points((0..<n).map { [2 * Double($0) / Double(n) - 1] }, inputs: 1)
    let test = try Points.line(-0.513, 0.2222, 0.87)
    let process = GaussianProcess(try Ensemble("erf", width: 1, weightSigma: 2, biasSigma: 1))
    let result = try process.posterior(
      data: data, values: data.coordinates.map { sin(3 * $0[0]) }, test: test,
      training: .bayesian(noise: 1e-3))
    for (x, m) in zip([-0.513, 0.2222, 0.87], result.mean) { #expect(abs(m - sin(3 * x)) < 1e-3) }
  }
}
