import Foundation

/// Identities that hold for networks of a scalar theory at every width, whatever draws them (arXiv:2605.12488).
/// For a flow xi of the parameters with B = xi.s + div xi, s = d log P the score of the deformed density,
///
///     < xi.dO > = - < B O >,
///
/// where B = 0 says that xi is a symmetry. O are products of the field at points.
///
///   - schwinger-dyson, phases: xi_i = dphi_i(y)/dc_i d/dc_i,
///         < P(y) O > = < sum_x T(x, y) dO/dphi(x) >,    P(y) = phi(y) + sum_i g_i(y) dS_int/dc_i,
///         T(x, y) = sum_i g_i(x) g_i(y),   g_i = dphi_i/dc_i
///   - schwinger-dyson, amplitudes (Gaussian): the same with g_i = phi_i/a_i and dS_int/da_i
///   - dilatation (Gaussian amplitudes): xi_i = a_i d/da_i,
///         n < phi...phi > = < (sum a_i^2 - N + sum_x w phi V') phi...phi >
///   - translation along each axis: xi_i = k_i d/dc_i,   < d_mu O > = < O sum_x w V' d_mu phi >; without a
///         cutoff, where the derivative of the field has no variance, k_i is damped by m^2/(k_i^2 + m^2)
///   - momenta (continuous): xi_i = omega(k_i) k_i.d/dk_i with omega = m^2 (1 - k^2/Lambda^2)/(k^2 + m^2),
///         which vanishes at the cutoff.
public struct ScalarIdentities: NetworkReadout, Hashable {
  public enum Kind: Sendable, Hashable {
    case schwingerDysonPhases
    case schwingerDysonAmplitudes
    case dilatation
    case translation(axis: Int)
    case momenta

    public var name: String {
      switch self {
      case .schwingerDysonPhases: "Schwinger-Dyson, phases"
      case .schwingerDysonAmplitudes: "Schwinger-Dyson, amplitudes"
      case .dilatation: "dilatation"
      case .translation(let axis): "translation, axis \(axis)"
      case .momenta: "momenta"
      }
    }
  }

  /// A combination of means of products of slots that is zero.
  public struct Statement: Sendable {
    public let terms: [(factor: Double, slots: [Int])]
    /// Which points the fields stand at.
    public let label: String
  }

  public let points: [[Double]]
  public let components: Int
  public let dimension: Int
  public let isGaussian: Bool
  public let isContinuous: Bool
  private let isDamped: Bool

  public init(_ theory: FreeScalar, points: [[Double]]) {
    self.points = points
    components = theory.components
    dimension = theory.dimension
    isGaussian = theory.amplitudes == .gaussian
    isContinuous = theory.momenta == .continuum
    isDamped = isContinuous && theory.cutoff == nil
  }

  public var kinds: [Kind] {
    [.schwingerDysonPhases] + (isGaussian ? [.schwingerDysonAmplitudes, .dilatation] : [])
      + (0..<dimension).map { .translation(axis: $0) } + (isContinuous ? [.momenta] : [])
  }

  // MARK: Slots

  /// Fields first, point by point; then what each identity needs.
  private var fields: Int { points.count * components }
  /// Of fields, those of different components too: neurons are shared.
  private var pairs: Int { fields * (fields + 1) / 2 }

  private func size(_ kind: Kind) -> Int {
    switch kind {
    case .schwingerDysonPhases, .schwingerDysonAmplitudes: fields + pairs
    case .dilatation: 1
    case .translation, .momenta: fields + 1
    }
  }

  private func start(_ kind: Kind) -> Int {
    var at = fields
    for k in kinds {
      if k == kind { return at }
      at += size(k)
    }
    return at
  }

  public var slots: Int { kinds.reduce(fields) { $0 + size($1) } }

  private func pair(_ a: Int, _ b: Int) -> Int {
    let (low, high) = (min(a, b), max(a, b))
    return high * (high + 1) / 2 + low
  }

  /// The statements of one kind for products of so many fields (even), one for each multiset of points.
  ///
  /// - Parameter order: fields on the left of Schwinger-Dyson identities together with P(y), or the fields of O;
  ///   0: <B> = 0 alone.
  public func statements(_ kind: Kind, order: Int) -> [Statement] {
    let base = start(kind)
    var result: [Statement] = []
    switch kind {
    case .schwingerDysonPhases, .schwingerDysonAmplitudes:
      guard order >= 2 else { return [] }
      for y in 0..<fields {
        for others in multisets(order - 1) {
          var terms = [(factor: 1.0, slots: ([base + y] + others).sorted())]
          for k in others.indices {
            let t = base + fields + pair(y, others[k])
            var rest = others
            rest.remove(at: k)
            terms.append((-1, ([t] + rest).sorted()))
          }
          result.append(Statement(terms: terms, label: label([y] + others)))
        }
      }
    case .dilatation:
      if order == 0 { return [Statement(terms: [(1, [base])], label: "1")] }
      for o in multisets(order) {
        result.append(
          Statement(
            terms: [(Double(order), o), (-1, (o + [base]).sorted())], label: label(o)))
      }
    case .translation, .momenta:
      let breaking = base + fields
      if order == 0 { return [Statement(terms: [(1, [breaking])], label: "1")] }
      for o in multisets(order) {
        var terms = [(factor: 1.0, slots: (o + [breaking]).sorted())]
        for k in o.indices {
          var moved = o
          moved[k] = base + o[k]
          terms.append((1, moved.sorted()))
        }
        result.append(Statement(terms: terms, label: label(o)))
      }
    }
    return result
  }

