import Foundation

extension FreeScalar {
  /// The exact value of a quantity at this width; nil where it is not known in closed form.
  ///
  /// - Parameters:
  ///   - place: where the field is looked at.
  public func exact(_ quantity: FieldQuantity, at place: ObservableReadout.Place) -> Double? {
    let n = Double(components)
    let origin = [Double](repeating: 0, count: dimension)
    func along(_ axis: Int, _ t: Double) -> [Double] {
      (0..<dimension).map { $0 == axis ? t : 0 }
    }
    let t = quantity.time ?? 0
    switch quantity.name {
    case .phi2: return n * propagator(origin)
    case .phi4:
      let d0 = propagator(origin)
      let four = [[Double]](repeating: origin, count: 4)
      // sum_ij <phi_i^2 phi_j^2>.
      return (n * n + 2 * n) * d0 * d0 + n * connectedFourPoint(four)
        + n * (n - 1) * connectedFourPoint(four, components: [0, 0, 1, 1])
    case .neighbour: return n * propagator(along(0, 1))
    case .susceptibility: return n / (mass * mass)
    case .correlationLength:
      // chi/F = (khat^2 + m^2)/m^2 at the lowest momentum.
      return 1 / mass
    case .correlator:
      switch place {
      case .torus: return zeroMomentum.map { n * $0.propagator([t]) }
      case .centre(let field): return n * propagator(along(field.axis, t))
      }
    case .effectiveMass:
      switch place {
      case .torus:
        guard let line = zeroMomentum else { return nil }
        let c = [t - 1, t, t + 1].map { line.propagator([$0]) }
        return acosh((c[0] + c[2]) / (2 * c[1]))
      case .centre(let field):
        let earlier = field.times.last { $0 < t } ?? 0
        let ratio =
          propagator(along(field.axis, t)) / propagator(along(field.axis, earlier))
        return ratio > 0 ? -log(ratio) / (t - earlier) : nil
      }
    case .magnetisation, .binder: return nil
    }
  }

  /// What is left of a lattice at zero momentum along all axes but one: the same field on a line.
  private var zeroMomentum: FreeScalar? {
    try? FreeScalar(dimension: 1, mass: mass, momenta: momenta, width: width)
  }
}
