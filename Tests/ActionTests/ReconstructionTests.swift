import Fieldwork
import Foundation
import TestSupport
import Testing

@Suite("The action from the connected correlators")
struct ReconstructionTests {
  private func actions(_ ensemble: Ensemble, _ points: Points) throws -> [EdgeworthAction] {
    let exact = try ExactCumulants(ensemble, points: points, order: 6)
    return try (0...2).map {
      try EdgeworthAction(connected: exact.connected, transform: exact.transform, order: $0)
    }
  }

  @Test("Linear net at one point: errors of the orders, to the digits of the reference")
  func linearOnePoint() throws {
    let table: [(Int, [Double])] = [
      (25, [5.58e-2, 7.27e-3, 1.00e-3]), (50, [2.89e-2, 1.95e-3, 1.20e-4]),
      (100, [1.47e-2, 5.02e-4, 1.44e-5]), (200, [7.43e-3, 1.27e-4, 1.76e-6]),
    ]
    let point = Points(valid: [[1]])
    for (width, expected) in table {
      let ensemble = try Ensemble("linear", width: width)
      let exact = try ExactAction(ensemble, points: point)
      for (action, error) in zip(try actions(ensemble, point), expected) {
        let worst = stride(from: 0.05, through: 2.00001, by: 0.01)
          .map { abs(action([$0]) - exact([$0])) }.max()
        #expect(agrees(worst, error, digits: 3), "N \(width)")
      }
    }
  }

  /// Two points at which a linear net of unit weights has K = [[1, .6], [.6, 1.5]].
  private static let root = 2.0.squareRoot()
  private let pair = Points(
    valid: [[Self.root, 0], [0.6 * Self.root, Self.root * (1.5 - 0.36).squareRoot()]])

  @Test("Linear net at two points, N = 50: every tensor, S and the exact density")
  func linearTwoPoints() throws {
    let ensemble = try Ensemble("linear", inputs: 2, width: 50)
    let all = try actions(ensemble, pair)
    #expect(abs(all[1].g0 - all[0].g0 + 0.04) < 1e-12)
    #expect(abs(all[2].g0 - all[0].g0 + 0.0408) < 1e-12)
    func check(
      _ action: EdgeworthAction, _ power: Int, _ expected: [Double], _ places: [Int]? = nil
    ) {
      let values = action.couplings[power]!.values
      for (i, e) in zip(places ?? Array(values.indices), expected) {
        #expect(abs(values[i] - e) < 5.1e-8 * max(1, abs(e) * 10), "g\(power)[\(i)]")
      }
    }
    check(all[1], 2, [1.421053, -0.568421, 0.947368].map { ($0 * 1e6).rounded() / 1e6 })
    check(all[1], 4, [-0.2077562, 0.0831025, -0.0683287, 0.0554017, -0.0923361])
    check(all[2], 2, [1.4294737, -0.5717895, 0.9529825])
    check(all[2], 4, [-0.2659280, 0.1063712, -0.0874608, 0.0709141, -0.1181902])
    check(all[2], 6, [0.2186908, -0.0405890, 0.0647973], [0, 3, 6])
    let exact = try ExactAction(ensemble, points: pair)
    let field = [0.7, -0.3]
    for (value, expected) in zip(
      all.map { $0(field) } + [exact(field)], [2.3757596, 2.3690865, 2.3701725, 2.3702082])
    {
      #expect(agrees(value, expected, digits: 8))
    }
  }

  @Test("S in powers of 1/N of the linear net, for one to four points")
  func linearExpansion() throws {
    // S = const + q/2 + S1/N + S2/N^2.
    for n in 1...4 {
      let points = Points(
        valid: (0..<n).map { k in (0..<4).map { a in a == k ? 1.5 : 0.3 * Double(k) - 0.1 } })
      let width = 40
      let ensemble = try Ensemble("linear", inputs: 4, width: width)
      let all = try actions(ensemble, points)
      let (size, d) = (Double(width), Double(n))
      for scale in [0.0, 0.5, 1.3] {
        let field = (0..<n).map { scale * (1 - 0.4 * Double($0)) }
        let q = 2 * (all[0](field) - all[0](field.map { _ in 0 }))
        let s1: Double = -d * d / 4 - d / 2 + (d / 2 + 1) * q - q * q / 4
        let linear: Double = (d * d / 2 + 2 * d + 2) * q
        let s2: Double =
          -d * d * d / 12 - d * d / 4 - d / 6 + linear - (3 * d / 4 + 2) * q * q + q * q * q / 3
        #expect(abs(all[1](field) - all[0](field) - s1 / size) < 1e-10)
        #expect(abs(all[2](field) - all[1](field) - s2 / (size * size)) < 1e-10)
      }
    }
  }

