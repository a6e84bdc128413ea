import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Polynomial truncations of the functional renormalization group")
struct PolynomialFlowTests {
  @Test("Three dimensions: the Wilson-Fisher point of orders 4 to 12, to the digits of the table")
  func truncations() throws {
    let table: [(Int, Double, Double, Double?, Double, Double)] = [
      (4, -0.07692308, 7.762711, nil, 0.542721934, 1.1758975),
      (6, -0.14285714, 12.43052, 540.8126, 0.593217686, 1.1327455),
      (8, -0.17597916, 14.15203, 889.2673, 0.630710699, 0.9564759),
      (10, -0.18819082, 14.68883, 1021.421, 0.650547394, 0.7804838),
      (12, -0.18932324, 14.73603, 1033.688, 0.654883346, 0.6613971),
    ]
    for (order, u2, u4, u6, nu, omega) in table {
      let all = try PolynomialFlow(dimension: 3, order: order).fixedPoints()
      let point = try #require(all.first { $0.relevant == 1 })
      #expect(abs(point.couplings["u2"]! - u2) < 1.01e-8)
      #expect(agreesWith(point.couplings["u4"], u4, digits: 7))
      if let u6 { #expect(agreesWith(point.couplings["u6"], u6, digits: 7)) }
      #expect(agreesWith(point.nu, nu, digits: 9) && agreesWith(point.omega, omega, digits: 7))
      // The Gaussian point has two relevant directions, u2 and u4, besides the marginal u6.
      #expect(all.contains { $0.label == "Gaussian" && $0.relevant == 2 })
    }
    // Spurious roots exist from phi^8 on.
    #expect(try PolynomialFlow(dimension: 3, order: 6).fixedPoints().count == 2)
    #expect(try PolynomialFlow(dimension: 3, order: 8).fixedPoints().count == 3)
  }

  @Test("Fixed points are zeros of the flow, at every order, dimension and number of components")
  func zeros() throws {
    for order in stride(from: 4, through: 24, by: 2) {
      for (d, m) in [(3.0, 1.0), (2.5, 1), (3.3, 4), (3, 0)] {
        let flow = try PolynomialFlow(dimension: d, order: order, components: m)
        for point in try flow.fixedPoints() {
          let u = (1...flow.count).map { point.couplings["u\(2 * $0)"]! }
          let (beta, matrix) = try #require(flow.dimensionless(u))
          for (b, x) in zip(beta, u) { #expect(abs(b) < 1e-7 * max(abs(x), 1e-6)) }
          // The stability matrix is the derivative of beta.
          for j in 0..<min(3, flow.count) where abs(u[j]) > 1e-3 {
            let h = 1e-5 * abs(u[j])
            var (up, down) = (u, u)
            up[j] += h
            down[j] -= h
            let (a, b) = (flow.dimensionless(up)!.beta, flow.dimensionless(down)!.beta)
            for i in 0..<min(3, flow.count) {
              let difference = (a[i] - b[i]) / (2 * h)
              #expect(abs(matrix[i, j] - difference) < 1e-4 * max(1, abs(difference)))
            }
          }
        }
      }
    }
  }

  @Test("About the minimum, with and without the anomalous dimension; convergence with the order")
  func minimum() throws {
    let three = try #require(try MinimumFlow(dimension: 3, order: 3).wilsonFisher())
    #expect(agreesWith(three.couplings["kappa"], 0.03287713, digits: 7))
    #expect(agreesWith(three.couplings["l2"], 6.2418190, digits: 8))
    #expect(agreesWith(three.couplings["l3"], 82.869215, digits: 8))
    #expect(
      agreesWith(three.nu, 0.7289924, digits: 7) && agreesWith(three.omega, 1.0749948, digits: 8))
    #expect(agreesWith(three.omega_imaginary, 0.9021529, digits: 7))
    let prime = try #require(
      try MinimumFlow(dimension: 3, order: 3, anomalous: true).wilsonFisher())
    #expect(agreesWith(prime.couplings["kappa"], 0.03111453, digits: 7))
    #expect(agreesWith(prime.couplings["l2"], 4.8505854, digits: 7))
    #expect(agreesWith(prime.couplings["l3"], 41.667613, digits: 8))
    #expect(
      agreesWith(prime.eta, 0.10753786, digits: 8) && agreesWith(prime.nu, 0.6433371, digits: 7))
    #expect(agreesWith(prime.omega, 1.1510419, digits: 7))
    // Orders 6, 8, 10 about the minimum approach the full potential.
    let errors = try [6, 8, 10].map { order in
      abs(
        try #require(try MinimumFlow(dimension: 3, order: order).wilsonFisher()?.nu) - 0.6495617739)
    }
    #expect(errors[0] < 1e-3 && errors[1] < 2e-4 && errors[2] < errors[1])
  }

