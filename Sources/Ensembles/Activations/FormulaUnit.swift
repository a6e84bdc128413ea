import CSampling
import Foundation
import NumericalMethods

/// A unit given by the user's formula.
public struct FormulaUnit: HiddenUnit {
  public static let name = "formula"
  public static let vectorCode = Int32(FW_FORMULA)

  public let formula: Formula
  public let hasJumps: Bool

  public init(_ formula: Formula) {
    self.formula = formula
    let program = formula.program
    hasJumps = formula.kinks.contains { kink in
      let gap = abs(program.value(kink + 1e-7) - program.value(kink - 1e-7))
      return gap > 1e-4
    }
  }

  public var kinks: [Double] { formula.kinks }

  public var poles: [Formula.Pole] { formula.poles }

  /// Judged far out, by the local power d ln|s| / d ln|z|, where the formula can still be evaluated.
  public var growth: Growth {
    var ends: [Double] = []
    for sign in [-1.0, 1] {
      func size(_ z: Double) -> Double { abs(formula.program.value(sign * z)) }
      guard
        let far = [1e60, 1e6, 600, 300].first(where: {
          size($0).isFinite && size(0.5 * $0).isFinite
        })
      else { return .faster }
      guard size(far) > 0, size(0.5 * far) > 0 else {
        ends.append(0)
        continue
      }
      let power = log2(size(far) / size(0.5 * far))
      // A constant beside z shows at 600, a logarithm at 10^60.
      let slack = far > 1e10 ? 1e-3 : 2e-2
      if power > 1 + slack { return .faster }
      ends.append(power < 1 - slack ? 0 : size(far) / far)
    }
    if ends.allSatisfy({ $0 < 1e-4 }) { return .bounded }
    return .linear(below: ends[0], above: ends[1])
  }

  /// The value, at a removable pole the mean of its neighbours.
  public func value(_ z: Double, variance: Double) -> Double {
    let value = formula.program.value(z)
    if value.isNaN {
      return 0.5 * (formula.program.value(z - 1e-7) + formula.program.value(z + 1e-7))
    }
    return value
  }

  public func series(_ z: TaylorSeries, variance: Double) -> TaylorSeries {
    formula.program.series(z)
  }
}
