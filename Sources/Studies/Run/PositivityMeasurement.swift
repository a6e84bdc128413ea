import Correlators
import Duality
import Ensembles
import Kernels
import NumericalMethods
import Sampling
import Statistics

/// The `reflection-positivity` measurement of one case: the matrix <Theta F_i F_j> of the first output at
/// times on both sides of zero, and exactly for single fields where the two-point function is known.
struct PositivityMeasurement: CaseMeasurement {
  let study: Study
  let index: Int
  let options: PositivityOptions

  var name: String { "reflection-positivity" }

  private var points: Points {
    let dimension = study.points[0].count
    func at(_ t: Double) -> [Double] { (0..<dimension).map { $0 == options.axis ? t : 0 } }
    return Points(valid: options.times.map { at(-$0) } + options.times.map { at($0) })
  }

  private var matrix: ReflectionPositivity {
    ReflectionPositivity(times: options.times, fields: options.fields)
  }

  func requirements() -> [SamplingRequirement] {
    guard study.sampling.estimator != .exact else { return [] }
    return [
      SamplingRequirement(
        points: points, quantity: .outputs,
        monomials: matrix.monomials.map { $0.map { $0 * item.outputs } })
    ]
  }

  func analyse(_ sums: [ReplicatedSums], into own: inout CaseAnalysis) throws {
    let exact = options.fields == [1] ? exactEigenvalues() : nil
    let found = sums.first.flatMap { matrix.test($0) }
    let scale = (exact ?? found?.eigenvalues)?.map { abs($0) }.max() ?? 0
    var verdict = PositivityResult.Verdict.undecided
    if let lowest = exact?.first, scale > 0 {
      verdict = lowest < -1e-12 * scale ? .violated : .holds
    } else if exact == nil, let lowest = found?.lowest, let error = lowest.error,
      let sigmas = lowest.sigmas(from: 0)
    {
      // Errors as large as the matrix would hide any violation.
      if sigmas < -4 { verdict = .violated } else if 4 * error < scale { verdict = .holds }
    }
    if verdict == .undecided {
      own.warn(
        "undecided",
        found == nil
          ? "there are too few blocks of networks for a matrix with errors: draw more networks"
          : "the errors of the matrix are as large as its eigenvalues: draw more networks",
        at: place)
    }
    own.result.reflection_positivity = PositivityResult(
      times: options.times, operators: matrix.operators.count, exact: exact,
      eigenvalues: found?.eigenvalues, lowest: found?.lowest, verdict: verdict)
  }

  /// Eigenvalues of D(x_i, x_j) between reflected points, ascending.
  private func exactEigenvalues() -> [Double]? {
    let count = options.times.count
    let points = self.points
    if let theory = item.freeTheory {
      return SymmetricMatrix(count: count) { i, j in
        theory.propagator(zip(points[i], points[count + j]).map { $0 - $1 })
      }.eigen()?.values
    }
    guard let ensemble = item.ensemble, ensemble.isShallow,
      let kernel = try? InfiniteWidthKernel(ensemble, points: points)
    else { return nil }
    return SymmetricMatrix(count: count) { kernel.matrix[$0, count + $1] }.eigen()?.values
  }
}
