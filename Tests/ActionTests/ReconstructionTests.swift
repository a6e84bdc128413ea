import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("The action from the connected correlators")
struct ReconstructionTests {
  @Test("dump")
  func dump() throws {
    for n in [25, 50, 100, 200] {
      let e = try Ensemble("linear", width: n)
      let p = Points(valid: [[1.0]])
      let exact = try ExactAction(e, points: p)
      let c = try ExactCumulants(e, points: p, order: 6)
      let actions = try (0...2).map { try EdgeworthAction(connected: c.connected, transform: c.transform, order: $0) }
      print(n, actions.map { a in
        stride(from: 0.05, through: 2.0001, by: 0.01).map { abs(a([$0]) - exact([$0])) }.max()! })
    }
    let r = 2.0.squareRoot()
    let e = try Ensemble("linear", inputs: 2, width: 50)
    let p = Points(valid: [[r, 0], [0.6 * r, (1.5 - 0.36).squareRoot() * r]])
    let c = try ExactCumulants(e, points: p, order: 6)
    print(c.connected[2])
    let exact = try ExactAction(e, points: p)
    for o in 0...2 {
      let a = try EdgeworthAction(connected: c.connected, transform: c.transform, order: o)
      print(a.g0, a.couplings.mapValues(\.values), a([0.7, -0.3]), exact([0.7, -0.3]), a.unboundedDirection as Any)
    }
    for (name, sb) in [("erf", 1.0), ("relu", 0.0), ("tanh", 0.5)] {
      for n in [25, 50, 100, 200] {
        let e = try Ensemble(name, width: n, biasSigma: sb)
        let p = Points(valid: [[1.0]])
        let exact = try ExactAction(e, points: p)
        let c = try ExactCumulants(e, points: p, order: 6)
        let s = c.connected[2][0].squareRoot()
        let actions = try (0...2).map { try EdgeworthAction(connected: c.connected, transform: c.transform, order: $0) }
        print(name, n, actions.map { a in
          stride(from: 0.05, through: 2.0001, by: 0.05).map { abs(a([$0 * s]) - exact([$0 * s])) }.max()! })
      }
    }
  }
}
