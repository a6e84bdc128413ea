import Foundation

/// Exact values at infinite width in one dimension: an interaction box by the oscillator between its points, a
/// torus by its transfer matrix.
public struct InfiniteWidth {
  /// Where they come from, in words; nil where none is known.
  public let source: String?
  private let find: (FieldQuantity.Name, Double?) -> Double?

  /// - Parameter times: of the correlator around a centre, ascending.
  public init(_ theory: FreeScalar, _ interaction: ScalarInteraction, times: [Double]) {
    guard theory.components == 1, theory.dimension == 1, interaction.nonlocal == nil else {
      (source, find) = (nil, { _, _ in nil })
      return
    }
    switch interaction.region {
    case .box(let length, let spacing):
      guard theory.momenta == .continuum, theory.cutoff == nil, theory.alpha == 0 else {
        (source, find) = (nil, { _, _ in nil })
        return
      }
      // Two bases: what depends on their size is not known.
      let boxes = [60, 80].map {
        OscillatorBox(
          mass: theory.mass, length: length, spacing: spacing, interaction: interaction.potential,
          states: $0)
      }
      func settled(_ value: (OscillatorBox) -> Double) -> Double? {
        let (coarse, fine) = (value(boxes[0]), value(boxes[1]))
        return abs(fine - coarse) < 1e-7 * abs(fine) ? fine : nil
      }
      let centre = 0.5 * length
      source = "oscillator in the same box"
      find = { name, time in
        func c(_ t: Double, _ box: OscillatorBox) -> Double {
          box.correlator(at: [centre - 0.5 * t, centre + 0.5 * t])
        }
        switch name {
        case .phi2: return settled { c(0, $0) }
        case .phi4: return settled { $0.correlator(at: [centre, centre, centre, centre]) }
        case .correlator: return time.flatMap { t in settled { c(t, $0) } }
        case .effectiveMass:
          guard let t = time else { return nil }
          let earlier = times.last { $0 < t } ?? 0
          // A ratio within rounding of 1 gives no mass.
          return settled { -log(c(t, $0) / c(earlier, $0)) / (t - earlier) }
        default: return nil
        }
      }
    case .torus(let size):
      guard interaction.potential.isQuartic,
        let lattice = try? OscillatorLattice(
          massSquared: interaction.potential[2] + theory.mass * theory.mass,
          coupling: interaction.potential[4], spacing: 1, sites: size)
      else {
        (source, find) = (nil, { _, _ in nil })
        return
      }
      source = "transfer matrix"
      find = { name, time in
        switch name {
        case .phi2: lattice.second
        case .phi4: lattice.fourth
        case .neighbour: lattice.correlator(1)
        case .correlator: time.map { lattice.correlator(Int($0)) }
        case .effectiveMass:
          time.flatMap { t in
            (1..<size).contains(Int(t)) ? lattice.effectiveMass(Int(t)) : nil
          }
        case .susceptibility: (0..<size).reduce(0) { $0 + lattice.correlator($1) }
        default: nil
        }
      }
    }
  }

  public func value(_ name: FieldQuantity.Name, _ time: Double?) -> Double? { find(name, time) }
}
