import Foundation
import Sampling
import Statistics

/// Warnings about moments that a few samples carry.
struct TailWarnings {
  let pass: FinishedPass
  let place: String
  private let position: [[Int]: Int]

  init(_ pass: FinishedPass, place: String) {
    self.pass = pass
    self.place = place
    position = Dictionary(
      zip(pass.plan.monomials, pass.plan.position), uniquingKeysWith: { first, _ in first })
  }

  /// - Parameter orders: those whose single-point moments are looked at for heavy tails.
  func find(orders: [Int]) -> [StudyWarning] {
    let dominated = dominated()
    let heavy = pass.isWeighted ? [] : orders.filter { dominated[$0] == nil }.compactMap(heavyTail)
    return dominated.sorted { $0.key < $1.key }.map { warning($0.value) } + heavy
  }

  private func warning(_ message: String) -> StudyWarning {
    StudyWarning(code: "heavy-tail", message: message, where: place)
  }

  /// Powers of the fields in a product: a random kernel is two of them.
  private func order(_ monomial: [Int]) -> Int {
    pass.planned.quantity.isKernel ? 2 * monomial.count : monomial.count
  }

  // MARK: One network

  /// Moments of which one network carries more than half, whatever is sampled and however: by order, the
  /// worst in words.
  ///
  /// Where one network does, so does its block, whose sums are known of every product, weighted or not. Of
  /// powers of one quantity the largest values are known themselves.
  private func dominated() -> [Int: String] {
    let count = pass.products.count - (pass.isWeighted ? 1 : 0)
    let states = pass.layout.replicatedSums(pass.cells, position: pass.plan.position)
    var worst: [Int: (share: Double, product: Int, networks: Double)] = [:]
    for k in 0..<count {
      guard let found = largestShare(states, k), found.share > 0.5 else { continue }
      let n = order(product(k))
      if found.share > worst[n]?.share ?? 0 { worst[n] = (found.share, k, found.networks) }
    }
    return Dictionary(
      uniqueKeysWithValues: worst.map { n, found in
        let who =
          found.networks > 1
          ? String(format: "one block of %.0f networks", found.networks)
          : "one network"
        let what = product(found.product).isEmpty ? "weights" : "products of order \(n)"
        return (
          n,
          String(
            format:
              "%@ carries %.0f%% of the sum of %@: what is made of it is the value of one network, and its error bar means nothing",
            who, 100 * found.share, what)
        )
      })
  }

  /// What product k is of the fields, its weight left out.
  private func product(_ k: Int) -> [Int] {
    pass.isWeighted ? Array(pass.products[k].dropLast()) : pass.products[k]
  }

  /// The largest share of the sum of |product| in one network, or in one block where networks are not known.
  private func largestShare(_ sums: ReplicatedSums, _ k: Int) -> (share: Double, networks: Double)?
  {
    if let one = shareOfOneNetwork(pass.products[k]) { return (one, 1) }
    let values = sums.blockSums.map { abs($0[k]) }
    let total = values.reduce(0, +)
    guard let top = values.indices.max(by: { values[$0] < values[$1] }), total > 0,
      total.isFinite
    else { return nil }
    let expected = sums.blockCounts[top] / sums.samples
    // Sums of both signs need many blocks to be compared.
    let signs = Set(sums.blockSums.map { $0[k] < 0 })
    guard expected < (signs.count == 1 ? 0.15 : 1.0 / 32) else { return nil }
    return (values[top] / total, sums.blockCounts[top])
  }

  /// The share of the largest value in a sum of even powers of a quantity, or of the quantity where it is
  /// positive; nil for other products.
  private func shareOfOneNetwork(_ monomial: [Int]) -> Double? {
    guard let slot = monomial.first, monomial.allSatisfy({ $0 == slot }),
      let place = pass.tailSlots.firstIndex(of: slot), let at = position[monomial]
    else { return nil }
    let sum = pass.cells.reduce(0) { $0 + $1.sums[at] }
    let isPositive =
      monomial.count % 2 == 0 || pass.cells.allSatisfy { $0.samples == 0 || $0.sums[at] > 0 }
    let top = pass.cells.flatMap { $0.largest[place].values }.max() ?? 0
    guard isPositive, sum > 0, sum.isFinite, pass.cells.reduce(0, { $0 + $1.samples }) > 8 else {
      return nil
    }
    return pow(top, Double(monomial.count)) / sum
  }

  // MARK: Many networks

  /// What the largest 0.01% of the samples carry of the single-point moments of an order.
  private func heavyTail(_ order: Int) -> StudyWarning? {
    let quantity = pass.planned.quantity
    let power = quantity.isKernel ? order / 2 : order
    guard order >= 2, power % 2 == 0 || quantity.isKernel && order % 2 == 0 else { return nil }
    var worst: (report: TailReport, slot: Int)?
    for (k, slot) in pass.tailSlots.enumerated() {
      guard let at = position[[Int](repeating: slot, count: power)],
        let report = TailReport(
          largest: pass.cells.map { $0.largest[k] }, power: power,
          blocks: pass.cells.map { (Double($0.samples), $0.sums[at]) }),
        report.isHeavy(power: power), report.share > (worst?.report.share ?? 0)
      else { continue }
      worst = (report, k)
    }
    guard let worst, worst.slot < pass.planned.points.count else { return nil }
    return warning(
      String(
        format:
          "order %d: the largest 0.01%% of the samples at x = (%@) carry %.0f%% of the sum (tail index %.1f, kurtosis of the blocks %.0f): its error bar is too small%@",
        order, pass.planned.points[worst.slot].map { "\($0)" }.joined(separator: ", "),
        100 * worst.report.share, worst.report.hillIndex,
        worst.report.blockKurtosis,
        pass.planned.ensemble?.hidden.first?.activation.name == "gauss"
          ? "; use `estimator: neurons` with `tilt: true`, or `exact`" : ""))
  }
}
