import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Polynomial truncations of the functional renormalization group")
struct PolynomialFlowTests {
  @Test("dump")
  func dump() throws {
    for order in [4, 6, 8, 10, 12, 16, 20, 24] {
      let flow = try PolynomialFlow(dimension: 3, order: order)
      for f in flow.fixedPoints() {
        print(order, f.relevant, f.couplings["u2"]!, f.couplings["u4"]!, f.couplings["u6"] ?? 0, f.nu ?? 0, f.omega ?? 0)
      }
    }
    for order in 2...8 {
      for a in [false, true] {
        let f = try MinimumFlow(dimension: 3, order: order, anomalous: a).wilsonFisher()
        print(order, a, f?.couplings["kappa"] as Any, f?.couplings["l2"] as Any, f?.couplings["l3"] as Any, f?.nu as Any, f?.omega as Any, f?.omega_imaginary as Any, f?.eta as Any)
      }
    }
    for n in [3.0, 10, 100, 1000] {
      let flow = try PolynomialFlow(dimension: 1, order: 6)
      let t = flow.follow([2, -128.29633 / n, 50], from: 0, through: [1, 10, 100])
      print(n, t)
    }
    for (u4, u6) in [(-1.14, 0.0), (-0.60411, 0), (-0.60411, 1.0849)] {
      for kernel in PolynomialFlow.Kernel.allCases {
        let flow = try PolynomialFlow(dimension: 1, order: 6, kernel: kernel)
        print(u4, kernel, flow.follow([1, u4, u6], from: 0, through: [5, 100]))
      }
    }
    for n in [100.0, 1000, 10000] {
      for kernel in PolynomialFlow.Kernel.allCases {
        let flow = try PolynomialFlow(dimension: 1, order: 6, kernel: kernel)
        let u4 = -1140.0 / n
        let e4 = exp(4.0)
        let u4h = -(3 / n) * (e4 - 1) * (16 * Double.pi).squareRoot()
        let u6 = -(15 / (n * n)) * (exp(12.0) - 3 * e4 + 2) * (96 * Double.pi * Double.pi).squareRoot() + 10 * 0.4.squareRoot() * u4h * u4h
        _ = u4
        print(n, kernel, flow.follow([1, u4h, u6], from: 0, through: [5, 100]).pole as Any)
      }
    }
  }
}
