import CSampling
import CVectorMath
import Foundation
import TestSupport
import Testing

@Suite("Random numbers")
struct RandomTests {
  static let levels = Array(0...fw_level_available())

  private func philox(_ level: Int32, _ counter: [UInt32], _ key: [UInt32], lane: Int = 0)
    -> [UInt32]
  {
    var out = [UInt32](repeating: 0, count: 64)
    fw_philox(level, counter, key, &out)
    return (0..<4).map { out[$0 * 16 + lane] }
  }

  @Test("Philox4x32-10 gives the published known answers", arguments: levels)
  func knownAnswers(level: Int32) {
    #expect(
      philox(level, [0, 0, 0, 0], [0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      philox(level, [UInt32](repeating: .max, count: 4), [.max, .max])
        == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      philox(
        level, [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0])
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  @Test("lane l is the counter with word 1 raised by l", arguments: levels)
  func lanes(level: Int32) {
    for lane in 0..<16 {
      #expect(
        philox(level, [7, 100, 3, 5], [11, 13], lane: lane)
          == philox(level, [7, 100 + UInt32(lane), 3, 5], [11, 13]))
    }
  }

  @Test("all levels draw the same words", arguments: levels)
  func levelsAgree(level: Int32) {
    for k in 0..<50 as Range<UInt32> {
      #expect(philox(level, [k, 16 * k, 1, 2], [k, 9]) == philox(0, [k, 16 * k, 1, 2], [k, 9]))
    }
  }

  @Test("Box-Muller: radius and angle against float64", arguments: levels)
  func boxMuller(level: Int32) {
    var generator = testGenerator(seed: 5)
    for _ in 0..<2000 {
      let words = (0..<32).map { _ in UInt32.random(in: .min ... .max, using: &generator) }
      var out = [Float](repeating: 0, count: 32)
      fw_box_muller(level, words, &out)
      for lane in 0..<16 {
        let u = (Double(words[lane]) + 0.5) * 0x1p-32
        let k = Int32(bitPattern: words[16 + lane])
        let turn = words[16 + lane] & 1 == 1 ? -1.0 : 1.0
        let angle = Double(k) * Double.pi / 2 * 0x1p-31
        // u has the resolution of a float, 2^-25 near 1, and dr = du / (u r).
        let radius = (-2 * log(u)).squareRoot()
        let slack = 4e-7 * max(1, radius) + 0x1p-24 / radius
        #expect(abs(Double(out[lane]) - turn * radius * cos(angle)) < slack)
        #expect(abs(Double(out[16 + lane]) - turn * radius * sin(angle)) < slack)
      }
    }
  }

  /// Moments of n standardised variates, orders 1 ... 8.
  private func moments(_ level: Int32, kind: Int, dof: Float = 0, batches: Int) -> (
    moments: [Double], count: Double, beyond: [Double: Double]
  ) {
    let perCall = 1024
    var sums = [Double](repeating: 0, count: 9)
    var beyond: [Double: Double] = [3: 0, 4: 0, 5: 0]
    var out = [Float](repeating: 0, count: perCall * 16)
    let source = fw_make_source(Int32(kind), 1, Double(dof), 0x1234_5678_9abc)
    for b in 0..<batches {
      let networks = fw_networks(seed: 42, run: 3, first: UInt64(b) * 16)
      fw_variates(level, source, networks, 0, Int64(perCall), &out)
      for x in out {
        var power = 1.0
        for n in 1...8 {
          power *= Double(x)
          sums[n] += power
        }
        let size = abs(Double(x))
        if size > 3 { for t in beyond.keys where size > t { beyond[t]! += 1 } }
      }
    }
    let n = Double(batches * perCall * 16)
    return (sums.map { $0 / n }, n, beyond.mapValues { $0 / n })
  }

  @Test("Gaussian: eight moments and the tail at 3, 4, 5 sigma (4 sigma each)", arguments: levels)
  func gaussian(level: Int32) {
    let (m, n, beyond) = moments(level, kind: FW_GAUSSIAN, batches: level == 0 ? 400 : 2000)
    let double = { (k: Int) in stride(from: k - 1, to: 0, by: -2).reduce(1.0) { $0 * Double($1) } }
    for k in 1...8 {
      let exact = k % 2 == 1 ? 0 : double(k)
      let error = ((double(2 * k) - exact * exact) / n).squareRoot()
      #expect(abs(m[k] - exact) < 4 * error, "moment \(k)")
    }
    for (t, share) in beyond {
      let exact = erfc(t / 2.0.squareRoot())
      #expect(abs(share - exact) < 4 * (exact / n).squareRoot(), "beyond \(t)")
    }
  }

  @Test("the far tail: words below the threshold are refined, beyond 6.8 sigma", arguments: levels)
  func farTail(level: Int32) {
    // The word that starts a refinement comes once in 2^24: take the maximum over many draws and
    // compare with its expectation. Unrefined 24-bit uniforms would end at 5.77.
    var out = [Float](repeating: 0, count: 4096 * 16)
    let source = fw_make_source(Int32(FW_GAUSSIAN), 1, 0, 99)
    var largest: Float = 0
    for b in 0..<(level == 0 ? 400 : 3000) {
      fw_variates(level, source, fw_networks(seed: 1, run: 0, first: UInt64(b) * 16), 0, 4096, &out)
      largest = max(largest, out.reduce(0) { max($0, abs($1)) })
    }
    #expect(largest > 5)
    #expect(largest < 7.5)
  }

  @Test(
    "uniform, Laplace and Student t have unit variance and their fourth moment", arguments: levels)
  func otherDensities(level: Int32) {
    let batches = level == 0 ? 300 : 1500
    let uniform = moments(level, kind: FW_UNIFORM, batches: batches)
    #expect(abs(uniform.moments[2] - 1) < 4 * (0.8 / uniform.count).squareRoot())
    #expect(abs(uniform.moments[4] - 1.8) < 4 * ((9 - 3.24) / uniform.count).squareRoot())
    #expect(abs(uniform.moments[8] - 9) < 0.05)
    let laplace = moments(level, kind: FW_LAPLACE, batches: batches)
    #expect(abs(laplace.moments[1]) < 4 * (1 / laplace.count).squareRoot())
    #expect(abs(laplace.moments[2] - 1) < 4 * (5 / laplace.count).squareRoot())
    #expect(abs(laplace.moments[4] - 6) < 4 * (2484 / laplace.count).squareRoot())
    // dof 12: E x^4 = 3 (nu-2)/(nu-4) = 3.75, E x^8 = 105 (10^3)/(8*6*4) = 546.9
    let student = moments(level, kind: FW_STUDENT_T, dof: 12, batches: batches)
    #expect(abs(student.moments[2] - 1) < 4 * (2.75 / student.count).squareRoot())
    #expect(abs(student.moments[4] - 3.75) < 4 * (532.8 / student.count).squareRoot())
  }

  @Test("variates do not depend on where a request starts")
  func requestsOverlap() {
    let level = fw_level_available()
    for kind in [FW_GAUSSIAN, FW_UNIFORM, FW_LAPLACE, FW_STUDENT_T] {
      let source = fw_make_source(Int32(kind), 2, 5, 7)
      let networks = fw_networks(seed: 8, run: 1, first: 32)
      var all = [Float](repeating: 0, count: 64 * 16)
      var part = [Float](repeating: 0, count: 16 * 16)
      fw_variates(level, source, networks, 0, 64, &all)
      fw_variates(level, source, networks, 24, 16, &part)
      #expect(Array(all[24 * 16..<40 * 16]) == part)
    }
  }
}
