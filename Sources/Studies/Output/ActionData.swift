import DataFiles
import Statistics

/// Couplings, predictions and actions of a case in `data.h5`, under the names of `results.json`.
struct ActionData {
  private let result: CaseResult

  init(_ result: CaseResult) { self.result = result }

  func write(to file: HDF5File, group: String) throws {
    func estimates(_ at: String, _ values: [Estimate?]) throws {
      try file.write(at, estimates: values)
    }
    func indices(_ at: String, _ lists: [[Int]]) throws {
      guard let length = lists.first?.count, length > 0 else { return }
      try file.write(
        at, lists.flatMap { $0.map { Double($0) } }, shape: [lists.count, length])
    }
    if let couplings = result.couplings, let first = couplings.first {
      let at = "\(group)/couplings"
      try file.write("\(at)/cutoff", couplings.map(\.cutoff.value), shape: [couplings.count])
      try estimates("\(at)/mean", couplings.map(\.mean))
      for name in first.terms.keys.sorted() {
        try estimates("\(at)/\(name)", couplings.map { $0.terms[name] })
      }
      try indices("\(at)/indices", first.elements.map(\.indices))
      try file.write(
        "\(at)/integral", couplings.flatMap { $0.elements.map(\.integral) },
        shape: [couplings.count, first.elements.count])
      try file.write(
        "\(at)/lambda", couplings.flatMap { $0.elements.map { $0.lambda?.value ?? .nan } },
        shape: [couplings.count, first.elements.count])
      try file.write(
        "\(at)/lambda_error", couplings.flatMap { $0.elements.map { $0.lambda?.error ?? .nan } },
        shape: [couplings.count, first.elements.count])
      if first.kappa != nil { try estimates("\(at)/kappa", couplings.map { $0.kappa?.mean }) }
    }
    if let six = result.six_point, let first = six.first {
      let at = "\(group)/six_point"
      try file.write("\(at)/cutoff", six.map(\.cutoff.value), shape: [six.count])
      try estimates("\(at)/gaussian_ratio", six.map(\.gaussian_ratio))
      try estimates("\(at)/prediction_ratio", six.map(\.prediction_ratio))
      try estimates("\(at)/tuple_prediction_ratio", six.map(\.tuple_prediction_ratio))
      try indices("\(at)/indices", first.elements.map(\.indices))
      try estimates("\(at)/elements/gaussian_ratio", first.elements.map(\.gaussian_ratio))
      try file.write(
        "\(at)/elements/prediction_ratio",
        six.flatMap { $0.elements.map { $0.prediction_ratio.value ?? .nan } },
        shape: [six.count, first.elements.count])
    }
    for (name, elements) in result.action?.tensors ?? [] {
      try estimates("\(group)/action/\(name)", elements.map(\.estimate))
      try indices("\(group)/action/\(name)_indices", elements.map(\.indices))
    }
    if let independence = result.independence {
      let at = "\(group)/independence"
      try indices("\(at)/indices", independence.elements.map(\.indices))
      try estimates("\(at)/connected", independence.elements.map(\.connected))
      try estimates("\(at)/finite_width", independence.elements.map(\.finite_width))
      try estimates("\(at)/correlation", independence.elements.map(\.correlation))
      try estimates("\(at)/response", independence.elements.map(\.response))
    }
  }
}

extension HDF5File {
  /// Values, errors and exact values as columns of their own, where there are any.
  func write(_ name: String, estimates: [Estimate?]) throws {
    for (suffix, column) in [
      ("", estimates.map { $0?.value }), ("_error", estimates.map { $0?.error }),
      ("_exact", estimates.map { $0?.exact }),
    ] where column.contains(where: { $0 != nil }) {
      try write("\(name)\(suffix)", column.map { $0 ?? .nan }, shape: [column.count])
    }
  }
}