  @Test("Passive flows of four widths with the published settings, to the digits of the table")
  func passive() throws {
    let table: [(Double, [[Double]])] = [
      (
        3,
        [
          [2.430503, -26.52302, 812.2101], [4.552745, -20.73383, 82.55932],
          [5.152301, -22.66643, 78.03462],
        ]
      ),
      (
        10,
        [
          [2.169197, -10.196635, 122.38516], [3.241754, -9.773248, 28.986331],
          [3.525024, -10.508150, 28.182386],
        ]
      ),
      (
        100,
        [
          [2.025770, -1.885459, 37.739907], [2.399650, -3.797869, 13.838890],
          [2.511795, -4.174836, 13.678513],
        ]
      ),
      (
        1000,
        [
          [2.008418, -0.895700, 45.477373], [2.345545, -3.931734, 19.161842],
          [2.463581, -4.456387, 18.928702],
        ]
      ),
    ]
    let flow = try PolynomialFlow(dimension: 1, order: 6)
    for (width, expected) in table {
      let path = flow.follow([2, -128.29633 / width, 50], from: 0, through: [1, 10, 100])
      #expect(path.pole == nil && path.couplings.count == 3)
      for (u, e) in zip(path.couplings, expected) {
        for (a, b) in zip(u, e) { #expect(abs(a - b) < 1.5e-7 * max(abs(b), 1) * 5, "N \(width)") }
      }
    }
    let sigmas = [
      1.7112, 1.6050, 1.5326, 1.4786, 1.3276, 1.2154, 1.1403, 1.1207, 1.1106, 1.1099,
    ]
    for (width, sigma) in zip([2.0, 3, 4, 5, 10, 20, 50, 100, 500, 1000], sigmas) {
      let path = flow.follow([2, -128.29633 / width, 50], from: 0, through: [100])
      #expect(agreesWith((path.couplings[0][0] / 2).squareRoot(), sigma, digits: 5), "N \(width)")
    }
  }

  @Test("Full kernel: its values, the one-loop check, its poles and those of the deep infrared")
  func fullKernel() throws {
    func end(_ kernel: PolynomialFlow.Kernel, _ start: [Double], _ scale: Double) throws -> [Double]
    {
      try #require(
        try PolynomialFlow(dimension: 1, order: 6, kernel: kernel)
          .follow(start, from: 0, through: [scale]).couplings.first)
    }
    func check(_ found: [Double], _ expected: [Double]) {
      for (a, b) in zip(found, expected) { #expect(agreesWith(a, b, digits: 5)) }
    }
    let strong = NetworkCouplings.gaussNet(dimension: 1, width: 1000, biasSigma: 1)
    check(try end(.full, [1, strong.u4, 0], 5), [1.1367, -0.99803, 1.1033])
    check(try end(.deepInfrared, [1, strong.u4, 0], 100), [1.2379, -1.0419, 0.98308])
    let weak = NetworkCouplings.gaussNet(dimension: 1, width: 10, biasSigma: 0.25)
    #expect(agreesWith(weak.u4, -0.60411, digits: 5) && agreesWith(weak.u6, 1.0849, digits: 5))
    check(try end(.full, [1, weak.u4, weak.u6], 5), [1.0828, -0.62359, 0.75137])
    check(try end(.deepInfrared, [1, weak.u4, weak.u6], 100), [1.1481, -0.66678, 0.65968])
    // One loop: u2(inf) - 1 = -(1/2)(4 pi)^(-d/2) u4.
    for d in [1.0, 2, 3] {
      let flow = try PolynomialFlow(dimension: d, order: 4, kernel: .full)
      let u = flow.follow([1, -1e-4, 0].prefix(2).map { $0 }, from: 0, through: [6]).couplings[0]
      let expected = 0.5 * pow(4 * .pi, -0.5 * d) * 1e-4
      #expect(relativeDifference(u[0] - 1, expected) < 1e-3)
    }
    for (width, full, deep) in [(100.0, 0.42211, 0.43704), (1000, 1.45465, 1.69189)] {
      let start = NetworkCouplings.gaussNet(dimension: 1, width: width, biasSigma: 1)
      for (kernel, pole) in [(PolynomialFlow.Kernel.full, full), (.deepInfrared, deep)] {
        let path = try PolynomialFlow(dimension: 1, order: 6, kernel: kernel)
          .follow([1, start.u4, start.u6], from: 0, through: [5, 100])
        #expect(abs(try #require(path.pole) - pole) < 1.01e-5)
      }
    }
    let wide = NetworkCouplings.gaussNet(dimension: 1, width: 10_000, biasSigma: 1)
    for kernel in PolynomialFlow.Kernel.allCases {
      #expect(
        try PolynomialFlow(dimension: 1, order: 6, kernel: kernel)
          .follow([1, wide.u4, wide.u6], from: 0, through: [100]).pole == nil)
    }
  }

  @Test("Up and down again: the flow is reversible; phi^24 and real dimensions run")
  func reversible() throws {
    for (d, order) in [(1.0, 6), (2.7, 8), (3, 12)] {
      let flow = try PolynomialFlow(dimension: d, order: order)
      let start = (1...flow.count).map { $0 == 1 ? 1.0 : $0 == 2 ? 0.5 : 0.1 }
      let up = flow.follow(start, from: 0.5, through: [1.5])
      let down = flow.follow(up.couplings[0], from: 1.5, through: [0.5])
      for (a, b) in zip(start, down.couplings[0]) { #expect(abs(a - b) < 1e-6 * max(1, abs(a))) }
    }
    let high = try PolynomialFlow(dimension: 3, order: 24, components: 2)
    let path = high.follow(
      [0.1, 1] + [Double](repeating: 0, count: 10), from: 1, through: [0.1, 0.01])
    #expect(path.couplings.count == 2 && path.couplings[1].allSatisfy(\.isFinite))
  }

  @Test("Bad numbers are refused with a sentence")
  func refused() {
    for (d, order, m) in [(-1.0, 6, 1.0), (3, 5, 1), (3, 26, 1), (.nan, 6, 1), (3, 6, .infinity)] {
      #expect(throws: PolynomialFlow.Refused.self) {
        try PolynomialFlow(dimension: d, order: order, components: m)
      }
    }
    #expect(throws: PolynomialFlow.Refused.self) {
      try MinimumFlow(dimension: 3, order: 3, components: 2, anomalous: true)
    }
    #expect(throws: PolynomialFlow.Refused.self) { try PotentialFixedPoint(dimension: 4) }
    #expect(throws: PolynomialFlow.Refused.self) { try PotentialFlow(dimension: 3, fieldRange: -1) }
  }
}
