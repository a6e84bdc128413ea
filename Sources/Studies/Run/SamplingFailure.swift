import Sampling

extension StudyError {
  /// Networks whose numbers leave the range of their type: the study must be changed, not its averages.
  init(nonFinite error: NonFiniteSample, _ item: StudyCase, _ quantity: SampledQuantity) {
    let place = item.label.isEmpty ? "sampling" : item.label
    let what: String
    if let slot = error.slot {
      let location =
        quantity.isOutputs
        ? "its output \(slot % item.outputs) at point \(slot / item.outputs)"
        : "quantity \(slot) (\(quantity))"
      what =
        error.value.isFinite
        ? "network \(error.sample) of run \(error.run) cannot be saved as float32: \(location) is \(error.value)"
        : "network \(error.sample) of run \(error.run) has no finite numbers: \(location) is \(error.value)"
    } else {
      what =
        "products of the numbers of networks from \(error.sample) on in run \(error.run) are beyond the range of float64 (1.8e308)"
    }
    self.init(
      .badStudy, "\(place): \(what); take smaller weights, biases or points, or lower orders")
  }
}
