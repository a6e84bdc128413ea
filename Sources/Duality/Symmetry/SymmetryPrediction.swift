import Ensembles
import Foundation

/// The symmetries that must hold, from the architecture and the densities alone, at any width and depth:
/// if f'_theta = f_(rho theta) and the density of the parameters is invariant under rho, every correlator is,
/// though no single network is equivariant (arXiv:2106.00694, 2307.03223).
public struct SymmetryPrediction: Sendable {
  public struct Statement: Sendable, Codable, Hashable {
    public var side: SymmetryGroup.Side
    /// O(3), permutations, translations, ...
    public var group: String
    public var holds: Bool
    /// What is left of a group that is broken.
    public var residual: String?
    /// The order parameter of the breaking, where there is one.
    public var strength: Double?
    public var reason: String

    public init(
      side: SymmetryGroup.Side, group: String, holds: Bool, residual: String? = nil,
      strength: Double? = nil, reason: String
    ) {
      self.side = side
      self.group = group
      self.holds = holds
      self.residual = residual
      self.strength = strength
      self.reason = reason
    }
  }

  public let statements: [Statement]

  public init(_ ensemble: Ensemble) {
    statements = Self.outputs(ensemble) + Self.inputs(ensemble)
  }

  /// The product of what holds on either side: parameters of different layers are independent.
  public var summary: String {
    func strongest(_ side: SymmetryGroup.Side) -> String? {
      let held = statements.filter { $0.side == side && $0.holds }.map(\.group)
      let left = statements.first { $0.side == side && !$0.holds && $0.residual != nil }?.residual
      return held.isEmpty ? left : held.joined(separator: " and ")
    }
    let parts = [
      strongest(.output).map { "outputs: \($0)" }, strongest(.input).map { "inputs: \($0)" },
    ]
    .compactMap { $0 }
    return parts.isEmpty ? "no symmetry is guaranteed" : parts.joined(separator: "; ")
  }

  private static func outputs(_ e: Ensemble) -> [Statement] {
    let last = e.depth - 1
    let (weight, bias) = (e.weights[last], e.biases[last])
    let d = e.outputs
    let isotropic = weight.shape == .gaussian && (bias.shape == .gaussian || bias.sigma == 0)
    let equal = e.outputScales.isEmpty
    func vector(_ density: Density) -> [Double] { (0..<d).map { density.mean(ofOutput: $0) } }
    let means = [vector(weight), vector(bias)].filter { $0.contains { $0 != 0 } }
    let strength = means.first.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let group = e.isComplex ? "U(\(d / 2))" : "O(\(d))"
    var result: [Statement] = []

    if d == 1 {
      result.append(
        Statement(
          side: .output, group: "f to -f", holds: means.isEmpty,
          strength: strength,
          reason: means.isEmpty
            ? "the last layer's densities are even" : "the last layer has a mean"))
      return result
    }
    let because =
      bias.sigma > 0
      ? "output weights and biases are i.i.d. centred Gaussians: their density depends on tr WᵀW alone"
      : "output weights are i.i.d. centred Gaussians: their density depends on tr WᵀW alone"
    if isotropic, equal, means.isEmpty {
      result.append(
        Statement(
          side: .output, group: group, holds: true,
          reason: e.isComplex
            ? "real and imaginary parts of the output weights are i.i.d. centred Gaussians: E W² = 0 and |W|² alone enters the density"
            : because
              + (e.correlation == nil ? "" : ", and their common length is shared by all outputs")))
    } else if isotropic, equal {
      // Rotations that leave every mean alone.
      let rank = means.count == 2 && !parallel(means[0], means[1]) ? 2 : 1
      let residual =
        e.isComplex ? "U(\(max(0, d / 2 - rank)))" : d - rank > 0 ? "O(\(d - rank))" : "none"
      result.append(
        Statement(
          side: .output, group: group, holds: false, residual: residual, strength: strength,
          reason:
            "the last layer's means single out \(rank == 1 ? "one direction" : "a plane"); what leaves it alone stays: \(residual)"
        ))
    } else if isotropic {
      let groups = equalGroups(e.outputScales, means)
      let residual = groups.map { "O(\($0))" }.joined(separator: " x ")
      result.append(
        Statement(
          side: .output, group: group, holds: false, residual: residual,
          reason:
            "the outputs have unequal variances\(means.isEmpty ? "" : " or means"): only outputs of equal ones mix"
        ))
    } else {
      result.append(
        Statement(
          side: .output, group: group, holds: false,
          residual: means.isEmpty && equal
            ? "permutations and signs" : "permutations of equal outputs",
          reason:
            "the density of the last layer is not Gaussian: i.i.d. parameters are exchangeable, not isotropic"
        ))
    }
    let same = equal && means.allSatisfy { Set($0).count == 1 }
    result.append(
      Statement(
        side: .output, group: "permutations", holds: same,
        reason: e.isComplex
          && same
          ? "real and imaginary parts of all outputs have the same law: since the units are real, O(\(d)) of the real components holds as well"
          : same
            ? "the parameters of all outputs have the same law"
            : "the outputs have different means or variances"))
    result.append(
      Statement(
        side: .output, group: "signs", holds: means.isEmpty,
        reason: means.isEmpty ? "the last layer's densities are even" : "the last layer has means"))
    return result
  }

