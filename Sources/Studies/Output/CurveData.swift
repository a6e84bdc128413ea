import DataFiles
import Statistics

/// The flows, the curves of locality and the observables of a case in `data.h5`, under the names of `results.json`.
struct CurveData {
  private let result: CaseResult

  init(_ result: CaseResult) { self.result = result }

  func write(to file: HDF5File, group: String) throws {
    if let flow = result.cutoff_flow {
      let at = "\(group)/cutoff_flow"
      try file.write("\(at)/cutoff", flow.lambda.map(\.cutoff.value), shape: [flow.lambda.count])
      for (name, points) in [
        ("lambda", flow.lambda), ("beta", flow.beta), ("exponent", flow.exponent),
        ("sextic/kappa", flow.sextic?.kappa ?? []), ("sextic/beta", flow.sextic?.beta ?? []),
        ("sextic/exponent", flow.sextic?.exponent ?? []),
      ] {
        try file.write(
          "\(at)/\(name)",
          estimates: points.map { Estimate(value: $0.value, error: $0.error, exact: $0.exact) })
      }
    }
    if let c = result.couplings_at_scale {
      for (name, set) in [
        ("raw", c.raw), ("canonical", c.canonical), ("dimensionless", c.dimensionless),
      ] {
        try file.write("\(group)/couplings_at_scale/\(name)_u4", estimates: [set.u4])
        try file.write("\(group)/couplings_at_scale/\(name)_u6", estimates: [set.u6])
      }
    }
    if let path = result.passive_flow, !path.isEmpty {
      try file.write(
        "\(group)/passive_flow", path.flatMap { [$0.k, $0.u2, $0.u4, $0.u6] },
        shape: [path.count, 4])
    }
    for (k, r) in (result.locality ?? []).enumerated() {
      let at = "\(group)/locality/\(k)"
      try file.write("\(at)/distance", r.curve.map(\.distance), shape: [r.curve.count])
      try file.write(
        "\(at)/value",
        estimates: r.curve.map { Estimate(value: $0.value, error: $0.error, exact: $0.exact) })
    }
    let observables = Dictionary(grouping: result.observables ?? [], by: \.quantity)
    for (quantity, all) in observables.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let at = "\(group)/observables/\(quantity.rawValue)"
      try file.write(at, estimates: all.map(\.estimate))
      let times = all.compactMap(\.time)
      if !times.isEmpty { try file.write("\(at)_time", times, shape: [times.count]) }
    }
    for a in result.chains?.autocorrelation ?? [] {
      let name = a.observable.replacing("^", with: "")
      try file.write("\(group)/chains/rho_\(name)", a.rho, shape: [a.rho.count])
    }
    if let snapshots = result.potential?.snapshots, let first = snapshots.first {
      let at = "\(group)/potential"
      try file.write("\(at)/k", snapshots.map(\.k), shape: [snapshots.count])
      try file.write("\(at)/field", first.field, shape: [first.field.count])
      try file.write(
        "\(at)/potential", snapshots.flatMap(\.potential),
        shape: [snapshots.count, first.field.count])
    }
  }
}
