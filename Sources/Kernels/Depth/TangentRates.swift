import Ensembles

extension Ensemble {
  /// Factor of the weights of layer l in the tangent kernel. In the NTK parametrisation gradient
  /// descent acts on unit variates, which multiplies the rate by the variance; in mean field the
  /// output weights enter with 1/N^2 instead of 1/N.
  func weightRate(_ rates: InfiniteWidthKernel.LearningRates, layer l: Int) -> Double {
    switch parametrisation {
    case .standard: rates.weights
    case .ntk: rates.weights * weightVariance(layer: l)
    case .meanField:
      l == hidden.count ? rates.weights / Double(hidden[l - 1].width) : rates.weights
    }
  }

  /// Factor of the biases of layer l, likewise.
  func biasRate(_ rates: InfiniteWidthKernel.LearningRates, layer l: Int) -> Double {
    parametrisation == .ntk ? rates.biases * biasVariance(layer: l) : rates.biases
  }
}
