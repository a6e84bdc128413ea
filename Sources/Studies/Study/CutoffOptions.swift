import EffectiveAction

/// Cutoffs of vertex integrals, and which kernel their lines carry.
public struct CutoffOptions: Sendable, Hashable {
  /// Ascending; infinity is all space. Empty: all space where the kernel can be integrated over it,
  /// else 100.
  public var cutoffs: [Double]
  public var vertex: Propagator.VertexLines

  public init(cutoffs: [Double] = [], vertex: Propagator.VertexLines = .weights) {
    self.cutoffs = cutoffs
    self.vertex = vertex
  }

  static let keys = ["cutoffs", "vertex"]

  static func read(_ reader: KeyReader?) throws(StudyError) -> CutoffOptions {
    var options = CutoffOptions()
    guard let reader else { return options }
    if let list = reader.child("cutoffs") {
      var cutoffs: [Double] = []
      for item in list.isSequence ? try list.items() : [list] {
        let value: Double
        if let word = try? item.plainText(),
          ["inf", ".inf", "infinity"].contains(word.lowercased())
        {
          value = .infinity
        } else {
          value = try item.number()
        }
        guard value > 0, value == .infinity || value <= 1e12 else {
          throw item.refuse("cutoffs must be above 0 and up to 1e12, or inf, found \(value)")
        }
        cutoffs.append(value)
      }
      guard !cutoffs.isEmpty, cutoffs.count <= 1000 else {
        throw list.refuse("expected 1 to 1000 cutoffs, found \(cutoffs.count)")
      }
      options.cutoffs = Array(Set(cutoffs)).sorted()
    }
    options.vertex = try reader.child("vertex")?.choice(Propagator.VertexLines.self) ?? .weights
    return options
  }

  /// The cutoffs for a propagator.
  func resolved(_ propagator: Propagator) -> [Double] {
    cutoffs.isEmpty ? [propagator.isIntegrable ? .infinity : 100] : cutoffs
  }

  var json: [String: JSONValue] {
    [
      "cutoffs": cutoffs.isEmpty
        ? .string("default")
        : .array(cutoffs.map { $0 == .infinity ? .string("inf") : .numeric($0) }),
      "vertex": .string(vertex.rawValue),
    ]
  }
}
