import Ensembles
import Foundation
import NumericalMethods

/// K(x_p, y_q) of infinite width between a few points and many others, and K(y_q, y_q), without the
/// kernel among the others: what integrals over y need.
///
/// The same recursion as `InfiniteWidthKernel`. Cost per y: points x depth closed forms; units without
/// one take a Hermite expansion, of up to 2048 terms a pair.
public struct CrossKernel: Sendable {
  private let ensemble: Ensemble
  private let points: Points
  /// Whether the variance of the output bias is part of K; without it K is K_W, what a vertex sees.
  private let outputBias: Bool

  /// - Throws: `InfiniteWidthKernel.Unavailable` where there is no kernel.
  public init(_ ensemble: Ensemble, points: Points, outputBias: Bool)
    throws(InfiniteWidthKernel.Unavailable)
  {
    if let reason = InfiniteWidthKernel.whyUnavailable(ensemble) {
      throw InfiniteWidthKernel.Unavailable(description: reason)
    }
    self.ensemble = ensemble
    self.points = points
    self.outputBias = outputBias
  }

  /// Values at nodes: `cross[p][q]` and `diagonal[q]`, with a bound on their relative error.
  public struct Values: Sendable {
    public var cross: [[Double]]
    public var diagonal: [Double]
    public var error: Double
  }

  /// Nodes whose Hermite coefficients are held at a time.
  private static let chunk = 256
  /// Standard deviation of pre-activations up to which Hermite expansions are tried.
  private static let hermiteReach = 5.0

  /// - Parameter nodes: coordinates, `inputs` numbers a node.
  /// - Throws: `Unavailable` where a unit without closed form is not resolved at such variances.
  public func values(at nodes: [Double]) throws(InfiniteWidthKernel.Unavailable) -> Values {
    let d = ensemble.inputs
    let count = nodes.count / d
    let closed = ensemble.hidden.indices.allSatisfy { l in
      ensemble.hasUniformPhase(layer: l)
        || ensemble.hidden[l].activation.unit.gaussianPair(1, 0.5, 1) != nil
    }
    guard !closed, count > Self.chunk else { return try piece(nodes, count, d) }
    var result = Values(cross: points.coordinates.map { _ in [] }, diagonal: [], error: 0)
    for start in stride(from: 0, to: count, by: Self.chunk) {
      let own = min(Self.chunk, count - start)
      let part = try piece(Array(nodes[start * d..<(start + own) * d]), own, d)
      for p in result.cross.indices { result.cross[p] += part.cross[p] }
      result.diagonal += part.diagonal
      result.error = max(result.error, part.error)
    }
    return result
  }

