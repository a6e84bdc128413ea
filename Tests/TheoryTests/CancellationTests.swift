import Fieldwork
import Foundation
import TestSupport
import Testing

/// Reference values: the partition formula over moments in closed form or by quadrature, in 60 to 150 digits (mpmath).
@Suite("Closed forms keep their digits, or say how many they have lost")
struct CancellationTests {
  private struct Net: Sendable {
    let unit: String
    var sw = 1.0
    var sb = 0.0
    let points: [[Double]]
    let tuple: [Int]
    let width: Int
    let full: Double
    let connected: Double
  }

  private static let line: [[Double]] = [[0.2], [-0.7]]
  private static let plane: [[Double]] = [
    [0.2, 1], [-0.7, 0.5], [1e-6, 1e-7], [0.2, 1.000000001],
  ]

  private static let nets: [Net] = [
    Net(
      unit: "sin", points: [[0.01]], tuple: [0, 0, 0, 0], width: 4, full: 4.498800209970004e-8,
      connected: 1.499400139976003e-8),
    Net(
      unit: "sin", points: [[0.01]], tuple: [0, 0, 0, 0, 0, 0], width: 4,
      full: 4.497750719811793e-11, connected: 7.493253298845322e-12),
    Net(
      unit: "sin", points: [[0.01]], tuple: [0, 0, 0, 0, 0, 0, 0, 0], width: 4,
      full: 7.868703159215261e-14, connected: 7.862410493870824e-15),
    Net(
      unit: "sin", sw: 1e-8, points: [[0.01]], tuple: [0, 0, 0, 0, 0, 0, 0, 0], width: 4,
      full: 7.875e-142, connected: 7.875e-143),
    Net(
      unit: "sin", sw: 1e-3, sb: 1e-3, points: line, tuple: [0, 0, 1, 1, 1, 1], width: 1_000_000,
      full: 1.500005057998627e-17, connected: 1.612043399420939e-46),
    Net(
      unit: "sin", sb: 0.3, points: [[0.2], [-0.7], [1e-6]], tuple: [0, 0, 1, 1, 2, 2], width: 3,
      full: 0.09607355414349864, connected: 0.005477432789562624),
    Net(
      unit: "sin", sb: 0.3, points: plane, tuple: [0, 0, 1, 1, 2, 2, 3, 3], width: 3,
      full: 0.7408633631346358, connected: 0.005592659211092078),
    Net(
      unit: "sin", sw: 30, points: line, tuple: [0, 0, 1, 1], width: 3, full: 337500,
      connected: 135000),
    Net(
      unit: "cos", points: [[0.01]], tuple: [0, 0, 0, 0], width: 4, full: 2.999400104984002,
      connected: 1.499400139976003e-8),
    Net(
      unit: "cos", points: [[0.01]], tuple: [0, 0, 0, 0, 0, 0], width: 4, full: 14.99550112474506,
      connected: -7.493253298845322e-12),
    Net(
      unit: "cos", points: [[0.01]], tuple: [0, 0, 0, 0, 0, 0, 0, 0], width: 4,
      full: 104.9580136459412, connected: 7.862410493870824e-15),
    Net(
      unit: "cos", sw: 1e-8, points: [[0.01]], tuple: [0, 0, 0, 0], width: 4, full: 3e-32,
      connected: 1.5e-72),
    Net(
      unit: "cos", sw: 1e-3, sb: 1e-3, points: line, tuple: [0, 0, 1, 1, 1, 1], width: 1_000_000,
      full: 1.199997588004459e-16, connected: -1.771935920439387e-46),
    Net(
      unit: "cos", sb: 0.3, points: plane, tuple: [0, 0, 1, 1, 2, 2, 3, 3], width: 3,
      full: 44.05681527785869, connected: 0.009193309870984377),
    Net(
      unit: "gauss", points: [[0.01]], tuple: [0, 0, 0, 0, 0, 0], width: 4,
      full: 15.00450135036009, connected: 4.502400780192039e-7),
    Net(
      unit: "gauss", points: [[0.01]], tuple: [0, 0, 0, 0, 0, 0, 0, 0], width: 4,
      full: 105.0630283613443, connected: 1.681638941206704e-9),
    Net(
      unit: "gauss", sw: 1e-8, points: [[0.01]], tuple: [0, 0, 0, 0, 0, 0, 0, 0], width: 4,
      full: 1.05e-62, connected: 1.68e-121),
    Net(
      unit: "gauss", sw: 1e-3, sb: 1e-3, points: line, tuple: [0, 0, 1, 1, 1, 1],
      width: 1_000_000, full: 1.199999611204165e-16, connected: 9.030000266438967e-40),
    Net(
      unit: "gauss", sb: 0.3, points: plane, tuple: [0, 0, 1, 1, 2, 2, 3, 3], width: 3,
      full: 1980.199068731673, connected: 893.3615109311106),
  ]

