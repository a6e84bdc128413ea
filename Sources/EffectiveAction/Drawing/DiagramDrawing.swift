import Foundation

/// A diagram as curves, dots and labels, which a back end writes as SVG or TikZ.
///
/// Units are lengths of a line; y grows upwards.
public struct DiagramDrawing: Sendable {
  public typealias Point = SIMD2<Double>

  /// A cubic Bezier curve.
  public struct Curve: Sendable {
    public let from, firstControl, secondControl, to: Point
  }

  public struct Dot: Sendable {
    public enum Kind: Sendable, Equatable {
      /// An external point.
      case point
      /// A vertex of this power.
      case vertex(power: Int)
      /// A connected correlator of this order.
      case correlator(order: Int)
    }
    public let at: Point
    public let kind: Kind
  }

  /// The name of an external point, `index` from 1.
  public struct Label: Sendable {
    public let at: Point
    public let index: Int
  }

  public let curves: [Curve]
  public let dots: [Dot]
  public let labels: [Label]
  public let low: Point
  public let high: Point

  /// - Parameter labelled: whether names stand at the external points.
  /// - Parameter dual: whether vertices are connected correlators.
  public init(_ diagram: FeynmanDiagram, labelled: Bool, dual: Bool = false) {
    let positions = DiagramLayout(diagram).positions
    var curves: [Curve] = []
    var directions = [[Point]](repeating: [], count: positions.count)
    var several: [FeynmanDiagram.Line: Int] = [:]
    for line in diagram.lines { several[line, default: 0] += 1 }
    for (line, count) in several.sorted(by: { $0.key < $1.key }) where !line.isLoop {
      let (a, b) = (positions[line.from], positions[line.to])
      let along = b - a
      let across = Point(-along.y, along.x)
      for k in 0..<count {
        // Bulges from one side to the other, the middle one straight.
        let bulge = count == 1 ? 0 : (Double(k) / Double(count - 1) - 0.5) * (count == 2 ? 0.7 : 1)
        let shift = across * (bulge * 0.9)
        curves.append(
          Curve(
            from: a, firstControl: a + along * 0.22 + shift,
            secondControl: b - along * 0.22 + shift,
            to: b))
      }
      directions[line.from].append(along)
      directions[line.to].append(-along)
    }
    for (line, count) in several.sorted(by: { $0.key < $1.key }) where line.isLoop {
      let at = positions[line.from]
      for direction in Self.gaps(directions[line.from], count: count) {
        // A drop-shaped loop.
        let side = Point(-direction.y, direction.x)
        curves.append(
          Curve(
            from: at, firstControl: at + direction * 0.85 + side * 0.62,
            secondControl: at + direction * 0.85 - side * 0.62, to: at))
      }
    }
    self.curves = curves
    dots = positions.indices.map { node in
      Dot(
        at: positions[node],
        kind: diagram.isVertex(node)
          ? dual
            ? .correlator(order: diagram.vertices[node - diagram.legs])
            : .vertex(power: diagram.vertices[node - diagram.legs])
          : .point)
    }
    labels =
      labelled
      ? (0..<diagram.legs).map { node in
        let inwards = directions[node].first ?? Point(1, 0)
        let size = (inwards * inwards).sum().squareRoot()
        return Label(at: positions[node] - inwards * (0.24 / max(size, 1e-9)), index: node + 1)
      } : []
    // The curves stay within their control points; loops within two thirds of the way to them.
    let corners =
      positions
      + curves.flatMap { c in
        [0.25, 0.5, 0.75].map { t in Self.point(c, t) }
      } + labels.map(\.at)
    low = Point(corners.map(\.x).min() ?? 0, corners.map(\.y).min() ?? 0) - Point(0.2, 0.2)
    high = Point(corners.map(\.x).max() ?? 0, corners.map(\.y).max() ?? 0) + Point(0.2, 0.2)
  }

  private static func point(_ c: Curve, _ t: Double) -> Point {
    let s = 1 - t
    let near: Point = c.from * (s * s * s) + c.firstControl * (3 * s * s * t)
    return near + c.secondControl * (3 * s * t * t) + c.to * (t * t * t)
  }

  /// Unit vectors into the widest gaps between directions, one for each loop; upwards where two are
  /// equally wide.
  private static func gaps(_ directions: [Point], count: Int) -> [Point] {
    var taken = directions.map { atan2($0.y, $0.x) }
    var result: [Point] = []
    if taken.isEmpty {
      return (0..<count).map { k in
        let angle = Double.pi * (count == 2 ? Double(k) : 0.5 + 2 * Double(k) / Double(count))
        return Point(cos(angle), sin(angle))
      }
    }
    for _ in 0..<count {
      taken.sort()
      var best: (gap: Double, middle: Double) = (-1, 0)
      for (i, angle) in taken.enumerated() {
        let next = i + 1 < taken.count ? taken[i + 1] : taken[0] + 2 * .pi
        let middle = 0.5 * (angle + next)
        let gap = next - angle + 1e-3 * sin(middle)
        if gap > best.gap { best = (gap, middle) }
      }
      result.append(Point(cos(best.middle), sin(best.middle)))
      taken.append(atan2(sin(best.middle), cos(best.middle)))
    }
    return result
  }
}