  private static func inputs(_ e: Ensemble) -> [Statement] {
    let (weight, bias) = (e.weights[0], e.biases[0])
    let d = e.inputs
    var result: [Statement] = []
    let mean = weight.mean(ofOutput: 0)
    if d > 1 {
      let gaussian = weight.shape == .gaussian
      result.append(
        Statement(
          side: .input, group: "O(\(d))", holds: gaussian && mean == 0,
          residual: gaussian && mean == 0
            ? nil
            : gaussian
              ? "O(\(d - 1)), rotations about (1, ..., 1)"
              : mean == 0 ? "permutations and signs" : "permutations",
          reason: gaussian
            ? mean == 0
              ? "the rows of the first weights are isotropic, and inputs enter through them alone"
              : "the mean of the first weights singles out the direction (1, ..., 1)"
            : "the density of the first weights is not Gaussian: i.i.d. but not isotropic"))
      result.append(
        Statement(
          side: .input, group: "permutations", holds: true,
          reason: "the first weights of all inputs have the same law"))
    }
    result.append(
      Statement(
        side: .input, group: "reflections", holds: mean == 0,
        reason: mean == 0
          ? "the density of the first weights is even in each" : "the first weights have a mean"))
    // Translations: a uniform bias over whole periods absorbs W0 c.
    let period = e.hidden[0].activation.period
    let turns = period.map { bias.sigma * 12.0.squareRoot() / $0 }
    let uniform =
      bias.shape == .uniform && (turns.map { $0 > 0.5 && abs($0 - $0.rounded()) < 1e-9 } ?? false)
    let name = e.hidden[0].activation.name
    result.append(
      Statement(
        side: .input, group: "translations", holds: uniform,
        reason: uniform
          ? "the first units are periodic and their bias is uniform over a period: it absorbs W0 c, whatever the density of W0"
          : period != nil
            ? "the units are periodic, but their bias is not uniform over a period"
            : name == NormalizedExponential.name
              ? "the kernel of gauss is translation invariant; its four-point function at finite width is not"
              : "the first units are not periodic"))
    let homogeneous = e.hidden.allSatisfy { $0.activation.unit.isHomogeneous }
    let biasFree = e.biases.allSatisfy { $0.sigma == 0 && $0.isCentred }
    if homogeneous {
      result.append(
        Statement(
          side: .input, group: "dilatation", holds: biasFree,
          reason: biasFree
            ? "f(s x) = s f(x), network by network: homogeneous units and no biases"
            : "the units are homogeneous, but there are biases"))
    }
    return result
  }

  private static func parallel(_ a: [Double], _ b: [Double]) -> Bool {
    let (aa, bb) = (a.reduce(0) { $0 + $1 * $1 }, b.reduce(0) { $0 + $1 * $1 })
    let ab = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    return ab * ab > (1 - 1e-12) * aa * bb
  }

  /// How many outputs share a scale and have no mean, largest first, and one for each with a mean.
  private static func equalGroups(_ scales: [Double], _ means: [[Double]]) -> [Int] {
    var counts: [Double: Int] = [:]
    for (i, s) in scales.enumerated() where means.allSatisfy({ $0[i] == 0 }) {
      counts[s, default: 0] += 1
    }
    return counts.values.sorted(by: >)
  }
}