  @Test("sin, cos and gauss through order 8, from sigma 1e-8 to 30, within their errors")
  func closedForms() throws {
    for net in Self.nets {
      let points = Points(valid: net.points)
      let ensemble = try Ensemble(
        inputs: net.points[0].count,
        hidden: [HiddenLayer(Activation(net.unit), width: net.width)],
        weights: [.gaussian(net.sw), .gaussian(net.sw)],
        biases: [.gaussian(net.sb), .gaussian(net.sb)])
      let transform = CumulantTransform(
        slots: points.count, maximumOrder: net.tuple.count, evenOnly: true)
      let exact = try ExactCorrelators(ensemble, points: points, transform: transform)
      let n = net.tuple.count
      let i = transform.multisets[n].index(of: net.tuple)
      let label: Comment = "\(net.unit) \(net.sw) \(net.sb) order \(n)"
      for (value, error, right) in [
        (exact.tensors.full[n][i], exact.fullError(order: n, element: i), net.full),
        (
          exact.tensors.connected[n][i], exact.connectedError(order: n, element: i), net.connected
        ),
      ] {
        #expect(abs(value - right) <= error + 2e-15 * abs(right), label)
        #expect(error > 0 && error < 1e-9 * abs(right), label)
      }
    }
  }

  @Test("softplus and a sigmoid of small pre-activations fluctuate by what they should")
  func nearlyConstant() throws {
    let right: [(String, Double, [Double])] = [
      ("softplus", 1e-4, [1.4416225092399671e-5, 1.8308336771465182e-9, 5.3896626790164165e-13]),
      ("softplus", 1e-8, [1.4413590681007186e-9, 1.8303247991815323e-17, 5.3876407178758238e-25]),
      ("sigmoid(x)", 1e-4, [1.87492968945333e-6, 3.5149512802561186e-11, 4.0981543626404842e-16]),
      ("sigmoid(x)", 1e-8, [1.87499999296875e-10, 3.5156249326171886e-19, 4.1015621590576301e-28]),
    ]
    for (unit, variance, values) in right {
      let activation =
        unit == "softplus" ? try Activation(unit) : Activation(try Formula(unit))
      let ensemble = try Ensemble(
        inputs: 1, hidden: [HiddenLayer(activation, width: 10)],
        weights: [.gaussian(variance.squareRoot()), .gaussian(1)],
        biases: [.gaussian(0), .gaussian(0)])
      let transform = CumulantTransform(slots: 1, maximumOrder: 8, evenOnly: true)
      let exact = try ExactCorrelators(ensemble, points: .line(1), transform: transform)
      for (k, value) in values.enumerated() {
        let n = 4 + 2 * k
        let own = exact.tensors.connected[n][0]
        let error = exact.connectedError(order: n, element: 0)
        #expect(abs(own - value) <= error + 1e-14 * abs(value), "\(unit) \(variance) \(n)")
        #expect(error < 1e-3 * abs(value), "\(unit) \(variance) \(n)")
      }
    }
  }

