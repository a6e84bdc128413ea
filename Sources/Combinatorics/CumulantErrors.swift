/// Bounds on the rounding error of the transform, to first order: errors of what goes in, weighted
/// by what they are multiplied with, plus a rounding of every product and sum.
///
/// Where moments nearly cancel in a cumulant its bound exceeds its value: the digits are lost, and
/// the bound says so.
extension CumulantTransform {
  /// Of `cumulants(ofMoments: moments)`, given the errors of the moments.
  public func cumulantErrors(
    moments: [[Double]], cumulants: [[Double]], momentErrors: [[Double]]
  ) -> [[Double]] {
    var errors = momentErrors
    for order in 1...max(1, maximumOrder) where includes(order: order) && order <= maximumOrder {
      for i in moments[order].indices {
        errors[order][i] =
          momentErrors[order][i] + Double.ulpOfOne * abs(moments[order][i])
          + sumOfErrors(
            order: order, element: i, first: (cumulants, errors), second: (moments, momentErrors))
      }
    }
    return errors
  }

  /// Of `moments(ofCumulants: cumulants)`, given the errors of the cumulants.
  public func momentErrors(
    cumulants: [[Double]], moments: [[Double]], cumulantErrors: [[Double]]
  ) -> [[Double]] {
    var errors = cumulantErrors
    for order in 1...max(1, maximumOrder) where includes(order: order) && order <= maximumOrder {
      for i in moments[order].indices {
        errors[order][i] =
          cumulantErrors[order][i] + Double.ulpOfOne * abs(cumulants[order][i])
          + sumOfErrors(
            order: order, element: i, first: (cumulants, cumulantErrors), second: (moments, errors))
      }
    }
    return errors
  }

  private typealias Tensors = (values: [[Double]], errors: [[Double]])

  /// The sum over splits of |kappa| delta m + |m| delta kappa + 2 eps |kappa m|.
  private func sumOfErrors(order: Int, element: Int, first: Tensors, second: Tensors) -> Double {
    let masks = Self.masks(order: order, evenOnly: evenOnly)
    let base = element * masks.count * 2
    var sum = 0.0
    for (k, mask) in masks.enumerated() {
      let size = mask.nonzeroBitCount
      let (i, j) = (Int(splits[order][base + 2 * k]), Int(splits[order][base + 2 * k + 1]))
      let (a, b) = (abs(first.values[size][i]), abs(second.values[order - size][j]))
      sum +=
        a * second.errors[order - size][j] + b * first.errors[size][i]
        + 2 * Double.ulpOfOne * a * b
    }
    return sum
  }
}
