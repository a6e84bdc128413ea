import Engineering
import Ensembles
import Foundation
import NumericalMethods

/// Reads the `interaction` of a theory: a potential (`phi4: lambda`, any power, `mass_squared`, a `formula`), a
/// non-local quartic kernel, the region, and how networks are drawn.
struct InteractionReader {
  let entry: KeyReader
  let theory: FreeScalar
  let files: InputFiles

  private static let powers = (1...LocalInteraction.highestPower).map { "phi\($0)" }

  func read() throws(StudyError) -> ScalarInteraction {
    try entry.keys(
      [
        "phi4", "mass_squared", "formula", "nonlocal", "torus", "box", "spacing", "sampler",
        "thermalisation", "stride",
      ] + Self.powers.filter { $0 != "phi4" })
    let region = try readRegion()
    let potential = try readPotential()
    let nonlocal = try entry.child("nonlocal").map { (reader) throws(StudyError) in
      try readKernel(reader, region)
    }
    let isBounded =
      nonlocal == nil
      ? potential.isBoundedBelow && potential != LocalInteraction()
      : potential.isBoundedBelowQuartic
    guard isBounded else {
      throw entry.refuse(
        "the potential must be bounded from below: an even highest power above 0 (phi4: 1), or a formula that grows"
      )
    }
    if theory.components > 1 {
      guard potential.formula == nil, nonlocal == nil, potential.isEven else {
        throw entry.refuse(
          "theories of \(theory.components) components take even powers of |phi| only")
      }
    }
    return ScalarInteraction(
      potential: potential, nonlocal: nonlocal, region: region, sampling: try readSampling(),
      thermalisation: try entry.child("thermalisation")?.integer(0...1_000_000) ?? 200,
      stride: try entry.child("stride")?.integer(1...100_000) ?? 5)
  }

  private func readPotential() throws(StudyError) -> LocalInteraction {
    var couplings: [Int: Double] = [:]
    for (k, key) in Self.powers.enumerated() {
      if let value = entry.child(key) { couplings[k + 1] = try value.number() }
    }
    if let mass = entry.child("mass_squared") {
      guard couplings[2] == nil else {
        throw mass.refuse("the mass squared and phi2 are the same term: give one of them")
      }
      // What the free part has already is taken away.
      couplings[2] = try mass.number() - theory.mass * theory.mass
    }
    var formula: Formula?
    if let text = entry.child("formula") {
      do {
        formula = try Formula(try text.plainText())
      } catch let error as InvalidEnsemble {
        throw text.refuse(error.reason)
      } catch let error as StudyError {
        throw error
      } catch { throw text.refuse("\(error)") }
    }
    return LocalInteraction(couplings: couplings, formula: formula)
  }

  private func readRegion() throws(StudyError) -> ScalarInteraction.Region {
    switch (entry.child("torus"), entry.child("box"), theory.momenta) {
    case (let size?, nil, _):
      let sites = try size.integer(2...10_000)
      guard case .lattice(sites) = theory.momenta else {
        throw entry.refuse(
          "a torus needs lattice momenta of the same size: momenta: {lattice: \(sites)}")
      }
      return try torus(sites)
    case (nil, let length?, _):
      let side = try length.number()
      let spacing = try entry.child("spacing")?.number() ?? 0.1
      guard side > 0, spacing > 0, spacing <= side,
        pow(side / spacing + 1, Double(theory.dimension)) <= 1e6
      else {
        throw length.refuse(
          "expected a box and a spacing with up to 10^6 points, found \(side), \(spacing)")
      }
      return .box(length: side, spacing: spacing)
    case (nil, nil, .lattice(let size)): return try torus(size)
    default: throw entry.refuse("expected either torus (sites along each axis) or box (a length)")
    }
  }

  private func torus(_ size: Int) throws(StudyError) -> ScalarInteraction.Region {
    guard pow(Double(size), Double(theory.dimension)) <= 1e6 else {
      throw entry.refuse("the torus has more than 10^6 sites")
    }
    return .torus(size: size)
  }

  /// `{formula: ...}` of the distance between two points, or `{file: ...}`: a matrix U(x, y) over the points of
  /// the grid, or rows a, b, c, d, g.
  private func readKernel(_ reader: KeyReader, _ region: ScalarInteraction.Region)
    throws(StudyError) -> NonlocalQuartic
  {
    try reader.keys(["formula", "file"])
    let grid = ScalarInteraction(potential: LocalInteraction(), region: region)
      .grid(dimension: theory.dimension)
    let count = grid.points.count
    switch (reader.child("formula"), reader.child("file")) {
    case (let text?, nil):
      guard count <= 4096 else {
        throw text.refuse("kernels are for grids of up to 4096 points, found \(count)")
      }
      let unit: FormulaUnit
      do {
        unit = FormulaUnit(try Formula(try text.plainText()))
      } catch let error as InvalidEnsemble {
        throw text.refuse(error.reason)
      } catch let error as StudyError {
        throw error
      } catch { throw text.refuse("\(error)") }
      func distance(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for (x, y) in zip(a, b) {
          var d = abs(x - y)
          if let size = grid.torus { d = min(d, Double(size) - d) }
          sum += d * d
        }
        return sum.squareRoot()
      }
      let kernel = grid.points.map { a in
        grid.points.map { b in unit.value(distance(a, b), variance: 1) }
      }
      guard kernel.allSatisfy({ $0.allSatisfy { $0 >= 0 } }) else {
        throw text.refuse("U(r) must not be negative, or the action may not be bounded from below")
      }
      return NonlocalQuartic(.pairs(kernel), name: Self.name(kernel), isInvariant: true)
    case (nil, let file?):
      return try kernel(try files.rows(file), count, file)
    default: throw reader.refuse("expected either a formula of the distance, or a file")
    }
  }

