/// Holm's step-down correction of p-values for how many tests there are (S. Holm, Scand. J. Stat. 6, 65).
public enum HolmCorrection {
  /// Adjusted p-values in the order given; nil stays nil.
  public static func adjusted(_ values: [Double?]) -> [Double?] {
    let order = values.indices.filter { values[$0] != nil }.sorted { values[$0]! < values[$1]! }
    var result = values
    var running = 0.0
    for (rank, i) in order.enumerated() {
      running = max(running, min(1, Double(order.count - rank) * values[i]!))
      result[i] = running
    }
    return result
  }

  public static func adjusted(_ values: [Double]) -> [Double] {
    adjusted(values.map { Optional($0) }).compactMap { $0 }
  }
}