  @Test("two outputs of gauss: Gc_1122 is Cov(s s, s s) of the weights, to all digits")
  func outputs() throws {
    let ensemble = try Ensemble(
      inputs: 1, outputs: 2, hidden: [HiddenLayer(Activation("gauss"), width: 5)],
      weights: [.gaussian(1e-6), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)])
    let transform = CumulantTransform(slots: 2, maximumOrder: 4, evenOnly: true)
    let exact = try ExactCorrelators(ensemble, points: .line(1), transform: transform)
    // Var(s^2)/N = (exp(4c) - 1)/N, c = 1e-12; three times that with one output.
    let variance = expm1(4e-12) / 5
    let mixed = exact.tensors.connected[4][transform.multisets[4].index(of: [0, 0, 1, 1])]
    let pure = exact.tensors.connected[4][transform.multisets[4].index(of: [0, 0, 0, 0])]
    #expect(abs(mixed - variance) < 1e-14 * variance)
    #expect(abs(pure - 3 * variance) < 3e-14 * variance)
  }

  @Test("a wide bias leaves higher cumulants alone")
  func bias() throws {
    let ensemble = try Ensemble(
      inputs: 1, hidden: [HiddenLayer(Activation("sin"), width: 100)],
      weights: [.gaussian(1), .gaussian(1)], biases: [.gaussian(0), .gaussian(1e3)])
    let own = try ExactCorrelators(
      ensemble, points: .line(0.5),
      transform: CumulantTransform(slots: 1, maximumOrder: 6, evenOnly: true))
    let plain = try ExactCorrelators(
      Ensemble(
        inputs: 1, hidden: [HiddenLayer(Activation("sin"), width: 100)],
        weights: [.gaussian(1), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)]),
      points: .line(0.5), transform: CumulantTransform(slots: 1, maximumOrder: 6, evenOnly: true))
    for n in [4, 6] { #expect(own.tensors.connected[n] == plain.tensors.connected[n]) }
  }

  @Test("kernels of small, large, nearly equal and nearly opposite inputs")
  func pairs() throws {
    func pair(_ unit: String, _ sw: Double, _ sb: Double, _ points: [[Double]]) throws -> Double {
      let ensemble = try Ensemble(
        inputs: points[0].count, hidden: [HiddenLayer(Activation(unit), width: 1)],
        weights: [.gaussian(sw), .gaussian(1)], biases: [.gaussian(sb), .gaussian(0)])
      return try InfiniteWidthKernel(ensemble, points: Points(valid: points)).matrix[0, 1]
    }
    func close(_ value: Double, _ right: Double, _ tolerance: Double = 1e-14) -> Bool {
      abs(value - right) <= tolerance * abs(right)
    }
    let root = 2.0.squareRoot()
    #expect(close(try pair("relu", 1, 1e-3, [[1], [-1]]), 4.2441301181322407e-10, 1e-12))
    #expect(close(try pair("relu", 1, 1e-6, [[1], [-1]]), 4.244131815782178e-19, 1e-12))
    #expect(close(try pair("relu", 1, 0, [[1, 0], [-1, 1e-4]]), 2.6525823689494281e-14, 1e-12))
    #expect(close(try pair("erf", 1e-8, 0, [[0.3], [0.7]]), 2.6738030439438415e-17))
    // erf(z1) and erf(z2) differ by 2/pi times the angle between them.
    let gap = 1 - (try pair("erf", 1e6, 0, [[1], [1.000001]]))
    #expect(abs(gap - 6.3661945405796042e-7) < 4e-16)
    // sinh(1e-16) exp(-1e-16), and exp(-5e-13) of inputs a thousand times as far from zero as from one another.
    #expect(close(try pair("sin", 1e-8, 0, [[1], [1]]), 1e-16))
    #expect(close(try pair("gauss", 1, 0, [[1000], [1000.000001]]), 1 - 5e-13))
    #expect(close(try pair("cos", 1, 0, [[1e8], [1e8 + 1]]), 0.5 * exp(-0.5)))
    #expect(close(try pair("sin", 1, 0, [[1e8], [-1e8 - 1]]), -0.5 * exp(-0.5)))
    #expect(close(try pair("tanh", 1e-7, 0, [[1], [root]]), 1e-14 * root, 1e-12))
  }

  @Test("exact cumulants of Kh at width 1e6: 3r/n^2-like numbers, not rounding")
  func wideLayers() throws {
    let n = 1_000_000
    let ensemble = try Ensemble(
      inputs: 1, hidden: [HiddenLayer(Activation("relu"), width: n)],
      weights: [.gaussian(1), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)])
    let exact = try #require(ExactWidth(ensemble, points: .line(1)))
    let (variance, third) = (exact.covariance(0, 0, 0, 0), exact.third(0))
    // s^2 of relu at K = 1: mean 1/2, variance 3/2 - 1/4, third cumulant 15/2 - 9/4 + 1/4.
    #expect(abs((variance ?? 0) - 1.25e-6) < 1e-20)
    #expect(abs((third ?? 0) - 5.5e-12) < 1e-26)
  }

  @Test("the vertex of softplus and cos at small pre-activations")
  func vertex() throws {
    for (unit, right) in [("softplus", 4.804530227e-9), ("cos", 2e-16)] {
      let ensemble = try Ensemble(
        inputs: 1, hidden: [HiddenLayer(Activation(unit), width: 10)],
        weights: [.gaussian(1e-4), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)])
      let expansion = try WidthExpansion(
        ensemble, points: .line(1), options: .init(vertex: true))
      let value = try #require(expansion.layers[1].vertex)[0, 0]
      // Var(s^2): K (2 s s')^2 = K ln(2)^2 of softplus, K^2/2 times 4 of cos^2 = 1 - z^2.
      #expect(abs(value - right) < 1e-7 * right, "\(unit) \(value)")
    }
  }

  @Test("derivatives in K of units that hardly move keep their digits")
  func derivatives() throws {
    // <cos^2> = (1 + exp(-2K))/2 and <softplus^2>'' at small K.
    for k in [1e-12, 1e-8, 1e-4] {
      let cosine = SingleInput(Cosine(), variance: k)
      #expect(abs(cosine.square[1] + exp(-2 * k)) < 1e-13)
      #expect(abs(cosine.square[2] - 2 * exp(-2 * k)) < 1e-12)
      let sine = SingleInput(Sine(), variance: k)
      #expect(abs(sine.square[2] + 2 * exp(-2 * k)) < 1e-12)
    }
  }

  @Test("inputs of very different size keep their own digits")
  func scales() throws {
    // E tanh(z1)^2 tanh(z2)^2 of nearly linear units: c11 c22 + 2 c12^2, here in two independent directions.
    let ensemble = try Ensemble(
      inputs: 2, hidden: [HiddenLayer(Activation("tanh"), width: 1)],
      weights: [.gaussian(2.0.squareRoot()), .gaussian(1)], biases: [.gaussian(0), .gaussian(0)])
    let points = Points(valid: [[1e-9, 0], [1e-9, 1e-5]])
    let moments = try UnitMoments.exact(ensemble, points: points, order: 4)
    let sets = Multisets(slots: 2, order: 4)
    let own = moments.values[4][sets.index(of: [0, 0, 1, 1])]
    let right = 1e-18 * (1e-18 + 1e-10) + 2e-36
    #expect(abs(own - right) < 1e-9 * right)
    let cross = moments.values[2][Multisets(slots: 2, order: 2).index(of: [0, 1])]
    #expect(abs(cross - 1e-18) <= moments.rounding[2][1] + 1e-9 * 1e-18)
  }

  @Test("cumulants of the square of a unit that hardly moves")
  func squares() {
    for k in [1e-10, 1e-6, 1e-2] {
      // cos^2 = (1 + cos 2z)/2: variance (1 - exp(-4K))^2/8, third cumulant of -sin^2 to leading order -8 K^3.
      let cosine = SingleInput(Cosine(), variance: k).squareCumulants
      let variance = pow(expm1(-4 * k), 2) / 8
      #expect(abs(cosine[0] - variance) < 1e-12 * variance, "\(k)")
      #expect(abs(cosine[2] + 8 * k * k * k) < 100 * k * 8 * k * k * k, "\(k)")
    }
  }
}
