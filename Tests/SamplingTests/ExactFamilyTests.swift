import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Exact correlators against sampled units, as one family")
struct ExactFamilyTests {
  /// 10 units, 1 to 3 inputs, orders 2 and 4, 200 blocks. With 1e-3 for the whole family, each of M
  /// pulls may be as unlikely as 1e-3 / M, and each chi-square likewise.
  @Test("largest pull and every chi-square within Bonferroni's bound at 1e-3")
  func family() throws {
    let points: [[Double]] = [
      [0.6, -0.4, 0.3], [-0.9, 0.5, 0.8], [0.2, 1.1, -0.7], [1.0, 0.3, 0.4],
    ]
    let blocks = 200
    var pulls: [Double] = []
    var chances: [(String, Double)] = []
    for name in Activation.names {
      for inputs in 1...3 {
        let ensemble = try Ensemble(
          name, inputs: inputs, width: 7, weightSigma: name == "gauss" ? 0.4 : 1.2,
          biasSigma: name == "gauss" ? 0.2 : 0.4)
        let own = try Points(points.map { Array($0.prefix(inputs)) }, inputs: inputs)
        let result = try sampledCorrelators(
          ensemble, points: own, estimator: .neurons, orders: [2, 4], networks: 1920,
          runs: blocks, seed: 99, threads: 2, blocks: blocks)
        for correlator in result {
          let differences = correlator.elements.map { $0.connected.value! - $0.connected.exact! }
          for element in correlator.elements {
            pulls.append(abs(try #require(element.connected.deviation)))
          }
          let modes = try #require(correlator.covariance).leadingModes(tolerance: 1e-4)
          let value = modes.reduce(0.0) { sum, mode in
            let projection = zip(mode.vector, differences).reduce(0) { $0 + $1.0 * $1.1 }
            return sum + projection * projection / mode.value
          }
          // Hotelling's T^2 of p modes from n blocks.
          let (p, n) = (Double(modes.count), Double(blocks))
          chances.append(
            (
              "\(name) \(inputs) \(correlator.order)",
              UpperTail.fisher(value * (n - p) / (p * (n - 1)), p, n - p)
            ))
        }
      }
    }
    #expect(pulls.count == 30 * 45)
    let family = 1e-3
    let worst = pulls.max()!
    #expect(
      UpperTail.studentTwoSided(worst, degrees: Double(blocks - 1)) > family / Double(pulls.count))
    for (name, chance) in chances { #expect(chance > family / Double(chances.count), "\(name)") }
  }
}
