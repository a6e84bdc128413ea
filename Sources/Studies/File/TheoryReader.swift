import Engineering
import Foundation

/// Reads the `theory` section, which takes the place of `ensemble`, with the swept values in force.
struct TheoryReader {
  let reader: KeyReader

  func read() throws(StudyError) -> (FreeScalar, ScalarInteraction?) {
    try reader.keys(["free-scalar", "interaction"])
    let theory = try readFree()
    return (
      theory,
      try reader.child("interaction").map { (entry) throws(StudyError) in
        try readInteraction(entry, theory)
      }
    )
  }

  /// `{phi4: lambda, mass_squared: m2, phi6: ..., torus: L}`, or `box` and `spacing`.
  private func readInteraction(_ entry: KeyReader, _ theory: FreeScalar) throws(StudyError)
    -> ScalarInteraction
  {
    try entry.keys([
      "phi4", "phi6", "mass_squared", "torus", "box", "spacing", "thermalisation", "stride",
    ])
    var potential = LocalInteraction()
    potential.quartic = try entry.child("phi4")?.number() ?? 0
    potential.sextic = try entry.child("phi6")?.number() ?? 0
    if let mass = entry.child("mass_squared") {
      // What the free part has already is taken away.
      potential.quadratic = try mass.number() - theory.mass * theory.mass
    }
    guard potential.sextic > 0 || (potential.sextic == 0 && potential.quartic > 0) else {
      throw entry.refuse(
        "the potential must be bounded from below: phi6 above 0, or phi4 above 0 without phi6")
    }
    let region: ScalarInteraction.Region
    switch (entry.child("torus"), entry.child("box"), theory.momenta) {
    case (let size?, nil, _): region = .torus(size: try size.integer(2...10_000))
    case (nil, let length?, _):
      let side = try length.number()
      let spacing = try entry.child("spacing")?.number() ?? 0.1
      guard side > 0, spacing > 0, spacing <= side,
        pow(side / spacing + 1, Double(theory.dimension)) <= 1e6
      else {
        throw length.refuse(
          "expected a box and a spacing with up to 10^6 points, found \(side), \(spacing)")
      }
      region = .box(length: side, spacing: spacing)
    case (nil, nil, .lattice(let size)): region = .torus(size: size)
    default: throw entry.refuse("expected either torus (sites along each axis) or box (a length)")
    }
    if case .torus(let size) = region {
      guard case .lattice(let own) = theory.momenta, own == size else {
        throw entry.refuse(
          "a torus needs lattice momenta of the same size: momenta: {lattice: \(size)}")
      }
      guard pow(Double(size), Double(theory.dimension)) <= 1e6 else {
        throw entry.refuse("the torus has more than 10^6 sites")
      }
    }
    return ScalarInteraction(
      potential: potential, region: region,
      thermalisation: try entry.child("thermalisation")?.integer(0...1_000_000) ?? 200,
      stride: try entry.child("stride")?.integer(1...100_000) ?? 5)
  }

  private func readFree() throws(StudyError) -> FreeScalar {
    let entry = try reader.required("free-scalar")
    try entry.keys(["dimension", "mass", "alpha", "cutoff", "amplitudes", "momenta", "width"])
    let fixed = entry.child("dimension").map {
      KeyReader(tree: $0.tree, path: $0.path, file: $0.file, sweep: nil)
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
        dimension: try fixed?.integer(1...4) ?? 1, mass: try entry.child("mass")?.number() ?? 1,
        alpha: try entry.child("alpha")?.number() ?? 0, cutoff: try entry.child("cutoff")?.number(),
        amplitudes: try entry.child("amplitudes")?.choice(FreeScalar.Amplitudes.self) ?? .constant,
        momenta: momenta, width: try entry.required("width").integer(1...10_000_000))
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

extension ScalarInteraction {
  var json: JSONValue {
    var result: [String: JSONValue] = [
      "phi4": .numeric(potential.quartic), "phi6": .numeric(potential.sextic),
      "quadratic": .numeric(potential.quadratic), "thermalisation": .integer(thermalisation),
      "stride": .integer(stride),
    ]
    switch region {
    case .box(let length, let spacing):
      result["box"] = .numeric(length)
      result["spacing"] = .numeric(spacing)
    case .torus(let size): result["torus"] = .integer(size)
    }
    return .object(result)
  }
}
