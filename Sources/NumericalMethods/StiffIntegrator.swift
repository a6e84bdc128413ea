import CSUNDIALS

/// An initial value problem dy/dt = f(t, y) by CVODE: backward differentiation of variable order, for
/// stiff equations and for such that end in a pole.
public struct StiffIntegrator {
  /// f, and where it is known its derivative: dense, element (i, j) at j n + i, or the band of a matrix
  /// with `upper` and `lower` side diagonals, element (i, j) at j (upper + lower + 1) + i - j + upper.
  public struct Problem {
    public var slope: (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Bool
    public var jacobian: ((Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Bool)?
    public var band: (upper: Int, lower: Int)?

    /// - Parameter slope: false where f cannot be evaluated: a shorter step is tried.
    public init(
      slope: @escaping (Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Bool,
      jacobian: ((Double, UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Bool)? = nil,
      band: (upper: Int, lower: Int)? = nil
    ) {
      self.slope = slope
      self.jacobian = jacobian
      self.band = band
    }
  }

  public enum End: Sendable, Equatable {
    /// The last time was reached.
    case finished
    /// `stop` asked for it, or the step fell below what a double can tell apart, at this time.
    case stopped(at: Double)
    /// More steps than were allowed, at this time.
    case exhausted(at: Double)
  }

  private final class Box {
    let problem: Problem
    init(_ problem: Problem) { self.problem = problem }
  }

  /// Integrates from `start` through the times, ascending from the first one or descending.
  ///
  /// - Parameters:
  ///   - absolute: tolerance of each component.
  ///   - largestStep: 0 for none.
  ///   - steps: how many may be taken.
  ///   - stop: looked at after every internal step; true ends the integration.
  /// - Returns: the states at the times that were reached.
  public static func integrate(
    _ problem: Problem, from start: Double, _ y0: [Double], at times: [Double],
    relative: Double = 1e-10, absolute: [Double], largestStep: Double = 0, steps: Int = 200_000,
    stop: (Double, [Double]) -> Bool = { _, _ in false }
  ) -> (states: [[Double]], end: End) {
    let box = Box(problem)
    return withExtendedLifetime(box) {
      let user = Unmanaged.passUnretained(box).toOpaque()
      let ode = fw_ode_make(
        y0.count, start, y0, relative, absolute, problem.band?.upper ?? -1,
        problem.band?.lower ?? -1,
        { t, y, dy, user in
          let box = Unmanaged<Box>.fromOpaque(user!).takeUnretainedValue()
          return box.problem.slope(t, y!, dy!) ? 0 : 1
        },
        problem.jacobian == nil
          ? nil
          : { t, y, jacobian, user in
            let box = Unmanaged<Box>.fromOpaque(user!).takeUnretainedValue()
            return box.problem.jacobian!(t, y!, jacobian!) ? 0 : 1
          }, user)
      guard let ode else { return ([], .stopped(at: start)) }
      defer { fw_ode_free(ode) }
      if largestStep > 0 { fw_ode_limit_step(ode, largestStep) }
      var states: [[Double]] = []
      var t = start
      var y = y0
      let signal = WorkBudget.current.stop
      var taken = 0
      let forward = (times.last ?? start) >= start
      for time in times {
        if time == start {
          states.append(y0)
          continue
        }
        while forward ? t < time : t > time {
          // A sum is finite if its terms are, and far cheaper to look at than each of them.
          guard fw_ode_step(ode, time, &t, &y) >= 0, y.reduce(0, +).isFinite else {
            return (states, .stopped(at: t))
          }
          taken += 1
          guard taken <= steps else { return (states, .exhausted(at: t)) }
          if signal.isStopped || stop(t, y) { return (states, .stopped(at: t)) }
        }
        var at = y
        guard fw_ode_interpolate(ode, time, &at) >= 0 else { return (states, .stopped(at: t)) }
        states.append(at)
      }
      return (states, .finished)
    }
  }
}
