import NumericalMethods

/// An interaction, where it lives, and how its networks are drawn.
public struct ScalarInteraction: Sendable, Hashable {
  public enum Region: Sendable, Hashable {
    /// [0, L]^d, trapezoidal rule with this spacing.
    case box(length: Double, spacing: Double)
    /// Sites of a periodic lattice of unit spacing.
    case torus(size: Int)
  }

  public var potential: LocalInteraction
  public var nonlocal: NonlocalQuartic?
  public var region: Region
  public var sampling: NetworkSampling
  /// Sweeps before the first network of a chain is taken.
  public var thermalisation: Int
  /// Sweeps from one network to the next.
  public var stride: Int

  public init(
    potential: LocalInteraction, nonlocal: NonlocalQuartic? = nil, region: Region,
    sampling: NetworkSampling = .neuronRefresh, thermalisation: Int = 200, stride: Int = 5
  ) {
    self.potential = potential
    self.nonlocal = nonlocal
    self.region = region
    self.sampling = sampling
    self.thermalisation = thermalisation
    self.stride = stride
  }

  public func grid(dimension: Int) -> FieldGrid {
    switch region {
    case .box(let length, let spacing):
      .box(dimension: dimension, length: length, spacing: spacing)
    case .torus(let size): .torus(dimension: dimension, size: size)
    }
  }

  /// Whether phi to -phi leaves it as it is.
  public var isEven: Bool { potential.isEven }

  /// Names the law and how it is sampled, and so its random streams.
  public var name: String {
    let place =
      switch region {
      case .box(let length, let spacing):
        "box(length: \(StreamText.number(length)), spacing: \(StreamText.number(spacing)))"
      case .torus(let size): "torus(size: \(size))"
      }
    return
      "\(potential.name) \(nonlocal?.name ?? "") \(place) \(sampling.streamText) thermalisation=\(thermalisation) stride=\(stride)"
  }
}