  private func piece(_ nodes: [Double], _ count: Int, _ d: Int)
    throws(InfiniteWidthKernel.Unavailable) -> Values
  {
    let variance = ensemble.weightVariance(layer: 0) / Double(d)
    let offset = ensemble.biasVariance(layer: 0)
    var own = points.coordinates.map { x in
      offset + variance * x.reduce(0) { $0 + $1 * $1 }
    }
    var diagonal = [Double](repeating: 0, count: count)
    var cross = points.coordinates.map { _ in diagonal }
    for q in 0..<count {
      var square = 0.0
      for a in 0..<d { square += nodes[q * d + a] * nodes[q * d + a] }
      diagonal[q] = offset + variance * square
    }
    for (p, x) in points.coordinates.enumerated() {
      for q in 0..<count {
        var dot = 0.0
        for a in 0..<d { dot += x[a] * nodes[q * d + a] }
        cross[p][q] = offset + variance * dot
      }
    }
    var error = 0.0
    let stop = WorkBudget.current.stop
    for l in ensemble.hidden.indices {
      guard !stop.isStopped else {
        throw InfiniteWidthKernel.Unavailable(description: WorkBudget.stopped)
      }
      let unit = ensemble.hidden[l].activation.unit
      if ensemble.hasUniformPhase(layer: l) {
        for p in own.indices {
          for q in 0..<count {
            cross[p][q] = unit.uniformPhasePair(own[p], cross[p][q], diagonal[q]) ?? .nan
          }
          own[p] = unit.uniformPhasePair(own[p], own[p], own[p]) ?? .nan
        }
        diagonal = diagonal.map { unit.uniformPhasePair($0, $0, $0) ?? .nan }
      } else if unit.gaussianPair(1, 0.5, 1) != nil {
        for p in own.indices where !stop.isStopped {
          var out = [Double](repeating: 0, count: count)
          _ = unit.gaussianPairs(own[p], cross[p], diagonal, into: &out, count: count)
          cross[p] = out
          own[p] = unit.gaussianPair(own[p], own[p], own[p]) ?? .nan
        }
        diagonal = diagonal.map { unit.gaussianPair($0, $0, $0) ?? .nan }
      } else {
        error = max(error, try expand(unit, &own, &cross, &diagonal))
      }
      let isLast = l == ensemble.hidden.count - 1
      let ratio = isLast ? ensemble.momentRatio(1) : 1
      let scale = ratio * ensemble.weightVariance(layer: l + 1)
      let shift = isLast && !outputBias ? 0 : ratio * ensemble.biasVariance(layer: l + 1)
      for p in own.indices {
        own[p] = shift + scale * own[p]
        for q in 0..<count { cross[p][q] = shift + scale * cross[p][q] }
      }
      for q in 0..<count { diagonal[q] = shift + scale * diagonal[q] }
    }
    return Values(cross: cross, diagonal: diagonal, error: error)
  }

  /// A layer of units without closed form; returns the relative error.
  private func expand(
    _ unit: any HiddenUnit, _ own: inout [Double], _ cross: inout [[Double]],
    _ diagonal: inout [Double]
  ) throws(InfiniteWidthKernel.Unavailable) -> Double {
    let variances = own + diagonal
    // Beyond, an expansion would need thousands of terms at tens of thousands of nodes.
    guard (variances.max() ?? 0) <= Self.hermiteReach * Self.hermiteReach,
      let expansion = HermiteExpansion(unit, variances: variances)
    else { return try spread(unit, &own, &cross, &diagonal) }
    let sigmas = variances.map { $0.squareRoot() }
    var rho = [Double](repeating: 0, count: variances.count)
    var out = rho
    for p in own.indices {
      for q in diagonal.indices {
        let scale = sigmas[p] * sigmas[own.count + q]
        rho[own.count + q] = scale > 0 ? min(1, max(-1, cross[p][q] / scale)) : 0
      }
      expansion.row(p, derivative: false, rho: rho, out: &out)
      for q in diagonal.indices { cross[p][q] = out[own.count + q] }
    }
    own = Array(expansion.squares.prefix(own.count))
    diagonal = Array(expansion.squares.dropFirst(own.count))
    return expansion.tail
  }

  /// The same where pre-activations spread too widely for Hermite polynomials.
  private func spread(
    _ unit: any HiddenUnit, _ own: inout [Double], _ cross: inout [[Double]],
    _ diagonal: inout [Double]
  ) throws(InfiniteWidthKernel.Unavailable) -> Double {
    guard let expectation = AsymptoticExpectation(unit) else {
      throw InfiniteWidthKernel.Unavailable(
        description: String(
          format:
            "the kernel of this activation is not resolved where pre-activations spread by %.3g: use a smaller cutoff",
          (diagonal.max() ?? 0).squareRoot()))
    }
    for p in own.indices {
      for q in diagonal.indices { cross[p][q] = expectation.pair(own[p], cross[p][q], diagonal[q]) }
    }
    own = own.map(expectation.square)
    diagonal = diagonal.map(expectation.square)
    // Against closed forms and finer rules.
    return 1e-11
  }
}
