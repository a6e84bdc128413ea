import CSampling
import Foundation
import NumericalMethods

/// The density of one kind of parameter: a shape of unit variance, times `sigma`, plus a mean.
///
/// For weights `sigma` is the standard deviation before the division by the square root of the
/// fan-in; the mean is that of the weight itself.
public struct Density: Sendable, Hashable, Codable {
  public enum Shape: String, Sendable, Hashable, Codable, CaseIterable {
    case gaussian, uniform, laplace
    case studentT = "student-t"

    public var vectorCode: Int32 {
      switch self {
      case .gaussian: Int32(FW_GAUSSIAN)
      case .uniform: Int32(FW_UNIFORM)
      case .laplace: Int32(FW_LAPLACE)
      case .studentT: Int32(FW_STUDENT_T)
      }
    }
  }

  public let shape: Shape
  public let sigma: Double
  /// Degrees of freedom of Student's t, above 2.
  public let dof: Double?
  /// One mean for all, or one per output of the layer; empty means zero.
  public let mean: [Double]

  /// - Throws: `InvalidEnsemble` for a negative or infinite sigma, or degrees of freedom that
  ///   leave no variance.
  public init(
    _ shape: Shape = .gaussian, sigma: Double, dof: Double? = nil, mean: [Double] = []
  ) throws(InvalidEnsemble) {
    guard sigma.isFinite, sigma >= 0 else {
      throw InvalidEnsemble("sigma", "must be a finite number not below 0, found \(sigma)")
    }
    guard sigma <= 1e6 else {
      throw InvalidEnsemble("sigma", "must not exceed 1e6, found \(sigma)")
    }
    // What is drawn are numbers of single precision.
    guard sigma == 0 || sigma >= 1e-30 else {
      throw InvalidEnsemble("sigma", "must be 0 or at least 1e-30, found \(sigma)")
    }
    guard mean.allSatisfy({ $0.isFinite && abs($0) <= 1e6 }) else {
      throw InvalidEnsemble("mean", "must be finite numbers of size up to 1e6, found \(mean)")
    }
    if shape == .studentT {
      guard let dof else { throw InvalidEnsemble("dof", "student-t needs its degrees of freedom") }
      guard dof.isFinite, dof > 2 else {
        throw InvalidEnsemble(
          "dof", "student-t has a standard deviation only above 2 degrees of freedom, found \(dof)")
      }
    } else if dof != nil {
      throw InvalidEnsemble("dof", "only student-t has degrees of freedom, not \(shape.rawValue)")
    }
    self.shape = shape
    self.sigma = sigma
    self.dof = dof
    self.mean = mean.allSatisfy { $0 == 0 } ? [] : mean
  }

  /// A centred Gaussian.
  public static func gaussian(_ sigma: Double) throws(InvalidEnsemble) -> Density {
    try Density(sigma: sigma)
  }

  public var isCentred: Bool { mean.isEmpty }
  public var isCentredGaussian: Bool { shape == .gaussian && isCentred }

  /// Mean for output i of the layer.
  public func mean(ofOutput i: Int) -> Double {
    mean.isEmpty ? 0 : (mean.count == 1 ? mean[0] : mean[i])
  }

  /// The density of the parameters of output i alone.
  public func ofOutput(_ i: Int) -> Density {
    Density(self, mean: mean.isEmpty ? [] : [mean(ofOutput: i)])
  }

  private init(_ other: Density, mean: [Double]) {
    shape = other.shape
    sigma = other.sigma
    dof = other.dof
    self.mean = mean == [0] ? [] : mean
  }

  /// E[x^n] of the centred shape with unit variance; infinite where it does not exist.
  public func standardizedMoment(_ n: Int) -> Double {
    guard n % 2 == 0 else { return 0 }
    let k = n / 2
    switch shape {
    case .gaussian:
      return stride(from: n - 1, to: 0, by: -2).reduce(1) { $0 * Double($1) }
    case .uniform:
      return pow(3, Double(k)) / Double(n + 1)
    case .laplace:
      return (0..<n).reduce(1) { $0 * Double($1 + 1) } / pow(2, Double(k))
    case .studentT:
      let nu = dof ?? .infinity
      guard Double(n) < nu else { return .infinity }
      // (2k-1)!! nu^k / [(nu-2)(nu-4)...(nu-2k)], divided by the variance to the k.
      var value = 1.0
      for j in 1...max(1, k) where j <= k {
        value *= Double(2 * j - 1) * (nu - 2) / (nu - 2 * Double(j))
      }
      return value
    }
  }

  /// E[x^n] of scale times the standardised variate plus a mean.
  public func moment(_ n: Int, scale: Double, mean: Double) -> Double {
    var sum = 0.0
    var choose = 1.0
    for k in 0...n {
      // C(n, k) mean^(n-k) scale^k E[u^k]
      let shifted = mean == 0 ? (k == n ? 1 : 0) : pow(mean, Double(n - k))
      if shifted != 0, k == 0 || scale > 0 {
        sum += choose * shifted * pow(scale, Double(k)) * standardizedMoment(k)
      }
      choose *= Double(n - k) / Double(k + 1)
    }
    return sum
  }
}

extension Density: CustomStringConvertible {
  /// A text that tells two densities apart.
  public var description: String { streamText }

  /// Names it in the names of random streams.
  public var streamText: String {
    let name =
      switch shape {
      case .gaussian: "gaussian"
      case .uniform: "uniform"
      case .laplace: "laplace"
      case .studentT: "student-t"
      }
    var text = "\(name)(\(StreamText.number(sigma))"
    if let dof { text += ";dof=\(StreamText.number(dof))" }
    if !mean.isEmpty { text += ";mean=\(StreamText.numbers(mean))" }
    return text + ")"
  }
}