  private func multisets(_ order: Int) -> [[Int]] {
    var all: [[Int]] = [[]]
    for _ in 0..<order {
      all = all.flatMap { set in ((set.last ?? 0)..<fields).map { set + [$0] } }
    }
    return all
  }

  private func label(_ fields: [Int]) -> String {
    fields.map { f in
      components == 1 ? "x\(f)" : "x\(f / components),\(f % components)"
    }.joined(separator: " ")
  }

  // MARK: Reading

  /// Cost: O(neurons x (grid + points^2)).
  public func read(_ network: NetworkState, into out: (Int, Double) -> Void) {
    let theory = network.system.theory
    let gradient = network.gradient(momenta: isContinuous)
    let m2 = theory.mass * theory.mass
    var fieldAt = [Double](repeating: 0, count: fields)
    var phases = [Double](repeating: 0, count: fields + pairs)
    var amplitudes = phases
    var derivative = [[Double]](
      repeating: [Double](repeating: 0, count: fields + 1), count: dimension)
    var momenta = [Double](repeating: 0, count: fields + 1)
    var dilatation = 0.0
    var own = [Double](repeating: 0, count: fields)
    var turned = own
    var unit = [Double](repeating: 0, count: points.count)
    for (i, n) in network.neurons.enumerated() {
      let g = gradient[i]
      // phi_i and dphi_i/dc_i at the points.
      for (p, x) in points.enumerated() {
        let angle = n.angle(x)
        unit[p] = n.scale * cos(angle)
        let slope = -n.scale * sin(angle)
        for c in 0..<components {
          own[p * components + c] = n.amplitude[c] * unit[p]
          turned[p * components + c] = n.amplitude[c] * slope
        }
      }
      let q = (n.momentum * n.momentum).sum()
      let k = isDamped ? n.momentum * (m2 / (q + m2)) : n.momentum
      for at in 0..<fields {
        fieldAt[at] += own[at]
        phases[at] += own[at] + turned[at] * g.phase
        for a in 0..<dimension { derivative[a][at] += k[a] * turned[at] }
        for other in 0...at { phases[fields + pair(at, other)] += turned[at] * turned[other] }
      }
      for a in 0..<dimension { derivative[a][fields] -= k[a] * g.phase }
      let radial = (n.amplitude * g.amplitude).sum()
      if isGaussian {
        dilatation += (n.amplitude * n.amplitude).sum() - Double(components) + radial
        // phi_i/a_i is the same for all components, and dS_int/da_i.
        for at in 0..<fields {
          let (p, c) = (at / components, at % components)
          amplitudes[at] += own[at] + unit[p] * g.amplitude[c]
          for other in 0...at where other % components == c {
            amplitudes[fields + pair(at, other)] += unit[p] * unit[other / components]
          }
        }
      }
      if isContinuous {
        let cut = theory.cutoff.map { 1 / ($0 * $0) } ?? 0
        let omega = m2 * (1 - q * cut) / (q + m2)
        // k d(omega)/dk.
        let slope = -2 * q * m2 * (cut * (q + m2) + 1 - q * cut) / ((q + m2) * (q + m2))
        // d log(amplitude)/d log k.
        let growth = theory.alpha * q / (q + m2)
        for at in 0..<fields {
          var kx = 0.0
          for a in 0..<dimension { kx += n.momentum[a] * points[at / components][a] }
          momenta[at] += omega * (growth * own[at] + kx * turned[at])
        }
        let score = -2 * (1 + theory.alpha) * q / (q + m2)
        let force = (n.momentum * g.momentum).sum() + growth * radial
        momenta[fields] += omega * (score - force + Double(dimension)) + slope
      }
    }
    for (k, value) in fieldAt.enumerated() { out(k, value) }
    for kind in kinds {
      let base = start(kind)
      switch kind {
      case .schwingerDysonPhases: for (k, v) in phases.enumerated() { out(base + k, v) }
      case .schwingerDysonAmplitudes: for (k, v) in amplitudes.enumerated() { out(base + k, v) }
      case .dilatation: out(base, dilatation)
      case .translation(let axis):
        for (k, v) in derivative[axis].enumerated() { out(base + k, v) }
      case .momenta: for (k, v) in momenta.enumerated() { out(base + k, v) }
      }
    }
  }
}
