import CSampling
import Ensembles
import NumericalMethods

/// Tangent kernels of networks of any depth,
///
///     Theta_ij(x, x') = sum over parameters of df_i(x)/dtheta df_j(x')/dtheta
///                     = sum_l [delta^l_i(x) . delta^l_j(x')] [beta_l + s^(l-1)(x) . s^(l-1)(x')],
///
/// delta^l_i = df_i/dz^l by back-propagation, s^0 = x, beta_l = 1 where layer l has biases: derivatives by
/// the weights and biases themselves (arXiv:1806.07572). In float64, sixteen networks at a time.
///
/// Cost per network: O(points x outputs x sum of fan-in x fan-out + points^2 x outputs^2 x widths).
public struct TangentKernelSampler: BatchSampler {
  public let slots: Int
  public let tailSlots: [Int]
  private let ensemble: Ensemble
  private let points: Points
  private let streams: NetworkStreams
  private let seed: UInt64
  private let level: InstructionSet

  public init(
    _ ensemble: Ensemble, points: Points, seed: UInt64, level: InstructionSet = .chosen
  ) {
    self.ensemble = ensemble
    self.points = points
    self.seed = seed
    self.level = level
    streams = NetworkStreams(ensemble, name: ensemble.streamName)
    slots = SampledQuantity.tangentKernel.slots(points: points.count, outputs: ensemble.outputs)
    tailSlots = SampledQuantity.tangentKernel.tailSlots(
      points: points.count, outputs: ensemble.outputs)
  }

  private var fans: [Int] { [ensemble.inputs] + ensemble.hidden.map(\.width) + [ensemble.outputs] }

  private final class Workspace {
    /// `weights[l][(out * fanIn + in) * 16 + lane]`, and `biases[l][out * 16 + lane]`.
    let weights: [AlignedBuffer<Float>]
    let biases: [AlignedBuffer<Float>]

    init(_ fans: [Int]) {
      func buffer(_ count: Int) -> AlignedBuffer<Float> {
        AlignedBuffer(count: (count + 4) * Int(FW_LANES))
      }
      weights = zip(fans, fans.dropFirst()).map { buffer($0 * $1) }
      biases = fans.dropFirst().map { buffer($0) }
    }
  }

  public func makeWorkspace() -> AnyObject { Workspace(fans) }

  public func sample(
    run: Int, first: Int, count: Int, into slots: UnsafeMutablePointer<Double>,
    workspace: AnyObject
  ) {
    let space = unsafeDowncast(workspace, to: Workspace.self)
    let lanes = Int(FW_LANES)
    for s in 0..<self.slots * batchSize { slots[s] = 0 }
    for group in 0..<batchSize / lanes {
      let live = min(lanes, max(0, count - group * lanes))
      guard live > 0 else { continue }
      draw(fw_networks(seed: seed, run: UInt32(run), first: UInt64(first + group * lanes)), space)
      for lane in 0..<live { kernel(lane, into: slots + group * lanes + lane, space) }
    }
  }

  private func draw(_ networks: fw_networks, _ space: Workspace) {
    for l in 0..<ensemble.depth {
      let count = fans[l] * fans[l + 1]
      fw_variates(
        level.level, streams.weights[l], networks, 0, Int64((count + 3) & ~3),
        space.weights[l].pointer)
      if hasBias(l) {
        fw_variates(
          level.level, streams.biases[l], networks, 0, Int64((fans[l + 1] + 3) & ~3),
          space.biases[l].pointer)
      }
    }
  }

  private func hasBias(_ l: Int) -> Bool {
    ensemble.biases[l].sigma > 0 || !ensemble.biases[l].isCentred
  }

  /// Weight from unit k below to unit i; output weights are numbered neuron by neuron.
  private func weight(_ l: Int, _ i: Int, _ k: Int, _ lane: Int, _ space: Workspace) -> Double {
    let isLast = l == ensemble.depth - 1
    let number = isLast ? k * fans[l + 1] + i : i * fans[l] + k
    return Double(space.weights[l].pointer[number * Int(FW_LANES) + lane])
      + ensemble.weights[l].mean(ofOutput: isLast ? i : 0)
  }

  /// One network: forward, then backward, then the sums over layers.
  private func kernel(
    _ lane: Int, into out: UnsafeMutablePointer<Double>, _ space: Workspace
  ) {
    let depth = ensemble.depth
    let outputs = ensemble.outputs
    let count = points.count
    // units[l][p] = s^l(x_p), slopes[l][p] = s'(z^l(x_p)).
    var units: [[[Double]]] = [points.coordinates]
    var slopes: [[[Double]]] = []
    for (l, layer) in ensemble.hidden.enumerated() {
      let unit = layer.activation.unit
      var values: [[Double]] = []
      var derivatives: [[Double]] = []
      for p in 0..<count {
        let variance = ensemble.preactivationCovariance(points[p], points[p])
        var s = [Double](repeating: 0, count: layer.width)
        var d = s
        for i in 0..<layer.width {
          var z =
            hasBias(l)
            ? Double(space.biases[l].pointer[i * Int(FW_LANES) + lane])
              + ensemble.biases[l].mean(ofOutput: 0) : 0
          for k in 0..<fans[l] { z += weight(l, i, k, lane, space) * units[l][p][k] }
          (s[i], d[i]) = unit.valueAndSlope(z, variance: variance)
        }
        values.append(s)
        derivatives.append(d)
      }
      units.append(values)
      slopes.append(derivatives)
    }
    // delta[p][i] of the layer at hand, from the last one down.
    var delta = (0..<count).map { _ in
      (0..<outputs).map { i in (0..<outputs).map { $0 == i ? 1.0 : 0 } }
    }
    for l in (0..<depth).reversed() {
      let bias = hasBias(l) ? 1.0 : 0
      var pair = 0
      for a in 0..<count {
        for b in a..<count {
          let overlap = bias + dot(units[l][a], units[l][b])
          for i in 0..<outputs {
            for j in 0..<outputs {
              out[((pair * outputs + i) * outputs + j) * batchSize] +=
                overlap * dot(delta[a][i], delta[b][j])
            }
          }
          pair += 1
        }
      }
      guard l > 0 else { return }
      for p in 0..<count {
        for i in 0..<outputs {
          var below = [Double](repeating: 0, count: fans[l])
          for (k, d) in delta[p][i].enumerated() where d != 0 {
            for m in below.indices { below[m] += d * weight(l, k, m, lane, space) }
          }
          for m in below.indices { below[m] *= slopes[l - 1][p][m] }
          delta[p][i] = below
        }
      }
    }
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for k in a.indices { sum += a[k] * b[k] }
    return sum
  }
}
