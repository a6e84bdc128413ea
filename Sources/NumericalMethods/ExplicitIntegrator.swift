/// An initial value problem that is not stiff, by the explicit Runge-Kutta method of order 8 of Dormand and
/// Prince with error estimates of orders 5 and 3 (DOP853; Hairer, Norsett and Wanner, Solving Ordinary
/// Differential Equations I, section II.5): few, long steps for smooth equations of few components.
public enum ExplicitIntegrator {
  public enum End: Sendable, Equatable {
    /// The last time was reached.
    case finished
    /// `stop` asked for it, or the step fell below what a double can tell apart, at this time.
    case stopped(at: Double)
    /// More steps than were allowed: the equation is stiff.
    case stiff
  }

  /// Integrates from `start` through the times, ascending from the first one or descending; every time ends
  /// a step.
  ///
  /// - Parameters:
  ///   - absolute: tolerance of each component.
  ///   - slope: f(t, y), written to its last argument; false where it cannot be evaluated: a shorter step
  ///     is tried.
  ///   - stop: looked at after every step; true ends the integration.
  /// - Returns: the states at the times that were reached.
  /// - Complexity: 12 slopes a step.
  public static func integrate(
    from start: Double, _ y0: [Double], at times: [Double], relative: Double, absolute: [Double],
    steps limit: Int, stop: (Double, [Double]) -> Bool = { _, _ in false },
    slope: (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Bool
  ) -> (states: [[Double]], end: End) {
    let n = y0.count
    let scratch = UnsafeMutablePointer<Double>.allocate(capacity: 15 * n)
    scratch.initialize(repeating: 0, count: 15 * n)
    defer { scratch.deallocate() }
    // The thirteen slopes of a step, where the next one is tried, and its end.
    let k = scratch
    let trial = scratch + 13 * n
    let next = scratch + 14 * n
    var states: [[Double]] = []
    var t = start
    var y = y0
    guard slope(t, y, k) else { return ([], .stopped(at: start)) }
    let direction = (times.last ?? start) >= start ? 1.0 : -1.0
    var h = firstStep(k, y, relative, absolute, span: abs((times.last ?? start) - start))
    var count = 0
    let signal = WorkBudget.current.stop
    for time in times {
      while (time - t) * direction > 0 {
        count += 1
        guard count <= limit else { return (states, .stiff) }
        guard h > 1e-15 * abs(t), h > 1e-300 else { return (states, .stopped(at: t)) }
        let left = abs(time - t)
        let last = h >= left
        // Neither does a time that is just missed cost a tiny step.
        let size = last ? left : h > 0.5 * left ? 0.5 * left : h
        let end = last ? time : t + direction * size
        let error = attempt(
          from: t, y, direction * size, end, relative, absolute, k, trial, next, slope)
        guard let error, error <= 1 else {
          h = size * (error.map { $0.isFinite ? max(0.2, 0.9 * power($0)) : 0.2 } ?? 0.25)
          continue
        }
        let growth = error == 0 ? 10 : min(10, 0.9 * power(error))
        h = last ? max(h, size * growth) : size * growth
        t = end
        for i in 0..<n {
          y[i] = next[i]
          k[i] = k[12 * n + i]
        }
        if signal.isStopped || stop(t, y) { return (states, .stopped(at: t)) }
      }
      states.append(y)
    }
    return (states, .finished)
  }

  /// x^(-1/8)
  private static func power(_ x: Double) -> Double {
    1 / x.squareRoot().squareRoot().squareRoot()
  }

  /// A hundredth of the time in which the state changes by itself, in units of its tolerances.
  private static func firstStep(
    _ slope: UnsafePointer<Double>, _ y: [Double], _ relative: Double, _ absolute: [Double],
    span: Double
  ) -> Double {
    var size = 0.0
    var speed = 0.0
    for i in y.indices {
      let scale = absolute[i] + relative * abs(y[i])
      size += (y[i] / scale) * (y[i] / scale)
      speed += (slope[i] / scale) * (slope[i] / scale)
    }
    guard size > 0, speed > 0, (size / speed).isFinite else { return 1e-3 * span }
    // Too long a step is only tried in vain; too short a one, where components start at zero, costs many.
    return min(span, max(1e-6 * span, 0.01 * (size / speed).squareRoot()))
  }

  /// One step; its error in units of the tolerance, nil where a slope could not be evaluated.
  private static func attempt(
    from t: Double, _ y: [Double], _ h: Double, _ end: Double, _ relative: Double,
    _ absolute: [Double], _ k: UnsafeMutablePointer<Double>,
    _ trial: UnsafeMutablePointer<Double>, _ next: UnsafeMutablePointer<Double>,
    _ slope: (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Bool
  ) -> Double? {
    let n = y.count
    for stage in stages {
      for i in 0..<n { trial[i] = 0 }
      for (j, a) in stage.weights {
        for i in 0..<n { trial[i] += a * k[j * n + i] }
      }
      for i in 0..<n { trial[i] = y[i] + h * trial[i] }
      guard slope(t + stage.time * h, trial, k + stage.index * n) else { return nil }
    }
    for i in 0..<n { next[i] = 0 }
    for (j, b) in weights {
      for i in 0..<n { next[i] += b * k[j * n + i] }
    }
    for i in 0..<n { next[i] = y[i] + h * next[i] }
    guard slope(end, next, k + 12 * n) else { return nil }
    var fifth = 0.0
    var third = 0.0
    for i in 0..<n {
      let scale = absolute[i] + relative * max(abs(y[i]), abs(next[i]))
      var a = 0.0
      var b = 0.0
      for (j, e5, e3) in errors {
        a += e5 * k[j * n + i]
        b += e3 * k[j * n + i]
      }
      fifth += (a / scale) * (a / scale)
      third += (b / scale) * (b / scale)
    }
    let sum = fifth + 0.01 * third
    return sum == 0 ? 0 : abs(h) * fifth / (sum * Double(n)).squareRoot()
  }

  private struct Stage: Sendable {
    var index: Int
    var time: Double
    var weights: [(Int, Double)]
  }

  private static let stages = [
    Stage(index: 1, time: 0.05260015195876773, weights: [(0, 0.05260015195876773)]),
    Stage(
      index: 2, time: 0.0789002279381516,
      weights: [(0, 0.0197250569845379), (1, 0.0591751709536137)]),
    Stage(
      index: 3, time: 0.1183503419072274,
      weights: [(0, 0.02958758547680685), (2, 0.08876275643042054)]),
    Stage(
      index: 4, time: 0.2816496580927726,
      weights: [(0, 0.2413651341592667), (2, -0.8845494793282861), (3, 0.924834003261792)]),
    Stage(
      index: 5, time: 0.3333333333333333,
      weights: [(0, 0.037037037037037035), (3, 0.17082860872947386), (4, 0.12546768756682242)]),
    Stage(
      index: 6, time: 0.25,
      weights: [
        (0, 0.037109375), (3, 0.17025221101954405), (4, 0.06021653898045596), (5, -0.017578125),
      ]),
    Stage(
      index: 7, time: 0.3076923076923077,
      weights: [
        (0, 0.03709200011850479), (3, 0.17038392571223998), (4, 0.10726203044637328),
        (5, -0.015319437748624402), (6, 0.008273789163814023),
      ]),
    Stage(
      index: 8, time: 0.6512820512820513,
      weights: [
        (0, 0.6241109587160757), (3, -3.3608926294469414), (4, -0.868219346841726),
        (5, 27.59209969944671), (6, 20.154067550477894), (7, -43.48988418106996),
      ]),
    Stage(
      index: 9, time: 0.6,
      weights: [
        (0, 0.47766253643826434), (3, -2.4881146199716677), (4, -0.590290826836843),
        (5, 21.230051448181193), (6, 15.279233632882423), (7, -33.28821096898486),
        (8, -0.020331201708508627),
      ]),
    Stage(
      index: 10, time: 0.8571428571428571,
      weights: [
        (0, -0.9371424300859873), (3, 5.186372428844064), (4, 1.0914373489967295),
        (5, -8.149787010746927), (6, -18.52006565999696), (7, 22.739487099350505),
        (8, 2.4936055526796523), (9, -3.0467644718982196),
      ]),
    Stage(
      index: 11, time: 1.0,
      weights: [
        (0, 2.273310147516538), (3, -10.53449546673725), (4, -2.0008720582248625),
        (5, -17.9589318631188), (6, 27.94888452941996), (7, -2.8589982771350235),
        (8, -8.87285693353063), (9, 12.360567175794303), (10, 0.6433927460157636),
      ]),
  ]

  private static let weights: [(Int, Double)] = [
    (0, 0.054293734116568765),
    (5, 4.450312892752409),
    (6, 1.8915178993145003),
    (7, -5.801203960010585),
    (8, 0.3111643669578199),
    (9, -0.1521609496625161),
    (10, 0.20136540080403034),
    (11, 0.04471061572777259),
  ]

  /// Of the fifth and the third order.
  private static let errors: [(Int, Double, Double)] = [
    (0, 0.01312004499419488, -0.18980075407240762),
    (5, -1.2251564463762044, 4.450312892752409),
    (6, -0.4957589496572502, 1.8915178993145003),
    (7, 1.6643771824549864, -5.801203960010585),
    (8, -0.35032884874997366, -0.4226823213237919),
    (9, 0.3341791187130175, -0.1521609496625161),
    (10, 0.08192320648511571, 0.20136540080403034),
    (11, -0.022355307863886294, 0.02265179219836082),
  ]
}
