import Foundation
import NumericalMethods

/// Nodes over boxes [-L, L]^d for a list of cutoffs L at once: y = r s with s on the surface of the unit
/// cube, so that dy = r^(d-1) dr ds and every box is a range of r.
///
/// Gauss-Legendre between the edges in r (all cutoffs among them) and between the cuts of each face:
/// kinks along rays and at points lie on cell boundaries, and homogeneous integrands are powers of r.
struct ShellRule {
  /// A range of r on one face of the cube, in one cell of it: nodes that are made together.
  struct Cell {
    let axis: Int
    let sign: Double
    let radii: (Double, Double)
    /// Range of each coordinate along the face.
    let face: [(Double, Double)]
    /// Index of the first cutoff whose box holds the cell.
    let shell: Int
  }

  let dimensions: Int
  let cells: [Cell]
  /// r = 1 alone: the surface of the unit cube.
  let isSurface: Bool

  /// - Parameters:
  ///   - cutoffs: ascending.
  ///   - edges: further edges in r.
  ///   - rays: points whose rays cut the faces; empty for smooth kernels.
  ///   - isSurface: leave the radius out (homogeneous integrands).
  init(
    dimensions d: Int, cutoffs: [Double], edges: [Double], rays: [[Double]], isSurface: Bool = false
  ) {
    dimensions = d
    self.isSurface = isSurface
    var shells: [(Double, Double, Int)] = []
    if isSurface {
      shells = [(0, 1, 0)]
    } else {
      var low = 0.0
      for (k, cutoff) in cutoffs.enumerated() {
        for edge in edges.filter({ $0 > low && $0 < cutoff }).sorted() + [cutoff] where edge > low {
          shells.append((low, edge, k))
          low = edge
        }
      }
    }
    var cells: [Cell] = []
    for axis in 0..<d {
      for sign in [-1.0, 1.0] {
        // Where the rays of the points (and their continuations) meet this face.
        var cuts = [[Double]](repeating: [-1, 1], count: d - 1)
        for x in rays where x[axis] != 0 {
          let others = (0..<d).filter { $0 != axis }
          let hit = others.map { x[$0] / abs(x[axis]) }
          guard hit.allSatisfy({ abs($0) <= 1 }) else { continue }
          for k in others.indices { cuts[k] += [hit[k], -hit[k]] }
        }
        let ranges = cuts.map { cut -> [(Double, Double)] in
          let sorted = cut.sorted()
          return zip(sorted, sorted.dropFirst()).filter { $1 - $0 > 1e-9 }.map { ($0, $1) }
        }
        var faces: [[(Double, Double)]] = [[]]
        for range in ranges { faces = faces.flatMap { face in range.map { face + [$0] } } }
        for face in faces {
          for (from, to, shell) in shells {
            cells.append(
              Cell(axis: axis, sign: sign, radii: (from, to), face: face, shell: shell))
          }
        }
      }
    }
    self.cells = cells
  }

  /// Nodes in a cell with rules of this order.
  func count(order: Int) -> Int {
    (0..<dimensions - 1).reduce(isSurface ? 1 : order) { n, _ in n * order }
  }

  /// Coordinates (d numbers a node) and weights of a cell.
  func nodes(_ cell: Cell, rule: GaussLegendre) -> (coordinates: [Double], weights: [Double]) {
    var coordinates: [Double] = []
    var weights: [Double] = []
    let total = count(order: rule.nodes.count)
    coordinates.reserveCapacity(total * dimensions)
    weights.reserveCapacity(total)
    func visit(_ face: [Double], _ weight: Double) {
      guard face.count < cell.face.count else {
        func place(_ r: Double, _ w: Double) {
          var next = 0
          for a in 0..<dimensions {
            if a == cell.axis {
              coordinates.append(r * cell.sign)
            } else {
              coordinates.append(r * face[next])
              next += 1
            }
          }
          weights.append(w)
        }
        if isSurface {
          place(1, weight)
        } else {
          rule.forEach(from: cell.radii.0, to: cell.radii.1) { r, w in
            var size = weight * w
            for _ in 1..<max(1, dimensions) { size *= r }
            place(r, size)
          }
        }
        return
      }
      let range = cell.face[face.count]
      rule.forEach(from: range.0, to: range.1) { visit(face + [$0], weight * $1) }
    }
    visit([], 1)
    return (coordinates, weights)
  }
}
