import Engineering
import Ensembles

/// What a study is about: an ensemble of networks, or a theory in its place.
struct SystemReader {
  struct Item {
    var inputs: Int
    var outputs: Int
    var ensemble: Ensemble?
    var kernel: [[Double]]?
    var theory: FreeScalar?
    var interaction: ScalarInteraction?
  }

  private enum Source {
    case ensemble(EnsembleReader)
    case theory(TheoryReader)
  }

  private let source: Source

  init(_ root: KeyReader, sweep: KeyReader.Sweep, optional: Bool, files: InputFiles)
    throws(StudyError)
  {
    func swept(_ reader: KeyReader, _ path: String) -> KeyReader {
      KeyReader(tree: reader.tree, path: path, file: reader.file, sweep: sweep)
    }
    if let theory = root.child("theory") {
      guard root.child("ensemble") == nil else {
        throw theory.refuse("`theory` and `ensemble` exclude one another")
      }
      source = .theory(TheoryReader(reader: swept(theory, "theory"), files: files))
    } else {
      let ensemble = try root.required("ensemble")
      source = .ensemble(
        EnsembleReader(reader: swept(ensemble, "ensemble"), optional: optional, files: files))
    }
  }

  func read() throws(StudyError) -> Item {
    switch source {
    case .ensemble(let reader):
      let item = try reader.read()
      return Item(
        inputs: item.inputs, outputs: item.outputs, ensemble: item.ensemble, kernel: item.kernel)
    case .theory(let reader):
      let (theory, interaction) = try reader.read()
      return Item(
        inputs: theory.dimension, outputs: theory.components, theory: theory,
        interaction: interaction)
    }
  }
}
