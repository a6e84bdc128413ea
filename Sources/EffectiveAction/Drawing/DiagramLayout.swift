import Foundation

/// Where the nodes of a diagram are drawn, in units of the length of a line.
///
/// Each connected part is laid out by itself: distances on paper follow the number of lines between two
/// nodes (stress majorisation, Gansner, Koren and North 2004), from several starts, of which the one
/// with the fewest crossings and the least stress is kept. Parts with external points are stacked,
/// vacuum parts stand beside them.
struct DiagramLayout {
  typealias Point = SIMD2<Double>

  private(set) var positions: [Point]
  private let diagram: FeynmanDiagram

  init(_ diagram: FeynmanDiagram) {
    self.diagram = diagram
    positions = [Point](repeating: .zero, count: diagram.legs + diagram.vertices.count)
    let parts = diagram.components.map { ($0, Self.place($0, diagram)) }
    let external = parts.filter { $0.0.contains { !diagram.isVertex($0) } }
    let vacuum = parts.filter { $0.0.allSatisfy(diagram.isVertex) }
    var top = 0.0
    var right = 0.0
    for (nodes, own) in external {
      let low = own.map(\.y).min() ?? 0
      let high = own.map(\.y).max() ?? 0
      let room = Self.loopRoom(nodes, diagram)
      for (node, p) in zip(nodes, own) { positions[node] = Point(p.x, p.y - high - room + top) }
      top -= high - low + 2 * room + 0.45
      right = max(right, own.map(\.x).max() ?? 0)
    }
    let middle = 0.5 * (external.isEmpty ? 0 : top + 0.45)
    for (nodes, own) in vacuum {
      let room = Self.loopRoom(nodes, diagram)
      let left = own.map(\.x).min() ?? 0
      let shift =
        right + (positions.isEmpty || right == 0 && external.isEmpty ? 0 : 0.45) + room - left
      for (node, p) in zip(nodes, own) { positions[node] = Point(p.x + shift, p.y + middle) }
      right = (own.map(\.x).max() ?? 0) + shift + room
    }
  }

  /// Room that self-loops need around a part: those of a line stand above it, several on both sides.
  private static func loopRoom(_ nodes: [Int], _ diagram: FeynmanDiagram) -> Double {
    let loops = diagram.lines.filter { $0.isLoop && nodes.contains($0.from) }
    let several = Set(loops).count < loops.count
    let isVacuum = nodes.allSatisfy(diagram.isVertex)
    return loops.isEmpty ? 0.1 : several || isVacuum ? 0.65 : 0.3
  }

  /// One connected part, centred and turned so that its points lie to the left and right.
  private static func place(_ nodes: [Int], _ diagram: FeynmanDiagram) -> [Point] {
    let n = nodes.count
    guard n > 1 else { return [.zero] }
    let place = Dictionary(uniqueKeysWithValues: zip(nodes, nodes.indices))
    var several: [FeynmanDiagram.Line: Int] = [:]
    for line in diagram.lines where !line.isLoop && place[line.from] != nil {
      several[line, default: 0] += 1
    }
    // Distances along the lines; several lines between two nodes need room.
    var distance = [[Double]](
      repeating: [Double](repeating: .infinity, count: n), count: n)
    for i in 0..<n { distance[i][i] = 0 }
    var edges: [(Int, Int)] = []
    for (line, count) in several {
      let (a, b) = (place[line.from]!, place[line.to]!)
      let onlyPoints = !diagram.isVertex(line.from) && !diagram.isVertex(line.to)
      let length = onlyPoints ? 2 : count > 1 ? 1.35 : 1
      distance[a][b] = length
      distance[b][a] = length
      edges.append((min(a, b), max(a, b)))
    }
    edges.sort { $0 < $1 }
    for k in 0..<n {
      for i in 0..<n {
        for j in 0..<n {
          distance[i][j] = min(distance[i][j], distance[i][k] + distance[k][j])
        }
      }
    }
    var best: (cost: Double, points: [Point]) = (.infinity, [])
    for start in 0..<24 {
      // Nodes on a circle, in orders that step through the list.
      let points = majorised(circle(n, start: start), distance)
      let cost = 20 * Double(crossings(points, edges)) + stress(points, distance)
      if cost < best.cost - 1e-9 { best = (cost, points) }
    }
    return turned(best.points, external: nodes.indices.filter { !diagram.isVertex(nodes[$0]) })
  }

