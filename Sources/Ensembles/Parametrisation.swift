/// How the outputs of a layer are scaled with its fan-in n, and what gradient descent acts on.
public enum Parametrisation: String, Sendable, Hashable, Codable, CaseIterable {
  /// Weights of variance sigma^2 / n.
  case standard
  /// The same function, written (sigma / sqrt(n)) W with W of variance one and b = sigma_b times a
  /// standard variate: gradient descent on W has the tangent kernel of arXiv:1806.07572.
  case ntk
  /// Output weights of variance sigma^2 / N^2 instead of sigma^2 / N: the mean over N units, whose
  /// outputs vanish as 1 / sqrt(N) at initialisation.
  case meanField = "mean-field"
}

extension Ensemble {
  /// Standard deviation of a weight of layer l.
  public func weightScale(layer l: Int) -> Double {
    let fanIn = Double(l == 0 ? inputs : hidden[l - 1].width)
    return weightVariance(layer: l).squareRoot() / fanIn.squareRoot()
  }

  /// Variance of a weight of layer l times its fan-in: Cw of the kernel recursion.
  public func weightVariance(layer l: Int) -> Double {
    let variance = weights[l].sigma * weights[l].sigma
    return parametrisation == .meanField && l == hidden.count
      ? variance / Double(hidden[l - 1].width) : variance
  }

  /// Cb of layer l: 0 for a phase uniform over a period, which is treated apart.
  public func biasVariance(layer l: Int) -> Double {
    l < hidden.count && hasUniformPhase(layer: l) ? 0 : biases[l].sigma * biases[l].sigma
  }
}
