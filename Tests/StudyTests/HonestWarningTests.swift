import Fieldwork
import Foundation
import TestSupport
import Testing

/// What runs say of recorded networks and of few ones.
@Suite("Warnings of few networks, of noise, and of single networks")
struct HonestWarningTests {
  /// A NumPy array of float64, [network][point][output].
  private func write(_ values: [Double], shape: [Int], to file: String) throws {
    var header =
      "{'descr': '<f8', 'fortran_order': False, 'shape': (\(shape.map(String.init).joined(separator: ", "))), }"
    header += String(repeating: " ", count: 63 - (header.count + 10) % 64) + "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    data.append(contentsOf: [UInt8(header.count & 255), UInt8(header.count >> 8)])
    data.append(Data(header.utf8))
    for v in values {
      withUnsafeBytes(of: v.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    try data.write(to: URL(fileURLWithPath: file))
  }

  private func recorded(
    _ values: [Double], points: Int, outputs: Int, measure: String = "correlators: {orders: [2, 4]}"
  ) throws -> Results {
    let folder = TemporaryDirectory()
    let file = folder.file("nets.npy")
    try write(values, shape: [values.count / points / outputs, points, outputs], to: file)
    return try runStudy(
      """
      ensemble: {outputs: \(outputs)}
      points: [\((0..<points).map { "[0.\($0 + 1)]" }.joined(separator: ", "))]
      sampling: {estimator: file, outputs: "\(file)", runs: 4}
      measure: [\(measure)]
      """, in: folder)
  }

  private func gaussian(_ count: Int, seed: UInt64) -> [Double] {
    var random = testGenerator(seed: seed)
    return (0..<count).map { _ in random.normal() }
  }

  @Test("Two Gaussian outputs from a file: elements over a measured zero are left out and counted")
  func excluded() throws {
    let order = try #require(
      recorded(gaussian(40_000, seed: 1), points: 1, outputs: 2).cases[0].correlators?.last)
    // f1 f1 f1 f2 and f1 f2 f2 f2 have a Wick value of 3 K11 K12 = 0.
    #expect(order.order == 4 && order.excluded == 2)
    let m = try #require(order.deviation.value)
    #expect(abs(m) < 0.1, "\(order.deviation)")
    // A correlation that is clearly there is divided by.
    var values = gaussian(40_000, seed: 2)
    for i in stride(from: 0, to: values.count, by: 2) { values[i + 1] += 0.5 * values[i] }
    #expect(try recorded(values, points: 1, outputs: 2).cases[0].correlators?.last?.excluded == 0)
  }

  @Test("One recorded network that carries more than half of a moment is a warning, with the order")
  func dominated() throws {
    var values = gaussian(10_000, seed: 3)
    #expect(
      try recorded(values, points: 1, outputs: 1).warnings.allSatisfy { $0.code != "heavy-tail" })
    // 14^4 = 38416 beside 3 x 10000 in the fourth order; 196 beside 10000 in the second.
    values[4321] = 14
    let tails = try recorded(values, points: 1, outputs: 1).warnings.filter {
      $0.code == "heavy-tail"
    }
    #expect(tails.count == 1 && tails[0].message.contains("one network carries"))
    let share = 38416 / values.reduce(0) { $0 + pow($1, 4) }
    #expect(share > 0.5 && tails[0].message.contains(String(format: "%.0f%%", 100 * share)))
    #expect(tails[0].message.contains("order 4"))
    // In a product of two points its block gives it away.
    var two = gaussian(20_000, seed: 4)
    (two[1000], two[1001]) = (15, 15)
    let other = try recorded(two, points: 2, outputs: 1, measure: "symmetry: {orders: [4]}")
    #expect(other.warnings.contains { $0.code == "heavy-tail" && $0.message.contains("order 4") })
  }

  @Test("Few blocks are a warning; one run has errors, one block has none, and neither is a trap")
  func fewBlocks() throws {
    func run(_ networks: Int, _ runs: Int) throws -> Results {
      try runStudy(
        """
        ensemble: {hidden: [{activation: erf, width: 4}]}
        points: [[0.3], [0.9]]
        sampling: {networks: \(networks), runs: \(runs)}
        measure: [correlators: {orders: [2, 4]}, couplings: {cutoffs: [5]}, symmetry: {group: reflections}]
        """)
    }
    let many = try run(16_384, 1)
    #expect(many.cases[0].blocks == 256 && many.cases[0].runs == 1)
    let element = try #require(many.cases[0].correlators?[0].elements[0].full)
    #expect(element.error! > 0 && element.degrees == 255)
    #expect(many.warnings.allSatisfy { $0.code != "few-blocks" })
    for (networks, runs, blocks) in [(2000, 1, 31), (600, 4, 36), (64, 1, 1), (3, 2, 2)] {
      let few = try run(networks, runs)
      #expect(few.cases[0].blocks == blocks)
      #expect(few.warnings.contains { $0.code == "few-blocks" }, "\(networks) \(runs)")
      let e = try #require(few.cases[0].correlators?[0].elements[0].full)
      #expect(e.value != nil && (e.error == nil) == (blocks == 1))
      let verdict = try #require(few.cases[0].symmetry?[0].verdict)
      // Exact correlators decide; the sample decides nothing.
      #expect(
        verdict == .holdsExactly && (few.cases[0].symmetry?[0].undecided == nil) == (blocks > 7))
    }
  }

  @Test("Recorded outputs that vanish decide no symmetry")
  func vanishing() throws {
    let results = try recorded(
      [Double](repeating: 0, count: 8000), points: 1, outputs: 2,
      measure: "symmetry: {orders: [2]}")
    let test = try #require(results.cases[0].symmetry?[0])
    #expect(test.verdict == .undecided && test.p_value == nil && test.undecided != nil)
    #expect(results.warnings.contains { $0.code == "undecided" })
  }
}
