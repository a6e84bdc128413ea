import Duality
import Engineering

extension FreeScalar {
  /// What must hold for the networks of a free scalar at every width.
  var symmetryPrediction: SymmetryPredictionResult {
    typealias Statement = SymmetryPrediction.Statement
    var statements = [
      Statement(
        side: .output, group: "f to -f", holds: true,
        reason: "a phase moved by pi turns every neuron's sign"),
      Statement(
        side: .input, group: "translations", holds: true,
        reason: "the phases are uniform on a circle: they absorb k.c"),
      Statement(
        side: .input, group: "reflections", holds: true,
        reason: "the density of the momenta is even in each component"),
    ]
    if dimension > 1 {
      let continuous = momenta == .continuum
      statements.append(
        Statement(
          side: .input, group: "O(\(dimension))", holds: continuous,
          residual: continuous ? nil : "permutations and signs",
          reason: continuous
            ? "the density of the momenta depends on |k| alone"
            : "the momenta lie on a cubic lattice"))
      statements.append(
        Statement(
          side: .input, group: "permutations", holds: true,
          reason: "the density of the momenta is the same in all directions"))
    }
    let held = statements.filter { $0.side == .input && $0.holds }.map(\.group)
    return SymmetryPredictionResult(
      summary: "outputs: f to -f; inputs: \(held.joined(separator: " and "))",
      statements: statements)
  }
}