  @Test(
    "Errors fall as 1/N, 1/N^2, 1/N^3 against the exact density",
    arguments: [
      ("linear", 0.0), ("erf", 1.0), ("relu", 0.0), ("tanh", 0.5),
    ])
  func convergence(_ name: String, _ bias: Double) throws {
    let point = Points(valid: [[1]])
    func errors(_ width: Int) throws -> [Double] {
      let ensemble = try Ensemble(name, width: width, biasSigma: bias)
      let exact = try ExactAction(ensemble, points: point)
      let all = try actions(ensemble, point)
      let sigma = all[0].propagator[0, 0].squareRoot()
      return all.map { action in
        stride(from: 0.05, through: 2.00001, by: 0.05)
          .map { abs(action([$0 * sigma]) - exact([$0 * sigma])) }.max()!
      }
    }
    let (few, many) = (try errors(100), try errors(200))
    for order in 0...2 {
      let slope = log2(few[order] / many[order])
      #expect(abs(slope - Double(order + 1)) < 0.12, "\(name), order \(order): \(slope)")
    }
  }

  @Test("At two points against the inversion of the characteristic function")
  func twoPoints() throws {
    let ensemble = try Ensemble("erf", width: 200, weightSigma: 1.5, biasSigma: 0.5)
    let points = Points(valid: [[-1], [0.4]])
    let exact = try ExactAction(ensemble, points: points)
    let all = try actions(ensemble, points)
    for field in [[0.5, -0.3], [1, 1], [-0.2, 0.8], [0, 0]] {
      let errors = all.map { abs($0(field) - exact(field)) }
      #expect(errors[1] < 0.1 * errors[0] && errors[2] < 0.2 * errors[1] + 1e-6)
    }
  }

