import Combinatorics
import Correlators
import Foundation
import NumericalMethods
import Statistics

/// The couplings of a set of quartic terms at one cutoff, fitted to the connected four-point function.
///
/// Sampled data: generalised least squares on the eigenmodes of the covariance of the elements above
/// 1e-6 of the largest; errors by repeating the fit with each block left out. Exact data: plain least
/// squares, errors by what rounding of the data and the errors of the integrals become. Columns are scaled to unit norm (arXiv:2008.08601, section 4).
public struct CouplingFit: Sendable {
  public let terms: [QuarticTerm]
  public let values: [Estimate]
  /// Of the scaled columns, whitened where the data were sampled; nil where it is infinite.
  public let conditionNumber: Double?
  /// Between the couplings; nil for exact data.
  public let correlation: [[Double]]?
  /// What the data cannot tell, in words.
  public let unidentifiable: [String]
  /// Eigenmodes of the covariance in the fit.
  public let modes: Int?
  /// Of the fit on these modes, with the p-value of Hotelling's T^2.
  public let chiSquare: ChiSquare?
  /// Mean and largest |prediction / measured - 1| over the elements of the points fitted to.
  public let train: (mean: Estimate, maximum: Estimate)
  /// The same at other points.
  public let test: (mean: Estimate, maximum: Estimate)?

  /// - Parameters:
  ///   - columns: T of each term over the fourth-order tuples of the sample.
  ///   - columnErrors: of the integrals, likewise.
  ///   - test: another sample of the same networks, with its columns.
  /// - Returns: nil where a column vanishes, or fewer modes than terms are known.
  init?(
    _ terms: [QuarticTerm], sample: CumulantSample, columns: [[Double]],
    columnErrors: [[Double]] = [],
    test: (sample: CumulantSample, columns: [[Double]])? = nil
  ) {
    let whitening = sample.blockDeviations { $0[4] }.map { Whitening($0.covariance) }
    if let whitening, whitening.modes < terms.count { return nil }
    func whitened(_ y: [Double]) -> [Double] { whitening?.apply(y) ?? y }
    guard let fit = LinearFit(columns: columns.map(whitened)) else { return nil }
    func couplings(_ tensors: [[Double]]) -> [Double] {
      fit.solve(whitened(tensors[4].map { -$0 }))
    }
    func deviations(_ c: [Double], _ columns: [[Double]], _ gc4: [Double]) -> [Double] {
      let sizes = gc4.indices.compactMap { i -> Double? in
        guard gc4[i] != 0 else { return nil }
        let predicted = -zip(c, columns).reduce(0) { $0 + $1.0 * $1.1[i] }
        return abs(predicted / gc4[i] - 1)
      }
      guard !sizes.isEmpty else { return [.nan, .nan] }
      return [sizes.reduce(0, +) / Double(sizes.count), sizes.max() ?? .nan]
    }
    self.terms = terms
    let own = sample.estimate { tensors in
      let c = couplings(tensors)
      return c + deviations(c, columns, tensors[4])
    }
    let n = terms.count
    let chiSquare = Self.chiSquare(sample, sample.connected[4], whitening, columns, fit)
    let spare = Double((whitening?.modes ?? n) - n)
    // The exact couplings are those of exact data at the same weights: what the terms cannot describe is in both.
    let noise =
      sample.exact.flatMap { exact in
        Self.chiSquare(
          sample, zip(sample.connected[4], exact[4]).map { $0 - $1 }, whitening, columns, fit)
      } ?? chiSquare
    values =
      fit.unseen.isEmpty
      ? own.prefix(n).enumerated().map { k, value in
        sample.isSampled
          ? Self.widened(value, spare: spare, chiSquare: noise?.value)
          : value.widened(by: fit.error(k, own.prefix(n), columnErrors))
      }
      // Of least norm among all that fit equally well: not a measurement.
      : own.prefix(n).map { _ in Estimate(value: nil, error: nil) }
    train = (own[n], own[n + 1])
    self.test = test.map { test in
      let other = CumulantSample.estimate([sample, test.sample]) { tensors in
        deviations(couplings(tensors[0]), test.columns, tensors[1][4])
      }
      return (other[0], other[1])
    }
    conditionNumber = fit.conditionNumber.isFinite ? fit.conditionNumber : nil
    unidentifiable = fit.unseen.map { Self.inWords($0, terms) }
    modes = whitening?.modes
    correlation = Self.correlation(sample, couplings)
    self.chiSquare = chiSquare
  }

