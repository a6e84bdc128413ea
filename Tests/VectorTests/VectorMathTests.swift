import CVectorMath
import Foundation
import TestSupport
import Testing

/// The vector functions against libm in float64, at every level of this machine.
@Suite("Vector functions")
struct VectorMathTests {
  static let levels = Array(0...fw_level_available())

  private func apply(_ level: Int32, _ function: Int, _ x: [Float]) -> [Float] {
    let padded = x + [Float](repeating: 1, count: (16 - x.count % 16) % 16)
    var y = [Float](repeating: 0, count: padded.count)
    fw_math_apply(level, Int32(function), padded, &y, Int64(padded.count / 16))
    return Array(y.prefix(x.count))
  }

  private func grid(_ from: Float, _ to: Float, _ count: Int = 400_001) -> [Float] {
    (0..<count).map { from + (to - from) * Float($0) / Float(count - 1) }
  }

  private func worstUlps(
    _ level: Int32, _ function: Int, _ x: [Float], _ reference: (Double) -> Double
  ) -> Double {
    zip(x, apply(level, function, x)).map { ulps($1, reference(Double($0))) }.max() ?? 0
  }

  private func worstAbsolute(
    _ level: Int32, _ function: Int, _ x: [Float], _ reference: (Double) -> Double
  ) -> Double {
    zip(x, apply(level, function, x)).map { abs(Double($1) - reference(Double($0))) }.max() ?? 0
  }

  @Test("exp within 2 ulp from underflow to overflow", arguments: levels)
  func exponential(level: Int32) {
    #expect(worstUlps(level, FW_MATH_EXP, grid(-103, 88.7), exp) <= 2)
    let ends = apply(level, FW_MATH_EXP, [-1000, -104, 0, 89, 1000])
    #expect(ends[0] == 0 && ends[1] < 1e-37 && ends[2] == 1)
    #expect(ends[3] == .infinity && ends[4] == .infinity)
  }

  @Test("log within 2 ulp over all positive normal numbers", arguments: levels)
  func logarithm(level: Int32) {
    let x = grid(-126, 127).map { Float(exp2(Double($0))) } + grid(0.5, 2)
    #expect(worstUlps(level, FW_MATH_LOG, x, log) <= 2)
  }

  @Test(
    "sin and cos within 2 ulp, or 1e-9 absolute near their zeros, to |x| = 1e6", arguments: levels)
  func trigonometric(level: Int32) {
    for x in [grid(-30, 30), grid(-1e6, 1e6)] {
      for (function, reference) in [
        (FW_MATH_SIN, { sin($0) } as (Double) -> Double), (FW_MATH_COS, { cos($0) }),
      ] {
        let y = apply(level, function, x)
        let worst =
          zip(x, y).map { x, y -> Double in
            let exact = reference(Double(x))
            return abs(Double(y) - exact) < 1e-9 ? 0 : ulps(y, exact)
          }.max() ?? 0
        #expect(worst <= 2)
      }
    }
  }

  @Test("erf within 4e-7, odd, and 1 far out", arguments: levels)
  func errorFunction(level: Int32) {
    #expect(worstAbsolute(level, FW_MATH_ERF, grid(-12, 12), erf) <= 4e-7)
    let x = grid(0, 5, 1001)
    #expect(apply(level, FW_MATH_ERF, x) == apply(level, FW_MATH_ERF, x.map { -$0 }).map { -$0 })
  }

  @Test("tanh within 7 ulp", arguments: levels)
  func hyperbolicTangent(level: Int32) {
    #expect(worstUlps(level, FW_MATH_TANH, grid(-20, 20), tanh) <= 7)
  }

  @Test("softplus within 1e-7 relative or absolute, and x far out", arguments: levels)
  func softplus(level: Int32) {
    let x = grid(-40, 40)
    let worst =
      zip(x, apply(level, FW_MATH_SOFTPLUS, x)).map { x, y -> Double in
        let exact = max(Double(x), 0) + log1p(exp(-abs(Double(x))))
        return abs(Double(y) - exact) / max(1, exact)
      }.max() ?? 0
    #expect(worst <= 1.5e-7)
  }

  @Test("gelu within 4e-7 times max(1, |x|)", arguments: levels)
  func gelu(level: Int32) {
    let x = grid(-12, 12)
    let worst =
      zip(x, apply(level, FW_MATH_GELU, x)).map { x, y -> Double in
        let z = Double(x)
        return abs(Double(y) - 0.5 * z * erfc(-z * 0.5.squareRoot())) / max(1, abs(z))
      }.max() ?? 0
    #expect(worst <= 4e-7)
  }
}
