import CSampling
import CVectorMath
import Fieldwork
import Foundation
import Testing

@Suite("Densities over the whole range of their parameters")
struct DensityRangeTests {
  private static let levels = Array(0...fw_level_available())

  private func draw(
    _ level: Int32, kind: Int, scale: Double, dof: Double, calls: Int
  ) -> [Float] {
    var all: [Float] = []
    var out = [Float](repeating: 0, count: 1024 * 16)
    let source = fw_make_source(Int32(kind), scale, dof, 0x51_7cc1_b727)
    for b in 0..<calls {
      fw_variates(
        level, source, fw_networks(seed: 11, run: 1, first: UInt64(b) * 16), 0, 1024, &out)
      all += out
    }
    return all
  }

  /// P(|x| > q) of Student's t of unit variance by quadrature of its density, logarithms by log1p.
  private func beyond(_ q: Double, dof: Double) -> Double {
    let scale = (dof / (dof - 2)).squareRoot()
    func density(_ t: Double) -> Double { exp(-0.5 * (dof + 1) * log1p(t * t / dof)) }
    // t = sinh(w) reaches the tails of few degrees of freedom.
    let rule = GaussLegendre(count: 20)
    func integral(_ from: Double, _ to: Double) -> Double {
      var sum = 0.0
      let pieces = 60
      for k in 0..<pieces {
        let h = (to - from) / Double(pieces)
        rule.forEach(from: from + Double(k) * h, to: from + Double(k + 1) * h) {
          sum += $1 * density(sinh($0)) * cosh($0)
        }
      }
      return sum
    }
    let whole = integral(0, 25)
    return integral(asinh(q * scale), 25) / whole
  }

  @Test(
    "Student t from 2.01 degrees of freedom to 1e30: quantiles and variance (4 sigma each)",
    arguments: [2.01, 2.5, 3, 5, 30, 1e3, 1e5, 1e6, 1e7, 1e8, 1e10, 1e12, 1e30])
  func student(dof: Double) {
    let x = draw(InstructionSet.chosen.level, kind: FW_STUDENT_T, scale: 1, dof: dof, calls: 40)
    let n = Double(x.count)
    for q in [0.05, 0.5, 1, 2, 3, 4] {
      let share = Double(x.count { abs(Double($0)) > q }) / n
      let exact = beyond(q, dof: dof)
      #expect(
        abs(share - exact) < 4 * (exact * (1 - exact) / n).squareRoot() + 2 / n,
        "\(dof) beyond \(q): \(share), \(exact)")
    }
    if dof > 9 {
      let variance = x.reduce(0.0) { $0 + Double($1) * Double($1) } / n
      let fourth: Double = 3 * (dof - 2) / (dof - 4)
      let sigma: Double = ((fourth - 1) / n).squareRoot()
      #expect(abs(variance - 1) < 4 * sigma, "\(dof): \(variance)")
    }
  }

  @Test("Student t of any degrees of freedom is the same at every level of instructions")
  func levels() {
    for dof in [2.01, 5, 1e4, 1e7, 1e12] {
      let all = Self.levels.filter { $0 > 0 }.map {
        draw($0, kind: FW_STUDENT_T, scale: 1, dof: dof, calls: 1)
      }
      for other in all.dropFirst() { #expect(other == all[0], "\(dof)") }
    }
  }

  @Test("Student t of very many degrees of freedom is the Gaussian of the same words, to rounding")
  func limit() {
    let many = draw(InstructionSet.chosen.level, kind: FW_STUDENT_T, scale: 1, dof: 1e12, calls: 1)
    let more = draw(InstructionSet.chosen.level, kind: FW_STUDENT_T, scale: 1, dof: 1e30, calls: 1)
    for (a, b) in zip(many, more) { #expect(abs(a - b) <= 3e-7 * abs(b)) }
  }

  @Test("every density has its standard deviation from 1e-30 to 1e6 (4 sigma)")
  func scales() {
    for (kind, fourth) in [
      (FW_GAUSSIAN, 3.0), (FW_UNIFORM, 1.8), (FW_LAPLACE, 6), (FW_STUDENT_T, 3.375),
    ] {
      for scale in [1e-30, 1e-24, 1e-20, 1e-15, 1e-10, 1, 1e6] {
        let x = draw(InstructionSet.chosen.level, kind: Int(kind), scale: scale, dof: 20, calls: 4)
        let n = Double(x.count)
        let variance = x.reduce(0.0) { $0 + pow(Double($1) / scale, 2) } / n
        #expect(abs(variance - 1) < 4 * ((fourth - 1) / n).squareRoot(), "\(kind) \(scale)")
        let mean = x.reduce(0.0) { $0 + Double($1) / scale } / n
        #expect(abs(mean) < 4 / n.squareRoot(), "\(kind) \(scale)")
      }
    }
  }

  @Test("cumulants of densities: closed, and those of Student's t tend to zero as 6/nu")
  func cumulants() throws {
    func cumulant(_ shape: Density.Shape, _ n: Int, dof: Double? = nil) throws -> Double {
      try Density(shape, sigma: 1, dof: dof).cumulant(n, scale: 1, mean: 0)
    }
    #expect(try cumulant(.gaussian, 8) == 0)
    // Uniform of unit variance: -6/5, 48/7, -432/5; Laplace: 3, 30, 630.
    for (n, right) in [(4, -1.2), (6, 48 / 7.0), (8, -86.4)] {
      #expect(abs(try cumulant(.uniform, n) - right) < 1e-13 * abs(right))
    }
    for (n, right) in [(4, 3.0), (6, 30), (8, 630)] {
      #expect(abs(try cumulant(.laplace, n) - right) < 1e-13 * right)
    }
    for dof in [9, 30, 1e4, 1e8, 1e12] {
      #expect(abs(try cumulant(.studentT, 4, dof: dof) - 6 / (dof - 4)) < 1e-13 * 6 / (dof - 4))
      // 240/((nu-4)(nu-6)).
      let six = 240 / ((dof - 4) * (dof - 6))
      #expect(abs(try cumulant(.studentT, 6, dof: dof) - six) < 1e-15 * dof * six + 1e-12 * six)
    }
    #expect(try cumulant(.studentT, 6, dof: 5.5).isInfinite)
    #expect(throws: InvalidEnsemble.self) { try Density(.gaussian, sigma: 1e-40) }
  }
}
