import Correlators
import EffectiveAction
import Ensembles
import Foundation
import Kernels
import Renormalization
import Sampling
import Statistics

/// The `cutoff-flow` measurement of one case.
struct CutoffFlowMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: CutoffFlowOptions
  let theory: StudyTheory

  var name: String { "cutoff-flow" }

  private var source: CumulantSource {
    CumulantSource(
      study: study, index: index, points: study.points, order: options.sextic ? 6 : 4,
      theory: theory)
  }

  func requirements() -> [SamplingRequirement] { [source.requirement()].compactMap { $0 } }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    own.result.cutoff_flow = try evaluate(sums)
    own.warnings += FlowWarnings.cutoff(own.result.cutoff_flow, place: place)
  }

  func evaluate(_ sums: [ReplicatedSums]) throws -> CutoffFlowResult? {
    guard let ensemble = study.cases[index].ensemble, let sample = source.sample(sums.first) else {
      return nil
    }
    let flow = try CutoffFlow(
      Propagator(ensemble, vertexLines: options.cutoffs.vertex), points: study.points,
      cutoffs: options.cutoffs.cutoffs, sample: sample)
    return CutoffFlowResult(flow, vertex: options.cutoffs.vertex)
  }
}

/// Couplings of one case of a Gaussian kernel over all space, for the active and the passive flow.
struct ScaleMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  /// Whether u6 is wanted.
  let sextic: Bool
  let theory: StudyTheory

  var name: String { "active-flow" }

  private var source: CumulantSource {
    CumulantSource(
      study: study, index: index, points: study.points, order: sextic ? 6 : 4, theory: theory)
  }

  func requirements() -> [SamplingRequirement] { [source.requirement()].compactMap { $0 } }

  struct Found {
    let couplings: ScaleCouplings
    /// The mean of lambda, which u4 is a known multiple of in every normalisation.
    let lambda: Replicated
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    own.scale = try evaluate(sums)
    own.result.couplings_at_scale = own.scale?.couplings
    own.warnings += FlowWarnings.active(own.scale?.couplings, points: study.points, place: place)
  }

  func evaluate(_ sums: [ReplicatedSums]) throws -> Found? {
    guard let ensemble = item.ensemble, let sample = source.sample(sums.first) else { return nil }
    let propagator = try Propagator(ensemble)
    guard let scales = NetworkCouplings.Scales(propagator) else { return nil }
    let analysis = try CouplingAnalysis(
      propagator, points: study.points, cutoffs: [.infinity], sextic: sextic)
    let c = analysis.couplings(sample)[0]
    let six = c.sextic?.mean ?? Estimate(value: nil, error: nil)
    func set(_ normalisation: NetworkCouplings.Normalisation) -> ScaleCouplings.Set {
      let f = scales.factors(normalisation)
      return ScaleCouplings.Set(
        u2: scales.free(normalisation), u4: c.mean.scaled(24 * f.u4), u6: six.scaled(720 * f.u6))
    }
    let unit = ensemble.hidden[0].activation.unit
    let reference = study.cases.first { $0.ensemble != nil }?.ensemble
    let integrals = c.elements.map(\.integral.value)
    let lambda = sample.replicated { tensors in
      let sum = zip(tensors[4], integrals).reduce(0) { $0 - $1.0 / (24 * $1.1) }
      return sum / Double(integrals.count)
    }
    return Found(
      couplings: ScaleCouplings(
        sigma_w: ensemble.weights[0].sigma, m0_squared: scales.massSquared, raw: set(.raw),
        canonical: set(.canonical), dimensionless: set(.dimensionless),
        origin: unit is NormalizedExponential && ensemble.correlation == nil
          && ensemble.weights[0].sigma == ensemble.weights[1].sigma
          ? NetworkCouplings.gaussNet(
            dimension: scales.dimension, width: Double(ensemble.hidden[0].width),
            biasSigma: ensemble.biases[0].sigma) : nil,
        dilatation: reference.flatMap { dilatation(ensemble, $0) }),
      lambda: lambda)
  }

  /// Against the first case of the study, where only the weights differ.
  private func dilatation(_ ensemble: Ensemble, _ reference: Ensemble) -> Double? {
    guard ensemble.biases == reference.biases,
      ensemble.hidden.map(\.activation)
        == reference.hidden.map(\.activation),
      let own = try? reference.withLastWidth(
        ensemble.hidden[ensemble.hidden.count - 1].width)
    else { return nil }
    return (try? DilatationIdentity(ensemble, reference: own, points: study.points))?.deviation
  }
}

