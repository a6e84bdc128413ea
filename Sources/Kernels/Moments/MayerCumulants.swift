import Combinatorics
import Foundation

/// Joint cumulants of exp(z_p - Var z_p) over centred Gaussian z, by Mayer's cluster expansion:
///
///     kappa(S) = prod_S exp(-c_pp / 2) * sum over connected graphs on S of prod_edges (exp(c_ij) - 1)
///
/// The sum over connected graphs is found by taking out one vertex i: the rest falls into connected
/// parts B, each joined to i by at least one edge, which contributes exp(sum_B c_ij) - 1. Nothing is
/// subtracted, so that cumulants keep their digits where the unit hardly fluctuates.
struct MayerCumulants {
  let form: PreactivationForm

  /// Values and bounds on rounding errors, `[n][i]` for tuple i of `Multisets(slots: points, order: n)`.
  /// - Complexity: O(3^n) a tuple of order n.
  func tensors(order top: Int) -> (values: [[Double]], errors: [[Double]]) {
    let c = form.covariance
    let sets = (0...top).map { Multisets(slots: c.count, order: $0) }
    // Sums over connected graphs alone.
    var graphs: [[Double]] = [[0]]
    var sizes: [[Double]] = [[0]]
    for n in 1...max(1, top) where n <= top {
      var (own, bound) = ([Double](), [Double]())
      for tuple in sets[n].tuples {
        let last = tuple[n - 1]
        // all[R]: the subset R of the others, split into parts joined to the last one.
        var all = [Double](repeating: 0, count: 1 << (n - 1))
        var most = all
        (all[0], most[0]) = (1, 1)
        var (joined, weight) = (all, all)
        for mask in 1..<max(1, 1 << (n - 1)) where mask < all.count {
          let inside = (0..<n - 1).filter { mask >> $0 & 1 == 1 }.map { tuple[$0] }
          let exponent = inside.reduce(0) { $0 + c[last, $1] }
          let size = inside.reduce(0) { $0 + (c[last, last] * c[$1, $1]).squareRoot() }
          let place = sets[inside.count].index(of: inside)
          joined[mask] = expm1(exponent) * graphs[inside.count][place]
          weight[mask] = expm1(size) * (1 + size) * sizes[inside.count][place]
          // Parts that contain the lowest element.
          let lowest = mask & -mask
          let rest = mask ^ lowest
          var part = rest
          while true {
            all[mask] += joined[part | lowest] * all[rest ^ part]
            most[mask] += weight[part | lowest] * most[rest ^ part]
            if part == 0 { break }
            part = (part - 1) & rest
          }
        }
        own.append(all[all.count - 1])
        bound.append(most[most.count - 1])
      }
      graphs.append(own)
      sizes.append(bound)
    }
    var (values, errors) = (graphs, sizes)
    (values[0], errors[0]) = ([1], [0])
    for n in 1...max(1, top) where n <= top {
      for (i, tuple) in sets[n].tuples.enumerated() {
        let mean = exp(-0.5 * tuple.reduce(0) { $0 + c[$1, $1] })
        values[n][i] = mean * graphs[n][i]
        errors[n][i] =
          Double.ulpOfOne * mean * Double(4 + n * n) * max(sizes[n][i], abs(graphs[n][i]))
      }
    }
    return (values, errors)
  }
}
