import Fieldwork
import Foundation
import TestSupport
import Testing

/// Numbers from ill-conditioned systems carry what rounding makes of them.
@Suite("Conditions")
struct ConditionTests {
  @Test("the action at two close points: its quartic coupling lies within the error that is stated")
  func action() throws {
    // Outputs of a linear net at e1 and e1 + epsilon e2 are sums of those at e1 and e2, where nothing is
    // ill-conditioned: S changes by the inverse of that map, whose elements 1 and -+1/epsilon are exact.
    let net = try Ensemble("linear", inputs: 2, width: 5)
    func quartic(_ points: [[Double]]) throws -> (values: [Estimate], tensor: SymmetricTensor) {
      let exact = try ExactCumulants(net, points: Points(points, inputs: 2), order: 4)
      func coupling(_ tensors: [[Double]]) throws -> SymmetricTensor {
        try #require(
          try EdgeworthAction(connected: tensors, transform: exact.transform, order: 1).couplings[4]
        )
      }
      let values = CumulantSample(exact).estimate { (try? coupling($0).values) ?? [] }
      return (values, try coupling(exact.connected))
    }
    let plain = try quartic([[1, 0], [0, 1]])
    for e in plain.values { #expect(try #require(e.error) < 1e-12) }
    // The fourth cumulant along e2 is what is left of five that agree to epsilon^4: 2e-10 at the last.
    for power in [4, 6, 8] {
      let epsilon = pow(2, -Double(power))
      let found = try quartic([[1, 0], [1, epsilon]]).values
      // Rows by the points e1 and e2, columns by the close ones.
      let inverse = [[1, 0], [-1 / epsilon, 1 / epsilon]]
      let truth = plain.tensor.transformed { inverse[$1][$0] }
      for (estimate, value) in zip(found, truth.values) {
        let (own, error) = (try #require(estimate.value), try #require(estimate.error))
        #expect(error > 0 && error < 1e-3 * abs(value))
        // Two patterns of rounding stand for all: a few times their change.
        #expect(abs(own - value) <= 4 * error, "\(power): \(own) \(value) \(error)")
      }
    }
  }

  @Test("couplings of like shape: the error of a fit to exact data grows with its condition number")
  func fits() throws {
    let net = try Ensemble("gauss", width: 10, biasSigma: 1)
    var last = 0.0
    for distance in [1.0, 0.03, 0.003] {
      let points = try Points.line(0, distance, 2 * distance)
      let sample = CumulantSample(try ExactCumulants(net, points: points, order: 4))
      let fit = try #require(
        try CouplingAnalysis(
          Propagator(net), points: points, cutoffs: [.infinity], terms: [.lambda0, .lambda2]
        ).couplings(sample)[0].fit)
      let condition = try #require(fit.conditionNumber)
      let error = try #require(fit.values[0].error)
      #expect(condition > last)
      // Rounding of the data, 2.2e-16, times the condition, within a factor of hundreds.
      let size = abs(try #require(fit.values[0].value))
      #expect(error == 0 ? condition < 1e3 : error < 1e-12 * condition * size)
      if condition > 1e4 { #expect(error > 1e-18 * condition * size) }
      last = condition
    }
    #expect(last > 1e4)
  }

  @Test(
    "linearly dependent outputs have no exact density, and nearly dependent ones none that is resolved"
  )
  func density() throws {
    let net = try Ensemble("linear", inputs: 2, width: 5)
    func action(_ epsilon: Double) throws -> Double? {
      let points = try Points([[1, 0], [1, epsilon]], inputs: 2)
      return (try? ExactAction(net, points: points)).map { $0([0.3, 0.3]) }
    }
    // p(f) = p'(A^-1 f) / epsilon with the same field at e1, and zero at e2.
    let reference = try ExactAction(net, points: Points([[1, 0], [0, 1]], inputs: 2))([0.3, 0])
    for power in [4, 8, 12] {
      let epsilon = pow(2, -Double(power))
      let found = try #require(try action(epsilon))
      #expect(abs(found - (reference + log(epsilon))) < 1e-7)
    }
    #expect(try action(1e-6) == nil && action(0) == nil)
  }
}