  /// Names a kernel in the names of random streams.
  private static func name(_ rows: [[Double]]) -> String {
    "kernel=\(streamHash(StreamText.rows(rows)))"
  }

  private func kernel(_ rows: [[Double]], _ count: Int, _ file: KeyReader) throws(StudyError)
    -> NonlocalQuartic
  {
    let name = Self.name(rows)
    if rows.count == count, rows.allSatisfy({ $0.count == count }) {
      guard rows.allSatisfy({ $0.allSatisfy { $0 >= 0 } }) else {
        throw file.refuse(
          "U(x, y) must not be negative, or the action may not be bounded from below")
      }
      return NonlocalQuartic(.pairs(rows), name: name)
    }
    var elements: [NonlocalQuartic.Element] = []
    for row in rows {
      let places = row.prefix(4).map { Int(exactly: $0) ?? -1 }
      guard row.count == 5, places.allSatisfy({ (0..<count).contains($0) }) else {
        throw file.refuse(
          "expected \(count) rows of \(count) numbers U(x, y), or rows a, b, c, d, g with points from 0 to \(count - 1)"
        )
      }
      elements.append(NonlocalQuartic.Element(points: places, value: row[4]))
    }
    guard elements.contains(where: { $0.value > 0 }) else {
      throw file.refuse("no coupling is above 0")
    }
    return NonlocalQuartic(.points(elements), name: name)
  }

  private func readSampling() throws(StudyError) -> NetworkSampling {
    guard let reader = entry.child("sampler") else { return .neuronRefresh }
    var sampling: NetworkSampling
    if reader.isMapping {
      try reader.keys(["neuron-refresh", "hamiltonian"])
      let refresh = try reader.child("neuron-refresh")?.integer(0...1000) ?? 0
      let hamiltonian = try reader.child("hamiltonian")?.integer(0...1000) ?? 0
      switch (refresh, hamiltonian) {
      case (0, 0): throw reader.refuse("expected sweeps of neuron-refresh, trajectories, or both")
      case (_, 0): sampling = .neuronRefresh
      case (0, 1): sampling = .hamiltonian
      default: sampling = .mixture(refresh: refresh, hamiltonian: hamiltonian)
      }
    } else {
      let names: [String: NetworkSampling] = [
        "neuron-refresh": .neuronRefresh, "hamiltonian": .hamiltonian,
        "mixture": .mixture(refresh: 1, hamiltonian: 1), "reweighting": .reweighting,
      ]
      let name = try reader.text()
      guard let known = names[name] else {
        throw reader.refuse(
          "`\(name.prefix(60))` is not known\(KeyReader.suggestion(String(name.prefix(60)), among: names.keys.sorted()))"
        )
      }
      sampling = known
    }
    var needsRefresh = theory.momenta != .continuum
    if theory.components > 1, theory.amplitudes == .constant { needsRefresh = true }
    switch sampling {
    case .hamiltonian where needsRefresh, .mixture(refresh: 0, _) where needsRefresh:
      throw reader.refuse(
        "trajectories alone cannot change momenta on a lattice, or amplitudes on a sphere: use `mixture`"
      )
    default: return sampling
    }
  }
}

extension ScalarInteraction {
  /// With every default written out, in the layout of the study file.
  var json: JSONValue {
    var result: [String: JSONValue] = [
      "thermalisation": .integer(thermalisation), "stride": .integer(stride),
    ]
    for (power, g) in potential.couplings { result["phi\(power)"] = .numeric(g) }
    if let formula = potential.formula { result["formula"] = .string(formula.text) }
    switch nonlocal?.kernel {
    case nil: break
    case .pairs(let rows):
      result["nonlocal"] = .object(["pairs": .array(rows.map { .numeric($0) })])
    case .points(let elements):
      result["nonlocal"] = .object([
        "points": .array(elements.map { .numeric($0.points.map { Double($0) } + [$0.value]) })
      ])
    }
    switch sampling {
    case .neuronRefresh: result["sampler"] = .string("neuron-refresh")
    case .hamiltonian: result["sampler"] = .string("hamiltonian")
    case .reweighting: result["sampler"] = .string("reweighting")
    case .mixture(let refresh, let hamiltonian):
      result["sampler"] = .object([
        "neuron-refresh": .integer(refresh), "hamiltonian": .integer(hamiltonian),
      ])
    }
    switch region {
    case .box(let length, let spacing):
      result["box"] = .numeric(length)
      result["spacing"] = .numeric(spacing)
    case .torus(let size): result["torus"] = .integer(size)
    }
    return .object(result)
  }
}
