import Duality
import Engineering

extension FreeScalar {
  /// What must hold for the networks of a scalar theory at every width.
  func symmetryPrediction(_ interaction: ScalarInteraction?) -> SymmetryPredictionResult {
    // A torus keeps its own translations and reflections, a box its reflections about its centre only.
    var isBox = false
    if case .box? = interaction?.region { isBox = true }
    // A kernel between points that are told one by one has no symmetry of its own.
    let keepsRegion = interaction?.nonlocal?.isInvariant ?? true
    let kernel = "the non-local kernel need not have it"
    typealias Statement = SymmetryPrediction.Statement
    let isEven = interaction?.isEven ?? true
    var statements = [
      Statement(
        side: .output, group: "f to -f", holds: isEven,
        reason: isEven
          ? "a phase moved by pi turns every neuron's sign" : "the potential is not even"),
      Statement(
        side: .input, group: "translations", holds: interaction == nil,
        residual: interaction != nil && !isBox && keepsRegion ? "by whole sites" : nil,
        reason: interaction == nil
          ? "the phases are uniform on a circle: they absorb k.c"
          : isBox
            ? "the interaction lives in a box"
            : keepsRegion ? "the interaction lives on the sites of a torus" : kernel),
      Statement(
        side: .input, group: "reflections", holds: !isBox && keepsRegion,
        reason: isBox
          ? "the box is not centred at 0"
          : keepsRegion ? "the density of the momenta is even in each component" : kernel),
    ]
    if dimension > 1 {
      let continuous = momenta == .continuum && interaction == nil
      statements.append(
        Statement(
          side: .input, group: "O(\(dimension))", holds: continuous,
          residual: continuous || !keepsRegion
            ? nil : isBox ? "permutations" : "permutations and signs",
          reason: continuous
            ? "the density of the momenta depends on |k| alone"
            : interaction == nil
              ? "the momenta lie on a cubic lattice"
              : "the interaction has the symmetry of its region"))
      statements.append(
        Statement(
          side: .input, group: "permutations", holds: keepsRegion,
          reason: keepsRegion
            ? "the density of the momenta is the same in all directions" : kernel))
    }
    if components > 1 {
      statements.append(
        Statement(
          side: .output, group: "O(\(components))", holds: true,
          reason: "amplitudes have the same density in all directions, and V depends on |phi|"))
    }
    func held(_ side: SymmetryGroup.Side) -> String {
      let groups = statements.filter { $0.side == side && $0.holds }.map(\.group)
      return groups.isEmpty ? "none" : groups.joined(separator: " and ")
    }
    return SymmetryPredictionResult(
      summary: "outputs: \(held(.output)); inputs: \(held(.input))", statements: statements)
  }
}
