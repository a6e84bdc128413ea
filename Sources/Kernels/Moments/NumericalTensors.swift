import Foundation

/// Symmetric tensors of every order, `values[n][i]`, that were computed without random numbers, with
/// both parts of their numerical error: that of the rule, and a bound on rounding.
public struct NumericalTensors: Sendable {
  /// What the error of the rule is inferred from; functions of the tensors inherit it.
  public enum Uncertainty: Sendable {
    case none
    /// The same from a coarser rule: the error is the difference.
    case coarser([[Double]])
    /// Means with one of the independent shifts left out: the error is their jackknife.
    case shiftsLeftOut([[[Double]]])

    /// The same for a function of the tensors.
    public func map(_ transform: ([[Double]]) -> [[Double]]) -> Uncertainty {
      switch self {
      case .none: .none
      case .coarser(let coarser): .coarser(transform(coarser))
      case .shiftsLeftOut(let tables): .shiftsLeftOut(tables.map(transform))
      }
    }

    /// The same for a function of two sets of tensors from the same rules; `own` stands for the first where
    /// it has no error of a rule.
    func combined(
      of own: [[Double]], _ other: Uncertainty,
      _ transform: ([[Double]], [[Double]]) -> [[Double]]
    ) -> Uncertainty {
      switch (self, other) {
      case (.coarser(let a), .coarser(let b)): .coarser(transform(a, b))
      case (.shiftsLeftOut(let a), .shiftsLeftOut(let b)):
        .shiftsLeftOut(zip(a, b).map(transform))
      case (.none, _): other.map { transform(own, $0) }
      default: self
      }
    }

    /// One error for each element of a function of the tensors; `own` is its value.
    public func errors(_ own: [[Double]], _ transform: ([[Double]]) -> [[Double]]) -> [[Double]] {
      func errors(_ combine: (Int, Int) -> Double) -> [[Double]] {
        own.indices.map { n in own[n].indices.map { combine(n, $0) } }
      }
      switch self {
      case .none: return own.map { [Double](repeating: 0, count: $0.count) }
      case .coarser(let coarser):
        let other = transform(coarser)
        return errors { abs(own[$0][$1] - other[$0][$1]) }
      case .shiftsLeftOut(let tables):
        let others = tables.map(transform)
        let count = Double(others.count)
        return errors { n, i in
          let mean = others.reduce(0) { $0 + $1[n][i] } / count
          let spread = others.reduce(0) { $0 + ($1[n][i] - mean) * ($1[n][i] - mean) }
          return (spread * (count - 1) / count).squareRoot()
        }
      }
    }
  }

  public internal(set) var values: [[Double]]
  public internal(set) var uncertainty: Uncertainty
  /// Bounds on the rounding error of each value.
  public internal(set) var rounding: [[Double]]

  public init(values: [[Double]], uncertainty: Uncertainty = .none, rounding: [[Double]]) {
    self.values = values
    self.uncertainty = uncertainty
    self.rounding = rounding
  }

  /// Both parts of the error together.
  public var errors: [[Double]] {
    zip(uncertainty.errors(values) { $0 }, rounding).map { zip($0, $1).map { $0 + $1 } }
  }
}