  /// The error of a fit whose weights come from the same blocks as the data: with q modes more than
  /// parameters it is larger by sqrt{(B - 1) / (B - 1 - q) [1 + chi^2 / (B - 1)]} than at given weights, and
  /// in units of it the coupling follows Student's t with B - 1 - q degrees of freedom (C. R. Rao,
  /// Biometrika 46, 49, analysis of covariance on the spare modes). chi^2 is that of the noise where exact data
  /// are known, otherwise it contains what the terms cannot describe.
  private static func widened(_ own: Estimate, spare: Double, chiSquare: Double?) -> Estimate {
    guard let degrees = own.degrees, spare > 0 else { return own }
    var result = own
    guard degrees > spare else {
      (result.error, result.degrees) = (nil, nil)
      return result
    }
    let factor = degrees / (degrees - spare) * (1 + (chiSquare ?? spare) / degrees)
    result.error = own.error.map { $0 * factor.squareRoot() }
    result.degrees = degrees - spare
    return result
  }

  /// A direction that the data cannot see, as a combination of couplings.
  private static func inWords(_ direction: [Double], _ terms: [QuarticTerm]) -> String {
    let largest = direction.map { abs($0) }.max() ?? 1
    let parts = zip(direction, terms).filter { abs($0.0) > 1e-3 * largest }.map { c, term in
      String(format: "%@ %.3g %@ |T|", c < 0 ? "-" : "+", abs(c), term.rawValue)
    }.joined(separator: " ")
    let text = parts.hasPrefix("+ ") ? String(parts.dropFirst(2)) : parts
    return
      "\(text) is not determined: \(zip(direction, terms).filter { abs($0.0) > 1e-3 * largest }.map(\.1.rawValue).joined(separator: ", ")) have the same shape at these points"
  }

  /// Correlations from the blocks left out.
  private static func correlation(
    _ sample: CumulantSample, _ couplings: ([[Double]]) -> [Double]
  ) -> [[Double]]? {
    guard let covariance = sample.blockDeviations(couplings)?.covariance else { return nil }
    return (0..<covariance.count).map { i in
      (0..<covariance.count).map { j in
        let scale = (covariance[i, i] * covariance[j, j]).squareRoot()
        return scale > 0 ? covariance[i, j] / scale : i == j ? 1 : 0
      }
    }
  }

  /// Of what the terms leave of connected four-point functions, in modes of the covariance.
  private static func chiSquare(
    _ sample: CumulantSample, _ gc4: [Double], _ whitening: Whitening?, _ columns: [[Double]],
    _ fit: LinearFit
  ) -> ChiSquare? {
    guard let whitening, whitening.modes > columns.count else { return nil }
    let c = fit.solve(whitening.apply(gc4.map { -$0 }))
    let residual = gc4.indices.map { i in
      -gc4[i] - zip(c, columns).reduce(0) { $0 + $1.0 * $1.1[i] }
    }
    let value = whitening.apply(residual).reduce(0) { $0 + $1 * $1 }
    return ChiSquare(
      value, modes: whitening.modes - columns.count, blocks: sample.withoutBlock.count)
  }
}

/// The well-conditioned eigenmodes of a covariance, each divided by its standard deviation.
struct Whitening {
  private let rows: [[Double]]

  init(_ covariance: SymmetricMatrix) {
    rows = covariance.leadingModes().map { mode in
      mode.vector.map { $0 / mode.value.squareRoot() }
    }
  }

  var modes: Int { rows.count }

  func apply(_ y: [Double]) -> [Double] {
    rows.map { row in zip(row, y).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}

extension LinearFit {
  /// What errors of the columns make of coefficient k: sum_i |inverse_ki| sum_j |c_j| error_ji.
  fileprivate func error(
    _ k: Int, _ coefficients: ArraySlice<Estimate>, _ columnErrors: [[Double]]
  ) -> Double {
    zip(coefficients, columnErrors).reduce(0) { sum, term in
      let size = abs(term.0.value ?? 0)
      return sum + size * zip(inverse[k], term.1).reduce(0) { $0 + abs($1.0) * $1.1 }
    }
  }
}

extension Estimate {
  /// The same with a further numerical error, where that is not rounding.
  func widened(by further: Double) -> Estimate {
    guard let value, let error, further > 1e-13 * abs(value) else { return self }
    return Estimate(
      value: value, error: error + further, exact: exact, exactError: exactError)
  }
}