  private static func circle(_ n: Int, start: Int) -> [Point] {
    var order = Array(0..<n)
    // A linear congruential shuffle: the same pictures every time.
    var state = UInt64(start) &* 0x9e37_79b9_7f4a_7c15 | 1
    for i in stride(from: n - 1, to: 0, by: -1) where start > 0 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      order.swapAt(i, Int(state >> 33) % (i + 1))
    }
    var points = [Point](repeating: .zero, count: n)
    for (k, node) in order.enumerated() {
      let angle = 2 * Double.pi * (Double(k) + 0.1) / Double(n)
      points[node] = Point(cos(angle), sin(angle)) * (1 + 0.01 * Double(k))
    }
    return points
  }

  private static func length(_ p: Point) -> Double { (p * p).sum().squareRoot() }

  private static func stress(_ p: [Point], _ d: [[Double]]) -> Double {
    var sum = 0.0
    for i in p.indices {
      for j in i + 1..<max(i + 1, p.count) {
        let off = length(p[i] - p[j]) - d[i][j]
        sum += off * off / (d[i][j] * d[i][j])
      }
    }
    return sum
  }

  private static func majorised(_ start: [Point], _ d: [[Double]]) -> [Point] {
    var p = start
    for _ in 0..<1500 {
      for i in p.indices {
        var sum = Point.zero
        var weight = 0.0
        for j in p.indices where j != i {
          let w = 1 / (d[i][j] * d[i][j])
          let apart = p[i] - p[j]
          let size = max(length(apart), 1e-9)
          sum += w * (p[j] + apart * (d[i][j] / size))
          weight += w
        }
        p[i] = sum / weight
      }
    }
    return p
  }

  private static func crossings(_ p: [Point], _ edges: [(Int, Int)]) -> Int {
    func side(_ a: Point, _ b: Point, _ c: Point) -> Double {
      (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
    }
    var count = 0
    for (k, (a, b)) in edges.enumerated() {
      for (c, d) in edges.dropFirst(k + 1) where Set([a, b, c, d]).count == 4 {
        if side(p[a], p[b], p[c]) * side(p[a], p[b], p[d]) < 0,
          side(p[c], p[d], p[a]) * side(p[c], p[d], p[b]) < 0
        {
          count += 1
        }
      }
      // A node on a line looks like a vertex.
      for c in p.indices where c != a && c != b {
        let along = p[b] - p[a]
        let t = ((p[c] - p[a]) * along).sum() / max(1e-12, (along * along).sum())
        if t > 0.1, t < 0.9, length(p[c] - p[a] - t * along) < 0.15 { count += 1 }
      }
    }
    return count
  }

  /// Turned so that the points reach far to the left and right, the first of them on the left.
  private static func turned(_ points: [Point], external: [Int]) -> [Point] {
    let centre = points.reduce(.zero, +) / Double(points.count)
    let shown = external.isEmpty ? Array(points.indices) : external
    var best: (width: Double, points: [Point]) = (-1, points)
    for k in 0..<360 {
      let angle = Double(k) * .pi / 180
      let (c, s) = (cos(angle), sin(angle))
      let own = points.map { p -> Point in
        let q = p - centre
        return Point(c * q.x - s * q.y, s * q.x + c * q.y)
      }
      var width = shown.reduce(0) { $0 + abs(own[$1].x) }
      // Among equals the first point goes to the upper left.
      if let first = external.first { width += 1e-3 * (own[first].y - own[first].x) }
      if width > best.width + 1e-9 { best = (width, own) }
    }
    return best.points
  }
}
