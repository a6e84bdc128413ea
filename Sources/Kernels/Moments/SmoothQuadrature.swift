import Ensembles
import NumericalMethods

/// Moments of a smooth unit by the equally spaced rule over at most three independent directions:
/// nodes grow until two rules agree to 1e-13.
struct SmoothQuadrature {
  let unit: any HiddenUnit
  let directions: GaussianDirections
  let order: Int

  /// Change of the finest two rules beyond which the moments are left to another method.
  static let tolerance = 1e-10

  /// nil where the rules do not agree.
  func moments() -> UnitMoments? {
    let sizes: [Int] =
      switch directions.count {
      case 0...1: [48, 96, 192, 384, 768, 1536]
      case 2: [40, 60, 90, 135, 203, 305, 458, 687]
      default: [40, 60, 90, 135, 180]
      }
    var last: [[Double]]?
    for count in sizes where !WorkBudget.isStopped {
      let rule = GaussianRule(count: count)
      // A rule that steps over the unit can agree with one twice as fine and be wrong.
      guard rule.resolves(spread: directions.spread) else { continue }
      let next = table(rule)
      if let last {
        let change = MomentSums.change(next, last)
        if change <= 1e-13 || count == sizes.last && change <= Self.tolerance {
          return UnitMoments(
            values: next, uncertainty: .coarser(last), method: .quadrature,
            directions: directions.count)
        }
      }
      last = next
    }
    return nil
  }

  /// One rule: the product grid, nodes beyond the reach of the rule left out.
  private func table(_ rule: GaussianRule) -> [[Double]] {
    let points = directions.slopes.count
    let sums = MomentSums(points: points, order: order)
    let slopes = directions.slopes
    let variances = directions.variances
    let unit = unit
    let stop = WorkBudget.current.stop

    func visit(_ direction: Int, _ z: [Double], _ weight: Double, _ radius: Double) {
      guard radius <= GaussianRule.reach * GaussianRule.reach else { return }
      guard direction < directions.count else {
        sums.add(weight: weight) { unit.value(z[$0], variance: variances[$0]) }
        return
      }
      var moved = z
      for (u, w) in zip(rule.nodes, rule.weights) where !stop.isStopped {
        for p in 0..<points { moved[p] = z[p] + slopes[p][direction] * u }
        visit(direction + 1, moved, weight * w, radius + u * u)
      }
    }

    visit(0, [Double](repeating: 0, count: points), 1, 0)
    return sums.table()
  }
}
