import Foundation
import NumericalMethods

/// The test of arXiv:2106.00694, for comparison: elements exp(sum u_ab T_ab) of SO(D) with u uniform on
/// (0, 1), which are not Haar distributed; deviations R..R G - G of the correlators averaged over runs; and a
/// band propagated from the spread of G over runs as if R..R G and G were independent. "Invariant" where the
/// mean of the deviations plus or minus their root mean square lies within the mean band. Both come from the
/// same networks, so that the band is too wide and the power low.
public struct PublishedProcedure: Sendable, Codable {
  public let elements: Int
  /// Of all deviations.
  public let mean: Double
  public let rms: Double
  /// Mean over elements of the propagated standard deviations.
  public let band: Double
  public let invariant: Bool

  /// - Parameters:
  ///   - runs: the means of all unique elements of G, run by run, in the order of
  ///     `OutputTransformation.tuples`.
  /// - Returns: nil with fewer than two runs, which have no spread, or where a correlator is not finite.
  public init?(
    _ transformation: OutputTransformation, outputs: Int, runs: [[Double]], count: Int, seed: UInt64
  ) {
    guard runs.count > 1, runs.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
    var random = SeededGenerator(seed: seed, stream: "published")
    let group = (0..<count).map { e in
      GroupElement(matrix: Self.element(outputs, &random), label: "element \(e)")
    }
    let n = Double(runs.count)
    let size = runs[0].count
    let g = (0..<size).map { i in runs.reduce(0) { $0 + $1[i] } / n }
    let variance = (0..<size).map { i in
      runs.reduce(0) { $0 + ($1[i] - g[i]) * ($1[i] - g[i]) } / (n - 1)
    }
    var (sum, squares, band, number) = (0.0, 0.0, 0.0, 0.0)
    // One element at a time: the tensors of a thousand would not fit.
    let squared = { (m: [[Double]]) in m.map { $0.map { $0 * $0 } } }
    for element in group {
      var single = transformation
      single.elements = [element]
      var spread = transformation
      spread.elements = [GroupElement(matrix: squared(element.matrix), label: "")]
      for (d, v) in zip(single.differences(g), zip(spread.differences(variance), variance)) {
        sum += d
        squares += d * d
        // (R^2)..(R^2) var - var, plus twice var.
        band += max(0, v.0 + 2 * v.1).squareRoot()
        number += 1
      }
    }
    elements = count
    mean = sum / number
    rms = (squares / number).squareRoot()
    self.band = band / number
    invariant = abs(mean) + rms <= self.band
  }

  /// exp of a random antisymmetric matrix, by scaling and squaring.
  static func element(_ n: Int, _ random: inout SeededGenerator) -> [[Double]] {
    var a = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
    for i in 0..<n {
      for j in i + 1..<max(n, i + 1) {
        let u = random.uniform()
        a[i][j] = u / 64
        a[j][i] = -u / 64
      }
    }
    func product(_ x: [[Double]], _ y: [[Double]]) -> [[Double]] {
      var z = [[Double]](repeating: [Double](repeating: 0, count: n), count: n)
      for i in 0..<n { for k in 0..<n { for j in 0..<n { z[i][j] += x[i][k] * y[k][j] } } }
      return z
    }
    var result = SymmetryGroup.identity(n)
    var term = result
    for k in 1...12 {
      term = product(term, a).map { $0.map { $0 / Double(k) } }
      for i in 0..<n { for j in 0..<n { result[i][j] += term[i][j] } }
    }
    for _ in 0..<6 { result = product(result, result) }
    return result
  }
}
