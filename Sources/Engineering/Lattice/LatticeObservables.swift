import Foundation
import Statistics

/// Averages of a lattice run, with errors by the Gamma method.
public struct LatticeObservables: Sendable, Codable {
  public struct Value: Sendable, Codable {
    public var value: Double
    public var error: Double
    /// Integrated autocorrelation time in trajectories.
    public var tau: Double

    init(_ g: GammaMethod, every: Int) {
      value = g.value
      error = g.error
      tau = g.autocorrelationTime * Double(every)
    }
  }

  /// <phi^2>, <phi^4>, <phi_x phi_(x+1)>.
  public var phi2: Value
  public var phi4: Value
  public var neighbour: Value
  /// chi = V <M^2> = sum_x <phi_0 phi_x>.
  public var susceptibility: Value
  /// <|M|>.
  public var magnetisation: Value
  /// U4 = 1 - <M^4> / (3 <M^2>^2).
  public var binder: Value
  /// Second moment: [sqrt(chi/F - 1)] / (2 sin(pi/L)); nil where chi < F.
  public var correlation_length: Value?
  /// Zero momentum along the other axes, C(t) = sum_x <phi(t, x) phi(0, 0)>.
  public var correlator: [Value]
  /// acosh((C(t-1) + C(t+1)) / (2 C(t))), from t = 1 on; nil where noise allows none.
  public var effective_mass: [Value?]

  init(_ chains: [[[Double]]], _ lattice: ScalarLattice, every: Int) {
    func value(_ q: FieldQuantity) -> Value {
      Value(
        GammaMethod(chains: chains.map { $0.map { row in q.columns.map { row[$0] } } }, q.function),
        every: every)
    }
    let all = TorusField.quantities(size: lattice.size, volume: lattice.volume)
    func named(_ name: FieldQuantity.Name) -> [Value] { all.filter { $0.name == name }.map(value) }
    phi2 = named(.phi2)[0]
    phi4 = named(.phi4)[0]
    neighbour = named(.neighbour)[0]
    magnetisation = named(.magnetisation)[0]
    susceptibility = named(.susceptibility)[0]
    binder = named(.binder)[0]
    correlator = named(.correlator)
    func defined(_ v: Value) -> Value? { v.value.isFinite && v.error.isFinite ? v : nil }
    correlation_length = defined(named(.correlationLength)[0])
    effective_mass = named(.effectiveMass).map(defined)
  }
}

extension LatticeObservables {
  /// In units in which the lattice has the spacing a: fields of dimension (d - 2)/2, chi in a^2, lengths in a,
  /// masses in 1/a.
  public func scaled(spacing a: Double, dimension d: Int) -> LatticeObservables {
    guard a != 1 else { return self }
    func times(_ factor: Double, _ v: Value) -> Value {
      var result = v
      result.value *= factor
      result.error *= abs(factor)
      return result
    }
    // phi of the lattice is phi a^((d-2)/2).
    let field = pow(a, -0.5 * Double(d - 2))
    var result = self
    result.phi2 = times(field * field, phi2)
    result.phi4 = times(pow(field, 4), phi4)
    result.neighbour = times(field * field, neighbour)
    result.magnetisation = times(field, magnetisation)
    result.susceptibility = times(field * field * pow(a, Double(d)), susceptibility)
    result.correlation_length = correlation_length.map { times(a, $0) }
    result.correlator = correlator.map { times(field * field * pow(a, Double(d - 1)), $0) }
    result.effective_mass = effective_mass.map { $0.map { times(1 / a, $0) } }
    return result
  }
}
