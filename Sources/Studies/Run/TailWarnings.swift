import Foundation
import Sampling
import Statistics

/// Warnings about moments that a few samples carry.
enum TailWarnings {
  /// Looks at the single-point slots of a finished pass, for every order that they enter.
  static func find(
    _ pass: FinishedPass, orders: [Int], place: String
  ) -> [StudyWarning] {
    let quantity = pass.planned.quantity
    let position = Dictionary(
      zip(pass.plan.monomials, pass.plan.position), uniquingKeysWith: { first, _ in first })
    var warnings: [StudyWarning] = []
    for order in orders where order >= 2 {
      let power = quantity.isKernel ? order / 2 : order
      guard !quantity.isKernel || order % 2 == 0 else { continue }
      var worst: (report: TailReport, slot: Int)?
      for (k, slot) in pass.tailSlots.enumerated() {
        guard power % 2 == 0 || quantity.isKernel,
          let at = position[[Int](repeating: slot, count: power)],
          let report = TailReport(
            largest: pass.cells.map { $0.largest[k] }, power: power,
            blocks: pass.cells.map { (Double($0.samples), $0.sums[at]) }),
          report.isHeavy(power: power), report.share > (worst?.report.share ?? 0)
        else { continue }
        worst = (report, k)
      }
      if let worst {
        warnings.append(
          StudyWarning(
            code: "heavy-tail",
            message: String(
              format:
                "order %d: the largest 0.01%% of the samples at x = (%@) carry %.0f%% of the sum (tail index %.1f, kurtosis of the blocks %.0f): its error bar is too small%@",
              order, pass.planned.points[worst.slot].map { "\($0)" }.joined(separator: ", "),
              100 * worst.report.share, worst.report.hillIndex,
              worst.report.blockKurtosis,
              pass.planned.ensemble?.hidden.first?.activation.name == "gauss"
                ? "; use `estimator: neurons` with `tilt: true`, or `exact`" : ""),
            where: place))
      }
    }
    return warnings
  }
}