/// The `passive-flow` measurement of one case.
struct PassiveFlowMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: PassiveFlowOptions
  let theory: StudyTheory

  var name: String { "passive-flow" }

  private var scale: ScaleMeasurement {
    ScaleMeasurement(
      study: study, index: index, sextic: options.isSexticMeasured, theory: theory)
  }

  func requirements() -> [SamplingRequirement] { scale.requirements() }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    guard let found = try evaluate(sums) else { return }
    own.result.passive_flow = found.flow
    own.result.passive_flow_start = found.start
    own.result.pole = found.pole.map { PolePoint(k: $0) }
    own.warnings += FlowWarnings.passive(found.start, pole: found.pole, place: place)
  }

  func evaluate(_ sums: [ReplicatedSums]) throws -> (
    start: PassiveFlowResult, flow: [PassiveFlowPoint], pole: Double?
  )? {
    guard let found = try scale.evaluate(sums)?.couplings,
      let ensemble = study.cases[index].ensemble
    else { return nil }
    let (start, error) = self.start(found)
    let flow = try PolynomialFlow(
      dimension: Double(ensemble.inputs), order: 6, kernel: options.kernel)
    func follow(_ u4: Double) -> PolynomialFlow.Trajectory {
      flow.follow([start.u2, u4, start.u6], from: 0, through: options.scales)
    }
    let path = follow(start.u4)
    let moved = error.map { follow(start.u4 + $0) }
    let target = wilsonFisher(flow)
    let points = zip(path.scales, path.couplings).map { k, u -> PassiveFlowPoint in
      var point = PassiveFlowPoint(k: k, u2: u[0], u4: u[1], u6: u[2])
      guard options.kernel == .deepInfrared else { return point }
      let scaled = (u[0] / (k * k), u[1] * pow(k, flow.dimension - 4))
      let volume = thresholdVolume(flow.dimension)
      point.gaussian = hypot(scaled.0, volume * scaled.1)
      point.wilson_fisher = target.map { hypot(scaled.0 - $0.u2, volume * (scaled.1 - $0.u4)) }
      return point
    }
    var shift: Double?
    if let moved, moved.couplings.count == path.couplings.count, let a = moved.couplings.last,
      let b = path.couplings.last
    {
      shift = abs(a[1] - b[1])
    }
    return (
      PassiveFlowResult(
        kernel: options.kernel, normalisation: options.normalisation.rawValue, start: start,
        u4_error: shift,
        one_loop: 0.5 * pow(4 * .pi, -0.5 * flow.dimension)
          * abs(found.dimensionless.u4.value ?? 0),
        gaussian: nearest(points, \.gaussian), wilson_fisher: nearest(points, \.wilson_fisher)),
      points, path.pole
    )
  }

  /// The Wilson-Fisher point of the truncation; it exists between two and four dimensions.
  private func wilsonFisher(_ flow: PolynomialFlow) -> (u2: Double, u4: Double)? {
    guard flow.dimension > 2, flow.dimension < 4, options.kernel == .deepInfrared,
      let found = flow.wilsonFisher(), let u2 = found.couplings["u2"],
      let u4 = found.couplings["u4"]
    else { return nil }
    return (u2, u4)
  }

  private func nearest(
    _ points: [PassiveFlowPoint], _ distance: KeyPath<PassiveFlowPoint, Double?>
  ) -> PassiveFlowResult.Nearest? {
    points.compactMap { p in
      p[keyPath: distance].map { PassiveFlowResult.Nearest(distance: $0, k: p.k) }
    }.min { $0.distance < $1.distance }
  }

  private func start(_ c: ScaleCouplings) -> (NetworkCouplings, error: Double?) {
    func value(_ e: Estimate) -> Double { e.value ?? 0 }
    switch (options.normalisation, options.kernel) {
    case (.published, _):
      return (
        NetworkCouplings(
          u2: c.m0_squared, u4: value(c.raw.u4), u6: options.sextic ?? 50), c.raw.u4.error
      )
    case (.consistent, .deepInfrared):
      return (
        NetworkCouplings(
          u2: c.canonical.u2, u4: value(c.canonical.u4),
          u6: options.sextic ?? value(c.canonical.u6)), c.canonical.u4.error
      )
    case (.consistent, .full):
      return (
        NetworkCouplings(
          u2: 1, u4: value(c.dimensionless.u4), u6: options.sextic ?? value(c.dimensionless.u6)),
        c.dimensionless.u4.error
      )
    }
  }
}
