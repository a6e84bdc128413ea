import Ensembles
import NumericalMethods

/// The fastest sampler of a quantity: which loop draws the networks follows from the ensemble.
public enum NetworkSampler {
  public static func make(
    _ ensemble: Ensemble, points: Points, quantity: SampledQuantity, seed: UInt64,
    level: InstructionSet = .chosen
  ) -> any BatchSampler {
    if quantity == .tangentKernel {
      return TangentKernelSampler(ensemble, points: points, seed: seed, level: level)
    }
    if !ensemble.outputScales.isEmpty, quantity == .outputs || quantity == .scoredOutputs {
      return ScaledOutputSampler(
        unscaled(ensemble, points: points, quantity: quantity, seed: seed, level: level),
        points: points.count, scales: ensemble.outputScales)
    }
    return unscaled(ensemble, points: points, quantity: quantity, seed: seed, level: level)
  }

  private static func unscaled(
    _ ensemble: Ensemble, points: Points, quantity: SampledQuantity, seed: UInt64,
    level: InstructionSet
  ) -> any BatchSampler {
    if ensemble.correlation != nil, quantity == .outputs || quantity == .scoredOutputs {
      return CorrelatedOutputSampler(
        ensemble, points: points, scored: quantity == .scoredOutputs, seed: seed, level: level)
    }
    return independent(ensemble, points: points, quantity: quantity, seed: seed, level: level)
  }

  /// Networks with independent output weights, whatever their correlation.
  static func independent(
    _ ensemble: Ensemble, points: Points, quantity: SampledQuantity, seed: UInt64,
    level: InstructionSet
  ) -> any BatchSampler {
    if quantity.isKernel, DeepNetworkSampler.canChain(ensemble),
      // With many inputs one normal a point is cheaper than one weight an input.
      !ensemble.isShallow || ensemble.inputs > 2 * points.count + 8
    {
      return DeepNetworkSampler(
        ensemble, points: points, quantity: quantity, seed: seed, chained: true, level: level)
    }
    if ensemble.isShallow {
      return ShallowNetworkSampler(
        ensemble, points: points, quantity: quantity, seed: seed, level: level)
    }
    return DeepNetworkSampler(
      ensemble, points: points, quantity: quantity, seed: seed, chained: false, level: level)
  }
}
