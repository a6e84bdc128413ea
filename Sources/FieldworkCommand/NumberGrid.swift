import Foundation

/// The numbers of a matrix as text, ten digits each, columns to the right.
///
/// All of them are kept as one row of bytes, and equal numbers on either side of the diagonal once: a
/// thousand points have a million elements.
struct NumberGrid {
  private let rows: [[Double]]
  private var text: [UInt8] = []
  /// Where the text of element (i, j) begins, at i n + j, and how long it is.
  private var starts: [Int32]
  private var lengths: [UInt8]
  private let columns: Int

  init(_ rows: [[Double]]) {
    self.rows = rows
    let columns = rows.map(\.count).max() ?? 0
    self.columns = columns
    starts = [Int32](repeating: 0, count: rows.count * columns)
    lengths = [UInt8](repeating: 0, count: rows.count * columns)
    var buffer = [CChar](repeating: 0, count: 40)
    for (i, row) in rows.enumerated() {
      for (j, value) in row.enumerated() {
        let place = i * columns + j
        if j < i, i < columns, rows[j][i] == value {
          starts[place] = starts[j * columns + i]
          lengths[place] = lengths[j * columns + i]
          continue
        }
        let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.10g", $0) }
        starts[place] = Int32(text.count)
        lengths[place] = UInt8(length)
        for k in 0..<Int(length) { text.append(UInt8(bitPattern: buffer[k])) }
      }
    }
  }

  func print() {
    let widths = (0..<columns).map { j in
      rows.indices.map { lengths[$0 * columns + j] }.max() ?? 0
    }
    for i in rows.indices {
      var line: [UInt8] = []
      for j in rows[i].indices {
        let place = i * columns + j
        let (start, length) = (Int(starts[place]), Int(lengths[place]))
        let space = Int(widths[j]) - length + (j == 0 ? 0 : 2)
        line.append(contentsOf: repeatElement(32, count: space))
        line.append(contentsOf: text[start..<start + length])
      }
      StandardStream.print(bytes: Data(line + [10]))
    }
  }
}