  @Test("Odd correlators: a sum of exponentials, whose density is known")
  func odd() throws {
    // f = (sum e_i - N) / sqrt(N): Gc^(r) = (r - 1)! N^(1 - r/2).
    func error(_ width: Double, order: Int) throws -> Double {
      let transform = CumulantTransform(slots: 1, maximumOrder: 4)
      let connected = [[1], [0], [1], [2 / width.squareRoot()], [6 / width]]
      let action = try EdgeworthAction(connected: connected, transform: transform, order: order)
      return stride(from: -1.5, through: 1.5, by: 0.1).map { f -> Double in
        let t = width + width.squareRoot() * f
        let exact: Double = t - (width - 1) * log(t) + lgamma(width) - 0.5 * log(width)
        return abs(action([f]) - exact)
      }.max()!
    }
    // Through 1/N what is left is of order N^(-3/2).
    let slope = log2(try error(400, order: 1) / error(1600, order: 1)) / 2
    #expect(abs(slope - 1.5) < 0.05)
    #expect(try error(400, order: 1) < 0.1 * error(400, order: 0))
    let transform = CumulantTransform(slots: 1, maximumOrder: 6)
    #expect(throws: EdgeworthAction.Unavailable.self) {
      try EdgeworthAction(
        connected: [[1], [0], [1], [0.1], [0.1], [0], [0]], transform: transform, order: 2)
    }
  }

  @Test("Lattice phi^4 at first order: a local quartic coupling, and the free inverse propagator")
  func lattice() throws {
    let n = 4
    // A ring: -Laplacian + m^2, inverted by its Fourier modes.
    func free(_ i: Int, _ j: Int) -> Double {
      (0..<n).reduce(0) { sum, k in
        let p = 2 * Double.pi * Double(k) / Double(n)
        return sum + cos(p * Double(i - j)) / (0.7 + 2 - 2 * cos(p)) / Double(n)
      }
    }
    let transform = CumulantTransform(slots: n, maximumOrder: 4, evenOnly: true)
    func action(_ lambda: Double) throws -> EdgeworthAction {
      let two = transform.multisets[2].tuples.map { t in
        free(t[0], t[1])
          - 0.5 * lambda
          * (0..<n).reduce(0) { $0 + free(t[0], $1) * free($1, $1) * free($1, t[1]) }
      }
      let four = transform.multisets[4].tuples.map { t in
        -lambda * (0..<n).reduce(0) { sum, x in sum + t.reduce(1) { $0 * free(x, $1) } }
      }
      let zero = transform.multisets.map { [Double](repeating: 0, count: $0.tuples.count) }
      return try EdgeworthAction(
        connected: [[1], zero[1], two, zero[3], four], transform: transform, order: 1)
    }
    func deviation(_ lambda: Double) throws -> Double {
      let own = try action(lambda)
      var worst = 0.0
      for (t, g) in zip(transform.multisets[4].tuples, own.couplings[4]!.values) {
        worst = max(worst, abs(g - (Set(t).count == 1 ? lambda : 0)))
      }
      for (t, g) in zip(transform.multisets[2].tuples, own.couplings[2]!.values) {
        let distance = (t[1] - t[0] + n) % n
        let expected = distance == 0 ? 2.7 : distance == 2 ? 0 : -1.0
        worst = max(worst, abs(g - expected))
      }
      return worst
    }
    // What is left is of second order in lambda.
    let (small, smaller) = (try deviation(1e-3), try deviation(5e-4))
    #expect(small < 1e-5 && abs(small / smaller - 4) < 0.05)
  }

  @Test("The gradient is the derivative of S, with and without odd terms")
  func gradient() throws {
    let ensemble = try Ensemble("erf", inputs: 2, width: 8, biasSigma: 0.7)
    let points = Points(valid: [[0.5, 1], [1, -0.5], [0.2, 0.8]])
    let exact = try ExactCumulants(ensemble, points: points, order: 6)
    var skewed = exact.connected
    skewed[1] = [0.1, -0.2, 0.3]
    skewed[3] = skewed[3].indices.map { 0.01 * Double($0 % 5) }
    let odd = CumulantTransform(slots: 3, maximumOrder: 6)
    for action in [
      try EdgeworthAction(connected: exact.connected, transform: exact.transform, order: 2),
      try EdgeworthAction(connected: skewed, transform: odd, order: 1),
    ] {
      let field = [0.3, -0.4, 0.9]
      for (i, slope) in action.gradient(field).enumerated() {
        func shifted(_ h: Double) -> Double {
          var f = field
          f[i] += h
          return action(f)
        }
        let difference = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
        #expect(abs(slope - difference) < 1e-7 * max(1, abs(slope)))
      }
    }
  }

  @Test("Singular two-point functions are refused, unbounded actions noticed")
  func refused() throws {
    let relu = try Ensemble("relu", width: 10)
    #expect(throws: EdgeworthAction.Unavailable.self) {
      _ = try actions(relu, Points(valid: [[1], [2]]))
    }
    let linear = try Ensemble("linear", width: 10)
    #expect(throws: EdgeworthAction.Unavailable.self) {
      _ = try ExactAction(linear, points: Points(valid: [[1], [2]]))
    }
    // With a jitter there is an action.
    let exact = try ExactCumulants(relu, points: Points(valid: [[1], [2]]), order: 4)
    let action = try EdgeworthAction(
      connected: exact.connected, transform: exact.transform, order: 1, jitter: 0.01)
    #expect(action.conditionNumber < 1000)
    // Positive Gc4: the quartic term falls without bound at first order; the sextic one does not.
    let all = try actions(relu, Points(valid: [[1]]))
    #expect(all[1].unboundedDirection != nil && all[2].unboundedDirection == nil)
  }

  @Test("log K_nu against half-integer closed forms and the recurrence")
  func bessel() {
    for x in [1e-3, 0.4, 1, 7.5, 60, 900] {
      // K_1/2 = sqrt(pi / 2x) e^-x, K_3/2 = K_1/2 (1 + 1/x).
      let half = 0.5 * log(Double.pi / (2 * x)) - x
      #expect(abs(logBesselK(0.5, x) - half) < 1e-13 * max(1, abs(half)))
      #expect(abs(logBesselK(1.5, x) - half - log(1 + 1 / x)) < 1e-13 * max(1, abs(half)))
      for nu in [1.0, 12, 99.5] {
        // K_(nu+1) = K_(nu-1) + (2 nu / x) K_nu
        let (low, middle) = (logBesselK(nu - 1, x), logBesselK(nu, x))
        let next = middle + log(exp(low - middle) + 2 * nu / x)
        #expect(abs(logBesselK(nu + 1, x) - next) < 1e-12 * max(1, abs(next)))
      }
    }
  }
}
