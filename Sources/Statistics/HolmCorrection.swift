/// Holm's step-down correction of p-values for how many tests there are (S. Holm, Scand. J. Stat. 6, 65).
public enum HolmCorrection {
  /// Adjusted p-values in the order given. A test without a p-value, nil or not a number, has none afterwards
  /// and does not count.
  public static func adjusted(_ values: [Double?]) -> [Double?] {
    let known = values.map { $0.flatMap { $0.isNaN ? nil : $0 } }
    let order = known.indices.filter { known[$0] != nil }.sorted { known[$0]! < known[$1]! }
    var result = known
    var running = 0.0
    for (rank, i) in order.enumerated() {
      running = max(running, min(1, Double(order.count - rank) * known[i]!))
      result[i] = running
    }
    return result
  }
}
