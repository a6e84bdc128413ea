import Foundation

/// What is measured of a field around a centre (that of an interaction's box, or the origin): |phi|^2 and |phi|^4
/// there, and C(t) = <phi(centre - t/2 e) . phi(centre + t/2 e)> along an axis.
public struct CentredField: Sendable, Hashable {
  public let centre: [Double]
  public let times: [Double]
  public let axis: Int

  public init(centre: [Double], times: [Double], axis: Int = 0) {
    self.centre = centre
    self.times = times
    self.axis = axis
  }

  public var count: Int { 2 + times.count }

  /// -log(C(t')/C(t))/(t' - t) between successive times stands at t'.
  public var quantities: [FieldQuantity] {
    var all = [FieldQuantity(.phi2, [0]), FieldQuantity(.phi4, [1])]
    for (k, t) in times.enumerated() {
      all.append(FieldQuantity(.correlator, time: t, [2 + k]))
    }
    for k in times.indices {
      let from = k == 0 ? 0 : times[k - 1]
      let gap = times[k] - from
      all.append(
        FieldQuantity(.effectiveMass, time: times[k], [k == 0 ? 0 : 1 + k, 2 + k]) { c in
          c[1] / c[0] > 0 ? -log(c[1] / c[0]) / gap : .nan
        })
    }
    return all
  }

  /// - Parameter field: all components at a point.
  public func numbers(_ field: ([Double]) -> [Double]) -> [Double] {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let here = field(centre)
    let square = dot(here, here)
    return [square, square * square]
      + times.map { t in
        var (a, b) = (centre, centre)
        a[axis] -= 0.5 * t
        b[axis] += 0.5 * t
        return dot(field(a), field(b))
      }
  }
}

/// Observables of a network: on its torus, or around a centre.
public struct ObservableReadout: NetworkReadout {
  public enum Place: Sendable, Hashable {
    case torus(size: Int, dimension: Int)
    case centre(CentredField)
  }

  public let place: Place
  public let components: Int

  public init(_ place: Place, components: Int) {
    self.place = place
    self.components = components
  }

  public var slots: Int {
    switch place {
    case .torus(let size, _): TorusField.count(size: size)
    case .centre(let field): field.count
    }
  }

  public var quantities: [FieldQuantity] {
    switch place {
    case .torus(let size, let d):
      TorusField.quantities(size: size, volume: (0..<d).reduce(1) { n, _ in n * size })
    case .centre(let field): field.quantities
    }
  }

  public func read(_ network: NetworkState, into out: (Int, Double) -> Void) {
    let numbers: [Double]
    switch place {
    case .torus(let size, _):
      numbers = TorusField.numbers(
        (0..<components).map { network.gridField(component: $0) }, size: size)
    case .centre(let field):
      numbers = field.numbers { x in
        (0..<components).map { network.value(at: x, component: $0) }
      }
    }
    for (slot, value) in numbers.enumerated() { out(slot, value) }
  }
}
