import Engineering
import Ensembles
import NumericalMethods
import Sampling

/// What the `observables` measurement looks at.
public struct ObservableOptions: Sendable, Hashable {
  /// Distances of the correlator around a centre; on a torus all are taken.
  public var times: [Double]
  public var axis: Int
  /// Trajectories of lattice Monte Carlo beside phi^4 on a torus, in each of four chains; 0: none.
  public var lattice: Int

  public init(times: [Double] = [0.5, 1, 1.5, 2], axis: Int = 0, lattice: Int = 10_000) {
    self.times = times
    self.axis = axis
    self.lattice = lattice
  }

  static func read(_ reader: KeyReader?) throws(StudyError) -> ObservableOptions {
    var options = ObservableOptions()
    guard let reader else { return options }
    try reader.keys(["times", "axis", "lattice"])
    if let list = reader.child("times") {
      options.times = Array(Set(try list.numbers())).sorted()
      guard !options.times.isEmpty, options.times.count <= 64, options.times[0] > 0 else {
        throw list.refuse("expected 1 to 64 times above 0")
      }
    }
    options.axis = try reader.child("axis")?.integer(0...3) ?? 0
    if let value = reader.child("lattice") {
      options.lattice = try value.integer(0...1_000_000)
      guard options.lattice == 0 || options.lattice >= 200 else {
        throw value.refuse("expected 0, or at least 200 trajectories, found \(options.lattice)")
      }
    }
    return options
  }

  var json: JSONValue {
    .object([
      "times": .numeric(times), "axis": .integer(axis), "lattice": .integer(lattice),
    ])
  }

  /// Where the observables of a theory are: on its torus, or around the middle of the interaction's box.
  func readout(_ item: StudyCase) -> ObservableReadout? {
    guard let theory = item.theory else { return nil }
    let place: ObservableReadout.Place
    switch (item.interaction?.region, theory.momenta) {
    case (.torus(let size)?, _), (nil, .lattice(let size)):
      place = .torus(size: size, dimension: theory.dimension)
    case (.box(let length, _)?, _):
      place = .centre(
        CentredField(
          centre: [Double](repeating: 0.5 * length, count: theory.dimension), times: times,
          axis: axis))
    case (nil, _):
      place = .centre(
        CentredField(
          centre: [Double](repeating: 0, count: theory.dimension), times: times, axis: axis))
    }
    return ObservableReadout(place, components: theory.components)
  }
}

extension StudyCase {
  /// The grid on which a free theory is looked at; nil where none is, or the interaction brings its own.
  var observedGrid: FieldGrid? {
    guard interaction == nil, let theory, case .lattice(let size) = theory.momenta else {
      return nil
    }
    return .torus(dimension: theory.dimension, size: size)
  }
}

extension Study {
  /// What is recorded of a theory's networks for a quantity.
  func readout(of quantity: SampledQuantity, _ item: StudyCase, points: Points)
    -> any NetworkReadout
  {
    let fields = FieldReadout(points: points.coordinates, components: item.outputs)
    guard case .numbers(let name, _) = quantity else { return fields }
    for measurement in measurements {
      switch measurement {
      case .observables(let options):
        if let readout = options.readout(item), readout.quantity.description == name {
          return readout
        }
      case .identities:
        if let theory = item.theory {
          let identities = ScalarIdentities(theory, points: points.coordinates)
          if identities.quantity.description == name { return identities }
        }
      default: continue
      }
    }
    return fields
  }
}

extension ObservableReadout {
  var quantity: SampledQuantity {
    let name =
      switch place {
      case .torus(let size, let dimension): "torus \(size) in \(dimension)"
      case .centre(let field):
        "centre \(StreamText.numbers(field.centre)) times \(StreamText.numbers(field.times)) axis \(field.axis)"
      }
    return .numbers(name: "observables \(name)", count: slots)
  }
}

extension ScalarIdentities {
  var quantity: SampledQuantity { .numbers(name: "identities", count: slots) }
}
