import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("The full potential")
struct PotentialTests {
  @Test("dump")
  func dump() throws {
    for m in [0.0, 1, 2, 3, 4] {
      let start = Date()
      let p = try PotentialFixedPoint(dimension: 3, components: m)
      print(m, p.point.nu!, p.point.omega!, p.point.eigenvalues.prefix(4).map(\.real), p.error, p.point.couplings, Date().timeIntervalSince(start))
    }
    let p = try PotentialFixedPoint(dimension: 3, anomalous: true)
    print(p.point.nu!, p.point.omega!, p.point.eta, p.error)
    for (m2, l) in [(1.0, 1.0), (1, 10), (-1, 6)] {
      for points in [200, 400, 800] {
        let flow = try PotentialFlow(dimension: 0, fieldRange: 6, points: points)
        let start = Date()
        let r = flow.follow(slope: { m2 * $0 + l * $0 * $0 * $0 / 6 }, from: 1e6, through: [1, 1e-6], relative: 1e-11)
        print(m2, l, points, r.snapshots.map { [$0.u2, $0.u4, $0.u6] }, r.end as Any, Date().timeIntervalSince(start))
      }
    }
  }
}
