import Foundation

/// What drawing something took in this session, in core-seconds: networks of a case for its `observables`, or a
/// lattice run beside them.
public struct CostRecord: Sendable, Codable {
  /// Which case of the results; nil for a lattice.
  public var `case`: Int?
  /// Which of `fits.lattice`; nil for networks.
  public var lattice: Int?
  /// Networks, or trajectories, those of thermalisation among them.
  public var drawn: Int
  /// In all; the rest was there before, and is taken to have cost the same.
  public var of: Int
  public var core_seconds: Double

  init(case index: Int? = nil, lattice: Int? = nil, drawn: Int, of all: Int, coreSeconds: Double) {
    self.case = index
    self.lattice = lattice
    self.drawn = drawn
    of = all
    core_seconds = coreSeconds
  }

  /// Of everything, as if it had been drawn in this session.
  var whole: Double { drawn > 0 ? core_seconds * Double(of) / Double(drawn) : 0 }

  /// Processor time of all threads of this process so far.
  static var processorTime: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}

/// The cost of an effective sample, networks and lattice side by side.
struct CostTable {
  let results: Results

  /// Samples that independent ones would need for the same error of M^2 on a torus, or of phi^2 elsewhere: its
  /// variance over the square of its error.
  private func effective(
    second: (value: Double, error: Double), fourth: Double
  ) -> Double? {
    let variance = fourth - second.value * second.value
    guard second.error > 0, variance > 0 else { return nil }
    return variance / (second.error * second.error)
  }

  /// From chi and U4: <M^4> V^2 = 3 (1 - U4) chi^2.
  private func effective(susceptibility: (Double, Double), binder: Double) -> Double? {
    effective(
      second: susceptibility, fourth: 3 * (1 - binder) * susceptibility.0 * susceptibility.0)
  }

  private func effective(_ item: CaseResult) -> Double? {
    func found(_ name: ObservableResult.Quantity) -> (Double, Double)? {
      item.observables?.first { $0.quantity == name }.flatMap { o in
        o.estimate.value.flatMap { v in o.estimate.error.map { (v, $0) } }
      }
    }
    if let chi = found(.susceptibility), let binder = found(.binder) {
      return effective(susceptibility: chi, binder: binder.0)
    }
    guard let second = found(.phi2), let fourth = found(.phi4) else { return nil }
    return effective(second: second, fourth: fourth.0)
  }

  /// Core-seconds for one effective sample at infinite width: of all widths together, for the variance at the
  /// largest.
  private func limit(_ fit: ObservableFit) -> Double? {
    let costs = results.fieldwork.costs ?? []
    var total = 0.0
    var widest: CaseResult?
    for (k, item) in results.cases.enumerated()
    where item.parameters.filter({ $0.key != "width" }) == fit.parameters ?? [:] {
      guard let cost = costs.first(where: { $0.case == k }) else { return nil }
      total += cost.whole
      if (item.width ?? 0) > (widest?.width ?? 0) { widest = item }
    }
    guard let widest, let own = widest.observables?.first(where: { $0.quantity == fit.quantity }),
      let error = own.estimate.error, let samples = effective(widest), fit.total > 0
    else { return nil }
    return total / (samples * error * error / (fit.total * fit.total))
  }

  private func lattice(_ k: Int) -> Double? {
    guard let cost = results.fieldwork.costs?.first(where: { $0.lattice == k }),
      let o = results.fits.lattice?[k].observables,
      let samples = effective(
        susceptibility: (o.susceptibility.value, o.susceptibility.error), binder: o.binder.value)
    else { return nil }
    return cost.whole / samples
  }

  var rows: [[String]] {
    var rows = [["", "effective samples", "core-seconds per effective sample"]]
    for cost in results.fieldwork.costs ?? [] {
      guard let k = cost.case, results.cases.indices.contains(k),
        let samples = effective(results.cases[k])
      else { continue }
      rows.append([
        results.cases[k].label, String(format: "%.0f", samples),
        String(format: "%.2g", cost.whole / samples),
      ])
    }
    for fit in limits {
      if let cost = limit(fit) {
        rows.append(["N = ∞ \(fit.label)", "", String(format: "%.2g", cost)])
      }
    }
    for k in (results.fits.lattice ?? []).indices {
      if let cost = lattice(k) {
        rows.append(["lattice Monte Carlo", "", String(format: "%.2g", cost)])
      }
    }
    return rows
  }

  private var limits: [ObservableFit] {
    let fits = results.fits.observables ?? []
    let chi = fits.filter { $0.quantity == .susceptibility }
    return chi.isEmpty ? fits.filter { $0.quantity == .phi2 } : chi
  }

  /// Which is cheaper, and by how much; nil without a lattice beside the networks.
  var sentence: String? {
    for fit in limits {
      guard let networks = limit(fit),
        let k = results.fits.lattice?.firstIndex(where: { $0.parameters == fit.parameters }),
        let reference = lattice(k)
      else { continue }
      let ratio = networks / reference
      let better = ratio > 1 ? "the lattice is" : "the networks are"
      return
        "For the same error of the susceptibility at infinite width\(fit.label.isEmpty ? "" : " (\(fit.label))") the networks of this run took \(String(format: "%.2g", ratio)) times the core-seconds of the lattice: here \(better) the better way."
    }
    return nil
  }
}

extension ResultTables {
  /// What an effective sample cost; empty where nothing is known.
  public var costs: (rows: [[String]], sentence: String?) {
    let table = CostTable(results: results)
    return (table.rows, table.sentence)
  }
}
