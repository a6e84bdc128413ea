import Ensembles
import Foundation

/// Reads `points`: a list, a grid, a line or a file.
struct PointsReader {
  let inputs: Int
  let files: InputFiles
  static let maximumPoints = 100_000
  private static let mostCoordinates = 1e8

  func read(_ reader: KeyReader) throws(StudyError) -> Points {
    let coordinates: [[Double]]
    if reader.isSequence {
      var list: [[Double]] = []
      for item in try reader.items() {
        list.append(item.isSequence ? try item.numbers() : [try item.number()])
      }
      coordinates = list
    } else {
      try reader.keys(["grid", "line", "file"])
      guard case .mapping(let items) = reader.tree.content, items.count == 1 else {
        throw reader.refuse("expected one of grid, line and file")
      }
      if let grid = reader.child("grid") {
        coordinates = try readGrid(grid)
      } else if let line = reader.child("line") {
        coordinates = try readLine(line)
      } else {
        coordinates = try files.rows(try reader.required("file"))
      }
    }
    guard coordinates.count <= Self.maximumPoints else {
      throw reader.refuse("\(coordinates.count) points are more than \(Self.maximumPoints)")
    }
    do {
      return try Points(coordinates, inputs: inputs)
    } catch {
      let key = error.key.hasPrefix("points.") ? String(error.key.dropFirst(7)) : nil
      throw reader.refuse(error.reason, key: key)
    }
  }

  /// The product grid of `count` equally spaced values per dimension, ends included.
  private func readGrid(_ reader: KeyReader) throws(StudyError) -> [[Double]] {
    try reader.keys(["from", "to", "count", "dimensions"])
    let from = try reader.required("from").number()
    let to = try reader.required("to").number()
    let count = try reader.required("count").integer(1...Self.maximumPoints)
    let dimensions = try reader.child("dimensions")?.integer(1...64) ?? inputs
    let size = pow(Double(count), Double(dimensions))
    guard size <= Double(Self.maximumPoints), size * Double(dimensions) <= Self.mostCoordinates
    else {
      throw reader.refuse(
        "the grid has more than \(Self.maximumPoints) points or \(Int(Self.mostCoordinates)) coordinates"
      )
    }
    let axis = Self.spaced(from, to, count)
    let total = (0..<dimensions).reduce(1) { n, _ in n * count }
    // The last coordinate runs fastest.
    return (0..<total).map { index in
      var (rest, point) = (index, [Double](repeating: 0, count: dimensions))
      for d in (0..<dimensions).reversed() {
        point[d] = axis[rest % count]
        rest /= count
      }
      return point
    }
  }

  /// `count` equally spaced points from one end to the other.
  private func readLine(_ reader: KeyReader) throws(StudyError) -> [[Double]] {
    try reader.keys(["from", "to", "count"])
    func end(_ key: String) throws(StudyError) -> [Double] {
      let value = try reader.required(key)
      return value.isSequence ? try value.numbers() : [try value.number()]
    }
    let from = try end("from")
    let to = try end("to")
    guard from.count == to.count else {
      throw reader.refuse("`from` has \(from.count) coordinates, `to` has \(to.count)")
    }
    let count = try reader.required("count").integer(1...Self.maximumPoints)
    let steps = Self.spaced(0, 1, count)
    return steps.map { t in zip(from, to).map { $0 + t * ($1 - $0) } }
  }

  private static func spaced(_ from: Double, _ to: Double, _ count: Int) -> [Double] {
    count == 1 ? [from] : (0..<count).map { from + (to - from) * Double($0) / Double(count - 1) }
  }
}
