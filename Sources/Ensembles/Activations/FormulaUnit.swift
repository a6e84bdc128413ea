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

  /// Judged far out: whether s(z) / z settles at either end.
  public var growth: Growth {
    func ratio(_ z: Double) -> Double { abs(formula.program.value(z) / z) }
    let (below, above) = (ratio(-1e6), ratio(1e6))
    guard below.isFinite, above.isFinite else { return .faster }
    if below < 1e-4, above < 1e-4 { return .bounded }
    let settled =
      abs(below - ratio(-1e5)) < 1e-3 * max(1, below)
      && abs(above - ratio(1e5)) < 1e-3 * max(1, above)
    return settled ? .linear(below: below, above: above) : .faster
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
