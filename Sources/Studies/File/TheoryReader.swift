import Engineering
import Foundation

/// Reads the `theory` section, which takes the place of `ensemble`, with the swept values in force.
struct TheoryReader {
  let reader: KeyReader
  let files: InputFiles

  func read() throws(StudyError) -> (FreeScalar, ScalarInteraction?) {
    try reader.keys(["free-scalar", "interaction"])
    let theory = try readFree()
    return (
      theory,
      try reader.child("interaction").map { (entry) throws(StudyError) in
        try InteractionReader(entry: entry, theory: theory, files: files).read()
      }
    )
  }

  private func readFree() throws(StudyError) -> FreeScalar {
    let entry = try reader.required("free-scalar")
    try entry.keys([
      "dimension", "mass", "alpha", "cutoff", "amplitudes", "momenta", "width", "components",
    ])
    // The numbers of inputs and outputs cannot be swept.
    func fixed(_ key: String) -> KeyReader? {
      entry.child(key).map { KeyReader(tree: $0.tree, path: $0.path, file: $0.file, sweep: nil) }
    }
    let momenta: FreeScalar.Momenta
    if let choice = entry.child("momenta") {
      if choice.isMapping {
        try choice.keys(["box", "lattice"])
        switch (choice.child("box"), choice.child("lattice")) {
        case (let length?, nil): momenta = .box(length: try length.number())
        case (nil, let size?): momenta = .lattice(size: try size.integer(2...1_000_000))
        default:
          throw choice.refuse("expected either box (a length) or lattice (sites along each axis)")
        }
      } else {
        guard try choice.text() == "continuum" else {
          throw choice.refuse("expected continuum, {box: length} or {lattice: sites}")
        }
        momenta = .continuum
      }
    } else {
      momenta = .continuum
    }
    do {
      return try FreeScalar(
        dimension: try fixed("dimension")?.integer(1...4) ?? 1,
        mass: try entry.child("mass")?.number() ?? 1,
        alpha: try entry.child("alpha")?.number() ?? 0, cutoff: try entry.child("cutoff")?.number(),
        amplitudes: try entry.child("amplitudes")?.choice(FreeScalar.Amplitudes.self) ?? .constant,
        momenta: momenta, width: try entry.required("width").integer(1...10_000_000),
        components: try fixed("components")?.integer(1...8) ?? 1)
    } catch let error as FreeScalar.Refused {
      throw entry.refuse(error.description, key: error.key)
    } catch let error as StudyError {
      throw error
    } catch { throw entry.refuse("\(error)") }
  }
}

extension FreeScalar {
  /// With every default written out, in the layout of the study file.
  var json: JSONValue {
    var result: [String: JSONValue] = [
      "dimension": .integer(dimension), "mass": .numeric(mass), "alpha": .numeric(alpha),
      "amplitudes": .string(amplitudes.rawValue), "width": .integer(width),
      "components": .integer(components),
    ]
    if let cutoff { result["cutoff"] = .numeric(cutoff) }
    switch momenta {
    case .continuum: result["momenta"] = .string("continuum")
    case .box(let length): result["momenta"] = .object(["box": .numeric(length)])
    case .lattice(let size): result["momenta"] = .object(["lattice": .integer(size)])
    }
    return .object(["free-scalar": .object(result)])
  }
}
