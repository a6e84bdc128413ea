import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("Couplings from exact correlators")
struct CouplingTests {
  private func analysis(
    _ name: String, width: Int, biasSigma: Double, points: [Double], test: [Double]? = nil,
    cutoffs: [Double], terms: [QuarticTerm] = [.lambda0]
  ) throws -> Couplings {
    let ensemble = try Ensemble(name, width: width, biasSigma: biasSigma)
    let train = Points(valid: points.map { [$0] })
    let other = test.map { Points(valid: $0.map { [$0] }) }
    let all = try CouplingAnalysis(
      Propagator(ensemble), points: train, testPoints: other, cutoffs: cutoffs, terms: terms)
    return all.couplings(
      CumulantSample(try ExactCumulants(ensemble, points: train, order: 4)),
      test: try other.map {
        CumulantSample(try ExactCumulants(ensemble, points: $0, order: 4))
      })[0]
  }

  @Test("dump")
  func dump() throws {
    let base = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2]
    let r = 0.5.squareRoot()
    for terms in [[QuarticTerm.lambda0], [.lambda0, .lambda2], [.lambda0, .lambda2, .lambdaNL]] {
      for (name, width, sb, scale, cutoff) in [
        ("gauss", 1000, 1.0, 0.01, Double.infinity), ("erf", 5, 1, 0.01, 100), ("relu", 20, 0, 1, 100),
      ] {
        let c = try analysis(
          name, width: width, biasSigma: sb, points: base.map { $0 * scale * r },
          test: base.map { $0 * scale }, cutoffs: [cutoff], terms: terms)
        print(name, c.fit?.values.map { $0.value ?? .nan } as Any, c.fit?.conditionNumber as Any, c.fit?.train.mean.value as Any, c.fit?.train.maximum.value as Any, c.fit?.test?.mean.value as Any, c.mean.value as Any, c.fit?.unidentifiable as Any)
      }
    }
    for (d, pts) in [(1, [[0.2],[0.4],[0.6],[0.8],[1.0],[1.2]]), (2, [[0.5,0.5],[0.5,1],[1,0.5],[1,1]]), (3, [[0.2,0.2,0.2],[1,1,0.2],[0.2,1,1],[1,0.2,1]])] {
      let ensemble = try Ensemble("relu", inputs: d, width: 20)
      let points = Points(valid: pts)
      let start = Date()
      let a = try CouplingAnalysis(Propagator(ensemble), points: points, cutoffs: [7, 100], terms: [.lambda0])
      let c = a.couplings(CumulantSample(try ExactCumulants(ensemble, points: points, order: 4)))
      print(d, c[0].logMean?.value as Any, c[1].logMean?.value as Any, log10(abs(c[0].mean.value!) * pow(7, Double(d+4))), Date().timeIntervalSince(start), c[0].elements.map { $0.integral.error / $0.integral.value }.max() as Any)
    }
    do {
      let c = try analysis("erf", width: 5, biasSigma: 1, points: [-1,-0.6,-0.2,0.2,0.6,1], cutoffs: [100])
      let i = c.elements.map(\.integral.value); let l = c.elements.compactMap(\.coupling.value)
      print(i.min()!, i.max()!, c.negativeIntegrals * 126, l.min()!, l.max()!, c.mean.value!, c.excluded)
      let e = try Ensemble("erf", width: 5, biasSigma: 1)
      let p = Points(valid: [[0.2],[0.6],[1.0],[-0.6]])
      for L in [7.70, 7.7044, 7.71] {
        print(L, try VertexIntegrals(Propagator(e), points: p, integrands: [.init([0,1,2,3])], cutoffs: [L]).value(.init([0,1,2,3]), cutoff: 0))
      }
    }
  }
}
