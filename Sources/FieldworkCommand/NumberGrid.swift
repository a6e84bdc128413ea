import Fieldwork
import Foundation

/// The numbers of a matrix as text, ten digits each, columns to the right.
///
/// A thousand points have a million elements: texts are kept as bytes, equal numbers on either side of the
/// diagonal once, and rows are done on the threads of the work budget.
struct NumberGrid {
  /// Some rows: their texts one after the other.
  private struct Block: Sendable {
    var text: [UInt8] = []
    /// Where the text of each element ends; that of an equal element above the diagonal is not repeated.
    var ends: [Int32] = []
  }

  private let rows: [[Double]]
  private let blocks: [Block]
  private static let height = 16

  init(_ rows: [[Double]]) {
    self.rows = rows
    blocks = concurrentMap((rows.count + Self.height - 1) / Self.height) { k in
      var block = Block()
      var buffer = [CChar](repeating: 0, count: 40)
      for i in k * Self.height..<min(rows.count, (k + 1) * Self.height) {
        for j in rows[i].indices {
          if !Self.isMirrored(rows, i, j) {
            let length = withVaList([rows[i][j]]) {
              vsnprintf(&buffer, buffer.count, "%.10g", $0)
            }
            for c in 0..<Int(length) { block.text.append(UInt8(bitPattern: buffer[c])) }
          }
          block.ends.append(Int32(block.text.count))
        }
      }
      return block
    }
  }

  /// Whether an element is the same as the one on the other side of the diagonal, above it.
  private static func isMirrored(_ rows: [[Double]], _ i: Int, _ j: Int) -> Bool {
    j < i && i < rows[j].count && rows[j][i] == rows[i][j]
  }

  private func text(_ i: Int, _ j: Int) -> ArraySlice<UInt8> {
    let (row, column) = Self.isMirrored(rows, i, j) ? (j, i) : (i, j)
    let block = blocks[row / Self.height]
    let before = (row / Self.height * Self.height..<row).reduce(0) { $0 + rows[$1].count }
    let place = before + column
    let start = place == 0 ? 0 : Int(block.ends[place - 1])
    return block.text[start..<Int(block.ends[place])]
  }

  func print() {
    let columns = rows.map(\.count).max() ?? 0
    var widths = [Int](repeating: 0, count: columns)
    for i in rows.indices {
      for j in rows[i].indices { widths[j] = max(widths[j], text(i, j).count) }
    }
    for i in rows.indices {
      var line: [UInt8] = []
      for j in rows[i].indices {
        let own = text(i, j)
        line.append(
          contentsOf: repeatElement(32, count: widths[j] - own.count + (j == 0 ? 0 : 2)))
        line.append(contentsOf: own)
      }
      StandardStream.print(bytes: Data(line + [10]))
    }
  }
}
